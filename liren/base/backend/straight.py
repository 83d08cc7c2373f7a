"""Planned statements straight to libpq: what psycopg does for every statement around the way costs more than the way.

Values are adapted and rows are read by psycopg's own transformer, so types are what they are everywhere. The call blocks, without
the interpreter's lock, and looks at no result but its own.
"""

import re
from collections import OrderedDict
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
KEPT = 128
"""How many statements a connection keeps planned for one shape each (``asked_fitting``): some 50 kB apiece."""
SEEN = 2048
"""How many shapes it remembers to have met once."""
ELSEWISE = "liren: elsewise"
"""What a statement that was taken for granted complains of to the server where something is not as it was."""
Pick = Callable[[Any], Sequence[Any]]
Rows = list[tuple[Any, ...]]
Shape = tuple[Any, ...]


class Elsewise(BaseException):
    """Something that a transaction took for granted at its beginning is not so: whoever began it does it over.

    Not an ``Exception``: nothing between the statement and whoever began may take it for an error of its own.
    """


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


@cache
def parted(text: str, free: frozenset[str]) -> tuple[str, Pick, Pick]:
    """Return a statement with ``$1`` for the ``free`` ones of its values, and what picks the other values and the free ones."""
    names = [found["name"] for found in PLACEHOLDER.finditer(text) if found["name"]]
    if not names:
        return text, _as_given, _none
    shaping = list(dict.fromkeys(name for name in names if name not in free))
    others = list(dict.fromkeys(name for name in names if name in free))

    def number(found: re.Match[str]) -> str:
        return f"${others.index(found['name']) + 1}" if found["name"] in free else found[0]

    return PLACEHOLDER.sub(number, text), _picked(shaping), _picked(others)


def _as_given(values: Sequence[Any]) -> Sequence[Any]:
    return values


def _none(_values: Any) -> Sequence[Any]:
    return ()


def _picked(names: Sequence[str]) -> Pick:
    if not names:
        return _none
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
        self.fitted: OrderedDict[Shape, bytes] = OrderedDict()
        self.seen: OrderedDict[Shape, None] = OrderedDict()
        self.made = 0

    def asked(self, text: str, values: Any, *, first: str = "") -> Rows:
        """Return the rows of a statement with ``%s`` or ``%(name)s``; raise psycopg's error.

        ``first`` are statements that go before it in the same round trip. Several statements in one message are text, so that
        the server is told there to run the plan by its name, with its values as literals.
        """
        statement, pick = numbered(text)
        given = pick(values)
        sent = self.reading.dump_sequence(given, [PyFormat.TEXT] * len(given))
        return self._run(self._plan(statement, self.reading.types or ()), sent, first)

    def asked_fitting(self, text: str, values: Any, free: frozenset[str], *, first: str = "") -> Rows:
        """Return the rows of a statement whose plan depends on its values, but for those named in ``free``; ``first`` as in ``asked``.

        From its second time on a statement is kept planned with these values, as long as it is among those asked for last.
        """
        written, pick, pick_free = parted(text, free)
        shaping, given = pick(values), pick_free(values)
        dump = self.reading.dump_sequence
        said = tuple(
            value if value is None else bytes(value) for value in dump(shaping, [PyFormat.TEXT] * len(shaping))
        )
        kinds = self.reading.types if shaping else ()
        sent = dump(given, [PyFormat.TEXT] * len(given)) if given else []
        types = (self.reading.types or ()) if given else ()
        shape: Shape = (text, said, kinds, types)
        plan = self.fitted.get(shape)
        if plan is not None:
            self.fitted.move_to_end(shape)
        elif self._is_new(shape):
            return self.asked_once(text, values, first=first)
        else:
            plan = self._fit(shape, self._written(written, values).encode())
        return self._run(plan, sent, first)

    def _is_new(self, shape: Shape) -> bool:
        if shape in self.seen:
            del self.seen[shape]
            return False
        self.seen[shape] = None
        if len(self.seen) > SEEN:
            self.seen.popitem(last=False)
        return True

    def _fit(self, shape: Shape, statement: bytes) -> bytes:
        while len(self.fitted) >= KEPT:
            oldest, name = next(iter(self.fitted.items()))
            self._checked(self.pgconn.exec_(b"DEALLOCATE %b" % name))
            del self.fitted[oldest]
        self.made += 1
        name = b"liren_fit_%d" % self.made
        self._checked(self.pgconn.prepare(name, statement, shape[-1]))
        self.fitted[shape] = name
        return name

    def _run(self, plan: bytes, sent: Sequence[Any], first: str) -> Rows:
        if not first:
            return self._rows(self.pgconn.exec_prepared(plan, sent))
        return self._rows(self.pgconn.exec_(b"%b; %b" % (first.encode(), self._call(plan, sent))))

    def _call(self, plan: bytes, sent: Sequence[Any]) -> bytes:
        written = b", ".join(b"NULL" if value is None else self.escape_literal(value) for value in sent)
        return b"EXECUTE %b(%b)" % (plan, written) if sent else b"EXECUTE %b" % plan

    def call(self, text: str, values: Any) -> str:
        """Return the text that runs a planned statement with ``%(name)s``, to go before another one."""
        statement, pick = numbered(text)
        given = pick(values)
        sent = self.reading.dump_sequence(given, [PyFormat.TEXT] * len(given))
        return self._call(self._plan(statement, self.reading.types or ()), sent).decode()

    def asked_once(self, text: str, values: Any, *, first: str = "") -> Rows:
        """Return the rows of a statement that is planned with its values, and not kept; ``first`` as in ``asked``."""
        written = self._written(text, values)
        return self._rows(self.pgconn.exec_((f"{first}; {written}" if first else written).encode()))

    def _written(self, text: str, values: Any) -> str:
        write = self.reading.as_literal
        if isinstance(values, Mapping):
            return text % {name: write(value).decode() for name, value in values.items()}
        return text % tuple(write(value).decode() for value in values)

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
        error = error_from_result(result)
        if ELSEWISE in str(error):
            raise Elsewise
        raise error
