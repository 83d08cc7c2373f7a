"""Planned statements straight to libpq: what psycopg does for every statement around the way costs more than the way.

Values are adapted and rows are read by psycopg's own transformer, so types are what they are everywhere. The call blocks, without
the interpreter's lock, and looks at no result but its own.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from psycopg import OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, Escaping, ExecStatus

GOOD = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\)s|(?P<plain>s)|(?P<sign>%))")
Pick = Callable[[Any], Sequence[Any]]
Rows = list[tuple[Any, ...]]


@cache
def numbered(text: str) -> tuple[bytes, Pick]:
    """Return a statement with ``$1`` for its placeholders, and what picks their values in that order."""
    names: list[str] = []
    plain = 0

    def number(found: re.Match[str]) -> str:
        nonlocal plain
        if found["sign"]:
            return "%"
        if found["plain"]:
            plain += 1
            return f"${plain}"
        if found["name"] not in names:
            names.append(found["name"])
        return f"${names.index(found['name']) + 1}"

    return PLACEHOLDER.sub(number, text).encode(), _picked(names) if names else _as_given


def _as_given(values: Sequence[Any]) -> Sequence[Any]:
    return values


def _picked(names: Sequence[str]) -> Pick:
    if len(names) == 1:
        [name] = names

        def pick_one(values: Mapping[str, Any]) -> Sequence[Any]:
            return (values[name],)

        return pick_one
    return itemgetter(*names)


class Straight:
    """The planned statements of one connection."""

    def __init__(self, connection: Any, context: Any) -> None:
        """Adapt as ``context``, a cursor, does."""
        self.connection, self.pgconn = connection, connection.pgconn
        self.reading = Transformer(context)
        self.writing = Transformer(context)
        self.escape_literal = Escaping(self.pgconn).escape_literal
        self.plans: dict[tuple[bytes, tuple[int, ...]], bytes] = {}

    def asked(self, text: str, values: Any, *, first: str = "") -> Rows:
        """Return the rows of a statement with ``%s`` or ``%(name)s``; raise psycopg's error.

        ``first`` are statements that go before it in the same round trip. Several statements in one message are text, so that
        the server is told there to run the plan by its name, with its values as literals.
        """
        statement, pick = numbered(text)
        given = pick(values)
        sent = self.reading.dump_sequence(given, [PyFormat.TEXT] * len(given))
        plan = self._plan(statement, self.reading.types or ())
        if not first:
            return self._rows(self.pgconn.exec_prepared(plan, sent))
        written = b", ".join(b"NULL" if value is None else self.escape_literal(value) for value in sent)
        call = b"%b; EXECUTE %b(%b)" if sent else b"%b; EXECUTE %b%b"
        return self._rows(self.pgconn.exec_(call % (first.encode(), plan, written)))

    def asked_once(self, text: str, values: Any, *, first: str = "") -> Rows:
        """Return the rows of a statement that is planned with its values, and not kept; ``first`` as in ``asked``."""
        write = self.reading.as_literal
        if isinstance(values, Mapping):
            written = text % {name: write(value).decode() for name, value in values.items()}
        else:
            written = text % tuple(write(value).decode() for value in values)
        return self._rows(self.pgconn.exec_((f"{first}; {written}" if first else written).encode()))

    def told(self, text: str, values: Sequence[Any], *, last: str = "") -> int:
        """Run a statement with ``$1``, whose types follow from the columns its values go to; return how many rows it wrote.

        ``last`` goes behind it in the same round trip; the server skips it when this one fails.
        """
        transformer = self.writing
        sent = transformer.dump_sequence(values, [PyFormat.TEXT] * len(values))
        plan, formats = self._plan(text.encode(), (0,) * len(values)), transformer.formats
        if not last:
            return self._checked(self.pgconn.exec_prepared(plan, sent, formats)).command_tuples or 0
        ending = self._plan(last.encode(), ())
        self.pgconn.enter_pipeline_mode()
        try:
            self.pgconn.send_query_prepared(plan, sent, formats)
            self.pgconn.send_query_prepared(ending, None)
            self.pgconn.pipeline_sync()
            told, ended = self._next(), self._next()
            self.pgconn.get_result()  # the end of the pipeline
        finally:
            self.pgconn.exit_pipeline_mode()
        rows = self._checked(told).command_tuples or 0
        self._checked(ended)
        return rows

    def commanded(self, text: str) -> None:
        """Run statements without values, in one round trip; raise psycopg's error for the first that fails."""
        self._checked(self.pgconn.exec_(text.encode()))

    def _plan(self, statement: bytes, types: tuple[int, ...]) -> bytes:
        name = self.plans.get((statement, types))
        if name is None:
            name = b"liren_%d" % len(self.plans)
            self._checked(self.pgconn.prepare(name, statement, types))
            self.plans[statement, types] = name
        return name

    def _rows(self, result: Any) -> Rows:
        transformer = self.reading
        transformer.set_pgresult(self._checked(result))
        try:
            rows: Rows = transformer.load_rows(0, result.ntuples, tuple)
        finally:
            transformer.set_pgresult(None)
        return rows

    def _next(self) -> Any:
        result = self.pgconn.get_result()
        if result is None:
            raise OperationalError(self.pgconn.get_error_message() or "the connection is lost")
        self.pgconn.get_result()  # nothing: where the result ends
        return result

    def _checked(self, result: Any) -> Any:
        if result.status in GOOD:
            return result
        if self.pgconn.status != ConnStatus.OK:
            raise OperationalError(result.get_error_message() or "the connection is lost")
        raise error_from_result(result)
