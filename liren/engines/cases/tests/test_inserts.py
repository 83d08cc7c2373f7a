"""Rows of several tables go in with one or two round trips, as the ORM would write them."""

import uuid
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liren.base.inserts import identified, insert
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

        assert len(asked) <= 2
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
