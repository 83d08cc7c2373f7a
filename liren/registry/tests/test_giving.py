"""What leaves the house: with its purpose, in the journal, and before the eyes of the person."""

import io
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from liren.foundation.access.models import JournalLine
from liren.registry import actions
from liren.registry.models import Disclosure, Person
from liren.registry.tests.desk import AT, number_of
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, Role, acting, everywhere, resident, sign_in, staff

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = number_of(date(1962, 3, 8), 24, "990115")
PHONE = "19912345678"
GRID = Role("wangge", "李网格", "grid_worker", 5, PAIFANG, "牌坊社区")


@pytest.fixture
def wang() -> Person:
    with acting(staff(PAIFANG_CLERK)) as by:
        person = actions.register_person(
            by=by, at=AT, area=PAIFANG, name="王阿婆", number=NUMBER, phone=PHONE, since=date(2000, 1, 1)
        )
        actions.record_away(by=by, at=AT, person=person, since=date(2026, 3, 1), words="=昆山女儿家")
    return person


@pytest.fixture
def desk() -> Client:
    client = Client()
    sign_in(client, staff(PAIFANG_CLERK))
    return client


@pytest.fixture
def phone(wang: Person) -> Client:
    client = Client()
    sign_in(client, resident("+8619900000001", "王阿婆", person_id=wang.pk))
    return client


