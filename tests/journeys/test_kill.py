"""Killed without warning, an installation comes up again by itself and has lost nothing that it acknowledged."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import psycopg
import pytest

from liren.base.postgres import Cluster

PATIENCE_SECONDS = 180
# a job for tomorrow: a row without a place, which nothing touches meanwhile
WRITE = (
    "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, scheduled_at)"
    " VALUES ('kept', 'kept', %s, '{}', now() + interval '1 day')"
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kill")]


class Installation:
    """One data folder on one port, brought up and knocked down."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.cluster = Cluster(home)
        self.process: subprocess.Popen[str] | None = None

    def command(self, *arguments: str) -> tuple[list[str], dict[str, str]]:
        environment = {
            key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "LIREN_OWNER_URL"}
        }
        return [sys.executable, "-m", "liren", *arguments], environment | {"LIREN_HOME": str(self.home)}

    def up(self) -> psutil.Process:
        if self.process is not None and self.process.poll() is None and self.healthy():
            return psutil.Process(self.process.pid)
        command, environment = self.command("up", "--port", str(self.port))
        log = (self.home / "up.log").open("a")
        self.process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, text=True, start_new_session=True
        )
        log.close()
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.healthy():
            assert self.process.poll() is None, (self.home / "up.log").read_text()
            assert time.monotonic() < until, (self.home / "up.log").read_text()
            time.sleep(0.1)
        return psutil.Process(self.process.pid)

    def told(self) -> str:
        """Return the last lines of every log, for whoever reads a failure."""
        logs = sorted((self.home / "log").glob("*.log"))
        return "\n".join(
            f"== {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-25:]) for log in logs
        )

    def healthy(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError, HTTPException):
            return False

    def end(self) -> None:
        if self.process is not None:
            if self.process.poll() is None:
                self.process.terminate()
            self.process.wait(60)
            self.process = None
        self.cluster.stop()

    def everything(self) -> list[psutil.Process]:
        """Return the supervisor, what it started, and the database: one that was adopted is nobody's child."""
        assert self.process is not None
        supervisor = psutil.Process(self.process.pid)
        postmaster = psutil.Process(self.cluster.running())
        return [
            supervisor,
            *supervisor.children(recursive=True),
            postmaster,
            *postmaster.children(recursive=True),
        ]

    def app(self) -> "psycopg.Connection[tuple[str]]":
        return psycopg.connect(self.cluster.urls()["app"], autocommit=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    # not pytest's own folder: as root, the server runs as an ordinary user, who has to reach it
    with TemporaryDirectory(prefix="liren-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        made = Installation(Path(folder))
        yield made
        made.end()


def is_web(process: psutil.Process) -> bool:
    try:
        return "granian" in " ".join(process.cmdline())
    except psutil.Error:  # gone, or about to be
        return False


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=20)


class Writer(threading.Thread):
    """Writes rows as the serving role until the server is gone, and remembers those that were acknowledged."""

    def __init__(self, installation: Installation, name: str) -> None:
        super().__init__(name=name)
        self.connection = installation.app()
        self.acknowledged: list[str] = []

    def run(self) -> None:
        try:
            for number in range(1_000_000):
                key = f"{self.name}-{number}"
                self.connection.execute(WRITE, [key])
                self.acknowledged.append(key)
        except psycopg.Error:
            self.connection.close()


def test_after_a_kill_of_everything_nothing_acknowledged_is_lost(installation: Installation) -> None:
    for turn in range(2):
        installation.up()
        writers = [Writer(installation, f"{turn}-{n}") for n in range(3)]
        for writer in writers:
            writer.start()
        time.sleep(1)

        kill(installation.everything())

        for writer in writers:
            writer.join(30)
            assert not writer.is_alive()
        assert installation.process is not None
        installation.process.wait(10)
        assert not installation.healthy()
        installation.up()
        with installation.app() as connection:
            kept = {
                key for (key,) in connection.execute("SELECT lock FROM procrastinate_jobs WHERE task_name = 'kept'")
            }
        acknowledged = {key for writer in writers for key in writer.acknowledged}
        assert len(acknowledged) > 100
        assert acknowledged <= kept


def test_when_only_the_supervisor_is_killed_its_servers_go_and_the_database_is_adopted(
    installation: Installation,
) -> None:
    supervisor = installation.up()
    postmaster = installation.cluster.running()
    servers = [child for child in supervisor.children(recursive=True) if is_web(child)]

    kill([supervisor])

    assert installation.process is not None
    installation.process.wait(10)
    gone, alive = psutil.wait_procs(servers, timeout=10)
    assert len(gone) >= 2
    assert alive == []
    installation.up()
    assert installation.cluster.running() == postmaster


def test_a_killed_database_or_web_server_comes_back_under_the_same_supervisor(installation: Installation) -> None:
    supervisor = installation.up()
    postmaster = installation.cluster.running()
    assert postmaster is not None

    os.kill(postmaster, signal.SIGKILL)
    kill([child for child in supervisor.children() if is_web(child)])

    until = time.monotonic() + PATIENCE_SECONDS
    while not (installation.healthy() and installation.cluster.running() not in {None, postmaster}):
        assert time.monotonic() < until, installation.told()
        time.sleep(0.2)
    assert supervisor.is_running()
    installation.end()
    assert installation.cluster.running() is None


def test_a_second_instance_and_a_busy_port_each_get_one_clear_sentence(
    installation: Installation, tmp_path: Path
) -> None:
    installation.up()

    def refused(home: Path) -> str:
        command, environment = installation.command("up", "--port", str(installation.port))
        done = subprocess.run(
            command,
            env=environment | {"LIREN_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        assert done.stdout == ""
        return done.stderr.strip()

    second = refused(installation.home)
    busy = refused(tmp_path / "other")

    assert "已有一个里仁在运行" in second
    assert "Another Liren already runs" in second
    assert f"端口 {installation.port} 不能用" in busy
    assert f"Port {installation.port} cannot be used" in busy
    assert all("\n" not in said for said in (second, busy))


def test_the_doctor_finds_nothing_wrong_with_an_installation_that_is_up(installation: Installation) -> None:
    installation.up()

    command, environment = installation.command("doctor")
    examined = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    command, environment = installation.command("db", "psql", "-tAc", "SELECT current_user")
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert "✗" not in examined.stdout
    assert examined.stdout.count("✓") >= 10, examined.stdout
    assert examined.returncode == 0
    assert asked.stdout.strip() == "postgres"
