"""The registry through its doors: what a clerk sees, what a neighbour does not, and that no full number ever leaks."""

import io
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from liren.base import clock
from liren.foundation.access.models import Account, JournalLine
from liren.registry import actions
from liren.registry.models import Fact, Household, Person
from liren.registry.rules.statements import School
from liren.registry.schemas import PeopleFound
from liren.registry.tests.desk import AT, number_of
from liren.testing.cast import PAIFANG, SUPERVISOR, acting, everywhere, hold, sign_in, sought

pytestmark = pytest.mark.django_db

NUMBER = number_of(date(1962, 3, 8), 24, "990115")
PHONE = "19912345678"


@pytest.fixture
def wang(paifang_clerk: Account) -> Person:
    """Return 王阿婆 of 牌坊, with a household, a phone and two facts."""
    with acting(paifang_clerk) as by:
        person = actions.register_person(
            by=by,
            at=AT,
            area=PAIFANG,
            name="王阿婆",
            number=NUMBER,
            phone=PHONE,
            since=date(2000, 1, 1),
            ethnicity="01",
        )
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊社区12号", number="A12")
        actions.join_household(by=by, at=AT, person=person, household=home, relation="02", since=date(2000, 1, 1))
        actions.record_away(by=by, at=AT, person=person, since=date(2026, 3, 1), words="昆山女儿家", reason="care")
        actions.record_disability(
            by=by, at=AT, person=person, kind="1", degree="3", certificate=NUMBER + "13", since=date(2020, 1, 1)
        )
    return person


@pytest.fixture
def desk(client: Client, paifang_clerk: Account) -> Client:
    """Return a browser in which the clerk of 牌坊 has signed in."""
    sign_in(client, paifang_clerk)
    return client


@pytest.mark.parametrize("typed", ["王", "阿婆", "wangap", "wap", "WangAPo", NUMBER, PHONE, "+86 199 1234 5678"])
def test_a_person_is_found_by_whatever_a_clerk_types(desk: Client, wang: Person, typed: str) -> None:
    page = desk.get("/desk/people/", {"q": typed}, follow=True)

    assert "王阿婆" in page.text
    assert f"/desk/people/{wang.pk}" in page.text
    assert sought(desk, typed).json()["items"][0]["id"] == str(wang.pk)


def test_searching_as_one_types_answers_the_part_that_changes(desk: Client, wang: Person) -> None:
    part = desk.get("/desk/people/", {"q": "王"}, headers={"HX-Request": "true", "HX-Target": "results"}).text

    assert part.lstrip().startswith('<div id="results">')
    assert "王阿婆" in part
    assert "没有找到" in desk.get("/desk/people/", {"q": "赵"}).text
    assert "请输全" in desk.get("/desk/people/", {"q": "1991"}).text


@pytest.mark.parametrize("typed", [NUMBER, PHONE])
def test_a_number_that_is_looked_for_stands_in_no_address(desk: Client, wang: Person, typed: str) -> None:
    page = desk.post("/desk/people/", {"q": typed})
    part = desk.post("/desk/people/", {"q": typed}, headers={"HX-Request": "true", "HX-Target": "results"})

    for answer in (page, part):
        assert f"/desk/people/{wang.pk}" in answer.text
        assert f"q={typed}" not in answer.text
    assert part.headers["HX-Replace-Url"] == "/desk/people/?q="
    assert desk.post("/desk/people/check", {"number": NUMBER}, headers={"HX-Request": "true"}).status_code == 200
    assert desk.post("/desk/people/", {"q": "王"}).headers["Location"] == "/desk/people/?q=%E7%8E%8B"


@pytest.mark.parametrize(
    "address",
    [
        "/desk/people/",
        "/desk/people/?q=王",
        "/desk/people/{pk}",
        "/desk/households/{home}",
        "/api/v1/registry/people/{pk}",
        "/desk/people/{pk}/correct",
    ],
)
def test_no_page_shows_a_full_number(desk: Client, wang: Person, address: str) -> None:
    page = desk.get(address.format(pk=wang.pk, home=wang.household_id))

    for answer in (page, sought(desk, "wap")):
        assert answer.status_code == 200
        assert NUMBER not in answer.text
        assert PHONE not in answer.text
        assert NUMBER[6:14] not in answer.text


@pytest.mark.parametrize("typed", ["王阿婆", "wap", NUMBER, PHONE])
def test_what_a_search_answers_has_the_described_shape(desk: Client, wang: Person, typed: str) -> None:
    answer = sought(desk, typed).json()

    assert PeopleFound.model_validate(answer).model_dump(mode="json") == answer
    assert [found["id"] for found in answer["items"]] == [str(wang.pk)]


