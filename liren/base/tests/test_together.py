"""What travels together: what is asked first begins the transaction, what is written last ends it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from liren.base.action import transaction_of
from liren.base.inserts import Part, keep
from liren.base.rows import applied, asked, fitting
from liren.base.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)
ADD = Part("INSERT INTO pg_temp.kept_together (id, words) VALUES ({}, {}) RETURNING id", 2)
AWKWARD = (
    "it's 100% “五保” \\ %s $1",
    7,
    2**40,
    True,
    date(2026, 9, 3),
    datetime(2026, 9, 3, 4, 5, tzinfo=UTC),
    UUID(int=2**100),
    b"\0'\\",
)
CASTS = ("text", "int", "bigint", "bool", "date", "timestamptz", "uuid", "bytea")


@pytest.fixture
def table() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE kept_together (id bigint PRIMARY KEY, words text NOT NULL)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE pg_temp.kept_together")


def kept_words() -> list[str]:
    return [words for (words,) in asked("SELECT words FROM pg_temp.kept_together ORDER BY id", [])]


@contextmanager
def round_trips(number: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as told:
        yield
    assert [query["sql"] for query in told.captured_queries][number:] == []
    assert len(told) == number


def test_the_scope_begins_the_transaction_together_with_the_first_question() -> None:
    with round_trips(2), applied(Scope.staff(3, 8)):  # with the commit
        first = asked("SELECT current_setting('app.lo'), current_setting('app.hi'), %s::int", [5])

    assert first == [("3", "8", 5)]


def test_a_transaction_in_which_nothing_is_asked_sends_nothing() -> None:
    with round_trips(0), applied(Scope.staff(3, 8)):
        pass

    with pytest.raises(DatabaseError):
        asked("SELECT current_setting('app.lo')::bigint", [])


@pytest.mark.parametrize("narrow", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
def test_values_arrive_as_they_were_sent(narrow: bool, is_first: bool) -> None:
    text = "SELECT " + ", ".join(f"%s::{kind}" for kind in CASTS) + ", %s::int, %s::bigint[]"

    with transaction.atomic():
        if not is_first:
            asked("SELECT 1", [])
        found = fitting(text, [*AWKWARD, None, [1, 2**40]], narrow=narrow)

    assert found == [(*AWKWARD, None, [1, 2**40])]


def test_values_with_names_arrive_too() -> None:
    wanted: dict[str, Any] = {"b": "二", "a": "一"}

    for narrow in (True, False):
        assert fitting("SELECT %(a)s::text, %(b)s::text, %(a)s::text", wanted, narrow=narrow) == [("一", "二", "一")]


@pytest.mark.usefixtures("table")
def test_what_is_written_last_ends_the_transaction() -> None:
    with round_trips(2), transaction.atomic():
        asked("SELECT 1", [])
        keep(ADD, [1, "一"])

    assert kept_words() == ["一"]
    with round_trips(2), transaction.atomic():  # BEGIN has nothing to travel with
        keep(ADD, [2, "二"])
    assert kept_words() == ["一", "二"]


@pytest.mark.usefixtures("table")
def test_a_last_write_that_fails_leaves_nothing_and_the_connection_goes_on() -> None:
    @transaction.atomic
    def write() -> None:
        keep(ADD, [1, "一"])
        asked("SELECT 1", [])
        keep(ADD, [2, None])

    with pytest.raises(IntegrityError):
        write()

    assert kept_words() == []
    assert connection.get_autocommit()


@pytest.mark.usefixtures("table")
def test_what_is_checked_at_the_commit_is_told_there() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pg_temp.kept_together ADD UNIQUE (words) DEFERRABLE INITIALLY DEFERRED")

    @transaction.atomic
    def write() -> None:
        keep(ADD, [1, "一"])
        keep(ADD, [2, "一"])

    with pytest.raises(IntegrityError):
        write()

    assert kept_words() == []


def test_a_first_question_that_fails_ends_the_transaction_it_began() -> None:
    with pytest.raises(DataError), applied(Scope.staff(3, 8)):
        asked("SELECT 1 / %s::int", [0])

    assert asked("SELECT 1 / %s::int", [1]) == [(1,)]
    with pytest.raises(DatabaseError):
        asked("SELECT current_setting('app.lo')::bigint", [])


def test_a_connection_that_is_lost_with_the_last_write_is_an_error_and_the_next_request_has_a_new_one() -> None:
    end = Part("pg_terminate_backend(pg_backend_pid(), {})", 1, is_call=True)

    @transaction.atomic
    def write() -> None:
        asked("SELECT 1", [])
        keep(end, [1000])

    with pytest.raises(OperationalError):
        write()
    connection.close_if_unusable_or_obsolete()

    assert asked("SELECT 1", []) == [(1,)]


def test_what_fails_in_a_part_of_a_transaction_takes_all_of_it_back_though_it_was_caught(table: None) -> None:
    with transaction.atomic():
        keep(ADD, [1, "before"])
        with suppress(ZeroDivisionError), transaction_of(savepoint=False):
            keep(ADD, [2, "inside"])
            raise ZeroDivisionError

    assert kept_words() == []


def test_a_part_of_a_transaction_sends_nothing_of_its_own_and_is_kept_with_it(table: None) -> None:
    with round_trips(2), transaction.atomic(), transaction_of(savepoint=False):  # BEGIN; the row with the commit
        keep(ADD, [1, "inside"])

    assert kept_words() == ["inside"]


def test_an_action_without_a_transaction_around_it_has_its_own(table: None) -> None:
    with suppress(ZeroDivisionError), transaction_of(savepoint=False):
        keep(ADD, [1, "inside"])
        raise ZeroDivisionError

    assert kept_words() == []
