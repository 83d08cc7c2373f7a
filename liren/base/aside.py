"""A connection aside: for the little that must stay written even when the request's transaction is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def aside() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Open an autocommitting connection of its own to the same database, as the same role, and close it again.

    It has no scope, so it reaches no placed table. Opening takes a few milliseconds: fit for signing in, not for every page.
    """
    given = connection.get_connection_params()
    for own in (
        "context",
        "cursor_factory",
    ):  # Django's loaders count on a time zone that Django sets on its connections
        given.pop(own, None)
    opened: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(**given, autocommit=True)
    try:
        yield opened
    finally:
        opened.close()