def test_the_file_says_who_where_since_when_and_on_whose_word(desk: Client, wang: Person) -> None:
    page = desk.get(f"/desk/people/{wang.pk}").text

    for words in (
        "王阿婆",
        "990***********",
        "199****5678",
        "牌坊社区12号",
        "2026年3月1日起",
        "昆山女儿家",
        "视力残疾三级",
        "陶晓燕",
        "登记了档案",
    ):
        assert words in page


def test_the_neighbouring_community_the_wrong_post_and_nobody_get_nothing(
    client: Client, wang: Person, tianran_clerk: Account, supervisor: Account, villager: Account
) -> None:
    for address in (
        f"/desk/people/{wang.pk}",
        f"/desk/households/{wang.household_id}",
        f"/api/v1/registry/people/{wang.pk}",
    ):
        sign_in(client, tianran_clerk)
        assert client.get(address).status_code == 404
        sign_in(client, supervisor)
        assert client.get(address).status_code == 403
        sign_in(client, villager)
        assert client.get(address).status_code == 403
        client.logout()
        assert client.get(address).status_code in {302, 401}
    sign_in(client, tianran_clerk)
    assert "王阿婆" not in client.get("/desk/people/", {"q": "王"}).text


def test_a_wider_post_that_may_not_read_files_does_not_widen_what_is_seen(
    client: Client, wang: Person, tianran_clerk: Account
) -> None:
    hold(tianran_clerk, SUPERVISOR)
    sign_in(client, tianran_clerk)
    for seat in ("0", "1"):
        client.post("/desk/seat", {"seat": seat})

        assert "王阿婆" not in client.get("/desk/people/", {"q": "王"}).text
        assert "王阿婆" not in client.get("/desk/people/").text
        assert sought(client, NUMBER).json()["items"] == []
        assert client.get(f"/desk/people/{wang.pk}").status_code == 404
        assert client.get(f"/api/v1/registry/people/{wang.pk}").status_code == 404
        assert client.get(f"/desk/households/{wang.household_id}").status_code == 404


def test_the_township_sees_its_communities_people(client: Client, wang: Person, civil_affairs_officer: Account) -> None:
    sign_in(client, civil_affairs_officer)

    assert "王阿婆" in client.get("/desk/people/", {"q": "wap"}).text
    assert "登记外出" not in client.get(f"/desk/people/{wang.pk}").text, "who may not edit sees no buttons for it"


def test_a_person_is_opened_in_few_round_trips(desk: Client, wang: Person, django_assert_max_num_queries: Any) -> None:
    desk.get(f"/desk/people/{wang.pk}")
    with django_assert_max_num_queries(10):
        desk.get(f"/desk/people/{wang.pk}")
    with django_assert_max_num_queries(6):
        sought(desk, "wap")


def test_somebody_is_registered_through_the_form_and_doubts_are_said(desk: Client) -> None:
    form = desk.get("/desk/people/new")
    assert form.status_code == 200

    answer = desk.post(
        "/desk/people/new",
        {
            "name": "李 四",
            "number": "990115197002301234",
            "area": PAIFANG,
            "residence": "registered",
            "source": "paper",
            "since": "2020-01-01",
        },
        follow=True,
    )

    with everywhere():
        person = Person.objects.get(name="李四")
    assert answer.redirect_chain[-1][0] == f"/desk/people/{person.pk}"
    assert "校验码不对" in answer.text
    assert "地区码" in answer.text


