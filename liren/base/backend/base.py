"""The connection: it begins a transaction together with its first statement, and keeps plans of statements that are asked again."""

from typing import Any

from django.db.backends.postgresql import base, operations, psycopg_any
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.pq import Format

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


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL.

    ``atomic`` opens a transaction with the first statement inside it. The scope of a transaction is that statement nearly
    always, so ``BEGIN`` and the scope's settings travel together (``base.rows``).
    """

    ops_class = DatabaseOperations
    begins = False

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
        self.begins = True

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        """Leave or enter a transaction."""
        self.begins = False
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
        return super()._cursor()  # type: ignore[misc]  # not in the stubs

    def planned_cursor(self) -> CursorWrapper:
        """Return a cursor for statements with placeholders that requests send again and again, each a single statement."""
        self._begin()
        self.ensure_connection()
        cursor = PlannedCursor(self.connection)
        self.adapt(cursor)
        return self._prepare_cursor(cursor)  # type: ignore[attr-defined,no-any-return]  # not in the stubs

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
