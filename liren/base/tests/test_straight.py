"""Planned statements go straight to the server and behave as every other statement does."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from liren.base.backend import straight
from liren.base.backend.straight import numbered, parted
from liren.base.rows import applied, asked, fitting
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


KEPT = "SELECT name FROM pg_prepared_statements WHERE name LIKE 'liren_fit_%%'"
PLANNED = "SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE %s AND name LIKE 'liren_fit_%%'"


@pytest.fixture
def fresh() -> Iterator[None]:
    connection.close()
    yield
    connection.close()


def kept() -> set[str]:
    return {name for (name,) in asked(KEPT, [])}


def placed(lo: int, after: int = 0) -> list[tuple[Any, ...]]:
    text = "SELECT %(lo)s::bigint, %(after)s::bigint, current_setting('app.lo')::bigint, '100%%'"
    with applied(Scope.staff(lo, lo + 9)):
        return fitting(text, {"lo": lo, "after": after}, narrow=False, free=frozenset({"after"}))


def test_values_that_shape_a_plan_are_written_into_it_and_free_ones_stay_open() -> None:
    written, shaping, free = parted("a = %(a)s AND b < %(b)s AND c LIKE 'x%%' AND a > %(a)s", frozenset({"b"}))

    assert written == "a = %(a)s AND b < $1 AND c LIKE 'x%%' AND a > %(a)s"
    assert (shaping({"a": 1, "b": 2}), free({"a": 1, "b": 2})) == ((1,), (2,))


@pytest.mark.usefixtures("fresh")
def test_a_plan_for_values_is_kept_from_their_second_time_on() -> None:
    assert placed(30) == [(30, 0, 30, "100%")]
    assert kept() == set()

    assert placed(30, after=7) == [(30, 7, 30, "100%")]
    assert len(kept()) == 1
    assert [placed(30, after=each)[0][1] for each in (8, 9)] == [8, 9]
    assert len(kept()) == 1
    assert asked(PLANNED, ["SELECT 30::bigint, $1::bigint%"]) == [(3,)]

    placed(40)
    placed(40)
    assert len(kept()) == 2


@pytest.mark.usefixtures("fresh")
def test_a_kept_plan_follows_the_scope_and_fails_without_one() -> None:
    text = "SELECT current_setting('app.lo')::bigint, %(lo)s::int"
    for lo in (30, 40, 50):
        with applied(Scope.staff(lo, lo)):
            assert fitting(text, {"lo": 7}, narrow=False) == [(lo, 7)]
    assert len(kept()) == 1

    with pytest.raises(DatabaseError):
        fitting(text, {"lo": 7}, narrow=False)


@pytest.mark.usefixtures("fresh")
def test_plans_used_longest_ago_give_way_also_inside_a_transaction_that_is_undone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(straight, "KEPT", 3)
    for lo in (10, 10, 20, 20, 30, 30, 10):
        placed(lo)
    before = kept()

    with transaction.atomic():
        for _time in range(2):
            fitting("SELECT %(lo)s::int", {"lo": 40}, narrow=False)
        transaction.set_rollback(True)

    assert len(before) == len(kept()) == 3
    assert len(before & kept()) == 2
    for lo in (20, 20, 10, 30, 30, 40, 40, 10):  # whichever is there, and whichever is not
        assert placed(lo) == [(lo, 0, lo, "100%")]
    assert len(kept()) == 3


@pytest.mark.usefixtures("fresh")
def test_a_plan_that_cannot_be_made_leaves_nothing_behind() -> None:
    for _time in range(3):
        with pytest.raises(DataError), transaction.atomic():
            fitting("SELECT 1 / %(a)s::int, %(b)s::int", {"a": 0, "b": 1}, narrow=False, free=frozenset({"b"}))

    assert fitting("SELECT 1 / %(a)s::int, %(b)s::int", {"a": 1, "b": 2}, narrow=False, free=frozenset({"b"})) == [
        (1, 2)
    ]


@pytest.mark.usefixtures("fresh")
def test_kept_plans_survive_an_error_and_go_with_their_connection() -> None:
    placed(30)
    placed(30)
    with pytest.raises(DataError), transaction.atomic():
        asked("SELECT 1 / %s::int", [0])
    assert placed(30, after=1) == [(30, 1, 30, "100%")]
    assert len(kept()) == 1

    with pytest.raises(OperationalError):
        asked("SELECT pg_terminate_backend(pg_backend_pid())", [])
    connection.close_if_unusable_or_obsolete()

    assert kept() == set()
    assert [placed(30, after=each)[0][1] for each in (2, 3, 4)] == [2, 3, 4]
    assert len(kept()) == 1