def test_a_form_with_mistakes_says_so_beside_the_field(desk: Client) -> None:
    answer = desk.post("/desk/people/new", {"number": ""}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#form"
    assert "请填写这一项" in answer.text


def test_a_number_that_is_taken_is_said_while_typing_and_refused_in_words(desk: Client, wang: Person) -> None:
    assert f"/desk/people/{wang.pk}" in desk.post("/desk/people/check", {"number": NUMBER}).text

    answer = desk.post(
        "/desk/people/new",
        {"name": "王五", "number": NUMBER, "area": PAIFANG, "residence": "registered", "source": "paper"},
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 409
    assert "此人已有档案" in answer.text


@pytest.mark.parametrize(
    ("verb", "values"),
    [
        ("residence", {"kind": "absent", "since": "2026-01-01", "words": "苏州", "source": "visit"}),
        ("returned", {"on": "2026-08-01", "source": "declared"}),
        ("phone", {"phone": "025-52188888", "source": "declared"}),
        ("guardian", {"relation": "child", "guardian_name": "王小妹", "since": "2026-01-01", "source": "declared"}),
        ("disability", {"kind": "4", "degree": "1", "since": "2026-01-01", "source": "paper"}),
        ("leave", {"on": "2026-01-01"}),
        ("death", {"on": "2026-08-01", "source": "paper"}),
    ],
)
def test_every_verb_on_a_persons_page_works(desk: Client, wang: Person, verb: str, values: dict[str, str]) -> None:
    assert desk.get(f"/desk/people/{wang.pk}/{verb}").status_code == 200

    answer = desk.post(f"/desk/people/{wang.pk}/{verb}", values)

    assert (answer.status_code, answer["Location"]) == (302, f"/desk/people/{wang.pk}")
    assert desk.get(f"/desk/people/{wang.pk}").status_code == 200


def test_a_household_is_opened_and_filled_through_its_page(desk: Client, wang: Person) -> None:
    answer = desk.post("/desk/households/new", {"area": PAIFANG, "address": "牌坊社区13号", "number": "A13"})
    with everywhere():
        home = Household.objects.get(number="A13")
    assert answer["Location"] == f"/desk/households/{home.pk}"

    desk.post(
        f"/desk/households/{home.pk}/members",
        {"number": NUMBER, "relation": "02", "since": "2026-01-01", "source": "declared"},
    )

    assert "王阿婆" in desk.get(f"/desk/households/{home.pk}").text
    assert "以前的成员" in desk.get(f"/desk/households/{wang.household_id}").text
    assert (
        desk.post(
            f"/desk/people/{wang.pk}/household",
            {"household": "A12", "relation": "02", "since": "2026-02-01", "source": "visit"},
        ).status_code
        == 302
    )


def test_a_corrected_line_stays_to_be_read_with_its_reason(desk: Client, wang: Person) -> None:
    with everywhere():
        line = Fact.objects.get(kind="away")
    desk.get(f"/desk/facts/{line.pk}/correct")
    desk.post(
        f"/desk/facts/{line.pk}/correct",
        {"code": "work", "valid_from": "2026-04-01", "words": "苏州工厂", "source": "visit", "reason": "当时听错了"},
    )

    page = desk.get(f"/desk/people/{wang.pk}").text
    assert "苏州工厂" in page
    assert re.search("<del>.*昆山女儿家", page)
    assert "当时听错了" in page
    with everywhere():
        later = Fact.objects.get(replaces=line.pk)
    desk.post(
        f"/desk/facts/{later.pk}/correct",
        {"code": "work", "valid_from": "2026-04-01", "source": "visit", "reason": "没有外出", "then": "withdraw"},
    )
    with everywhere():
        assert Person.objects.get(pk=wang.pk).away_since is None


def test_the_full_number_is_shown_after_a_reason_and_the_look_is_logged(desk: Client, wang: Person) -> None:
    assert desk.post(f"/desk/people/{wang.pk}/unmask", {"what": "id_number", "reason": ""}).status_code == 422

    page = desk.get(f"/desk/people/{wang.pk}/unmask")
    part = desk.get(f"/desk/people/{wang.pk}/unmask", headers={"HX-Request": "true", "HX-Target": "sheet-body"})
    assert "为什么要看" in page.text
    assert "<html" in page.text
    assert "为什么要看" in part.text
    assert "<html" not in part.text
    assert NUMBER not in page.text + part.text

    answer = desk.post(f"/desk/people/{wang.pk}/unmask", {"what": "id_number", "reason": "办理社保卡"})
    phone = desk.post(f"/desk/people/{wang.pk}/unmask", {"what": "phone", "reason": "通知领证"})

    assert NUMBER in answer.text
    assert PHONE in phone.text
    assert NUMBER not in phone.text
    with everywhere():
        assert [
            line.changes["reason"] for line in JournalLine.objects.filter(verb="registry.unmask").order_by("id")
        ] == ["办理社保卡", "通知领证"]
    assert "办理社保卡" in desk.get(f"/desk/people/{wang.pk}").text


def test_the_list_is_exported_with_masked_numbers(desk: Client, wang: Person) -> None:
    answer = desk.post("/desk/people/export?q=王", {"purpose": "report", "words": "老年人统计"})

    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[1][0] == "王阿婆"
    assert NUMBER not in str(rows)
    assert rows[1][2] == f"990***********{NUMBER[-4:]}"
    with everywhere():
        assert JournalLine.objects.get(verb="registry.export_table").changes == {
            "what": "people",
            "count": 1,
            "only": "",
            "purpose": "report",
            "reason": "老年人统计",
        }


def test_long_lists_turn_pages_by_key(desk: Client, paifang_clerk: Account) -> None:
    with acting(paifang_clerk) as by:
        for serial in range(53):
            actions.register_person(by=by, at=AT, area=PAIFANG, name=f"张{chr(0x4E00 + serial)}", number="")

    first = desk.get("/desk/people/").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = desk.get("/desk/people/" + older[1].replace("&amp;", "&")).text
    names = [re.findall(r"data-row[^>]*>([^<]+)<", page) for page in (first, second)]
    assert (len(names[0]), len(names[1])) == (50, 3)
    assert not set(names[0]) & set(names[1])


def test_a_post_above_the_township_is_told_where_to_register(
    client: Client, supervisor: Account, civil_affairs_officer: Account
) -> None:
    sign_in(client, supervisor)
    assert client.get("/desk/people/new").status_code == 403


def filled(client: Client, address: str) -> dict[str, str]:
    """Return what the form of a page would send back untouched."""
    page = client.get(address).text
    form = page.partition('id="form"')[2].partition("</form>")[0]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if said.get("name") and (said.get("type") != "radio" or " checked" in tag):
            sent[said["name"]] = said.get("value", "")
    for name, options in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        sent[name] = next(iter(re.findall(r'<option value="([^"]*)" selected', options)), "")
    return sent


def test_a_correction_leaves_alone_what_somebody_else_corrected_while_the_form_was_open(
    desk: Client, wang: Person, paifang_clerk: Account
) -> None:
    form = filled(desk, f"/desk/people/{wang.pk}/correct")
    with acting(paifang_clerk) as by:
        actions.correct_person(by=by, at=AT, person=wang, ethnicity="03", reason="看过户口簿")

    answer = desk.post(f"/desk/people/{wang.pk}/correct", form | {"name": "王阿宝", "reason": "字写错了"})

    assert answer.status_code == 302
    with everywhere():
        assert Person.objects.values_list("name", "ethnicity").get(pk=wang.pk) == ("王阿宝", "03")


def test_a_correction_of_what_somebody_else_has_just_corrected_is_refused_and_nothing_is_lost(
    desk: Client, wang: Person, paifang_clerk: Account
) -> None:
    form = filled(desk, f"/desk/people/{wang.pk}/correct")
    with acting(paifang_clerk) as by:
        actions.correct_person(by=by, at=AT, person=wang, name="王阿珍", reason="看过户口簿")

    answer = desk.post(f"/desk/people/{wang.pk}/correct", form | {"name": "王阿宝", "reason": "字写错了"})

    assert answer.status_code == 409
    assert "刚由别人改过" in answer.text
    with everywhere():
        assert Person.objects.get(pk=wang.pk).name == "王阿珍"


CORRECTED = {
    "households": (("address", "牌坊社区13号"), ("number", "A13"), "A14"),
    "dwellings": (("room", "302"), ("kind", "flat"), "public"),
    "organisations": (("name", "牌坊土地合作社"), ("contact", "李会计"), "王会计"),
}
"""What one clerk corrects of each, what another one meanwhile, and what the first would make of that."""


@pytest.mark.parametrize("kind", CORRECTED)
def test_corrections_of_homes_and_organisations_leave_alone_what_was_not_touched(
    desk: Client, wang: Person, paifang_clerk: Account, kind: str
) -> None:
    mine, theirs, other = CORRECTED[kind]
    with acting(paifang_clerk) as by:
        rows: dict[str, Any] = {
            "households": wang.household,
            "dwellings": actions.add_dwelling(by=by, at=AT, area=PAIFANG, building="3幢", room="301"),
            "organisations": actions.add_organisation(
                by=by, at=AT, area=PAIFANG, name="牌坊合作社", kind="cooperative"
            ),
        }
    row = rows[kind]
    address = f"/desk/{kind}/{row.pk}/correct"
    form = filled(desk, address)
    with everywhere():
        type(row).objects.filter(pk=row.pk).update(**dict([theirs]))

    done = desk.post(address, form | {mine[0]: mine[1], "reason": "写错了"})
    late = desk.post(address, form | {"once": "", theirs[0]: other, "reason": "写错了"})

    assert (done.status_code, late.status_code) == (302, 409)
    with everywhere():
        assert type(row).objects.values_list(mine[0], theirs[0]).get(pk=row.pk) == (mine[1], theirs[1])


def test_what_changed_this_week_says_what_it_was(desk: Client, wang: Person, paifang_clerk: Account) -> None:
    with acting(paifang_clerk) as by:
        actions.record(
            by=by, at=clock.now(), person=wang, statement=School("牌坊小学"), since=date(2026, 9, 1), source="visit"
        )

    week = desk.get("/desk/communities/320115006205").text.partition('id="week"')[2]

    assert "登记了一条记录：就读" in week
