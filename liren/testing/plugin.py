"""The pytest plugin of the house: a real PostgreSQL with both roles for every test that asks for a database."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from liren.testing import database


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Give this worker a database of its own, migrated by ``owner`` and served to ``app``, which owns nothing."""
    from django.db import connections  # noqa: PLC0415  settings are not ready when pytest loads the plugin

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with django_db_blocker.unblock():
        server = database.server()
        name, kept = database.make_copy(server, worker)
        database.point(server, name, kept)
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()
        database.remove(server, name)
