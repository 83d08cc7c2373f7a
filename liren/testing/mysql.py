"""A MariaDB server for the tests of lists that come from other databases: the machine's own program in a folder of this run."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql
import pytest

SHARE = Path("/usr/share/mysql")
TABLES = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
BEFORE = b"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server listens on this machine, and who may make tables in its database ``liren_test``."""

    port: int
    user: str
    password: str


@contextmanager
def mysql_running(home: Path) -> Iterator[Server]:
    """Return the server that ``LIREN_TEST_MYSQL`` names (user:password@port), else one that lives as long as the tests."""
    if given := os.environ.get("LIREN_TEST_MYSQL"):
        user, _sign, port = given.rpartition("@")
        name, _sign, password = user.partition(":")
        yield Server(int(port), name, password)
        return
    program = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.fail("缺少 mariadb-server-core。 The tests need MariaDB: apt-get install mariadb-server-core")
    with _Served(program, home) as server:
        yield server


class _Served:
    """A server with a data folder of its own, as long as it is needed."""

    def __init__(self, program: str, home: Path) -> None:
        self.program, self.home = program, home
        self.server = Server(_free_port(), "liren", secrets.token_hex(8))

    def __enter__(self) -> Server:
        data, first = self.home / "data", self.home / "first.sql"
        data.mkdir()
        first.write_text(
            "CREATE DATABASE liren_test;\n"
            f"CREATE USER '{self.server.user}'@'127.0.0.1' IDENTIFIED BY '{self.server.password}';\n"
            f"GRANT ALL ON liren_test.* TO '{self.server.user}'@'127.0.0.1';\n"
        )
        user: dict[str, object] = {}
        if os.getuid() == 0:  # the server refuses root
            nobody = pwd.getpwnam("nobody")
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(data, nobody.pw_uid, nobody.pw_gid)
            for folder in (self.home, *self.home.parents):
                if folder.name.startswith(("pytest-", "mysql", "popen-")):  # the folders of this run, closed to others
                    folder.chmod(folder.stat().st_mode | 0o711)
        command = [
            self.program, "--no-defaults", f"--datadir={data}", f"--lc-messages-dir={SHARE}", "--character-set-server=utf8mb4",
        ]  # fmt: skip
        tables = BEFORE + b"".join((SHARE / name).read_bytes() for name in TABLES)
        subprocess.run(
            [*command, "--bootstrap"], input=tables, check=True, capture_output=True, timeout=SECONDS, **user
        )  # type: ignore[call-overload]
        log = (self.home / "log").open("wb")
        self.process = subprocess.Popen(
            [
                *command, f"--port={self.server.port}", "--bind-address=127.0.0.1", "--skip-name-resolve",
                f"--socket={data / 'socket'}", f"--init-file={first}",
            ],
            stdout=log, stderr=log, **user,
        )  # type: ignore[call-overload]  # fmt: skip
        log.close()
        self._wait()
        return self.server

    def _wait(self) -> None:
        until = time.monotonic() + SECONDS
        while True:
            try:
                pymysql.connect(
                    host="127.0.0.1", port=self.server.port, user=self.server.user, password=self.server.password
                ).close()
            except pymysql.err.OperationalError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                return

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait(SECONDS)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
