"""The first pytest plugin to load: a data folder of the tests' own, before any setting is read, and the life of the test server."""

import fcntl
import os
from pathlib import Path
from typing import IO

import pytest

from liren.testing import database

# Tests touch neither the developer's data folder nor the database it names.
os.environ["DJANGO_SETTINGS_MODULE"] = "liren.testing.settings"  # for servers that tests start, too
os.environ["LIREN_HOME"] = str(database.ROOT / "var" / "test")
os.environ.setdefault("LIREN_POOL", "0")  # other processes would not find a test's database
for _name in ("DATABASE_URL", "LIREN_OWNER_URL"):
    os.environ.pop(_name, None)

_in_use: list[IO[str]] = []


def use_server() -> IO[str]:
    """Note that this process uses the checkout's test server; hand the answer to ``leave_server``."""
    Path(os.environ["LIREN_HOME"]).mkdir(parents=True, exist_ok=True)
    database.HOME.mkdir(parents=True, exist_ok=True)
    lock = (database.HOME / ".in-use.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def leave_server(lock: IO[str]) -> None:
    """Stop the test server when nobody else of this checkout uses it."""
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if (database.HOME / "pg" / "postmaster.pid").exists():
            database.embedded().stop()


def pytest_configure(config: pytest.Config) -> None:
    """Use the test server for the length of this run."""
    if not hasattr(config, "workerinput"):
        _in_use.append(use_server())


def pytest_unconfigure() -> None:
    """Leave the test server."""
    while _in_use:
        leave_server(_in_use.pop())
