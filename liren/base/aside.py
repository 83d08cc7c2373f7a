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
    opened: psycopg.Connection[tuple[Any, ...]] = connection.get_new_connection(connection.get_connection_params())
    try:
        opened.autocommit = True
        yield opened
    finally:
        opened.close()
