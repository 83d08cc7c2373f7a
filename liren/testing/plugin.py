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
    at_first: dict[str, tuple[int, int]] = field(default_factory=dict)

    def restore_when_changed(self) -> None:
        """Copy the template again when a test has changed reference data, which a flush passes over."""
        if database.reference_state(self.server, self.name, self.kept) == self.at_first:
            return
        close_connections()
        source = database.template(self.server)
        with database.exclusively("template"), self.server.admin() as connection:
            database.copy(connection, source, self.name)


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
    with django_db_blocker.unblock():
        server = database.server()
        name, kept = database.make_copy(server, worker)
        database.point(server, name, kept)
        _worker.append(WorkerDatabase(server, name, kept, database.reference_state(server, name, kept)))
        yield
        _worker.clear()
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
