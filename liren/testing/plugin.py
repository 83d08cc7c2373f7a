"""The pytest plugin of the house: a real PostgreSQL with both roles for every test that asks for a database."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from liren.testing import database


@dataclass
class WorkerDatabase:
    """This worker's database, and how its reference data looked at first."""

    server: database.Server
    name: str
    kept: list[str]
    watching: database.Connection = field(init=False)
    at_first: dict[str, tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        """Look at the reference data for the first time."""
        self.watching = self.server.admin(self.name)
        self.at_first = database.reference_state(self.watching, self.kept)

    def restore_when_changed(self) -> None:
        """Copy the template again when a test has changed reference data, which a flush passes over."""
        if database.reference_state(self.watching, self.kept) == self.at_first:
            return
        close_connections()
        self.watching.close()
        source = database.template(self.server)
        with database.exclusively("template"), self.server.admin() as connection:
            database.copy(connection, source, self.name)
        self.watching = self.server.admin(self.name)


_worker: list[WorkerDatabase] = []


def close_connections() -> None:
    """Close Django's connections."""
    from django.db import connections  # noqa: PLC0415  settings are not ready when pytest loads the plugin

    for connection in connections.all(initialized_only=True):
        connection.close()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Give this worker a database of its own, migrated by ``owner`` and served to ``app``, which owns nothing."""
    from django.conf import settings  # noqa: PLC0415

    settings.PASSWORD_HASHERS = ["liren.testing.hashers.QuickHasher"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    from django.db.models.signals import post_migrate  # noqa: PLC0415, TID251  to leave it, not to use it

    with django_db_blocker.unblock():
        server = database.server()
        name, kept = database.make_copy(server, worker)
        post_migrate.receivers = []  # every flush says that it has migrated; what would be written then is kept
        database.point(server, name, kept)
        _worker.append(WorkerDatabase(server, name, kept))
        yield
        _worker.pop().watching.close()
        close_connections()
        database.remove(server, name)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, in whatever order chance has given: a long test that comes last keeps one worker busy and the others idle."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_runtest_setup() -> None:
    """Begin every test in Chinese: a request in English leaves its language behind in the thread."""
    from django.utils import translation  # noqa: PLC0415

    translation.deactivate()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Put reference data back after a test that committed changes to it."""
    try:
        return (yield)
    finally:
        marker = item.get_closest_marker("django_db")
        commits = (marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & set(
            getattr(item, "fixturenames", ())
        )
        if commits and _worker:
            _worker[0].restore_when_changed()
