"""The connection: it begins a transaction together with its first statement, keeps plans of statements that are asked again, and
lets writes that nobody waits for travel together."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.backends.postgresql import base, operations, psycopg_any
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg._queries import PostgresRawQuery
from psycopg.adapt import PyFormat
from psycopg.pq import Format

Write = Callable[[Any, list[Any]], None]

ONLY_WHEN_ASKED = 2**31


class DatabaseOperations(operations.DatabaseOperations):
    """Tells of a planned statement, which psycopg does not keep, what was asked."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Return the statement that ran last, for the log of queries."""
        return super().last_executed_query(cursor, sql, params) or sql


class PlannedCursor(Cursor[Any]):
    """Sends values apart from the text, so that the server parses and plans a statement once for each connection."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement, planned on its first use."""
        return super().execute(query, params, **{"prepare": True, **options})


class UntypedQuery(PostgresRawQuery):
    """A statement with ``$1`` for its values, whose types follow from the columns they go to: one plan whatever the values."""

    def dump(self, vars: Any) -> None:  # noqa: A002  psycopg's name
        """Send values as text and say nothing of types: small and large numbers and NULL would each be planned anew."""
        self.params = self._tx.dump_sequence(vars, [PyFormat.TEXT] * len(vars))
        self.types, self.formats = (0,) * len(vars), self._tx.formats


class WritingCursor(PlannedCursor):
    """Sends rows on their way to columns, planned once for each connection."""

    _query_cls = UntypedQuery


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
        self.prompt: dict[type[PlannedCursor], PlannedCursor] = {}
        self.turn: UUID | None = None  # the request whose twins wait for this transaction

    def get_connection_params(self) -> dict[str, Any]:
        """Return what psycopg connects with; without a threshold it would plan nothing ahead, also where it is asked to.

        A statement that is planned ahead has one plan from its first use on: the server would else plan it five times more,
        and again for ever where it believes that it gains by it.
        """
        known = super().get_connection_params()
        options = f"{known.get('options', '')} -c plan_cache_mode=force_generic_plan".strip()
        return {**known, "options": options, "prepare_threshold": ONLY_WHEN_ASKED}

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

    def cursor_that_begins(self) -> Any:
        """Return a cursor whose first statement the caller writes with ``beginning()``."""
        self.send_kept()
        return super()._cursor()  # type: ignore[misc]  # not in the stubs

    def planned_cursor(self) -> CursorWrapper:
        """Return a cursor for statements with placeholders that requests send again and again, each a single statement."""
        self._begin()
        self.ensure_connection()
        cursor = PlannedCursor(self.connection)
        self.adapt(cursor)
        return self._prepare_cursor(cursor)  # type: ignore[attr-defined,no-any-return]  # not in the stubs

    def asked(self, text: str, values: Any) -> list[tuple[Any, ...]]:
        """Run a planned statement and return its rows: for the few that nearly every request sends, without a cursor for each."""
        cursor = self._prompt(PlannedCursor)
        cursor.execute(text, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def told(self, text: str, values: Any) -> int:
        """Run a planned INSERT or UPDATE with ``$1`` for values, each where its column says the type; return how many rows it wrote."""
        cursor = self._prompt(WritingCursor)
        cursor.execute(text, values)
        return int(cursor.rowcount)

    def _prompt(self, kind: type[PlannedCursor]) -> CursorWrapper:
        self._begin()
        self.ensure_connection()
        cursor = self.prompt.get(kind)
        if cursor is None or cursor.connection is not self.connection:
            cursor = self.prompt[kind] = kind(self.connection)
            self.adapt(cursor)
        return self._prepare_cursor(cursor)  # type: ignore[attr-defined,no-any-return]  # not in the stubs

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
        super()._commit()  # type: ignore[misc]  # not in the stubs

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
