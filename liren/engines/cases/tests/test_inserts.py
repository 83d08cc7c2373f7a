"""Rows of several tables go in with one or two round trips, as the ORM would write them."""

import uuid
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from liren.base.inserts import identified, insert, update
from liren.base.models import fresh
from liren.base.rows import applied, apply
from liren.base.scopes import Scope
from liren.engines.cases.models import Case, Material, Task
from liren.foundation.access.models import JournalLine
from liren.testing.cast import PAIFANG, everywhere

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 3, 4, tzinfo=UTC)


def case() -> Case:
    return Case(
        area=PAIFANG, subject=7, matter="m", matter_name="事", created_at=AT, updated_at=AT, answers={"a": ["老伴"]},
        phone="199", tail="n 0001", client_key=uuid.uuid4(), due_on=date(2026, 9, 4),
    )  # fmt: skip


def test_rows_come_back_as_they_went_in() -> None:
    one = identified(case())
    task = Task(area=PAIFANG, case_id=one.pk, kind="accept", post="p", seat_level=5, seat_area=PAIFANG, opened_at=AT)
    paper = Material(area=PAIFANG, case_id=one.pk, code="c", name="纸", files=[3, 4])

    with everywhere():
        with CaptureQueriesContext(connection) as asked:
            insert(one, task, paper)
            stored = Case.objects.get(pk=one.pk)

        assert len(asked) == 2  # all rows, and the question
        assert (stored.answers, stored.phone, stored.county) == ({"a": ["老伴"]}, "199", 320115)
        assert Case.objects.filter(tail="n 0001").exists()
        assert (stored.client_key, stored.created_at, stored.due_on) == (one.client_key, AT, date(2026, 9, 4))
        assert Material.objects.get(pk=paper.pk).files == [3, 4]
        assert not task._state.adding


def test_what_the_database_fills_in_is_left_to_it() -> None:
    line = JournalLine(area=PAIFANG, at=AT, actor="a", verb="v", kind="", changes={"on": date(2026, 9, 3)})

    with everywhere():
        insert(line)
        stored = JournalLine.objects.get(pk=line.pk)

    assert stored.xid > 0
    assert stored.changes == {"on": "2026-09-03"}


def test_rows_go_in_as_they_were_before_anything_else_is_asked() -> None:
    with everywhere():
        one = case()
        insert(one)
        one.state = "submitted"

        assert Case.objects.get(pk=one.pk).state == "draft"


def test_rows_of_a_part_that_was_taken_back_are_not_written() -> None:
    @transaction.atomic
    def take_back() -> None:
        insert(case())
        raise ZeroDivisionError

    with everywhere():
        kept = case()
        insert(kept)
        with pytest.raises(ZeroDivisionError):
            take_back()

        assert [row.pk for row in Case.objects.all()] == [kept.pk]


@pytest.mark.django_db(transaction=True)
def test_what_is_wrong_with_a_row_is_said_no_later_than_at_the_end_and_nothing_is_written() -> None:
    wrong = Case(area=PAIFANG, matter="m", matter_name="事", created_at=AT, updated_at=AT, state="accepted")

    with pytest.raises(IntegrityError), everywhere():
        insert(case(), wrong)

    with everywhere():
        assert not Case.objects.exists()


def test_rows_are_written_under_the_scope_in_which_they_were_made() -> None:
    with applied(Scope.nothing()):
        insert(case())
        with pytest.raises(ProgrammingError):
            apply(Scope.everything())
        transaction.set_rollback(True)


def test_a_fresh_row_is_what_the_model_makes() -> None:
    values = {"area": PAIFANG, "matter": "m", "matter_name": "事", "created_at": AT, "updated_at": AT}
    made, by_django = fresh(Case, **values), Case(**values)

    assert {**vars(made), "_state": 0} == {**vars(by_django), "_state": 0}
    assert made._state.adding
    assert made.answers is not fresh(Case, **values).answers
    with pytest.raises(TypeError):
        fresh(Case, areas=1)


def test_a_row_that_was_read_loads_what_was_left_out() -> None:
    with everywhere():
        one = case()
        insert(one)
        stored = Case.objects.only("id", "number").get(pk=one.pk)

        assert stored.get_deferred_fields() >= {"answers", "phone"}
        assert (stored.phone, stored._state.adding, stored._state.db) == ("199", False, "default")


def test_columns_are_changed_in_the_rows_that_fit() -> None:
    with everywhere():
        one = case()
        insert(one)

        assert update(Case, {"id": one.pk, "version": 0}, {"answers": {"b": 1}, "missing": ["x"], "due_on": None}) == 1
        assert update(Case, {"id": one.pk, "version": 7}, {"matter": "n"}) == 0
        assert update(Case, {"id": one.pk, "state": ["submitted", "accepted"]}, {"matter": "n"}) == 0
        assert update(Case, {"id": one.pk, "state": ["submitted", "draft"]}, {"outcome": ""}) == 1
        stored = Case.objects.get(pk=one.pk)

    assert (stored.answers, stored.missing, stored.due_on, stored.matter) == ({"b": 1}, ["x"], None, "m")
