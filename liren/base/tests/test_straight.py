"""Planned statements go straight to the server and behave as every other statement does."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from liren.base.backend.straight import numbered
from liren.base.rows import applied, asked
from liren.base.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 9, 3, 4, tzinfo=UTC)
PLANS = "SELECT count(*) FROM pg_prepared_statements"


def plans() -> int:
    [[count]] = asked(PLANS, [])
    return int(count)


def test_placeholders_are_numbered_and_named_ones_once() -> None:
    statement, pick = numbered("a = %(a)s AND b = %(b)s OR a < %(a)s AND c LIKE 'x%%'")

    assert statement == b"a = $1 AND b = $2 OR a < $1 AND c LIKE 'x%'"
    assert pick({"b": 2, "a": 1, "c": 3}) == (1, 2)
    assert numbered("a = %s")[0] == b"a = $1"
    assert numbered("a = %(a)s")[1]({"a": 1}) == (1,)


def test_values_come_back_as_through_a_cursor() -> None:
    values: list[Any] = [1, 2**40, "老伴", None, True, date(2026, 9, 3), AT, UUID(int=7), [1, 2], b"\x00\x01"]
    text = (
        "SELECT %s::int, %s::bigint, %s::text, %s::text, %s::boolean, %s::date, %s::timestamptz, %s::uuid, %s::int[], %s::bytea, "
        "'{\"a\": [1]}'::jsonb::text"
    )

    with connection.cursor() as cursor:
        cursor.execute(text, values)
        usual = cursor.fetchall()

    assert asked(text, values) == usual
    assert asked("SELECT 1 WHERE false", []) == []


def test_a_statement_is_planned_once_for_each_connection_also_after_a_transaction_was_undone() -> None:
    asked("SELECT %s::int", [1])
    planned = plans()

    with transaction.atomic():
        asked("SELECT %s::int", [2])
        transaction.set_rollback(True)
    with transaction.atomic():
        with pytest.raises(DataError), transaction.atomic():
            asked("SELECT 1 / %s::int", [0])
        assert asked("SELECT %s::int", [3]) == [(3,)]

    assert plans() == planned + 1  # the division


def test_errors_are_those_of_django() -> None:
    with applied(Scope.nothing()):
        with pytest.raises(IntegrityError), transaction.atomic():
            asked("INSERT INTO access_session (key, data, expires_at) VALUES (NULL, '', %s)", [AT])
        assert asked("SELECT 1", []) == [(1,)]


def test_nothing_is_asked_in_a_transaction_that_has_to_be_undone() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            asked("SELECT 1", [])
        transaction.set_rollback(False)


def test_the_log_of_queries_holds_what_goes_straight() -> None:
    with CaptureQueriesContext(connection) as log, applied(Scope.nothing()):
        asked("SELECT %s::int", [1])

    told = [query["sql"] for query in log.captured_queries]
    assert [one.split()[0] for one in told] == ["BEGIN;", "COMMIT"]


def test_a_lost_connection_is_an_error_and_the_next_request_has_a_new_one() -> None:
    [[pid]] = asked("SELECT pg_backend_pid()", [])

    with pytest.raises(OperationalError):
        asked("SELECT pg_terminate_backend(%s::int)", [pid])
    connection.close_if_unusable_or_obsolete()

    assert asked("SELECT pg_backend_pid() <> %s::int", [pid]) == [(True,)]
