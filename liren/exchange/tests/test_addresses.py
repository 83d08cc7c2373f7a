"""Addresses as people write them lead to a community and a dwelling: one that fits is taken, a new door registered, a doubt asked about."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from liren.base import clock
from liren.base.errors import Refusal
from liren.exchange.actions import batches, running
from liren.exchange.enums import Answer, BatchState, Fault, Verdict
from liren.exchange.models import Batch, Home
from liren.exchange.rules.placing import Communities, Community
from liren.exchange.tests.world import HEADS, brought_in, faults, fresh, looking, rows, somebody, staged, taken_in
from liren.foundation.access.models import Account
from liren.foundation.places.rules import TOWNSHIP
from liren.registry import actions
from liren.registry.models import Dwelling, Household, Person
from liren.testing.cast import CIVIL_AFFAIRS, JIANGNING, PAIFANG, PAIFANG_CLERK, TIANRAN, acting, sign_in, staff

db = pytest.mark.django_db(transaction=True)
HOUTANG = 320115001205_000
PLACES = Communities(
    [Community(PAIFANG, "牌坊村委会"), Community(TIANRAN, "天然社区居委会"), Community(320115006201_000, "前进村委会")],
    [Community(HOUTANG, "后塘村委会"), Community(320115001206_000, "前进村委会")],
    above=["江苏省", "南京市", "江宁区"],
    townships=[("江宁街道", JIANGNING), ("东山街道", 320115001_000_000)],
    abroad=["安徽省", "滁州市", "来安县", "秦淮区"],
    units=[("前王村", PAIFANG), ("翠屏苑", TIANRAN), ("3组", PAIFANG)],
)


@pytest.mark.parametrize(
    ("named", "address", "area", "fault"),
    [
        ("牌坊社区", "", PAIFANG, None),
        ("", "江苏省南京市江宁区江宁街道牌坊村3组2号", PAIFANG, None),
        ("", "前王村12号", PAIFANG, None),
        ("", "翠屏苑3幢2单元501室", TIANRAN, None),
        ("", "安徽省滁州市来安县前王村3组", 0, Fault.ELSEWHERE),
        ("", "安徽省来安县牌坊村3组", 0, Fault.ELSEWHERE),
        ("牌坊", "安徽省来安县", PAIFANG, None),
        ("", "后塘花园3幢501室", 0, Fault.UNKNOWN_PLACE),
        ("", "南京市秦淮区夫子庙1号", 0, Fault.ELSEWHERE),
        ("", "安徽省滁州市来安县新安镇", 0, Fault.ELSEWHERE),
        ("", "江宁区东山街道大街5号", 0, Fault.ELSEWHERE),
        ("", "后塘村3组", 0, Fault.ELSEWHERE),
        ("", "江宁街道前进村3组", 320115006201_000, None),
        ("", "前进村3组", 320115006201_000, None),
        ("", "东山街道前进村3组", 0, Fault.ELSEWHERE),
        ("", "3组2号", 0, Fault.UNKNOWN_PLACE),
        ("没有这个村", "", 0, Fault.UNKNOWN_PLACE),
    ],
)
def test_an_address_leads_to_its_community_or_says_why_not(
    named: str, address: str, area: int, fault: Fault | None
) -> None:
    assert PLACES.resolve(named, address) == (area, fault)


def test_what_may_be_meant_is_told_beside_the_doubt() -> None:
    places = Communities([Community(PAIFANG, "前进村委会"), Community(TIANRAN, "前进社区居委会")])

    assert places.resolve("", "前进3组2号") == (0, Fault.UNKNOWN_PLACE)
    assert places.shown("", "前进3组2号") == "前进3组2号：前进村委会、前进社区居委会？"
    assert PLACES.shown("", "南京市秦淮区夫子庙1号") == "秦淮区"


@pytest.fixture
def clerk() -> Account:
    return staff(PAIFANG_CLERK)


def listed(serial: int, address: str, house: str = "", **more: Any) -> list[Any]:
    return somebody(serial, **{"家庭住址": address, "与户主关系": "户主", "户号": house or f"N{serial}"} | more)


def dwelling(clerk: Account, address: str, **more: Any) -> Dwelling:
    with acting(clerk) as by:
        return actions.add_dwelling(by=by, at=clock.now(), area=PAIFANG, address=address, **more)


def home_of(name: str) -> Household:
    return Household.objects.select_related("dwelling").get(head_name=name)


@db
def test_a_dwelling_that_fits_alone_is_taken_however_it_is_written(clerk: Account) -> None:
    house = dwelling(clerk, "牌坊3组2号")
    flat = dwelling(clerk, "翠屏苑3幢2单元501室", building="3幢", entrance="2单元", room="501室")
    table = [
        HEADS,
        listed(1, "江宁区江宁街道牌坊社区３组２号"),
        listed(2, "牌坊村三组2号"),
        listed(4, "翠屏苑3栋501"),
        listed(5, "３－２－５０１"),
    ]

    batch = brought_in(staged(taken_in(clerk, table), clerk), clerk)

    assert [(row.verdict, faults(row)) for row in rows(batch)] == [(Verdict.NEW, [])] * 4
    with looking():
        assert {home_of(line[0]).dwelling_id for line in table[1:3]} == {house.pk}
        assert {home_of(line[0]).dwelling_id for line in table[3:]} == {flat.pk}
        assert Dwelling.objects.count() == 2


@db
def test_a_door_nobody_has_registered_is_proposed_registered_once_and_taken_back(clerk: Account) -> None:
    table = [
        HEADS,
        listed(1, "牌坊5组7号", "A1"),
        listed(2, "牌坊社区五组7号", "A2"),
        listed(4, "翠屏苑6幢1单元302室", "A3"),
        listed(5, "牌坊社区", "A4"),
    ]
    batch = staged(taken_in(clerk, table), clerk, size=1)
    assert [faults(row, with_dwellings=True) for row in rows(batch)] == [
        ["new_dwelling"],
        ["new_dwelling"],
        ["new_dwelling"],
        [],
    ]
    with looking():
        assert not Dwelling.objects.exists()

    batch = brought_in(batch, clerk)

    with looking():
        made = {one.address: one for one in Dwelling.objects.all()}
        assert {(one.door, one.building, one.entrance, one.room, one.source, one.recorded_by) for one in made.values()} == {
            ("h/5/7", "", "", "", "imported", batch.mark), ("f/6/302", "6幢", "1单元", "302", "imported", batch.mark)
        }  # fmt: skip
        assert home_of(table[1][0]).dwelling_id == home_of(table[2][0]).dwelling_id
        assert home_of(table[4][0]).dwelling_id is None

    with acting(clerk) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")
    assert running.run_undoing(batch.pk) == BatchState.UNDONE, fresh(batch).problem
    with looking():
        assert not Dwelling.objects.exists()
        assert not Household.objects.exists()


@db
def test_several_dwellings_that_fit_stand_side_by_side_and_a_person_chooses(clerk: Account) -> None:
    one = dwelling(clerk, "翠屏苑3幢2单元501室", building="3幢", entrance="2单元", room="501室")
    other = dwelling(clerk, "百家湖花园3幢2单元501室", building="3幢", entrance="2单元", room="501室")
    batch = staged(taken_in(clerk, [HEADS, listed(1, "3幢2单元501室"), listed(2, "百家湖花园3号楼501")]), clerk)
    first, second = rows(batch)
    assert (first.verdict, faults(first)) == (Verdict.UNSURE, ["several_dwellings"])
    assert {(change["field"], change["line"]) for change in first.changes} == {
        ("dwelling", one.pk),
        ("dwelling", other.pk),
    }
    assert (second.verdict, faults(second)) == (Verdict.NEW, [])

    with acting(clerk) as by, pytest.raises(Refusal, match="列出的住房"):
        batches.decide_rows(
            by=by, at=clock.now(), batch=fresh(batch), rows=[first.pk], answer=Answer.TAKE, dwellings={first.pk: 7}
        )
    with acting(clerk) as by:
        batches.decide_rows(
            by=by, at=clock.now(), batch=fresh(batch), rows=[first.pk], answer=Answer.TAKE, dwellings={first.pk: one.pk}
        )
    brought_in(batch, clerk)

    with looking():
        assert home_of(first.name).dwelling_id == one.pk
        assert home_of(second.name).dwelling_id == other.pk


@db
def test_a_household_that_lives_somewhere_stays_there_and_one_that_lived_nowhere_is_settled_and_unsettled(
    clerk: Account,
) -> None:
    elsewhere = dwelling(clerk, "牌坊9组9号")
    table = [HEADS, listed(1, "牌坊", "B1"), listed(2, "牌坊", "B2")]
    brought_in(staged(taken_in(clerk, table), clerk), clerk)
    with acting(clerk) as by:
        actions.settle_household(by=by, at=clock.now(), household=home_of(table[1][0]), dwelling=elsewhere)

    batch = staged(
        taken_in(clerk, [HEADS, listed(1, "牌坊1组1号", "B1"), listed(2, "牌坊1组2号", "B2", 联系电话="15488888888")]),
        clerk,
    )
    batch = brought_in(batch, clerk)

    with looking():
        assert home_of(table[1][0]).dwelling_id == elsewhere.pk
        assert [one.address for one in Dwelling.objects.filter(households__head_name=table[2][0])] == ["牌坊1组2号"]
    with acting(clerk) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")
    assert running.run_undoing(batch.pk) == BatchState.UNDONE, fresh(batch).problem
    with looking():
        assert home_of(table[2][0]).dwelling_id is None
        assert set(Dwelling.objects.values_list("pk", flat=True)) == {elsewhere.pk}


def living_at(clerk: Account, address: str) -> tuple[list[Any], Dwelling]:
    """Return the line of somebody whose household has long lived at an address, as a worker saw on a visit."""
    home = dwelling(clerk, address)
    line = listed(1, "牌坊", "B1")
    brought_in(staged(taken_in(clerk, [HEADS, line]), clerk), clerk)
    with acting(clerk) as by:
        actions.settle_household(by=by, at=clock.now(), household=home_of(line[0]), dwelling=home)
    with looking():
        Household.objects.update(recorded_at=clock.now() - timedelta(days=900))
    return line, home


def moving(clerk: Account, source: str, address: str = "牌坊2组8号") -> Batch:
    return staged(taken_in(clerk, [HEADS, listed(1, address, "B1")], source=source), clerk)


@db
def test_a_household_moves_where_the_lists_word_counts_for_more_and_back_when_it_is_undone(clerk: Account) -> None:
    line, home = living_at(clerk, "牌坊9组9号")

    batch = moving(clerk, "paper")
    (row,) = rows(batch)
    (change,) = [one for one in row.changes if one["field"] == "dwelling"]
    assert (row.verdict, change["held"], change["offered"], change["way"]) == (
        Verdict.CHANGED,
        "牌坊9组9号",
        "牌坊2组8号",
        "take",
    )
    batch = brought_in(batch, clerk)

    with looking():
        assert home_of(line[0]).dwelling.address == "牌坊2组8号"  # type: ignore[union-attr]
    with acting(clerk) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=batch, reason="导错了表")
    assert running.run_undoing(batch.pk) == BatchState.UNDONE, fresh(batch).problem
    with looking():
        assert home_of(line[0]).dwelling_id == home.pk
        assert list(Dwelling.objects.values_list("pk", flat=True)) == [home.pk]


@db
@pytest.mark.parametrize(("answer", "address"), [(Answer.TAKE, "牌坊2组8号"), (Answer.KEEP, "牌坊9组9号")])
def test_where_no_rule_decides_a_person_says_where_a_household_lives(clerk: Account, answer: str, address: str) -> None:
    line, _home = living_at(clerk, "牌坊9组9号")
    batch = moving(clerk, "imported")
    (row,) = rows(batch)
    assert (row.verdict, faults(row)) == (Verdict.UNSURE, ["other_dwelling"])

    brought_in(batch, clerk)
    with looking():
        assert home_of(line[0]).dwelling.address == "牌坊9组9号", "nothing moves while it is asked"  # type: ignore[union-attr]
    with acting(clerk) as by:
        batches.decide_rows(by=by, at=clock.now(), batch=fresh(batch), rows=[row.pk], answer=answer)
    brought_in(batch, clerk)

    with looking():
        assert home_of(line[0]).dwelling.address == address  # type: ignore[union-attr]


@db
def test_the_two_addresses_stand_side_by_side_with_their_sources(clerk: Account, client: Client) -> None:
    living_at(clerk, "牌坊9组9号")
    batch = moving(clerk, "imported")
    sign_in(client, clerk)

    page = client.get(f"/desk/imports/{batch.pk}/rows", {"verdict": "unsure"}).text

    assert "档案里这一户住在别处" in page
    for words in ("牌坊9组9号", "牌坊2组8号", "入户走访", "要人决定"):
        assert words in page


@db
def test_an_address_written_otherwise_moves_nobody(clerk: Account) -> None:
    _line, home = living_at(clerk, "牌坊9组9号")

    batch = moving(clerk, "paper", "江苏省南京市江宁区江宁街道牌坊社区9组9号")

    assert [row.verdict for row in rows(batch)] == [Verdict.SAME]
    with looking():
        assert Home.objects.get(batch=batch.pk).dwelling is None
        assert list(Dwelling.objects.values_list("pk", flat=True)) == [home.pk]


@db
def test_rows_of_elsewhere_are_refused_by_the_words_of_their_address(clerk: Account) -> None:
    officer = staff(CIVIL_AFFAIRS)
    table = [
        HEADS,
        listed(1, "江宁区东山街道中前社区3组2号"),
        listed(2, "南京市秦淮区夫子庙街道1号"),
        listed(4, "江宁街道牌坊社区3组2号"),
    ]

    batch = staged(taken_in(officer, table, area=JIANGNING, level=TOWNSHIP), officer)

    found = rows(batch)
    assert [(row.verdict, faults(row)) for row in found[:2]] == [(Verdict.REFUSED, ["elsewhere"])] * 2
    assert [shown for _column, _fault, shown in found[1].faults] == ["秦淮区"]
    assert (found[2].area, faults(found[2], with_dwellings=True)) == (PAIFANG, ["new_dwelling"])
    with looking():
        assert Home.objects.filter(batch=batch.pk).count() == 1


@db
def test_a_register_elsewhere_makes_an_incomer_of_somebody_new(clerk: Account) -> None:
    heads = [*HEADS, "户籍地址"]
    table = [
        heads,
        [*listed(1, "牌坊1组1号"), "安徽省滁州市来安县"],
        [*listed(2, "牌坊1组2号"), "江宁区江宁街道牌坊社区1组2号"],
        [*listed(4, "牌坊1组3号"), ""],
    ]

    brought_in(staged(taken_in(clerk, table), clerk), clerk)

    with looking():
        assert [Person.objects.get(name=line[0]).residence for line in table[1:]] == [
            "incomer",
            "registered",
            "registered",
        ]
