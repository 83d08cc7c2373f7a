"""``liren doctor``: one line for each thing that has to be true of an installation, with what to do when it is not."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, NamedTuple

from liren.base.postgres import Cluster, ClusterError

OLDEST_PYTHON = (3, 11)
OLDEST_SERVER = 150000
ALL_PLACES = 660_000  # 31 provinces with everything below them, and Hong Kong, Macau, Taiwan


class Finding(NamedTuple):
    """What a check found: fine (True), wrong (False), or not to be told now (None)."""

    fine: bool | None
    says: str


def doctor(home: Path, port: int = 8000) -> int:
    """Print every check; return 1 when something is wrong, else 0."""
    wrong = 0
    for name, check in (*MACHINE, *DATABASE, *BESIDE):
        try:
            found = check(home) if check is not _port else _port(home, port)
        except Exception as error:
            found = Finding(
                False, f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
            )
        wrong += found.fine is False
        mark = {True: "✓", False: "✗", None: "–"}[found.fine]
        sys.stdout.write(f"{mark} {name}: {found.says}\n")
    return 1 if wrong else 0


def _python(_home: Path) -> Finding:
    now = ".".join(map(str, sys.version_info[:3]))
    return Finding(sys.version_info >= OLDEST_PYTHON, f"{now}（3.11 以上 or newer）")


def _packages(_home: Path) -> Finding:
    needed = [line.split(";")[0].strip() for line in requires("liren") or ()] or [
        line.split("[")[0].split("<")[0].split(">")[0].strip()
        for line in (Path(__file__).resolve().parents[2] / "requirements" / "base.in").read_text().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    missing = []
    for name in needed:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    return Finding(
        not missing,
        f"缺少 missing: {', '.join(missing)}（make setup）" if missing else f"{len(needed)} 个都在 all there",
    )


def _bindir(home: Path) -> Finding:
    if os.environ.get("DATABASE_URL"):
        return Finding(None, "DATABASE_URL 已指定外部数据库 names another server")
    try:
        return Finding(True, str(Cluster(home).bindir))
    except ClusterError as error:
        return Finding(False, str(error))


def _home(home: Path) -> Finding:
    if not home.exists():
        return Finding(None, f"{home} 还没有建立 not made yet（liren up）")
    if not os.access(home, os.W_OK):
        return Finding(False, f"{home} 不可写 cannot be written")
    secret = [*(home / "keys").glob("*"), home / "database.json"]
    loose = [str(path) for path in secret if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if loose:
        return Finding(False, f"别人可读 readable by others（chmod 600）: {', '.join(loose)}")
    data = home / "pg"
    if data.exists() and stat.S_IMODE(data.stat().st_mode) & 0o077:
        return Finding(False, f"数据目录权限过宽 too open（chmod 700）: {data}")
    free = shutil.disk_usage(home).free // 2**30
    return Finding(free >= 2, f"{home}，剩余 free {free} GB")


def _reachable(_home: Path) -> Finding:
    role, number = _rows("SELECT current_user, current_setting('server_version_num')::int")[0]
    return Finding(number >= OLDEST_SERVER, f"PostgreSQL {number // 10000}.{number % 10000}，角色 role {role}")


def _roles(_home: Path) -> Finding:
    found = {
        alias: _rows("SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user", alias)[
            0
        ]
        for alias in ("default", "owner")
    }
    owned = _rows(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public' AND pg_get_userbyid(relowner) = current_user"
    )[0][0]
    strong = [role for role, passes_by in found.values() if passes_by]
    if strong:
        return Finding(False, f"角色能绕过行级权限 can pass by row security: {', '.join(strong)}")
    if owned:
        return Finding(
            False,
            f"服务角色拥有 {owned} 张表，请用 LIREN_OWNER_URL 另设属主。 The serving role owns tables; name an owner in LIREN_OWNER_URL",
        )
    return Finding(True, f"服务 serves {found['default'][0]}，属主 owns {found['owner'][0]}")


def _migrations(_home: Path) -> Finding:
    from django.db import connections  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connections["owner"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Finding(not plan, f"还差 {len(plan)} 个 pending（liren up）" if plan else "齐全 complete")


def unguarded_tables() -> list[str]:
    """Return the placed tables whose row security is not enabled, not forced, or has no policy."""
    from django.apps import apps  # noqa: PLC0415

    from liren.foundation.places.models import PlacedModel  # noqa: PLC0415

    placed = {model._meta.db_table for model in apps.get_models() if issubclass(model, PlacedModel)}
    guarded = {
        table
        for (table,) in _rows(
            "SELECT relname FROM pg_class c WHERE relrowsecurity AND relforcerowsecurity AND relnamespace = 'public'::regnamespace"
            " AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = c.oid)"
        )
    }
    return sorted(placed - guarded)


def _row_security(_home: Path) -> Finding:
    open_tables = unguarded_tables()
    return Finding(
        not open_tables,
        f"没有保护 unguarded: {', '.join(open_tables)}"
        if open_tables
        else "每张属地表都强制 forced on every placed table",
    )


def _leakproof(_home: Path) -> Finding:
    marked = _rows("SELECT count(*) FROM pg_proc WHERE proname IN ('textlike', 'similarity_op') AND proleakproof")[0][0]
    return Finding(
        marked == 2,
        "姓名检索能用索引 name searches keep their index"
        if marked == 2
        else "没有标记，姓名检索会很慢；liren up 会补上。 Not marked, name searches are slow; liren up marks them",
    )


def _jobs(_home: Path) -> Finding:
    failed, late, names = _rows(
        "SELECT count(*) FILTER (WHERE status = 'failed'),"
        " count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) < now() - interval '15 minutes'),"
        " coalesce(string_agg(DISTINCT task_name, ', ') FILTER (WHERE status = 'failed'), '') FROM procrastinate_jobs"
    )[0]
    if failed:
        return Finding(False, f"{failed} 个没有做成 failed: {names}（log/jobs.log）")
    return Finding(not late, f"{late} 个等太久 wait too long: liren up" if late else "没有积压 nothing left undone")


def _places(_home: Path) -> Finding:
    number = _rows("SELECT count(*) FROM places_place")[0][0]
    return Finding(number >= ALL_PLACES, f"{number:,} 个 places")


def _fonts(_home: Path) -> Finding:
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec("pylopdf_fonts_zh_cn") is None:
        return Finding(False, "缺少文书字体包 no fonts for documents: pylopdf-fonts-zh-cn")
    listing = shutil.which("fc-list")
    installed = bool(listing) and bool(
        subprocess.run([str(listing), ":lang=zh-cn"], check=False, capture_output=True).stdout
    )
    return Finding(
        True,
        "文书字体在；"
        + (
            "系统有中文字体 a Chinese font for screenshots"
            if installed
            else "系统没有中文字体，只影响截图 none installed, screenshots only"
        ),
    )


def _chromium(_home: Path) -> Finding:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Finding(True if found else None, found or "没有，只有测试要用 none; only tests need it")


def _port(home: Path, port: int) -> Finding:
    if (home / "run" / "up.json").exists() and (home / "run" / "up.json").stat().st_size:
        return Finding(None, f"见 see {home / 'run' / 'up.json'}")
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as refused:
        return Finding(False, f"{port} 不能用 cannot be used: {os.strerror(refused.errno or 0)}（liren up --port）")
    return Finding(True, f"{port} 可用 free")


STALE_HOURS = 50  # two nights


def _lists(_home: Path) -> Finding:
    from liren.base import clock  # noqa: PLC0415
    from liren.base.rows import applied  # noqa: PLC0415
    from liren.base.scopes import Scope  # noqa: PLC0415
    from liren.registry.queries.differences import recounted  # noqa: PLC0415

    at = clock.now()
    with applied(Scope.everything()):
        state = recounted(at)
    if not state.people:
        return Finding(None, "还没有登记人 nobody is registered yet")
    if not state.has_ledger:
        return Finding(False, "人口台账是空的 the population ledger is empty（liren manage recount_stays）")
    if state.newest is None:
        return Finding(False, "名单还没有核对过 lists were never recounted（liren manage recount_lists）")
    hours = (at - state.newest.started_at).total_seconds() / 3600
    told = f"{hours:.0f} 小时前核对过 hours ago，一周内发现 {state.differences} 处不同 differences in a week"
    if state.differences:
        return Finding(False, f"{told}（已改正，见 put right, see /desk/categories/differences）")
    if hours > STALE_HOURS:
        return Finding(False, f"{told}，夜里的任务没有跑 the nightly job did not run（liren manage recount_lists）")
    return Finding(True, told)


def _rows(text: str, alias: str = "default") -> list[tuple[Any, ...]]:
    from django.db import connections  # noqa: PLC0415

    with connections[alias].cursor() as cursor:
        cursor.execute(text)
        return list(cursor.fetchall())


Check = Callable[[Path], Finding]


def _asking(check: Check) -> Check:
    """Return ``check``, which asks the database, answering "not running" when there is none."""

    def asked(home: Path) -> Finding:
        import django  # noqa: PLC0415

        if not os.environ.get("DATABASE_URL") and Cluster(home).running() is None:
            return Finding(None, "数据库没有运行 the database is not running（liren db start）")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
        django.setup()
        return check(home)

    return asked


def _checks() -> Iterator[tuple[str, Check]]:
    yield "数据库 Database", _asking(_reachable)
    yield "角色 Roles", _asking(_roles)
    yield "迁移 Migrations", _asking(_migrations)
    yield "行级权限 Row security", _asking(_row_security)
    yield "检索标记 Leakproof", _asking(_leakproof)
    yield "地方 Places", _asking(_places)
    yield "后台任务 Jobs", _asking(_jobs)
    yield "人群名单 Lists", _asking(_lists)


MACHINE: tuple[tuple[str, Check], ...] = (
    ("Python", _python),
    ("软件包 Packages", _packages),
    ("PostgreSQL 程序 Binaries", _bindir),
    ("数据目录 Data folder", _home),
)
DATABASE: tuple[tuple[str, Check], ...] = tuple(_checks())
BESIDE: tuple[tuple[str, Any], ...] = (("字体 Fonts", _fonts), ("浏览器 Chromium", _chromium), ("端口 Port", _port))
