"""COPY into tables with row security: into a table of the transaction first, then by one statement into the real one."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connections, models

from liren.base.crypto import ring
from liren.base.ids import new_id

NULL = "\\N"
_IS_UNSAFE = re.compile(r"[\\\t\n\r]").search
_UNSAFE = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def text(value: Any) -> str:  # noqa: PLR0911  a line for each type
    """Return a value as COPY reads it."""
    kind = type(value)
    if kind is str:
        return value.translate(_UNSAFE) if _IS_UNSAFE(value) else value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    if value is None:
        return NULL
    if kind is bytes:
        return f"\\\\x{value.hex()}"
    if kind is bool:
        return "t" if value else "f"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).translate(_UNSAFE)


def free(value: str) -> str:
    """Return a text that somebody has written as COPY reads it."""
    return value.translate(_UNSAFE) if _IS_UNSAFE(value) else value


def octets(value: bytes | None) -> str:
    """Return bytes as COPY reads them."""
    return NULL if value is None else f"\\\\x{value.hex()}"


def line(values: Sequence[Any]) -> str:
    """Return a row as a line of COPY; the signs that COPY reads otherwise are looked for once in all its texts."""
    if _IS_UNSAFE("".join([value for value in values if type(value) is str])):
        return "\t".join([text(value) for value in values]) + "\n"
    cells = [
        value if type(value) is str else NULL if value is None else str(value) if type(value) is int else text(value)
        for value in values
    ]
    return "\t".join(cells) + "\n"


def copy_in(
    using: str, table: str, columns: Sequence[str], lines: Iterable[str], *, conflict: str = "", returning: str = ""
) -> list[Any]:
    """Send lines into a table in one statement and return what ``returning`` names; ``conflict`` is an ON CONFLICT clause."""
    names = ", ".join(columns)
    with connections[using].cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")  # noqa: S608  our own names
        sent = _send(cursor, names, lines)
        found: list[Any] = []
        if sent:
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming {conflict}"  # noqa: S608  our own names
                + (f" RETURNING {returning}" if returning else "")
            )
            found = [row[0] for row in cursor.fetchall()] if returning else []
        cursor.execute("DROP TABLE incoming")
    return found


def copy_beside(using: str, name: str, columns: str, lines: Iterable[str]) -> int:
    """Make a table of the transaction, ``columns`` in SQL, and send lines into it; drop it with ``drop``."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")
        new_id()  # the first one of a process asks the database, which cannot answer while it is sent rows
        with cursor.copy(f"COPY {name} FROM STDIN") as copy:
            return _write(copy, lines)


def drop(using: str, name: str) -> None:
    """Drop a table of the transaction."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"DROP TABLE {name}")


def _send(cursor: Any, names: str, lines: Iterable[str]) -> int:
    new_id()  # the first one of a process asks the database, which cannot answer while it is sent rows
    with cursor.copy(f"COPY incoming ({names}) FROM STDIN") as copy:
        return _write(copy, lines)


def _write(copy: Any, lines: Iterable[str]) -> int:
    sent = 0
    piece: list[str] = []
    for each in lines:
        sent += 1
        piece.append(each)
        if len(piece) >= 500:
            copy.write("".join(piece))
            piece.clear()
    if piece:
        copy.write("".join(piece))
    return sent


@cache
def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def sealed(model: type[models.Model], name: str, value: Any) -> bytes | None:
    """Return what a sealed column stores."""
    if value is None:
        return None
    field = _field(model, name)
    found: bytes = ring().seal(field.to_bytes(value), _context(model, name))
    return found


def sealed_as_is(model: type[models.Model], name: str, plain: bytes) -> bytes:
    """Return what a sealed column stores for a value whose bytes are made already."""
    return ring().seal(plain, _context(model, name))


def blind(model: type[models.Model], name: str, value: str | None) -> bytes | None:
    """Return what a blind index stores."""
    return None if value is None else ring().blind(value, _context(model, name))


def opened(model: type[models.Model], name: str, stored: Any) -> Any:
    """Return the value that a sealed column stores."""
    return None if stored is None else _field(model, name).opened(stored)


def opened_as_is(model: type[models.Model], name: str, stored: bytes | memoryview) -> bytes:
    """Return the bytes of the value that a sealed column stores."""
    found: bytes = _field(model, name).opened_bytes(stored)
    return found


@cache
def _context(model: type[models.Model], name: str) -> str:
    context: str = _field(model, name).context
    return context
