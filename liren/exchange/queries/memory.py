"""A database in memory for one piece of work: nothing is written to disk, nothing is fetched, and it ends with the work."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

BATCH = 50_000
CLOSED = {
    "temp_directory": "''",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "false",
    "enable_external_access": "false",
    "lock_configuration": "true",
}


@contextmanager
def memory(*, threads: int, most: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that may take ``most`` (``1GB``) and neither reads files nor loads extensions."""
    opened = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": most})
    for setting, value in CLOSED.items():
        opened.execute(f"SET {setting} = {value}")
    try:
        yield opened
    finally:
        opened.close()


def load(database: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema, rows: Iterable[Sequence[Any]]) -> None:
    """Make a table of rows, a batch at a time."""
    load_parts(database, table, schema, _batches(schema, iter(rows)))


def load_parts(database: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema, parts: Iterable[pa.Table]) -> None:
    """Make a table of Arrow tables."""
    database.register("part", schema.empty_table())
    database.execute(f"CREATE TABLE {table} AS FROM part")
    for part in parts:
        database.register("part", part)
        database.execute(f"INSERT INTO {table} FROM part")
    database.unregister("part")


def _batches(schema: pa.Schema, rows: Iterator[Sequence[Any]]) -> Iterator[pa.Table]:
    while batch := list(islice(rows, BATCH)):
        yield pa.table([list(column) for column in zip(*batch, strict=True)], schema=schema)


def fetched(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement, a batch at a time."""
    while batch := cursor.fetchmany(BATCH):
        yield from batch


def single(database: duckdb.DuckDBPyConnection, statement: str) -> Any:
    """Return the one value of a statement, read to its end: a result left open holds the connection."""
    return database.execute(statement).fetchall()[0][0]
