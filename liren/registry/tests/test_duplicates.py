"""Files that look like one person's: found, shown side by side, judged."""

import re
from datetime import date

import pytest
from django.test import Client

from liren.base.clock import now
from liren.base.errors import NotFound
from liren.base.rows import applied
from liren.base.scopes import LARGEST, Scope
from liren.foundation.access.rules import Viewer
from liren.registry import actions, reactions
from liren.registry.models import DuplicatePair
from liren.registry.queries.duplicates import beyond, pair_for, pairs
from liren.registry.tests.desk import ALL, AT, at_desk, clerk, registered
from liren.registry.tests.twins import BIRTH, CENTRE, NUMBER, Twins, fresh, fresh_in
from liren.testing.cast import (
    PAIFANG,
    PAIFANG_CLERK,
    TIANRAN,
    TIANRAN_CLERK,
    acting,
    everywhere,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db(transaction=True)

# finding


def found() -> list[DuplicatePair]:
    with everywhere() as system:
        actions.find_duplicates(by=system, at=now(), area=0, lo=0, hi=10**15)
        return list(DuplicatePair.objects.order_by("-score"))


def test_pairs_are_found_by_sound_birth_and_phone_and_families_are_not(twins: Twins) -> None:
    with acting(staff(PAIFANG_CLERK)) as by:
        for name, birth in (("王大军", date(1960, 1, 1)), ("李桂兰", BIRTH), ("王小兰", date(1990, 2, 2))):
            actions.register_person(by=by, at=AT, area=PAIFANG, name=name, birth_on=birth, sex="2", phone="19900000001")

    pairs = found()

    assert [(one.left, one.right) for one in pairs] == [(twins.kept.pk, twins.gone.pk)]
    assert {"name_sound", "birth", "phone"} <= set(pairs[0].reasons)


def test_a_judged_pair_is_not_asked_again_and_a_corrected_one_goes(twins: Twins) -> None:
    (pair,) = found()
    with acting(staff(PAIFANG_CLERK)) as by:
        actions.tell_apart(by=by, at=now(), pair=pair, reason="双胞胎姐妹")

    assert [one.state for one in found()] == ["different"]

    with everywhere():
        DuplicatePair.objects.update(state="open")
    with acting(staff(PAIFANG_CLERK)) as by:
        actions.correct_person(
            by=by, at=now(), person=fresh_in(twins.gone), reason="写错了", name="赵小云", birth_on=date(1980, 1, 1)
        )
    assert found() == []


def test_the_desk_judges_a_pair_side_by_side(twins: Twins) -> None:
    (pair,) = found()
    desk = Client()
    sign_in(desk, staff(PAIFANG_CLERK))
    assert "王秀英 · 王秀瑛" in desk.get("/desk/duplicates").text
    page = desk.get(f"/desk/duplicates/{pair.pk}").text
    assert "姓名同音" in page
    assert NUMBER not in page
    lines = re.findall(r'name="lines" value="(\d+)" checked', page)

    empty = desk.post(f"/desk/duplicates/{pair.pk}/merge", {"kept": twins.kept.pk, "lines": lines})
    answer = desk.post(
        f"/desk/duplicates/{pair.pk}/merge",
        {"kept": twins.kept.pk, "take_name": twins.gone.pk, "lines": lines, "reason": "看过身份证"},
    )

    assert empty.status_code == 422
    assert answer.status_code == 302, answer.text
    assert answer["Location"] == f"/desk/people/{twins.kept.pk}"
    assert fresh(twins.kept).name == "王秀瑛"
    assert "没有看上去重复的档案" in desk.get("/desk/duplicates").text
    merge = re.search(r"/desk/merges/(\d+)", desk.get("/desk/merges").text)
    assert merge is not None
    answer = desk.post(f"/desk/merges/{merge[1]}", {"reason": "弄错了"})
    assert answer["Location"] == f"/desk/people/{twins.gone.pk}"
    assert "王秀英 · 王秀瑛" in desk.get("/desk/duplicates").text


def test_a_pair_across_communities_is_for_the_township(twins: Twins) -> None:
    with acting(staff(TIANRAN_CLERK)) as by:
        actions.register_person(by=by, at=AT, area=TIANRAN, name="王秀英", sex="2", birth_on=BIRTH)
    across = [one for one in found() if one.other_area == TIANRAN]
    desk, centre = Client(), Client()
    sign_in(desk, staff(PAIFANG_CLERK))
    sign_in(centre, staff(CENTRE))

    assert across
    assert desk.get(f"/desk/duplicates/{across[0].pk}").status_code == 404
    assert centre.get(f"/desk/duplicates/{across[0].pk}").status_code == 200


def test_a_worker_asks_for_a_new_comparison_of_the_own_place(twins: Twins) -> None:
    desk = Client()
    sign_in(desk, staff(PAIFANG_CLERK))

    assert desk.post("/desk/duplicates/find").status_code == 302
    with everywhere():
        reactions.compare_files.func(lo=PAIFANG, hi=PAIFANG, area=PAIFANG, first=PAIFANG, last=PAIFANG + 999)

    assert "王秀英 · 王秀瑛" in desk.get("/desk/duplicates").text


def test_a_person_in_two_counties_is_for_somebody_above_both(transactional_db: None) -> None:
    here, there = 320115006008000, 320116006001000
    merges = ALL | {"registry.merge"}
    birth = date(1962, 3, 8)
    for area in (here, there):
        with at_desk(clerk(area)) as by:
            registered(by, "王秀英", 24, birth)
    city = clerk(320100000000000, level=2, capabilities=merges)
    with applied(Scope.everything()):
        actions.find_duplicates(by=Viewer.system("registry"), at=AT, area=0, lo=0, hi=LARGEST)

    for area in (here, there):
        with at_desk(clerk(area // 10**9 * 10**9, level=3, capabilities=merges)) as by:
            assert pairs(by) == []
            assert beyond(by) == 1, "that there is one, and no more"
            row = DuplicatePair.objects.get()
            with pytest.raises(NotFound):
                pair_for(by, row.pk)
    with at_desk(city) as by:
        (one,) = pairs(by)
        assert {one.left.area, one.right.area} == {here, there}
        assert beyond(by) == 0
        actions.tell_apart(by=by, at=AT, pair=one.pair, reason="号码登错")
        assert pairs(by) == []
    with at_desk(clerk(there // 10**9 * 10**9, level=3, capabilities=merges)) as by:
        assert beyond(by) == 0
    with applied(Scope.everything()):
        actions.find_duplicates(by=Viewer.system("registry"), at=AT, area=0, lo=0, hi=LARGEST)
        assert set(DuplicatePair.objects.values_list("state", flat=True)) == {"different"}, "what was judged stays"
