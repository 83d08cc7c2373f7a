"""The command line: ``liren up``, ``db``, ``doctor``, ``journal``, ``demo``, ``bench``, ``manage``."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from liren.base.postgres import Cluster, ClusterError


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    if arguments and arguments[0] == "manage":
        return manage(arguments[1:])
    if arguments and arguments[0] == "bench":
        from liren.conf.bench.run import main as bench  # noqa: PLC0415

        return bench(arguments[1:])
    known, rest = parser().parse_known_args(arguments)
    if rest and not known.passes_on:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return int(known.do(known, rest))
    except ClusterError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def parser() -> argparse.ArgumentParser:
    """Return the grammar of the command line."""
    top = argparse.ArgumentParser(prog="liren", description="里仁 Liren")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="启动全部服务 bring everything up: database, web, jobs")
    up.add_argument("--host", default="127.0.0.1")
    up.add_argument("--port", type=int, default=8000)
    up.add_argument("--workers", type=int, default=2, help="web processes")
    up.add_argument(
        "--threads",
        type=int,
        help="threads, and database connections, of each web process (1 behind LIREN_PROXIES, else 4)",
    )
    up.set_defaults(do=_up, passes_on=False)

    db = commands.add_parser("db", help="内嵌数据库 the embedded database")
    verbs = db.add_subparsers(required=True, metavar="start|stop|status|psql")
    for verb, does in (
        ("start", "启动"),
        ("stop", "停止"),
        ("status", "状态"),
        ("psql", "打开 psql；后面的参数交给它 open psql with what follows"),
    ):
        verbs.add_parser(verb, help=does).set_defaults(do=_db, verb=verb, passes_on=verb == "psql")

    doctor = commands.add_parser("doctor", help="检查安装 check this installation, one line each")
    doctor.set_defaults(do=_doctor, passes_on=False)

    journal = commands.add_parser("journal", help="日志 the journal")
    journal.add_subparsers(required=True, metavar="verify").add_parser(
        "verify", help="核对日志是否完整 prove the journal whole"
    ).set_defaults(do=lambda _known, rest: manage(["journal_verify", *rest]), passes_on=True)

    demo = commands.add_parser("demo", help="演示 the demonstration")
    demo.add_argument("--once", action="store_true", help="演示一遍后结束 play the story, then end")
    demo.add_argument("--port", type=int)
    demo.set_defaults(do=_demo, passes_on=True)

    commands.add_parser("bench", help="量速 measure the main acts beside their limits")
    commands.add_parser("manage", help="Django 管理命令 Django's commands")
    return top


def home() -> Path:
    """Return the data folder."""
    from liren.conf.settings import HOME  # noqa: PLC0415  reading settings makes the key files; printing help must not

    return HOME


def manage(arguments: Sequence[str]) -> int:
    """Run a Django command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(["liren manage", *arguments])
    return 0


def _up(known: argparse.Namespace, _rest: Sequence[str]) -> int:
    from liren.conf.supervisor import up  # noqa: PLC0415

    return up(home(), host=known.host, port=known.port, workers=known.workers, threads=known.threads)


def _demo(known: argparse.Namespace, rest: Sequence[str]) -> int:
    from liren.conf.demo.stage import demo  # noqa: PLC0415

    return demo(home(), port=known.port, once=known.once, rest=rest)


def _doctor(_known: argparse.Namespace, _rest: Sequence[str]) -> int:
    from liren.conf.doctor import doctor  # noqa: PLC0415

    return doctor(home())


def _db(known: argparse.Namespace, rest: Sequence[str]) -> int:
    cluster = Cluster(home())
    keep = cluster.home / "run" / "keep-database"  # `liren up` leaves a database running that somebody else started
    if known.verb == "psql":
        command = cluster.psql(list(rest))
        os.execv(command[0], command)  # noqa: S606
    if known.verb == "start":
        pid = cluster.start()
        cluster.prepare()
        keep.touch()
        sys.stdout.write(f"PostgreSQL 正在运行 is running: {pid}, {cluster.data}, {cluster.sockets}\n")
        return 0
    if known.verb == "stop":
        keep.unlink(missing_ok=True)
        sys.stdout.write(
            "PostgreSQL 已停止 stopped\n" if cluster.stop() else "PostgreSQL 本来没有运行 was not running\n"
        )
        return 0
    pid = cluster.running() or 0
    sys.stdout.write(
        f"PostgreSQL 正在运行 is running: {pid}, {cluster.data}\n" if pid else "PostgreSQL 没有运行 is not running\n"
    )
    return 0 if pid else 3
