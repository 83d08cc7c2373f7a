"""Taking a whole list back: the registry says what it said before, unless somebody has built on the list since, and then it is told what."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from liren.base import clock
from liren.base.errors import Conflict
from liren.engines.cases.tests.world import applied as case_of
from liren.exchange.actions import batches, running
from liren.exchange.enums import BatchState
from liren.exchange.models import Batch, Row
from liren.exchange.tests.soundness import unsound
from liren.exchange.tests.world import (
    HEADS,
    brought_in,
    counted,
    fresh,
    looking,
    number_of,
    rows,
    somebody,
    staged,
    taken_in,
)
from liren.foundation.access.models import Account
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.models import (
    CategoryCount,
    CategoryMembership,
    Dwelling,
    Fact,
    Household,
    NameKey,
    Person,
    Phone,
    Stay,
)
from liren.registry.rules import standing
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, TIANRAN, acting, resident, staff

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = date(2026, 1, 1)
WIDE = [*HEADS, "婚姻状况", "居住情况", "残疾类别", "残疾等级", "是否外出", "认定类别", "待遇种类", "待遇金额（元）"]


@pytest.fixture
def clerk() -> Account:
    return staff(PAIFANG_CLERK)


def contents() -> dict[str, Any]:
    """Return what the registry says, by what it says: no ids, no journal, of lines only those that stand."""
    with looking():
        number = {one.pk: one.id_number or one.name for one in Person.objects.all()}
        door = {one.pk: one.address for one in Dwelling.objects.all()}
        home = {one.pk: (one.kind, one.number, one.address) for one in Household.objects.all()}
        lines: dict[int, list[Fact]] = {}
        for line in Fact.objects.all():
            lines.setdefault(line.subject, []).append(line)
        members: dict[tuple[Any, ...], int] = {}
        for area, category, size in CategoryCount.objects.filter(day__lte=clock.today()).values_list(
            "area", "category", "members"
        ):
            members[area, category] = members.get((area, category), 0) + size
        return {
            "people": sorted(
                (number[one.pk], one.area, one.name, one.sort_key, one.sex, str(one.birth_on), one.ethnicity, one.document, one.residence, str(one.away_since),
                 one.away_reason, str(home.get(one.household_id or 0)), one.relation, str(home.get(one.register_id or 0)), one.is_disabled, one.has_guardian,
                 str(one.deceased_on), str(one.state_changes_on)) for one in Person.objects.all()
            ),
            "lines": sorted(
                (number[pk], line.kind, line.code, str(line.valid_from), str(line.valid_until), str(home.get(line.household or 0)), number.get(line.other or 0, ""),
                 line.other_name, line.words, line.amount or 0, str(line.health), line.source, line.authority) for pk, theirs in lines.items() for line in standing(theirs)
            ),
            "phones": sorted((number[one.subject], one.number, one.is_main, one.source) for one in Phone.objects.all()),
            "keys": sorted((number[one.subject], one.key) for one in NameKey.objects.all()),
            "stays": sorted((number[one.subject], one.area, one.residence, str(one.valid_from), str(one.valid_until), one.began, one.ended) for one in Stay.objects.all()),
            "households": sorted((*home[one.pk], number.get(one.head or 0, ""), one.head_name, one.size, door.get(one.dwelling_id or 0, ""), str(one.closed_on)) for one in Household.objects.all()),
            "dwellings": sorted((one.address, one.door, one.source) for one in Dwelling.objects.all()),
            "lists": sorted((number[one.subject], one.category, str(one.valid_from), str(one.valid_until)) for one in CategoryMembership.objects.filter(withdrawn_at=None)),
            "counts": {key: size for key, size in members.items() if size},
        }  # fmt: skip


def known(clerk: Account) -> None:
    """Bring in whom the registry knows before: three families, one of them old."""
    old = {n: somebody(n, **{"身份证号": number_of(date(1930, 1, 1 + n), n)}) for n in range(6, 9)}
    table = [[*old.get(n, somebody(n)), "未婚", "户籍", "", "", "否", "", "", ""] for n in range(9)]
    brought_in(staged(taken_in(clerk, [WIDE, *table], as_of=BEFORE), clerk), clerk)


def every_verdict() -> list[list[Any]]:
    """Return a list with rows of every verdict: changed in all fields, new in old and in new households, the same, unsure, refused."""
    says = ["已婚", "人户分离", "肢体", "二级", "是", "低保", "低保金", "650"]
    return [
        WIDE,
        [*somebody(0, 民族="回族", 联系电话="15499990000"), *says],
        [*somebody(1, **{"户号": "B00001", "与户主关系": "户主", "家庭住址": "牌坊社区9组1幢101室"}), *says],
        [*somebody(2), "未婚", "户籍", "", "", "否", "", "", ""],
        [*somebody(3, "写错了"), *says],
        [*somebody(40, **{"户号": "A00002", "与户主关系": "其他"}), *says],
        [*somebody(42, **{"户号": "B00002", "与户主关系": "户主", "身份证号": number_of(date(1931, 5, 5), 42)}), *says],
        [*somebody(43, **{"户号": "B00002", "与户主关系": "妻"}), *says],
        [*somebody(44, 联系电话="12"), *says],
        [*somebody(45, 身份证号="3.20115E+17"), *says],
        [*somebody(46, 家庭住址="天然社区3组"), *says],
    ]  # fmt: skip


def come(clerk: Account) -> Batch:
    """Bring the list in and decide what it asks, each in another way."""
    batch = brought_in(staged(taken_in(clerk, every_verdict(), source="shared"), clerk, size=4), clerk)
    for place, row in enumerate(one for one in rows(batch) if one.verdict == "unsure"):
        answer = ("take", "new", "back")[place % 3] if row.person is None else "take"
        answer = "new" if row.person is None and answer == "take" else answer
        with acting(clerk) as by:
            batches.decide_rows(by=by, at=clock.now(), batch=fresh(batch), rows=[row.pk], answer=answer)
    return brought_in(batch, clerk)


def undone(batch: Batch, clerk: Account) -> None:
    with acting(clerk) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")
    assert running.run_undoing(batch.pk) == BatchState.UNDONE, fresh(batch).problem


def test_a_list_with_every_verdict_is_taken_back_without_a_trace(clerk: Account) -> None:
    known(clerk)
    before = contents()
    batch = come(clerk)
    assert {row.verdict for row in rows(batch)} == {"new", "changed", "unsure", "same", "refused"}
    assert counted(batch).queued == 0
    during = contents()
    assert [name for name in before if during[name] == before[name]] == [], (
        "the list has changed everything that can be changed"
    )
    assert unsound() == []

    undone(batch, clerk)

    after = contents()
    assert {name: (before[name], after[name]) for name in before if after[name] != before[name]} == {}
    assert unsound() == []
    assert fresh(batch).problem == ""


def test_lists_are_taken_back_in_the_order_in_which_they_lie_on_each_other(clerk: Account) -> None:
    empty = contents()
    known(clerk)
    with looking():
        first = Batch.objects.get()
    before = contents()
    second = come(clerk)

    with acting(clerk) as by, pytest.raises(Conflict, match="后来的导入写过这些档案：“户籍台账”"):
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(first), reason="导错了表")
    undone(second, clerk)
    assert contents() == before
    undone(first, clerk)

    assert contents() == empty
    assert unsound() == []
    with looking():
        assert not Fact.objects.exists()


Building = Callable[[Viewer, Any], Any]


def who(serial: int) -> Person:
    return Person.objects.get(id_blind=somebody(serial)[2])


def a_newer_line(by: Viewer, at: Any) -> str:
    actions.record_residence(by=by, at=at, person=who(2), kind="absent", since=date(2026, 8, 1))
    return "1 份档案有了新的记录（刘明国）" if who(2).name == "刘明国" else f"1 份档案有了新的记录（{who(2).name}）"


def a_corrected_name(by: Viewer, at: Any) -> str:
    actions.correct_person(by=by, at=at, person=who(2), name="王改名", reason="身份证上的名字")
    return "1 份档案更正过（王改名）"


def another_phone(by: Viewer, at: Any) -> str:
    actions.set_phone(by=by, at=at, person=who(2), number="15477777777")
    return "1 份档案更正过"


def a_move(by: Viewer, at: Any) -> str:
    actions.propose_move(
        by=by, at=at, person=who(2), area=TIANRAN, on=clock.today(), residence="registered", reason="搬家"
    )
    return "1 份档案转走了，或正等着别处接收"


def a_merge(by: Viewer, at: Any) -> str:
    twin = actions.register_person(by=by, at=at, area=PAIFANG, name=who(2).name)
    actions.merge_persons(by=by, at=at, kept=who(2), gone=twin, reason="同一个人")
    return "1 份档案合并过"


def a_birth_in_the_family(by: Viewer, at: Any) -> str:
    child = actions.register_person(
        by=by, at=at, area=PAIFANG, name="王小宝", sex="1", birth_on=date(2026, 8, 1), how="born"
    )
    home = Household.objects.get(pk=who(0).household_id)
    actions.join_household(by=by, at=at, person=child, household=home, relation="97", since=date(2026, 8, 1))
    return "1 户有人迁入，或改过"


def an_address(by: Viewer, at: Any) -> str:
    home = Household.objects.get(pk=who(0).household_id)
    actions.correct_household(by=by, at=at, household=home, address="牌坊社区8组8号", reason="写错了")
    return "1 户有人迁入，或改过"


def a_ward(by: Viewer, at: Any) -> str:
    ward = actions.register_person(by=by, at=at, area=PAIFANG, name="王小宝", birth_on=date(2020, 8, 1))
    actions.name_guardian(by=by, at=at, person=ward, relation="kin", since=date(2026, 8, 1), guardian=who(2).pk)
    return "1 个人写进了别人的档案"


@pytest.mark.parametrize(
    "build", [a_newer_line, a_corrected_name, another_phone, a_move, a_merge, a_birth_in_the_family, an_address, a_ward]
)
def test_what_somebody_has_built_on_a_list_is_named_and_stands_against_taking_it_back(
    clerk: Account, build: Building
) -> None:
    batch = brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(3))]), clerk), clerk)
    assert batch.state == BatchState.APPLIED
    with acting(clerk) as by:
        told = build(by, clock.now())
    stands = contents()

    with acting(clerk) as by, pytest.raises(Conflict) as refusal:
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")

    assert told in refusal.value.message
    assert contents() == stands


def test_a_case_an_account_and_another_list_stand_against_it_too(clerk: Account) -> None:
    batch = brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(3))]), clerk), clerk)
    with looking():
        person = who(2)
    case_of(resident("+8615490000009", person.name, person_id=person.pk))
    later = staged(taken_in(clerk, [HEADS, somebody(0, 联系电话="15499990000")], title="残疾人名单"), clerk)
    brought_in(later, clerk)

    with acting(clerk) as by, pytest.raises(Conflict) as refusal:
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")

    for told in ("1 个人有了办件或申请", "1 个人关联了账号", "后来的导入写过这些档案：“残疾人名单”"):
        assert told in refusal.value.message


def test_who_builds_while_a_list_is_taken_back_keeps_the_file_and_is_told_of(clerk: Account) -> None:
    batch = brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(6))]), clerk, size=3), clerk)
    with acting(clerk) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")
    with looking():
        first, _second = batch.parts.order_by("number")
    running.undo_one(first.pk)
    with acting(clerk) as by:
        actions.record_away(by=by, at=clock.now(), person=who(4), since=date(2026, 2, 1))

    assert running.run_undoing(batch.pk) == BatchState.UNDONE

    assert "1 份档案" in fresh(batch).problem
    with looking():
        assert set(Person.objects.values_list("name", flat=True)) == {somebody(4)[0]}
        assert Fact.objects.filter(kind="away").count() == 1
    assert unsound() == []


def test_a_list_whose_rows_are_kept_no_more_is_not_taken_back_in_name_only(clerk: Account) -> None:
    batch = brought_in(staged(taken_in(clerk, [HEADS, somebody(2)]), clerk), clerk)
    with looking():
        Row.objects.filter(batch=batch.pk).delete()

    with acting(clerk) as by, pytest.raises(Conflict, match="过了保存的日子"):
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")


def test_a_list_that_was_stopped_half_way_goes_on_or_is_taken_back(clerk: Account) -> None:
    before = contents()
    batch = staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(9))]), clerk, size=3)
    with acting(clerk) as by:
        batches.begin_applying(by=by, at=clock.now(), batch=batch)
    with acting(clerk) as by, pytest.raises(Conflict, match="正在处理"):
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")
    with looking():
        running_part = batch.parts.order_by("number")[1]
    running.apply_one(running_part.pk)
    with acting(clerk) as by:
        batches.ask_to_stop(by=by, at=clock.now(), batch=fresh(batch))

    assert running.run_applying(batch.pk) == BatchState.STAGED
    assert (counted(batch).applied, counted(batch).ready) == (3, 6)
    with acting(clerk) as by, pytest.raises(Conflict, match="先整批撤销"):
        batches.set_aside(by=by, at=clock.now(), batch=fresh(batch))
    undone(batch, clerk)

    assert contents() == before
    assert fresh(batch).state == BatchState.UNDONE


def test_two_who_press_at_once_begin_one_thing(clerk: Account) -> None:
    batch = brought_in(staged(taken_in(clerk, [HEADS, somebody(2)]), clerk), clerk)
    read_before = fresh(batch)
    with acting(clerk) as by:
        batches.begin_applying(by=by, at=clock.now(), batch=fresh(batch))

    with acting(clerk) as by, pytest.raises(Conflict, match="别人刚刚"):
        batches.begin_undoing(by=by, at=clock.now(), batch=read_before, reason="导错了表")
