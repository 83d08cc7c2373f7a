"""The first pytest plugin to load: a data folder of the tests' own, before any setting is read, and the life of the test server."""

import fcntl
import os
from pathlib import Path
from typing import IO

import pytest

from liren.testing import database

# Tests touch neither the developer's data folder nor the database it names.
os.environ["LIREN_HOME"] = str(database.ROOT / "var" / "test")
for _name in ("DATABASE_URL", "LIREN_OWNER_URL"):
    os.environ.pop(_name, None)

_in_use: list[IO[str]] = []


def pytest_configure(config: pytest.Config) -> None:
    """Note that this run uses the checkout's test server; the last run to end stops it."""
    if hasattr(config, "workerinput"):
        return
    Path(os.environ["LIREN_HOME"]).mkdir(parents=True, exist_ok=True)
    database.HOME.mkdir(parents=True, exist_ok=True)
    lock = (database.HOME / ".in-use.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_SH)
    _in_use.append(lock)


def pytest_unconfigure() -> None:
    """Stop the test server when no other run of this checkout uses it."""
    while _in_use:
        with _in_use.pop() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if (database.HOME / "pg" / "postmaster.pid").exists():
                database.embedded().stop()
