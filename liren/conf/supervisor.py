"""``liren up``: PostgreSQL, the web server and the job worker under one process that mends what dies and ends what it started."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

from liren.base.postgres import Cluster, ClusterError
from liren.base.processes import die_with_parent

POLL_SECONDS = 0.1
DATABASE_LOOK_SECONDS = 1.0
GRACE_SECONDS = 15
LONGEST_PAUSE_SECONDS = 30
STEADY_SECONDS = 60
PORT_PATIENCE_SECONDS = 5
# Short requests of one process share one interpreter: with one thread they take half the time (docs/performance.md). But whoever
# sends a photo over a slow line holds a thread meanwhile; a proxy before us takes it in first, and without one there are more.
THREADS_BEHIND_A_PROXY = 1
THREADS_ALONE = 4


def threads_of() -> int:
    """Return how many threads each web process has when nobody says it."""
    return THREADS_BEHIND_A_PROXY if os.environ.get("LIREN_PROXIES", "0") != "0" else THREADS_ALONE


class UpError(Exception):
    """``liren up`` cannot go on; the message is one clear sentence."""


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass
class Child:
    """A process that is started again, after a growing pause, whenever it ends."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = field(default=0.5)

    def start(self) -> None:
        """Start the process; it dies with us."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.touch(mode=0o600)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent  # noqa: PLW1509
            )  # fmt: skip
        self.started = time.monotonic()

    def look(self) -> None:
        """Start the process when it is due, and note it when it has ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif self.process.poll() is not None:
            if now - self.started > STEADY_SECONDS:
                self.pause = 0.5
            say(
                f"  {self.name} 意外退出（{self.process.returncode}），{self.pause:.0f} 秒后重启。 {self.name} ended, starting it again: {self.log}"
            )
            self.process = None
            self.due = now + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def see_end(self, until: float) -> None:
        """Wait for the process to end, and kill it and its children at ``until`` (monotonic seconds)."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


class Supervisor:
    """Runs one installation on one data folder."""

    def __init__(self, home: Path, *, host: str, port: int, workers: int, threads: int) -> None:
        """Describe the installation; nothing is started yet."""
        self.home, self.host, self.port = home, host, port
        self.cluster = None if os.environ.get("DATABASE_URL") else Cluster(home)
        self.stopping = False
        web = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "liren.conf.wsgi:application", "--host", host, "--port", str(port),
            "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "--respawn-failed-workers", "--respawn-interval", "0.5",
            "--workers-kill-timeout", str(GRACE_SECONDS - 5), "--static-path-route", "/static", "--static-path-mount", str(home / "static"),
            "--log-level", "warning",
        ]  # fmt: skip
        jobs = [
            sys.executable,
            "-m",
            "liren",
            "manage",
            "procrastinate",
            "worker",
            "--concurrency",
            "4",
            "--no-listen-notify",  # commits that notify wait for each other: docs/adr/0011
            "--fetch-job-polling-interval",
            "0.5",
            "--shutdown-graceful-timeout",
            "10",
        ]
        self.web = Child("web", web, home / "log" / "web.log")
        self.children = [self.web, Child("jobs", jobs, home / "log" / "jobs.log")]

    @property
    def url(self) -> str:
        """The address to open."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(  # noqa: S104
            self.host, f"[{self.host}]" if ":" in self.host else self.host
        )
        return f"http://{host}:{self.port}/"

    def run(self) -> int:
        """Bring everything up, keep it up until SIGTERM or SIGINT, bring it down; return the exit status."""
        with self._only_one() as lock:
            self._port_is_free()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, self._stop)
            os.environ["LIREN_HOME"] = str(self.home)
            os.environ["LIREN_SUPERVISED"] = "1"
            os.environ.setdefault("LIREN_SITE", self.url.rstrip("/"))
            try:
                if self.cluster is not None:
                    self.cluster.start()
                    self.cluster.prepare()
                if not self.stopping:
                    self._prepare()
                if not self.stopping:
                    lock.seek(0)
                    lock.truncate()
                    lock.write(json.dumps({"pid": os.getpid(), "url": self.url}))
                    lock.flush()
                    self._keep_up()
            finally:
                self._bring_down()
                lock.truncate(0)
        return 0

    def _only_one(self) -> IO[str]:
        run = self.home / "run"
        run.mkdir(parents=True, exist_ok=True)
        lock = (run / "up.json").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read()
            lock.close()
            where = json.loads(holder)["url"] if holder else self.home
            raise UpError(
                f"这个数据目录上已有一个里仁在运行（{where}）。 Another Liren already runs on this data folder: {self.home}"
            ) from None
        return lock

    def _port_is_free(self) -> None:
        """Raise ``UpError`` when somebody listens on the port; servers of a killed instance get a moment to vanish."""
        until = time.monotonic() + PORT_PATIENCE_SECONDS
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        while True:
            try:
                socket.create_server((self.host, self.port), family=family).close()
            except OSError as refused:
                if time.monotonic() < until and (self.home / "run" / "up.json").stat().st_size:
                    time.sleep(0.2)
                    continue
                why = os.strerror(refused.errno or 0)
                raise UpError(
                    f"端口 {self.port} 不能用（{why}），请用 --port 换一个。"
                    f" Port {self.port} cannot be used ({why}); choose another with --port."
                ) from None
            return

    def _stop(self, _number: int, _frame: object) -> None:
        self.stopping = True

    def _prepare(self) -> None:
        with subprocess.Popen(
            [sys.executable, "-m", "liren.conf.prepare"], start_new_session=True, preexec_fn=die_with_parent  # noqa: PLW1509
        ) as process:  # fmt: skip
            while process.poll() is None:
                if self.stopping:
                    process.terminate()
                time.sleep(0.02)
        if process.returncode and not self.stopping:
            raise UpError("准备数据库时出错，见上文。 Preparing the database failed, see above.")

    def _keep_up(self) -> None:
        announced = False
        looked = time.monotonic()
        while not self.stopping:
            if self.cluster is not None and time.monotonic() - looked > DATABASE_LOOK_SECONDS:
                looked = time.monotonic()
                if self.cluster.running() is None:
                    self._mend_database()
            for child in self.children:
                child.look()
            if not announced and self._answers():
                announced = True
                say(f"里仁已启动 Liren is up: {self.url}   (Ctrl-C 停止 stops it)")
            time.sleep(POLL_SECONDS)

    def _mend_database(self) -> None:
        if self.cluster is None:
            return
        say(f"  PostgreSQL 意外退出，正在恢复。 PostgreSQL ended, recovering: {self.cluster.log}")
        try:
            self.cluster.start()
        except ClusterError as error:  # looked at again in a second: whoever supervises does not give up
            say(str(error))
            return
        for child in self.children:
            child.ask_to_end()  # their connections are gone; they come back with new ones

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}healthz", timeout=1) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _bring_down(self) -> None:
        for child in self.children:
            child.ask_to_end()
        until = time.monotonic() + GRACE_SECONDS
        for child in self.children:
            child.see_end(until)
        if self.cluster is not None and not (self.home / "run" / "keep-database").exists():
            self.cluster.stop()


def up(home: Path, *, host: str, port: int, workers: int, threads: int | None) -> int:
    """Run ``liren up``; return its exit status."""
    try:
        return Supervisor(home, host=host, port=port, workers=workers, threads=threads or threads_of()).run()
    except (UpError, ClusterError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
