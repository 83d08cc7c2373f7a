"""Somebody with two posts: each act and each look is measured by the post that covers the place, wherever one sits just now."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from liren.base.clock import day_of
from liren.base.errors import Forbidden, NotFound, Refusal
from liren.engines.cases import actions, queries
from liren.engines.cases.enums import State
from liren.engines.cases.models import Case, Task
from liren.engines.cases.tests.world import ASSISTANCE, REPAIR, applied, row
from liren.foundation.access.models import Account
from liren.foundation.access.queries import each_range
from liren.registry.models import Person
from liren.registry.queries import person_for, search_people
from liren.testing.cast import (
    AUDITOR,
    CIVIL_AFFAIRS,
    NOON,
    PAIFANG,
    PAIFANG_CLERK,
    TIANRAN,
    TIANRAN_CLERK,
    acting,
    everywhere,
    hold,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(db: None) -> Account:
    """Return a clerk who sits in two communities."""
    account = staff(PAIFANG_CLERK)
    hold(account, TIANRAN_CLERK)
    return account


@pytest.fixture
def clerk_and_auditor(db: None) -> Account:
    """Return a clerk of 牌坊 who audits the district, where no case and no file is theirs to read."""
    account = staff(PAIFANG_CLERK)
    staff(AUDITOR)
    hold(account, AUDITOR)
    return account


def test_a_clerk_of_two_communities_acts_in_one_while_sitting_in_the_other(both: Account, villager: Account) -> None:
    for seat in (0, 1):
        for area in (PAIFANG, TIANRAN):
            case = applied(villager, REPAIR, matter="public-repair", area=area)
            with acting(both, seat=seat) as by:
                actions.accept_case(by=by, at=NOON, case=queries.case_for(by, case.pk))

            assert row(case).state == State.ACCEPTED


def test_taking_in_next_door_counts_once_whichever_post_one_sits_at(both: Account) -> None:
    client, key = Client(), str(uuid4())
    sign_in(client, both)
    body = {"matter": "temporary-assistance", "area": str(TIANRAN)[:12], "answers": ASSISTANCE, "phone": "19900000001"}

    answers = [
        client.post(
            "/api/v1/cases/", json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key}
        )
        for _time in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201], answers[0].content
    assert answers[0].json()["id"] == answers[1].json()["id"]
    with everywhere():
        assert Case.objects.count() == 1


def test_somebody_from_one_place_is_helped_in_the_other(both: Account) -> None:
    with everywhere():
        person = Person(area=PAIFANG, name="王秀英", sort_key="wangxiuying", recorded_at=NOON)
        person.save(force_insert=True)
    with acting(both) as by:
        one = queries.matter("temporary-assistance", TIANRAN, on=day_of(NOON))
        case = queries.blank_case(by, one, TIANRAN, at=NOON, person_id=person.pk)
        actions.take_in_case(by=by, at=NOON, case=case, answers=ASSISTANCE)

    assert row(case).area == TIANRAN


def test_what_waits_at_a_wide_desk_is_seen_from_a_narrow_one(villager: Account) -> None:
    account = staff(PAIFANG_CLERK)
    hold(account, CIVIL_AFFAIRS)
    case = applied(villager, REPAIR, matter="public-repair", area=TIANRAN)
    with everywhere():
        Task.objects.filter(case=case).update(post=CIVIL_AFFAIRS.post, seat_level=4, seat_area=CIVIL_AFFAIRS.area)

    for seat in (0, 1):
        with acting(account, seat=seat) as by:
            box = queries.inbox(by, on=day_of(NOON), calendar=queries.calendar_of(PAIFANG, on=day_of(NOON)))
            assert len(box) == 1
            assert queries.case_for(by, case.pk).pk == case.pk


def test_a_wider_post_that_reads_no_cases_and_no_files_widens_nothing(
    clerk_and_auditor: Account, villager: Account
) -> None:
    next_door = applied(villager, REPAIR, matter="public-repair", area=TIANRAN)
    here = applied(villager, REPAIR, matter="public-repair", area=PAIFANG)
    with everywhere():
        stranger = Person(area=TIANRAN, name="戴安", sort_key="daian", recorded_at=NOON)
        stranger.save(force_insert=True)

    for seat in (0, 1):
        with acting(clerk_and_auditor, seat=seat) as by:
            assert [case.pk for case in queries.case_list(by)] == [here.pk]
            with pytest.raises(Forbidden):
                queries.case_for(by, next_door.pk)
        with acting(clerk_and_auditor, seat=seat) as by:
            assert search_people(by, "戴安").people == []
            with pytest.raises(NotFound):
                person_for(by, stranger.pk)


def test_a_refusal_in_one_range_leaves_the_page_in_its_own(both: Account, villager: Account) -> None:
    applied(villager, REPAIR, matter="public-repair", area=PAIFANG)

    def refuse(scoped: object) -> list[int]:
        if Task.objects.filter(area=TIANRAN).exists() or not Task.objects.filter(area=PAIFANG).exists():
            raise Refusal("不行")
        return []

    with acting(both) as by:
        with pytest.raises(Refusal):
            each_range(by, refuse)
        seen = Task.objects.filter(area=PAIFANG).count() if by.current and by.current.area == PAIFANG else 1

    assert seen == 1
