"""Households as they live and as they are registered, dwellings, organisations, and what a clerk can do to them through pages."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from liren.base.codes import organisation_check
from liren.base.errors import Conflict, Refusal
from liren.foundation.access.models import Account
from liren.foundation.access.rules import Viewer
from liren.foundation.places.actions import add_unit
from liren.foundation.places.models import Unit
from liren.foundation.places.queries.tree import place_by_code
from liren.foundation.places.queries.units import units_of
from liren.registry import actions, queries
from liren.registry.models import Dwelling, Fact, Household, Move, Organisation, Person
from liren.registry.queries.homes import (
    EMPTY,
    buildings,
    dwellings_page,
    households_page,
    organisations_page,
    people_of,
)
from liren.registry.rules.statements import Belongs, Employer
from liren.registry.tests.desk import AT, TODAY, number_of
from liren.testing.cast import PAIFANG, TIANRAN, acting, everywhere, sign_in, staff
from liren.testing.cast import TIANRAN_CLERK as NEIGHBOUR

pytestmark = pytest.mark.django_db
SINCE, MAY = date(2020, 1, 1), date(2026, 5, 1)


def grown(by: Viewer, name: str, serial: int, born: date = date(1980, 1, 1)) -> Person:
    return actions.register_person(
        by=by, at=AT, area=PAIFANG, name=name, number=number_of(born, serial, "990115"), since=SINCE
    )


def home_of(
    by: Viewer, *people: tuple[Person, str], kind: str = "living", address: str = "牌坊 1 号", number: str = ""
) -> Household:
    home = actions.open_household(by=by, at=AT, area=PAIFANG, address=address, kind=kind, number=number)
    for person, relation in people:
        actions.join_household(by=by, at=AT, person=person, household=home, relation=relation, since=SINCE)
    return home


@pytest.fixture
def by(paifang_clerk: Account) -> Any:
    with acting(paifang_clerk) as viewer:
        yield viewer


@pytest.fixture
def family(by: Viewer) -> tuple[Household, Person, Person, Person]:
    """Return a household of 张大山, his wife and his son."""
    head, wife, son = grown(by, "张大山", 1), grown(by, "李梅", 4), grown(by, "张小宝", 3, date(2012, 1, 1))
    return home_of(by, (head, "02"), (wife, "12"), (son, "20"), number="P1"), head, wife, son


def test_somebody_lives_in_one_household_and_stands_in_the_register_of_another(by: Viewer) -> None:
    father, son = grown(by, "张大山", 1), grown(by, "张伟", 3)
    home_of(by, (father, "02"), number="P1")
    mine = home_of(by, (son, "02"), address="牌坊 9 号", number="P9")
    register = home_of(by, (father, "02"), (son, "20"), kind="register", number="P1")

    found = queries.person_for(by, son.pk)

    assert (found.household_id, found.relation) == (mine.pk, "02")
    assert (found.register_id, found.register_relation) == (register.pk, "20")
    file = queries.household_file(by, register.pk)
    assert [member.name for member in file.members] == ["张大山", "张伟"]
    assert {home.address: names for home, names in file.others} == {"牌坊 1 号": ["张大山"], "牌坊 9 号": ["张伟"]}
    register.refresh_from_db()
    assert (register.size, register.head_name) == (2, "张大山")


def test_leaving_the_register_leaves_the_household_alone(by: Viewer, family: Any) -> None:
    home, head, _wife, son = family
    register = home_of(by, (head, "02"), (son, "20"), kind="register")

    actions.leave_household(by=by, at=AT, person=queries.person_for(by, son.pk), on=MAY, kind="register")  # type: ignore[arg-type]

    found = queries.person_for(by, son.pk)
    assert (found.household_id, found.register_id) == (home.pk, None)
    register.refresh_from_db()
    assert register.size == 1


def test_a_household_splits_and_the_past_stays(by: Viewer, family: Any) -> None:
    home, _head, wife, son = family

    new = actions.split_household(
        by=by, at=AT, household=home, members={wife.pk: "02", son.pk: "20"}, since=MAY, address="牌坊 2 号"
    )

    home.refresh_from_db()
    new.refresh_from_db()
    assert (home.size, new.size, new.head_name) == (1, 2, "李梅")
    assert queries.state_on(queries.person_for(by, son.pk), date(2026, 4, 30)).household == home.pk
    assert queries.state_on(queries.person_for(by, son.pk), MAY).household == new.pk


@pytest.mark.parametrize(
    "members", [{}, {"wife": "12"}, {"wife": "02", "son": "02"}, {"head": "02", "wife": "12", "son": "20"}]
)
def test_a_split_needs_one_head_and_leaves_somebody_behind(by: Viewer, family: Any, members: dict[str, str]) -> None:
    home, head, wife, son = family
    pks = {"head": head.pk, "wife": wife.pk, "son": son.pk}

    with pytest.raises(Refusal):
        actions.split_household(
            by=by,
            at=AT,
            household=home,
            members={pks[who]: kin for who, kin in members.items()},
            since=MAY,
            address="牌坊 2 号",
        )


def test_two_households_become_one_and_the_empty_one_is_closed(by: Viewer, family: Any) -> None:
    home, *_people = family
    old = grown(by, "张老三", 5, date(1950, 1, 1))
    other = home_of(by, (old, "02"), address="牌坊 3 号", number="P3")

    with pytest.raises(Refusal):
        actions.merge_households(by=by, at=AT, household=other, into=home, relations={}, since=MAY)
    actions.merge_households(by=by, at=AT, household=other, into=home, relations={old.pk: "51"}, since=MAY)

    home.refresh_from_db()
    other.refresh_from_db()
    assert (home.size, other.size, other.closed_on) == (4, 0, MAY)
    assert [one.pk for one in households_page(by).homes] == [home.pk]
    assert [one.pk for one in households_page(by, kind=EMPTY).homes] == [other.pk]
    with pytest.raises(Conflict):
        actions.join_household(by=by, at=AT, person=old, household=other, relation="02", since=TODAY)


def test_a_household_with_people_in_it_is_not_closed(by: Viewer, family: Any) -> None:
    with pytest.raises(Conflict):
        actions.close_household(by=by, at=AT, household=family[0], on=MAY)


def test_the_head_changes_and_the_former_one_stays(by: Viewer, family: Any) -> None:
    home, head, wife, _son = family

    actions.change_head(by=by, at=AT, household=home, head=wife, relation="11", since=MAY)

    home.refresh_from_db()
    assert (home.head, home.head_name, home.size) == (wife.pk, "李梅", 3)
    assert queries.person_for(by, head.pk).relation == "11"


def test_households_are_found_by_address_head_and_number_page_by_page(by: Viewer, family: Any) -> None:
    home, *_people = family
    for number in range(5):
        home_of(by, address=f"石桥 {number} 号", number=f"Q{number}")
    Household.objects.filter(size=0).update(size=1)  # as if somebody lived in each

    assert [one.pk for one in households_page(by, typed="牌坊").homes] == [home.pk]
    assert [one.pk for one in households_page(by, typed="张大").homes] == [home.pk]
    assert [one.number for one in households_page(by, typed="Q3").homes] == ["Q3"]
    assert households_page(by, kind="register").homes == []
    seen, after = [], None
    while True:
        page = households_page(by, after=after, size=2)
        seen += [one.address for one in page.homes]
        after = page.after
        if after is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == 6


def test_a_building_tells_its_doors_and_who_rents(by: Viewer, family: Any) -> None:
    home, *_people = family
    first, _second = (
        actions.add_dwelling(by=by, at=AT, area=PAIFANG, building="3幢", room=room, kind="flat")
        for room in ("101", "102")
    )
    actions.settle_household(by=by, at=AT, household=home, dwelling=first, tenure="rented")

    (building,) = buildings(by)

    assert (building.building, building.dwellings, building.lived_in, building.rented) == ("3幢", 2, 1, 1)
    assert [one.room for one in dwellings_page(by, building="3幢").dwellings] == ["101", "102"]
    home.refresh_from_db()
    assert (home.address, home.tenure) == ("3幢101", "rented")
    with pytest.raises(Conflict):
        actions.add_dwelling(by=by, at=AT, area=PAIFANG, building="3幢", room="101")


def test_numbers_in_names_are_ordered_by_their_value(by: Viewer) -> None:
    for building, room in (("10幢", "101"), ("9幢", "1102"), ("9幢", "302"), ("12幢2单元", "1")):
        actions.add_dwelling(by=by, at=AT, area=PAIFANG, building=building, room=room, kind="flat")
    for address in ("牌坊 10 组 2 号", "牌坊 2 组 11 号", "牌坊 2 组 3 号"):
        actions.open_household(by=by, at=AT, area=PAIFANG, address=address)
    Household.objects.update(size=1)  # as if somebody lived in each
    for name in ("10 组", "9 组"):
        add_unit(place=place_by_code(str(PAIFANG)[:12]), kind="group", name=name, by=Viewer.system("testing"), at=AT)

    assert [one.building for one in buildings(by)] == ["9幢", "10幢", "12幢2单元"]
    assert [one.address for one in dwellings_page(by).dwellings] == ["9幢302", "9幢1102", "10幢101", "12幢2单元1"]
    assert [one.name for one in units_of(by, place_by_code(str(PAIFANG)[:12]), on=TODAY)] == ["9 组", "10 组"]
    first = households_page(by, size=2)
    assert [one.address for one in first.homes] == ["牌坊 2 组 3 号", "牌坊 2 组 11 号"]
    assert [one.address for one in households_page(by, after=first.after).homes] == ["牌坊 10 组 2 号"]


def test_the_next_page_of_a_search_for_a_number_carries_it_sealed(desk: Client, by: Viewer) -> None:
    for number in range(60):
        actions.open_household(
            by=by, at=AT, area=PAIFANG, address=f"牌坊 {number} 号", number=f"320115006205-{number:04d}"
        )
    Household.objects.update(size=1)  # as if somebody lived in each

    page = desk.post("/desk/households", {"q": "320115006205"}).text
    on = re.search(r'rel="next" href="([^"]+)"', page)

    assert on is not None
    assert "320115006205" not in on[1]
    following = desk.get("/desk/households" + unescape(on[1])).text
    assert following.count("<tr><td><a data-row") == 10
    assert 'value="320115006205"' in following
    kind = re.search(r'href="(\?kind=living[^"]+)"', following)
    assert kind is not None
    assert "320115006205" not in kind[1]
    assert desk.get("/desk/households" + unescape(kind[1])).text.count("<tr><td><a data-row") == 50


def test_an_organisation_has_a_sound_code_or_none_and_people_belong_to_it(by: Viewer, family: Any) -> None:
    body = "N2320115MA1MXY7X2"[:17]
    code = body + organisation_check(body)
    made = actions.add_organisation(
        by=by, at=AT, area=PAIFANG, name="牌坊股份经济合作社", kind="cooperative", code=code
    )
    for person, said in ((family[1], Belongs(made.pk, "社员")), (family[2], Employer("合作社", made.pk))):
        actions.record(by=by, at=AT, person=person, statement=said, since=MAY)

    assert {line.person.name for line in people_of(made, TODAY)} == {"张大山", "李梅"}
    assert [one.members for one in organisations_page(by, on=TODAY).organisations] == [2]  # type: ignore[attr-defined]
    assert list(people_of(made, MAY - timedelta(days=1))) == []
    for wrong in ("123", code[:-1] + ("A" if code[-1] != "A" else "B")):
        with pytest.raises(Refusal):
            actions.add_organisation(by=by, at=AT, area=PAIFANG, name="某社", kind="social", code=wrong)
    with pytest.raises(Conflict):
        actions.add_organisation(by=by, at=AT, area=PAIFANG, name="又一个", kind="social", code=code)


# through the pages


@pytest.fixture
def desk(client: Client, paifang_clerk: Account) -> Client:
    sign_in(client, paifang_clerk)
    return client


def test_a_clerk_splits_a_household_at_the_desk(desk: Client, family: Any) -> None:
    home, _head, wife, son = family
    assert "张小宝" in desk.get(f"/desk/households/{home.pk}/split").text

    answer = desk.post(
        f"/desk/households/{home.pk}/split",
        {
            f"of-{wife.pk}": "02",
            f"of-{son.pk}": "20",
            "address": "牌坊 2 号",
            "since": "2026-05-01",
            "source": "declared",
        },
    )

    assert answer.status_code == 302
    page = desk.get(answer["Location"]).text
    assert "牌坊 2 号" in page
    assert "李梅" in page
    assert "未满16岁" in page, "it says who needs care"


@pytest.mark.parametrize("address", ["/desk/households", "/desk/households?q=张", "/desk/population", "/desk/population?month=2026-05", "/desk/communities/320115006205", "/desk/people/?on=2026-03-01", "/desk/moves", "/desk/dwellings", "/desk/organisations"])  # fmt: skip
def test_the_lists_show_what_there_is(desk: Client, family: Any, address: str) -> None:
    page = desk.get(address)

    assert page.status_code == 200
    assert "lr-" in page.text


def test_the_month_is_given_as_a_table_file_and_through_the_api(desk: Client, family: Any) -> None:
    file = desk.post("/desk/population/export?month=2026-05", {"purpose": "report"})
    told = desk.get("/api/v1/registry/population?month=2026-05").json()

    assert file["Content-Type"].startswith("application/vnd.openxmlformats")
    assert told["balances"] is True
    assert sum(item["end"] for item in told["items"]) == 3
    assert [one["name"] for one in desk.get("/api/v1/registry/residents?on=2026-03-01").json()["items"]] == [
        "李梅",
        "张大山",
        "张小宝",
    ]
    assert desk.get("/api/v1/registry/residents?on=2019-03-01").json()["items"] == []
    assert desk.get("/desk/population?month=2026-13").status_code == 422
    assert desk.get("/desk/population?month=2999-01").status_code == 422


def test_a_file_is_moved_by_two_desks(desk: Client, family: Any, client: Client) -> None:
    _home, head, wife, son = family
    sent = desk.post(
        f"/desk/people/{head.pk}/transfer",
        {
            "people": [wife.pk, son.pk],
            "place": str(TIANRAN)[:12],
            "on": "2026-06-01",
            "residence": "registered",
            "reason": "买了房",
        },
    )
    assert sent.status_code == 302
    assert "张小宝" in desk.get(sent["Location"]).text

    sign_in(client, staff(NEIGHBOUR))
    with everywhere():
        waiting = Move.objects.get(side="receiving")
    for address in ("/desk/moves", f"/desk/moves/{waiting.pk}"):
        assert "等您答复" in client.get(address).text
    assert client.post(f"/desk/moves/{waiting.pk}/refuse", {"answer": ""}).status_code == 422
    assert client.post(f"/desk/moves/{waiting.pk}/accept", {}).status_code == 302

    assert client.get(f"/desk/people/{head.pk}").status_code == 200
    assert "张大山" in client.get("/desk/moves?done=1").text


@pytest.mark.parametrize(
    ("verb", "values"),
    [
        ("relation", {"is_their": "sibling", "name": "张二山"}),
        ("marriage", {"state": "20", "name": "李梅"}),
        ("education", {"level": "61"}),
        ("school", {"name": "江宁中学"}),
        ("employer", {"name": "某某电子厂"}),
        ("certificate", {"paper": "driving", "number": "320115198001019999"}),
        ("benefit", {"benefit": "dibao", "amount": "850.5"}),
        ("designation", {"what": "veteran", "authority": "退役军人事务局"}),
        ("contact", {"way": "wechat", "address": "zhangdashan"}),
    ],
)
def test_every_statement_is_recorded_at_the_desk(desk: Client, family: Any, verb: str, values: dict[str, str]) -> None:
    head = family[1]
    assert desk.get(f"/desk/people/{head.pk}/{verb}").status_code == 200

    answer = desk.post(f"/desk/people/{head.pk}/{verb}", {"since": "2026-05-01", "source": "declared", **values})

    assert answer.status_code == 302
    line = Fact.objects.get(subject=head.pk, kind=verb)
    assert line.valid_from == MAY
    assert line.amount == (85_050 if verb == "benefit" else None)
    assert "19800101" not in desk.get(f"/desk/people/{head.pk}").text


def test_only_named_posts_are_offered_the_confidential_form(desk: Client, family: Any) -> None:
    assert desk.get(f"/desk/people/{family[1].pk}/confidential").status_code == 404


def test_a_dwelling_an_organisation_and_a_unit_are_added_at_the_desk(desk: Client, family: Any) -> None:
    area = str(PAIFANG)
    assert desk.post("/desk/dwellings/new", {"area": area, "building": "8幢", "room": "101"}).status_code == 302
    assert (
        desk.post("/desk/organisations/new", {"area": area, "name": "牌坊老年协会", "kind": "social"}).status_code
        == 302
    )

    assert desk.get(f"/desk/dwellings/{Dwelling.objects.get().pk}").status_code == 200
    assert "牌坊老年协会" in desk.get(f"/desk/organisations/{Organisation.objects.get().pk}").text
    assert Unit.objects.count() == 0


def test_a_household_shows_its_lists_and_who_has_died(desk: Client, by: Viewer, family: Any) -> None:
    home, head, wife, son = family
    for who in (head, wife):
        actions.record_death(by=by, at=AT, person=queries.person_for(by, who.pk), on=date(2026, 6, 1), source="paper")

    page = desk.get(f"/desk/households/{home.pk}").text
    now, rest = page.split("现在的成员", 1)[1].split("已去世的成员", 1)

    assert "张小宝" in now
    assert "张大山" not in now
    assert "李梅" in rest
    assert "没有在世的成员" not in page

    actions.record_death(by=by, at=AT, person=queries.person_for(by, son.pk), on=date(2026, 6, 2), source="paper")
    assert "这一户没有在世的成员了" in desk.get(f"/desk/households/{home.pk}").text
