"""The connection: it begins a transaction together with its first statement, keeps plans of statements that are asked again, and
lets writes that nobody waits for travel together."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db.backends.postgresql import base, operations, psycopg_any
from psycopg import Cursor, Error
from psycopg.pq import Format, TransactionStatus

from liren.base.backend.straight import Elsewise, Rows, Straight

Write = Callable[..., None]


class Noted:
    """A statement that goes straight to the server, in the clothes of a cursor: for the log of queries and for wrappers around it."""

    def __init__(self, run: Callable[[], Any]) -> None:
        self.run = run
        self.answer: Any = None

    def execute(self, _text: str) -> None:
        """Run the statement and keep its answer."""
        self.answer = self.run()


class DatabaseOperations(operations.DatabaseOperations):
    """Tells of a statement that psycopg did not see what was asked."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Return the statement that ran last, for the log of queries."""
        return sql if isinstance(cursor, Noted) else super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL.

    ``atomic`` opens a transaction with the first statement inside it: ``BEGIN``, the scope of the transaction (``base.rows``)
    and what is asked first travel together. Writes that nobody waits for are kept until the next statement, or until the end
    of the transaction, and go in one, with the commit when it is the end (``base.inserts``).
    """

    ops_class = DatabaseOperations
    beginning = ""
    """What goes before the next statement: ``BEGIN`` and settings of the transaction that nobody waits for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: list[Any] = []
        self.write_kept: Write | None = None
        self.straight: Straight | None = None
        self.turn: UUID | None = None  # the request whose twins wait for this transaction
        self.assumes = False  # what it assumes has not been sent yet

    def get_connection_params(self) -> dict[str, Any]:
        """Return what psycopg connects with; it plans nothing ahead by itself, nor does it forget what is planned here.

        A statement that is planned ahead has one plan from its first use on: the server would else plan it five times more,
        and again for ever where it believes that it gains by it.
        """
        known = super().get_connection_params()
        options = f"{known.get('options', '')} -c plan_cache_mode=force_generic_plan".strip()
        return {**known, "options": options, "prepare_threshold": None}

    def _start_transaction_under_autocommit(self) -> None:
        """Note that the next statement begins a transaction; Django asks for this by name where a backend offers it."""
        self.beginning, self.turn, self.assumes = "BEGIN", None, False

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        """Leave or enter a transaction."""
        self.beginning, self.turn, self.assumes = "", None, False
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.connection.autocommit != autocommit:  # atomic leaves it as it is: its BEGIN is ours
            super()._set_autocommit(autocommit)  # type: ignore[misc]  # not in the stubs

    def _cursor(self, name: str | None = None) -> Any:
        self._begin()
        return super()._cursor(name)  # type: ignore[misc]  # not in the stubs

    def settle(self, text: str) -> None:
        """Send settings of the transaction: with its first statement where none was sent yet, else at once."""
        if self.beginning:
            self.beginning = f"{self.beginning}; {text}"
        else:
            self.send_kept()
            self._command(text)

    def assume(self, text: str, values: Any) -> None:
        """Go on as if a statement had given what is expected: it travels with the first one of the transaction, no later than its end.

        The statement fails with ``ELSEWISE`` in its words where that is not so; ``Elsewise`` is raised then, and the transaction broken.
        """
        self.settle(self._straight().call(text, values))
        self.assumes = bool(self.beginning)

    def asked(self, text: str, values: Any, *, free: frozenset[str] | None = None) -> Rows:
        """Run a statement and return its rows: planned once for all values, or where ``free`` ones are named for each of the others."""
        self.send_kept()
        first, self.beginning = self.beginning, ""
        straight = self._straight()
        if free is None:
            run = partial(straight.asked, text, values, first=first)
        else:
            run = partial(straight.asked_fitting, text, values, free, first=first)
        rows: Rows = self._sent(run, f"{first}; {text}" if first else text)
        return rows

    def told(self, text: str, values: Any, *, commit: bool = False) -> int:
        """Run a planned INSERT or UPDATE with ``$1`` for values, each where its column says the type; return how many rows it wrote.

        ``commit`` ends the transaction in the same round trip.
        """
        self._begin()
        last = "COMMIT" if commit else ""
        run = partial(self._straight().told, text, values, last=last)
        return int(self._sent(run, f"{text}; {last}" if last else text))

    def _command(self, text: str) -> None:
        self._sent(partial(self._straight().commanded, text), text)

    def _straight(self) -> Straight:
        self.ensure_connection()
        straight = self.straight
        if straight is None or straight.connection is not self.connection:
            cursor = Cursor(self.connection)
            self.adapt(cursor)
            straight = self.straight = Straight(self.connection, cursor)
        return straight

    def _sent(self, run: Callable[[], Any], text: str) -> Any:
        """Do what sends ``text``, and tell the log of queries and wrappers around them of it."""
        if self.queries_logged or self.execute_wrappers:
            noted = Noted(run)
            self._prepare_cursor(noted).execute(text)  # type: ignore[attr-defined]  # not in the stubs
            return noted.answer
        self.validate_no_broken_transaction()
        try:
            return run()
        except Error:
            with self.wrap_database_errors:
                raise

    def keep(self, row: Any, write: Write) -> None:
        """Keep a row to be written by ``write(connection, rows)`` before anything else is asked, no later than the commit."""
        self.kept.append(row)
        self.write_kept = write

    def send_kept(self, *, commit: bool = False) -> None:
        """Write the rows that were kept, and end the transaction with them where that is asked for."""
        if self.kept and self.write_kept is not None:
            kept, self.kept = self.kept, []
            self.write_kept(self, kept, commit=commit)

    def _commit(self) -> None:
        if self.kept:
            self._ending(partial(self.send_kept, commit=True))
        elif self.beginning:
            self._end_unasked("COMMIT")
        elif self.connection is not None and self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            self._command("COMMIT")

    def _rollback(self) -> None:
        self.kept = []
        if self.beginning:
            self._end_unasked("ROLLBACK")
        else:
            super()._rollback()  # type: ignore[misc]  # not in the stubs

    def _end_unasked(self, ending: str) -> None:
        first, self.beginning = self.beginning, ""
        if self.assumes:  # what is answered, if only a refusal, has to be that of who is there
            self._ending(partial(self._command, f"{first}; {ending}"))

    def _ending(self, end: Callable[[], None]) -> None:
        try:
            end()
        except Elsewise:  # Django takes back what an error of the database has broken, and nothing else
            super()._rollback()  # type: ignore[misc]  # not in the stubs
            raise

    def _savepoint_rollback(self, sid: str) -> None:
        self.kept = []  # what was kept before the savepoint went with the statement that set it
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # not in the stubs

    def _close(self) -> None:
        self.kept = []
        super()._close()  # type: ignore[misc]  # not in the stubs

    def adapt(self, cursor: Cursor[Any]) -> None:
        """Let a cursor return moments in the connection's time zone, as Django's own cursors do."""
        loader: Any = self.connection.adapters.get_loader(base.TIMESTAMPTZ_OID, Format.TEXT)
        if self.timezone != loader.timezone:
            psycopg_any.register_tzloader(self.timezone, cursor)

    def _begin(self) -> None:
        """Send what has to be there before any other statement."""
        if self.beginning:
            text, self.beginning = self.beginning, ""
            self._command(text)
        elif self.kept:
            self.send_kept()
