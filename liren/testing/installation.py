"""A whole installation for journeys: ``liren up`` as people run it, on a database of its own in which a village lives."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from liren.testing import database

PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation: its address, its environment for further commands, and what ``village`` told."""

    url: str
    environment: dict[str, str]
    home: Path
    village: dict[str, Any]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``liren`` beside it."""
        return subprocess.run(
            [sys.executable, "-m", "liren", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip

    def logs(self) -> str:
        """Return the end of everything it wrote."""
        return "\n".join(
            f"{path.name}\n{path.read_text()[-3000:]}" for path in sorted((self.home / "log").glob("*.log"))
        )


@pytest.fixture(scope="session")
def installation(django_db_setup: None) -> Iterator[Installation]:
    """Bring an installation up once for a test run."""
    server = database.server()
    name, _kept = database.make_copy(server, f"up{os.environ.get('PYTEST_XDIST_WORKER', '')}")
    with TemporaryDirectory(prefix="liren-journey-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = int(found.getsockname()[1])
        environment = os.environ | {
            "LIREN_HOME": folder,
            "LIREN_DEMO": "1",
            "DATABASE_URL": database.renamed(server.urls["app"], name),
            "LIREN_OWNER_URL": database.renamed(server.urls["owner"], name),
        }
        filled = subprocess.run(
            [sys.executable, "-m", "liren.testing.fill"],
            env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        assert filled.returncode == 0, filled.stderr
        log = (home / "up.log").open("w")
        process = subprocess.Popen(
            [sys.executable, "-m", "liren", "up", "--port", str(port)],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        up = Installation(f"http://127.0.0.1:{port}", environment, home, json.loads(filled.stdout))
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not answers(up.url):
                assert process.poll() is None, (home / "up.log").read_text()
                assert time.monotonic() < until, (home / "up.log").read_text()
                time.sleep(0.1)
            yield up
        finally:
            process.terminate()
            process.wait(60)
            log.close()
            database.remove(server, name)
            shutil.rmtree(home / "files", ignore_errors=True)


def answers(url: str) -> bool:
    """Say whether the server answers."""
    try:
        with urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
