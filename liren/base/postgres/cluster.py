"""One server on one data folder: made, started, adopted, recovered, stopped."""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from liren.base.postgres.binaries import (
    Account,
    ClusterError,
    find_bindir,
    launch,
    major_version,
    reaches,
    root_drops_to,
)
from liren.base.postgres.roles import furnish, make_database, make_roles

BUILTIN_LOCALE_MAJOR = 17
SOCKET_LINE = 4  # of postmaster.pid, counted from 0
PORT = "5432"  # names the socket file only; no TCP port is opened
SOCKET_PATH_LIMIT = 100  # bytes, of the 107 the kernel allows
LOG_LIMIT = 50 * 1024 * 1024
ORPHANS_SECONDS = 120

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
    # a statement that fails, and the key it failed on, hold names and numbers: neither belongs into a log
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
TEST_SETTINGS: Mapping[str, str] = {
    **SAFE_SETTINGS,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
}


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

    @property
    def sockets(self) -> Path:
        """The folder of the private socket: where the running server says, else where the next one will open it."""
        if self.running() is not None:
            told = (self.data / "postmaster.pid").read_text().splitlines()[SOCKET_LINE : SOCKET_LINE + 1]
            if told and told[0]:
                return Path(told[0])
        return self._sockets_to_open

    @cached_property
    def _sockets_to_open(self) -> Path:
        """In the data folder when the server's account can reach it and its path is short enough to be a socket's, else in /tmp."""
        near = self.home.resolve() / "run" / "pg"
        if len(os.fsencode(near)) + 20 < SOCKET_PATH_LIMIT and reaches(self.account, self.home):
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
            while True:
                pid = self.running() or self._launched()
                while pid is not None and self.running() is not None:
                    if self._answers():
                        return pid
                    time.sleep(0.05)
                if time.monotonic() - began > ORPHANS_SECONDS:
                    raise ClusterError(
                        f"PostgreSQL 无法启动，请看日志。 PostgreSQL does not start, see its log: {self.log}"
                    )
                time.sleep(0.2)

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
            shutil.rmtree(self.data.resolve())  # an initdb that was killed half-way: nothing was ever served from it
        self._make_data_folder()
        major = major_version(self.bindir, self.account)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if major >= BUILTIN_LOCALE_MAJOR
            else ["--locale=C.UTF-8"]
        )
        fresh = self.data.resolve() / "new"  # the server's account may not be able to follow a symbolic link
        done = subprocess.run(
            [
                str(self.bindir / "initdb"), "-D", str(fresh), "-U", "postgres", "--encoding=UTF8", "--no-sync",
                "--auth-local=peer", "--auth-host=scram-sha-256", *locale,
            ],
            check=False, capture_output=True, text=True, **launch(self.account),
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
        if not reaches(self.account, self.home) and os.geteuid() == 0:
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
        self._sockets_to_open.parent.mkdir(parents=True, exist_ok=True)
        self._sockets_to_open.mkdir(mode=0o755, exist_ok=True)
        if self._sockets_to_open.is_symlink() or self._sockets_to_open.stat().st_uid not in {
            os.geteuid(),
            self.account.uid,
        }:
            raise ClusterError(
                f"套接字目录属于别人。 The socket folder belongs to somebody else: {self._sockets_to_open}"
            )
        if os.geteuid() == 0:
            os.chown(self._sockets_to_open, self.account.uid, self.account.gid)

    def _launched(self) -> int | None:
        """Launch the server and return its process id once it holds the data folder; None when a dead one is still in the way."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        if orphans := self._orphans():
            for orphan in orphans:
                _quit(orphan)
            return None  # what a killed server left behind may still be committing: nothing starts beside it
        # Nobody lives on this data folder, and the sockets are its own: a killed server, not reaped yet, would hold them for ever.
        (self.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            offset = log.seek(0, os.SEEK_END)
            process = subprocess.Popen(
                [
                    str(self.bindir / "postgres"), "-D", str(self.data.resolve()), "-p", PORT,
                    "-c", "listen_addresses=", "-c", f"unix_socket_directories={self._sockets_to_open}",
                ],
                stdout=log, stderr=log, start_new_session=True, **launch(self.account),
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

    def _orphans(self) -> list[int]:
        """Return the processes that a killed server left on the data folder: all of them work inside it, and busy ones do not notice its death."""
        here = self.data.resolve()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink() == here and (process / "exe").readlink().name.startswith("postgres"):
                    found.append(int(process.name))
            except OSError:  # ended meanwhile, or somebody else's
                continue
        return found

    def _answers(self) -> bool:
        for child in _children:
            child.poll()
        try:
            self.admin().close()
        except psycopg.OperationalError:
            return False
        return True


def _quit(pid: int) -> None:
    """Tell a server process to end at once, without cleaning up; whatever it has acknowledged is in the log."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)


_children: list[
    subprocess.Popen[bytes]
] = []  # kept so that an ended server is reaped and a running one outlives its starter quietly
