"""One person with files in two counties: put together by somebody above both, and taken apart again."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from liren.base.errors import Forbidden
from liren.foundation.access.models import JournalLine
from liren.foundation.commons.models import Message
from liren.registry import actions, reactions
from liren.registry.models import DuplicatePair, Fact, NameKey, Person, PersonMerge, Phone, Stay
from liren.registry.queries import person_facts
from liren.registry.tests.desk import AT, number_of
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, Role, acting, everywhere, sign_in, staff
from liren.testing.village import CITY_POPULATION, POPULATION

pytestmark = pytest.mark.django_db(transaction=True)

BIRTH = date(1962, 3, 8)
NUMBER = number_of(BIRTH, 24, "990115")
BEYOND = 320114001001_000
"""A community of 雨花台区."""
BEYOND_CLERK = Role("yuhua", "郑洁", "window_clerk", 5, BEYOND, "雨花社区")
PROVINCE = Role("renkou-sheng", "韩冬", "province_population_officer", 1, 320000000000000, "江苏省")


class Both:
    """王秀英, registered in 牌坊社区 and, where she rents, in 雨花台区."""

    def __init__(self) -> None:
        with acting(staff(PAIFANG_CLERK)) as by:
            self.kept = actions.register_person(
                by=by, at=AT, area=PAIFANG, name="王秀英", number=NUMBER, phone="19900000001", since=date(2000, 1, 1)
            )
            home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊社区12号", number="A12")
            actions.join_household(
                by=by, at=AT, person=self.kept, household=home, relation="02", since=date(2000, 1, 1)
            )
        with acting(staff(BEYOND_CLERK)) as by:
            self.gone = actions.register_person(
                by=by, at=AT, area=BEYOND, name="王秀英", number=NUMBER, phone="19900000002", residence="incomer",
                since=date(2019, 1, 1),
            )  # fmt: skip
            self.rented = actions.open_household(by=by, at=AT, area=BEYOND, address="雨花路1号", number="R1")
            actions.join_household(
                by=by, at=AT, person=self.gone, household=self.rented, relation="02", since=date(2019, 1, 1)
            )
            actions.record_disability(
                by=by, at=AT, person=self.gone, kind="1", degree="3", certificate=NUMBER + "13", since=date(2020, 1, 1)
            )
            actions.record_away(by=by, at=AT, person=self.gone, since=date(2026, 1, 1), words="苏州")
        with everywhere() as system:
            actions.find_duplicates(by=system, at=AT, area=0, lo=0, hi=10**15)
            self.pair = DuplicatePair.objects.get(area=PAIFANG)

    def merged(self, **values: Any) -> PersonMerge:
        with acting(staff(CITY_POPULATION)) as by:
            kept, gone = Person.objects.get(pk=self.kept.pk), Person.objects.get(pk=self.gone.pk)
            return actions.merge_persons(by=by, at=AT, kept=kept, gone=gone, reason="看过身份证", **values)


@pytest.fixture
def both(transactional_db: None) -> Both:
    return Both()


def lying(person: int) -> set[tuple[str, int, int]]:
    """Return where everything of a file lies."""
    with everywhere():
        return {
            (model.__name__, row.area, row.county)
            for model in (Fact, Phone, NameKey, Stay)
            for row in model._default_manager.filter(subject=person)
        }


def test_the_city_puts_two_counties_files_together(both: Both) -> None:
    merge = both.merged()

    assert {(area, county) for _name, area, county in lying(both.kept.pk)} == {(PAIFANG, 320115)}
    assert lying(both.gone.pk) == set()
    with everywhere():
        kept = Person.objects.get(pk=both.kept.pk)
        kinds = sorted(line.kind for line in person_facts(kept))
        assert kinds == ["away", "disability", "member", "residence"], "what ties a file to its place stays behind"
        assert kept.household_id != both.rented.pk
        both.rented.refresh_from_db()
        assert (both.rented.size, both.rented.head) == (0, None)
        assert {one.number for one in Phone.objects.filter(subject=kept.pk)} == {"+8619900000001", "+8619900000002"}
        assert set(DuplicatePair.objects.values_list("state", flat=True)) == {"merged"}
        lines = JournalLine.objects.filter(verb__in=["registry.merge_persons", "registry.give_file_up"])
        assert {(line.verb, line.area) for line in lines} == {
            ("registry.merge_persons", PAIFANG),
            ("registry.give_file_up", BEYOND),
        }
    assert merge.area == PAIFANG


def test_an_undone_merge_brings_the_file_back_to_its_county(both: Both) -> None:
    before = [lying(both.kept.pk), lying(both.gone.pk)]
    with everywhere():
        facts = [sorted((line.kind, line.valid_from) for line in person_facts(one)) for one in (both.kept, both.gone)]

    merge = both.merged()
    with acting(staff(PAIFANG_CLERK)) as by, pytest.raises(Forbidden):
        actions.undo_merge(by=by, at=AT, merge=merge, reason="不是一个人")
    with acting(staff(CITY_POPULATION)) as by:
        actions.undo_merge(by=by, at=AT, merge=PersonMerge.objects.get(pk=merge.pk), reason="不是一个人")

    assert [lying(both.kept.pk), lying(both.gone.pk)] == before
    with everywhere():
        gone = Person.objects.get(pk=both.gone.pk)
        assert (gone.area, gone.county, gone.household_id, gone.id_number) == (BEYOND, 320114, both.rented.pk, NUMBER)
        after = [sorted((line.kind, line.valid_from) for line in person_facts(one)) for one in (both.kept, both.gone)]
        assert after == facts
        assert set(DuplicatePair.objects.values_list("state", flat=True)) == {"open"}
        assert JournalLine.objects.filter(verb="registry.take_file_back", area=BEYOND).count() == 1


def test_nobody_below_both_puts_them_together(both: Both) -> None:
    with acting(staff(POPULATION)) as by, pytest.raises(Forbidden):
        actions.merge_persons(by=by, at=AT, kept=both.kept, gone=both.gone, reason="看过身份证")


def test_the_workers_who_lose_a_file_hear_of_it(both: Both) -> None:
    merge = both.merged()

    with everywhere():
        reactions.tell_giver.func(
            lo=BEYOND, hi=BEYOND, person=both.gone.pk, kept=both.kept.pk, kept_area=PAIFANG, area=BEYOND
        )
        (message,) = Message.objects.filter(area=BEYOND)
    assert message.subject == staff(BEYOND_CLERK).pk
    assert "江宁区" in message.body
    assert merge.reason in message.body


def test_the_desk_of_the_city_judges_without_opening_files(both: Both) -> None:
    desk = Client()
    sign_in(desk, staff(CITY_POPULATION))
    listed = desk.get("/desk/duplicates").text
    assert "江宁区" in listed
    assert "雨花台区" in listed
    page = desk.get(f"/desk/duplicates/{both.pair.pk}").text
    assert "两份档案在两个县（市、区）" in page
    assert f"/desk/people/{both.kept.pk}" not in page, "the post opens no files"
    assert NUMBER not in page
    lines = re.findall(r'name="lines" value="(\d+)" checked', page)

    answer = desk.post(
        f"/desk/duplicates/{both.pair.pk}/merge", {"kept": both.kept.pk, "lines": lines, "reason": "看过身份证"}
    )

    assert answer["Location"] == "/desk/merges"
    found = re.search(r"/desk/merges/(\d+)", desk.get("/desk/merges").text)
    assert found is not None
    assert desk.get(f"/desk/merges/{found[1]}").status_code == 200
    assert desk.get(f"/desk/people/{both.kept.pk}").status_code == 403


def test_each_level_sees_the_doubles_that_are_its_own(both: Both) -> None:
    for role, status in (
        (PAIFANG_CLERK, 404),
        (BEYOND_CLERK, 404),
        (POPULATION, 404),
        (CITY_POPULATION, 200),
        (PROVINCE, 200),
    ):
        desk = Client()
        sign_in(desk, staff(role))
        answer = desk.get(f"/desk/duplicates/{both.pair.pk}")
        assert answer.status_code == status, role.username
        assert (NUMBER[:3] in answer.text) == (status == 200)


def test_the_api_judges_two_counties_files_too(both: Both) -> None:
    client = Client()
    sign_in(client, staff(CITY_POPULATION))
    (pair,) = client.get("/api/v1/registry/duplicates").json()["items"]

    answer = client.post(
        f"/api/v1/registry/duplicates/{pair['id']}/merge",
        {"kept": str(both.gone.pk), "reason": "看过身份证"},
        content_type="application/json",
    )

    assert answer.status_code == 200, answer.text
    with everywhere():
        assert Person.objects.get(id_number__isnull=False).area == BEYOND
