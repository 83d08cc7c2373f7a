"""Row security over integer ranges: the scope of a transaction and the migration operation that makes PostgreSQL enforce it.

Every scoped transaction sets six numbers. A table without a subject is read through ``lo``–``hi``; a table with a subject
(a row that belongs to somebody) through ``wide_lo``–``wide_hi`` and ``own_lo``–``own_hi``. Ranges of plain integers keep their
indexes under row security; a setting that is missing makes the query fail, it never shows an empty list.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from psycopg.pq import TransactionStatus

from liren.base.backend.straight import ELSEWISE, Elsewise
from liren.base.scopes import Scope

__all__ = ["Assumption", "Elsewise"]
NONE_FREE: frozenset[str] = frozenset()
Assumption = tuple[str, Mapping[str, Any]]
"""A statement with its values that fails with ``ELSEWISE`` in its words where something is not as it was; see ``assuming``."""


def apply(
    scope: Scope, using: str = DEFAULT_DB_ALIAS, *, once: UUID | None = None, assumed: Assumption | None = None
) -> None:
    """Set the scope of the transaction that is open and take the turn of the request ``once``; at its beginning, with what is asked first.

    ``assumed`` holds what the scope was taken from against the database in the same message, before anything is asked under it.
    """
    connection: Any = connections[using]
    connection.settle(f"{_statements(scope)}; {_turn(once)}" if once else _statements(scope))
    connection.turn = once or connection.turn
    if assumed is not None:
        connection.assume(*assumed)


def assuming(question: str, expected: str) -> str:
    """Return a statement that fails unless ``question``, one text, is still what ``expected`` says; see docs/adr/0017."""
    # random() keeps the planner from working the failure out ahead
    return f"SELECT CASE WHEN ({question}) = {expected} THEN true ELSE ('{ELSEWISE} ' || random())::boolean END"


def take_turn(once: UUID, using: str = DEFAULT_DB_ALIAS) -> None:
    """Let twins of a request go one after the other: wait for one that is at work, hold back others to the end of the transaction."""
    connection: Any = connections[using]
    if connection.turn != once:
        with connection.cursor() as cursor:
            cursor.execute(_turn(once))
        connection.turn = once


def _turn(once: UUID) -> str:
    return f"SELECT pg_advisory_xact_lock({int.from_bytes(once.bytes[8:], signed=True):d})"


@lru_cache(maxsize=4096)
def _statements(scope: Scope) -> str:
    return "; ".join(f"SET LOCAL app.{field.name} = '{getattr(scope, field.name):d}'" for field in fields(Scope))


def asked(text: str, values: Any, using: str = DEFAULT_DB_ALIAS) -> list[tuple[Any, ...]]:
    """Return the rows of a statement that requests send again and again: the server plans it once for each connection.

    One statement at a time, its values in placeholders only; to plan the searches of a page costs more than to run them. The one
    plan is made without the values: only for statements that an equality or a narrow range leads to their rows. What asks for
    the first rows of a range that may hold ten or a million has a plan for its values (``fitting``).
    """
    connection: Any = connections[using]
    rows: list[tuple[Any, ...]] = connection.asked(text, values)
    return rows


def fitting(
    text: str, values: Any, *, narrow: bool, free: frozenset[str] = NONE_FREE, using: str = DEFAULT_DB_ALIAS
) -> list[tuple[Any, ...]]:
    """Return the rows of a statement: with one plan for all values where it asks for something ``narrow``, else with a plan that fits its values.

    Places, states and the like decide how much has to be read: a plan is made for them under the scope they are asked under and kept
    on the connection from the second time on, for as long as it is among those used last (docs/adr/0016). What the best way does not
    depend on, a key to go on from or a day, is named in ``free`` and stays open in that plan; each value that is not gets plans of its own.
    """
    connection: Any = connections[using]
    rows: list[tuple[Any, ...]] = connection.asked(text, values, free=None if narrow else free)
    return rows


@contextmanager
def whole(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let statements of a transaction join many rows at once, for joins of which nobody can guess how few rows they meet.

    A list that was written a moment ago has no statistics yet: the planner takes it for a handful of rows and looks up each of a million.
    """
    with connections[using].cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


@contextmanager
def applied(
    scope: Scope, using: str = DEFAULT_DB_ALIAS, *, once: UUID | None = None, assumed: Assumption | None = None
) -> Iterator[None]:
    """Open a transaction under ``scope``, for the request ``once`` only when none of its twins is at work.

    Raise ``Elsewise`` where ``assumed`` of the scope fails: with the first statement, or at the end.
    """
    with transaction.atomic(using=using):
        apply(scope, using, once=once, assumed=assumed)
        yield


def exchange(scope: Scope, using: str = DEFAULT_DB_ALIAS) -> Scope | None:
    """Set the scope and return the one that was set before, if any, in one round trip."""
    names = [field.name for field in fields(Scope)]
    asked = ", ".join(f"current_setting('app.{name}', true)" for name in names)
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {asked}; {_statements(scope)}")
        found = cursor.fetchone()
    return Scope(*map(int, found)) if all(found) else None


@contextmanager
def rescoped(scope: Scope, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Use ``scope`` for a while inside a transaction, then return to the one before, also after an error that does not end the transaction."""
    before = exchange(scope, using)
    try:
        yield
    finally:
        if before is not None and _goes_on(using):
            apply(before, using)


def _goes_on(using: str) -> bool:
    """Say whether the transaction can still be used; one that was broken is rolled back, and its settings with it."""
    connection = connections[using]
    if connection.needs_rollback or connection.connection is None:
        return False
    return bool(connection.connection.info.transaction_status == TransactionStatus.INTRANS)


def setting(name: str) -> str:
    """Return the SQL that reads one number of the scope and fails where no scope is set."""
    return f"current_setting('app.{name}')::bigint"


class RowSecurity(Operation):
    """Let PostgreSQL enforce the scope on the table of ``model``, for its owner too.

    ``subject`` says that the table has a ``subject`` column, the id of the person or account to whom the row belongs.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, *, subject: bool = False) -> None:
        self.model = model
        self.subject = subject

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what the migration writer needs."""
        return self.__class__.__qualname__, [self.model], {"subject": self.subject}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing in Django's picture of the models."""

    def condition(self) -> str:
        """Return the policy's condition."""
        if not self.subject:
            return f"area BETWEEN {setting('lo')} AND {setting('hi')}"
        return (
            f"area BETWEEN {setting('wide_lo')} AND {setting('wide_hi')} "
            f"AND subject BETWEEN {setting('own_lo')} AND {setting('own_hi')}"
        )

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Enable, force and define the policy."""
        table = schema_editor.quote_name(to_state.apps.get_model(app_label, self.model)._meta.db_table)
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        schema_editor.execute(f"CREATE POLICY scope ON {table} USING ({self.condition()})")
        # Django adds foreign keys at the end of the migration, and PostgreSQL checks them by a query under the policy.
        schema_editor.execute(_statements(Scope.everything()))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Take the policy away."""
        table = schema_editor.quote_name(from_state.apps.get_model(app_label, self.model)._meta.db_table)
        schema_editor.execute(f"DROP POLICY scope ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        """Return the line that ``migrate`` prints."""
        return f"Enforce the row scope on {self.model}"