def cells(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_file_leaves_with_a_purpose_that_the_person_reads(desk: Client, phone: Client, wang: Person) -> None:
    address = f"/desk/people/{wang.pk}/export"
    assert "用途" in desk.get(address).text
    assert desk.post(address, {"form": "file", "purpose": ""}).status_code == 422
    assert desk.post(address, {"form": "file", "purpose": "other"}).status_code == 422

    answer = desk.post(address, {"form": "file", "purpose": "matter", "words": "办老年证"})

    told = cells(answer.content)
    assert ["外出务工", "外出务工，=昆山女儿家"] in [row[:2] for row in told]
    assert NUMBER not in str(told)
    assert PHONE not in str(told)
    with everywhere():
        line = JournalLine.objects.get(verb="registry.give_file")
        assert Disclosure.objects.count() == 1
    assert line.changes == {"form": "file", "purpose": "matter", "reason": "办老年证"}
    assert "陶晓燕" in line.actor
    page = phone.get("/me/looks").text
    assert "牌坊社区综合窗口工作人员导出了您的档案。" in page
    assert "用途：办理本人的事项（办老年证）" in page
    assert "陶晓燕" not in page


def test_a_printed_file_says_who_printed_it_for_what(desk: Client, phone: Client, wang: Person) -> None:
    answer = desk.post(f"/desk/people/{wang.pk}/export", {"form": "paper", "purpose": "visit", "words": "核实住处"})

    for words in ("王阿婆", "昆山女儿家", "入户走访、核实情况", "核实住处", "综合窗口工作人员", "data-prints"):
        assert words in answer.text
    assert NUMBER not in answer.text
    assert "打印了您的档案" in phone.get("/me/looks").text


def test_everybody_of_a_list_reads_that_it_was_exported(desk: Client, phone: Client, wang: Person) -> None:
    assert "共 1 人" in desk.get("/desk/people/export").text

    answer = desk.post("/desk/people/export?only=away", {"purpose": "report", "words": "外出人员统计"})

    assert [row[0] for row in cells(answer.content)] == ["姓名", "王阿婆"]
    assert "导出了一份名单，里面有您" in phone.get("/me/looks").text
    assert "外出人员统计" in phone.get("/me/looks").text


def test_a_post_without_the_capability_takes_nothing_out(wang: Person) -> None:
    client = Client()
    sign_in(client, staff(GRID))

    assert client.get(f"/desk/people/{wang.pk}").status_code == 200
    assert client.post(f"/desk/people/{wang.pk}/export", {"form": "file", "purpose": "matter"}).status_code == 403
    assert client.post("/desk/people/export", {"purpose": "report"}).status_code == 403
    with everywhere():
        assert not Disclosure.objects.exists()


def test_residents_take_a_copy_of_their_own_file(phone: Client, wang: Person) -> None:
    answer = phone.post("/me/record/copy")

    assert ["姓名", "王阿婆"] in [row[:2] for row in cells(answer.content)]
    assert NUMBER not in str(cells(answer.content))
    assert "您自己下载了档案" in phone.get("/me/looks").text


def test_machines_read_the_own_file_ask_and_decide(desk: Client, phone: Client, wang: Person) -> None:
    me = phone.get("/api/v1/registry/me").json()
    assert (me["name"], me["id_number"]) == ("王阿婆", f"990***********{NUMBER[-4:]}")
    away = next(one for one in me["facts"] if one["kind"] == "away")
    assert away["recorded_by"] == "牌坊社区·综合窗口工作人员"

    wrong = phone.post(
        "/api/v1/registry/me/corrections",
        {"item": f"fact-{away['id']}", "values": {"valid_from": "三月"}},
        content_type="application/json",
    )
    asked = phone.post(
        "/api/v1/registry/me/corrections",
        {"item": "birth_on", "values": {"birth_on": "1962-03-09"}, "words": "身份证上是九日"},
        content_type="application/json",
    ).json()
    queue = desk.get("/api/v1/registry/corrections").json()["items"]
    done = desk.post(f"/api/v1/registry/corrections/{asked['id']}/accept", {}, content_type="application/json").json()

    assert wrong.status_code == 422
    assert [(one["name"], one["request"]["id"]) for one in queue] == [("王阿婆", asked["id"])]
    assert done["state"] == "accepted"
    assert phone.get("/api/v1/registry/me").json()["birth_on"] == "1962-03-09"


def test_machines_page_through_looks(desk: Client, phone: Client, wang: Person) -> None:
    desk.get(f"/api/v1/registry/people/{wang.pk}")
    desk.post("/desk/people/export", {"purpose": "report"})

    first = phone.get("/api/v1/registry/me/looks", {"size": 1}).json()
    second = phone.get("/api/v1/registry/me/looks", {"size": 1, "after": first["next"]}).json()

    assert [one["items"][0]["verb"] for one in (first, second)] == ["registry.gave_list", "registry.look_at_person"]
    assert second["items"][0]["why"] == {"why": "api"}
    assert not re.search("陶晓燕", str((first, second)))


TABLES = ("/desk/people/export", "/desk/households/export", "/desk/organisations/export", "/desk/population/export", "/desk/communities/320115006205/export")  # fmt: skip


@pytest.mark.parametrize("address", TABLES)
def test_no_table_leaves_without_a_purpose(desk: Client, wang: Person, address: str) -> None:
    assert "用途" in desk.get(address).text
    assert desk.post(address, {"purpose": ""}).status_code == 422
    assert desk.post(address, {"purpose": "other", "words": ""}).status_code == 422
    with everywhere():
        assert not JournalLine.objects.filter(verb="registry.export_table").exists()

    answer = desk.post(address, {"purpose": "report", "words": "年度统计"})

    assert answer["Content-Type"].startswith("application/vnd.openxmlformats")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert "用途：统计、报表（年度统计）" in str(book.get_sheet_by_index(1).to_python())
    with everywhere():
        line = JournalLine.objects.get(verb="registry.export_table")
    assert (line.changes["purpose"], line.changes["reason"]) == ("report", "年度统计")
    assert line.changes["what"] == address.split("/")[2].replace("communities", "community")
    assert "陶晓燕" in line.actor


@pytest.mark.parametrize("address", TABLES)
def test_a_post_that_reads_but_may_not_give_out_has_no_table(wang: Person, address: str) -> None:
    client = Client()
    sign_in(client, staff(GRID))

    assert client.post(address, {"purpose": "report"}).status_code == 403


def test_the_head_of_a_household_reads_that_the_list_was_taken(desk: Client, phone: Client, wang: Person) -> None:
    with acting(staff(PAIFANG_CLERK)) as by:
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊 1 号")
        actions.join_household(by=by, at=AT, person=wang, household=home, relation="02", since=date(2020, 1, 1))

    answer = desk.post("/desk/households/export", {"purpose": "visit", "words": "冬季走访"})

    assert [row[3] for row in cells(answer.content)[1:]] == ["王阿婆"]
    assert "用途：入户走访、核实情况（冬季走访）" in phone.get("/me/looks").text
