"""The connection: it begins a transaction together with its first statement, keeps plans of statements that are asked again, and
lets writes that nobody waits for travel together."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.backends.postgresql import base, operations, psycopg_any
from psycopg import Cursor, Error
from psycopg.pq import Format, TransactionStatus

from liren.base.backend.straight import Straight

Write = Callable[[Any, list[Any]], None]


class Noted:
    """A statement that goes straight to the server, in the clothes of a cursor: for the log of queries and for wrappers around it."""

    def __init__(self, run: Callable[[str, Any], Any]) -> None:
        self.run = run
        self.answer: Any = None

    def execute(self, text: str, values: Any = None) -> None:
        """Run the statement and keep its answer."""
        self.answer = self.run(text, values)


class DatabaseOperations(operations.DatabaseOperations):
    """Tells of a statement that psycopg did not see what was asked."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Return the statement that ran last, for the log of queries."""
        return sql if isinstance(cursor, Noted) else super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL.

    ``atomic`` opens a transaction with the first statement inside it. The scope of a transaction is that statement nearly
    always, so ``BEGIN`` and the scope's settings travel together (``base.rows``). Writes that nobody waits for are kept
    until the next statement, or until the end of the transaction, and go in one (``base.inserts``).
    """

    ops_class = DatabaseOperations
    begins = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: list[Any] = []
        self.write_kept: Write | None = None
        self.straight: Straight | None = None
        self.turn: UUID | None = None  # the request whose twins wait for this transaction

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
        self.begins, self.turn = True, None

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        """Leave or enter a transaction."""
        self.begins, self.turn = False, None
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)

    def beginning(self) -> str:
        """Return ``BEGIN; `` when the caller's statement is the first of a transaction, else nothing; the caller sends it."""
        begins, self.begins = self.begins, False
        return "BEGIN; " if begins else ""

    def _cursor(self, name: str | None = None) -> Any:
        self._begin()
        return super()._cursor(name)  # type: ignore[misc]  # not in the stubs

    def commanded(self, text: str) -> None:
        """Send statements without values, in one round trip, before which the caller has put ``beginning()``."""
        self.send_kept()
        self._sent(self._straight().commanded, text, None)

    def asked(self, text: str, values: Any) -> list[tuple[Any, ...]]:
        """Run a planned statement and return its rows."""
        self._begin()
        rows: list[tuple[Any, ...]] = self._sent(self._straight().asked, text, values)
        return rows

    def told(self, text: str, values: Any) -> int:
        """Run a planned INSERT or UPDATE with ``$1`` for values, each where its column says the type; return how many rows it wrote."""
        self._begin()
        return int(self._sent(self._straight().told, text, values))

    def _straight(self) -> Straight:
        self.ensure_connection()
        straight = self.straight
        if straight is None or straight.connection is not self.connection:
            cursor = Cursor(self.connection)
            self.adapt(cursor)
            straight = self.straight = Straight(self.connection, cursor)
        return straight

    def _sent(self, run: Callable[[str, Any], Any], text: str, values: Any) -> Any:
        if self.queries_logged or self.execute_wrappers:
            noted = Noted(run)
            self._prepare_cursor(noted).execute(text, values)  # type: ignore[attr-defined]  # not in the stubs
            return noted.answer
        self.validate_no_broken_transaction()
        try:
            return run(text, values)
        except Error:
            with self.wrap_database_errors:
                raise

    def keep(self, row: Any, write: Write) -> None:
        """Keep a row to be written by ``write(connection, rows)`` before anything else is asked, no later than the commit."""
        self.kept.append(row)
        self.write_kept = write

    def send_kept(self) -> None:
        """Write the rows that were kept."""
        if self.kept and self.write_kept is not None:
            kept, self.kept = self.kept, []
            self.write_kept(self, kept)

    def _commit(self) -> None:
        self.send_kept()
        if self.queries_logged or self.connection is None:
            super()._commit()  # type: ignore[misc]  # not in the stubs
        elif self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            try:
                self._straight().commanded("COMMIT", None)
            except Error:
                with self.wrap_database_errors:
                    raise

    def _rollback(self) -> None:
        self.kept = []
        super()._rollback()  # type: ignore[misc]  # not in the stubs

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
        if self.begins:
            self.begins = False
            with super()._cursor() as cursor:  # type: ignore[misc]  # not in the stubs
                cursor.execute("BEGIN")
        elif self.kept:
            self.send_kept()
