"""Rows of a database: read-only, streamed, from the address that was checked."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from liren.base.remote.reach import Reach
from liren.base.remote.selecting import single_select, table_parts
from liren.base.remote.specs import DIALECTS, Database
from liren.base.remote.stops import Stop

CONNECT_SECONDS = 10
CHUNK = 2_000
READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
"""All that SQLite may do for us: no other file is attached, no pragma set, nothing written."""
POSTGRES_CODES = {
    "28P01": "password", "28000": "password", "3D000": "no_database", "42P01": "no_table", "3F000": "no_table", "42501": "denied",
    "42703": "no_column", "42601": "syntax", "57014": "time", "25006": "writes",
}  # fmt: skip
MYSQL_CODES = {
    1045: "password", 1698: "password", 1044: "denied", 1142: "denied", 1143: "denied", 1049: "no_database", 1146: "no_table", 1054: "no_column",
    1064: "syntax", 3024: "time", 1969: "time", 1317: "time", 1792: "writes", 2003: "unreached", 2013: "dropped", 2006: "dropped",
}  # fmt: skip
SQLITE_WORDS = (
    ("no such table", "no_table"), ("no such column", "no_column"), ("not a database", "not_sqlite"), ("malformed", "not_sqlite"),
    ("not authorized", "writes"), ("prohibited", "writes"), ("unable to open", "no_file"), ("syntax error", "syntax"), ("readonly", "writes"),
)  # fmt: skip
POSTGRES_WORDS = (
    (r"password authentication failed|no pg_hba\.conf entry|authentication failed|role .* does not exist|no password supplied", "password"),
    (r"database .* does not exist", "no_database"),
    (r"certificate|SSL", "certificate"),
)  # fmt: skip


def rows(spec: Database, reach: Reach, *, seconds: int) -> Iterator[list[Any]]:
    """Yield the names of the columns, then the rows; raise ``Stop``."""
    if spec.dialect not in DIALECTS:
        raise Stop("dialect")
    try:
        engine = sqlalchemy.create_engine(
            address_of(spec), poolclass=NullPool, hide_parameters=True, **_options(spec, reach)
        )
        statement = statement_of(spec, engine)
        with engine.connect() as connection:
            _read_only(connection, spec.dialect, seconds)
            streamed = connection.execution_options(stream_results=True, max_row_buffer=CHUNK, no_parameters=True)
            with closing(streamed.exec_driver_sql(statement)) as found:
                yield list(found.keys())
                for chunk in found.partitions(CHUNK):
                    yield from (list(row) for row in chunk)
    except DBAPIError as error:
        raise told(error.orig, spec) from None
    except sqlite3.Error as error:
        raise told(error, spec) from None
    except SQLAlchemyError:
        raise Stop("database", said="") from None


def address_of(spec: Database) -> URL:
    """Return the SQLAlchemy address of a database."""
    driver, usual = DIALECTS[spec.dialect]
    if spec.dialect == "sqlite":
        return URL.create(driver)
    return URL.create(driver, spec.user, spec.password, spec.host, spec.port or usual, spec.database)


def statement_of(spec: Database, engine: sqlalchemy.Engine) -> str:
    """Return what is asked of the database."""
    if spec.query.strip():
        return single_select(spec.query, spec.dialect)
    name = ".".join(engine.dialect.identifier_preparer.quote_identifier(part) for part in table_parts(spec.table))
    return f"SELECT * FROM {name}"  # noqa: S608  quoted part by part


def _options(spec: Database, reach: Reach) -> dict[str, Any]:
    if spec.dialect == "sqlite":
        return {"creator": lambda: _sqlite(spec)}
    port = spec.port or DIALECTS[spec.dialect][1]
    address = reach.address_of(spec.host, port)
    if spec.dialect == "postgresql":  # the name stays for the certificate, the connection goes to the address
        return {
            "connect_args": {
                "hostaddr": address,
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "liren",
                "keepalives_idle": 30,
            }
        }
    return {"connect_args": {"host": address, "connect_timeout": CONNECT_SECONDS, "charset": "utf8mb4", "local_infile": False}}  # fmt: skip


def _sqlite(spec: Database) -> sqlite3.Connection:
    folder = Path(spec.folder).resolve()
    path = (folder / spec.database).resolve()
    if not spec.folder or not path.is_relative_to(folder) or not path.is_file():
        raise Stop("no_file", name=spec.database)
    opened = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    opened.set_authorizer(_allowed)
    return opened


def _allowed(what: int, name: str | None, value: str | None, *_more: str | None) -> int:
    asked = (
        what == sqlite3.SQLITE_PRAGMA and name == "read_uncommitted" and value is None
    )  # SQLAlchemy, at every connection
    return sqlite3.SQLITE_OK if what in READING or asked else sqlite3.SQLITE_DENY


def _read_only(connection: Connection, dialect: str, seconds: int) -> None:
    """Let the database itself refuse to write, and end what takes too long."""
    if dialect == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {seconds * 1000}")
    elif dialect == "mysql":
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        limit = f"max_statement_time = {seconds}" if getattr(connection.dialect, "is_mariadb", False) else f"max_execution_time = {seconds * 1000}"  # fmt: skip
        connection.exec_driver_sql(f"SET SESSION {limit}")
        connection.exec_driver_sql("START TRANSACTION READ ONLY")


def told(error: Any, spec: Database) -> Stop:
    """Return what a driver's error means; its own words only where they speak of the query."""
    words = " ".join(str(error).split())
    if spec.dialect == "postgresql":
        code = POSTGRES_CODES.get(getattr(error, "sqlstate", None) or "") or next(
            (code for pattern, code in POSTGRES_WORDS if re.search(pattern, words)), ""
        )
        code = code or ("unreached" if "connection" in words.lower() or "timeout" in words.lower() else "database")
        if "server closed the connection" in words:
            code = "dropped"
    elif spec.dialect == "mysql":
        number = error.args[0] if getattr(error, "args", None) else 0
        code, words = MYSQL_CODES.get(number, "database"), str(error.args[-1]) if getattr(error, "args", None) else ""
    else:
        code = next((code for part, code in SQLITE_WORDS if part in words), "database")
    return Stop(
        code, host=spec.host, name=spec.database, said=_without_secrets(words, (spec.password, spec.user, spec.host))
    )


def _without_secrets(words: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        if secret:
            words = words.replace(secret, "***")
    return words[:200]
