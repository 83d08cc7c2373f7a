"""The list of cases at the desk: narrowed, taken out, what is late, and the cases beside somebody's file."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from liren.base.clock import today
from liren.engines.cases.models import Case
from liren.foundation.access.models import Account, JournalLine
from liren.services.window.tests.world import applied, at_desk, linked, wang
from liren.testing.cast import (
    CIVIL_AFFAIRS,
    PAIFANG_CLERK,
    SUPERVISOR,
    TIANRAN_CLERK,
    Role,
    everywhere,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/cases"}
Desk = Callable[[Role], Client]


@pytest.fixture
def villager(db: None) -> Account:
    return linked(wang())


@pytest.fixture
def desk() -> Desk:
    """Return a browser in which a member of the cast has signed in."""

    def opened(role: Role) -> Client:
        client = Client()
        sign_in(client, staff(role))
        return client

    return opened


def test_the_list_is_narrowed_paged_and_exported_masked(desk: Desk, villager: Account) -> None:
    one, other = applied(villager), applied(villager, "public-repair")
    at_desk(PAIFANG_CLERK, "accept", one)
    client, officer = desk(PAIFANG_CLERK), desk(CIVIL_AFFAIRS)

    everything = client.get("/desk/cases")
    submitted = client.get("/desk/cases", {"state": "submitted"})
    by_matter = client.get("/desk/cases", {"matter": "temporary-assistance"})
    nothing = client.get("/desk/cases", {"state": "withdrawn"})
    elsewhere = officer.get("/desk/cases", {"area": str(TIANRAN_CLERK.area)})
    after = client.get("/desk/cases", {"after": str(other.pk)})
    part = client.get("/desk/cases", headers={"HX-Request": "true", "HX-Target": "results"})
    asking = client.get("/desk/cases/export", {"matter": "temporary-assistance"})
    silent = client.post("/desk/cases/export?matter=temporary-assistance", {"purpose": ""})
    book = client.post("/desk/cases/export?matter=temporary-assistance", {"purpose": "report", "words": "月报"})

    assert one.number in everything.text
    assert other.number in everything.text
    assert one.number not in submitted.text
    assert other.number not in by_matter.text
    assert "没有这样的办件" in nothing.text
    assert one.number not in elsewhere.text
    assert "牌坊" in officer.get("/desk/cases").text
    assert other.number not in after.text
    assert "<html" not in part.text
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [line[0] for line in sheet[1:]] == [one.number]
    assert sheet[1][2] == "王**"
    assert "用途" in asking.text
    assert silent.status_code == 422
    with everywhere():
        line = JournalLine.objects.get(verb="cases.export_cases")
    assert (line.changes["count"], line.changes["purpose"], line.changes["reason"]) == (1, "report", "月报")


def test_what_is_late_is_found_in_one_press_and_nothing_else_is(desk: Desk, villager: Account) -> None:
    late, waits, in_time = applied(villager), applied(villager, "public-repair"), applied(villager)
    for case in (late, in_time):
        at_desk(PAIFANG_CLERK, "accept", case)
    with everywhere():
        Case.objects.filter(pk=late.pk).update(due_on=today() - timedelta(days=1))

    for role in (PAIFANG_CLERK, CIVIL_AFFAIRS, SUPERVISOR):
        page = desk(role).get("/desk/cases", {"late": "1"}).text

        assert late.number in page
        assert waits.number not in page
        assert in_time.number not in page


def test_the_page_of_a_person_leads_to_what_they_apply_for(desk: Desk, villager: Account) -> None:
    case = applied(villager)
    address = f"/desk/cases/of/{case.person_id}"

    person = desk(PAIFANG_CLERK).get(f"/desk/people/{case.person_id}").text
    part = desk(PAIFANG_CLERK).get(address, headers=HX).text
    page = desk(CIVIL_AFFAIRS).get(address).text
    elsewhere = desk(TIANRAN_CLERK).get(address)

    assert f'hx-get="{address}"' in person
    assert "<html" not in part
    for shown in (part, page):
        assert f"/desk/cases/{case.pk}" in shown
        assert "等待受理" in shown
    assert elsewhere.status_code == 404


def test_an_empty_list_says_what_will_be_there(desk: Desk) -> None:
    assert "还没有办件" in desk(PAIFANG_CLERK).get("/desk/cases").text
