"""A household register alone fills the lists: who is whose parent follows from what each is to the head, and is taken back with it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from liren.base import clock
from liren.exchange.actions import batches, running
from liren.exchange.enums import Answer, BatchState, Verdict
from liren.exchange.models import Batch
from liren.exchange.tests.world import brought_in, counted, faults, fresh, looking, number_of, rows, staged, taken_in
from liren.foundation.access.models import Account
from liren.registry import actions
from liren.registry.actions.kinship import FEW
from liren.registry.actions.memberships import recount
from liren.registry.models import CategoryMembership, Fact, Person
from liren.registry.queries.categories import rule_by_key
from liren.registry.queries.lists import Listed
from liren.registry.queries.reasons import reason
from liren.registry.rules.statements import Relation
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, acting, staff

pytestmark = pytest.mark.django_db(transaction=True)
TOP = ["户号", "姓名", "性别", "与户主关系", "身份证号", "外出务工", "外出时间", "监护人", "监护人关系"]
AWAY = date(2026, 2, 15)


@pytest.fixture
def clerk() -> Account:
    return staff(PAIFANG_CLERK)


def line(house: str, name: str, sex: str, relation: str, born: int, serial: int, **more: Any) -> list[Any]:
    said = (
        dict(zip(TOP, [house, name, sex, relation, number_of(date(born, 3, 1), serial), "", "", "", ""], strict=True))
        | more
    )
    return list(said.values())


def grandparents(house: str = "H1", *, heir: str = "独生子") -> list[list[Any]]:
    """Return grandparents at home, parents away, a child with its guardian."""
    gone = {"外出务工": "是", "外出时间": AWAY}
    return [
        line(house, "单长根", "男", "户主", 1955, 11),
        line(house, "陈秀英", "女", "妻", 1957, 12),
        line(house, "单大伟", "男", heir, 1985, 13, **gone),
        line(house, "李红梅", "女", "儿媳", 1987, 14, **gone),
        line(house, "单小宝", "男", "孙子", 2017, 15, 监护人="单长根", 监护人关系="爷爷"),
    ]


def book(*lines: Sequence[Any]) -> list[Sequence[Any]]:
    return [["牌坊社区常住人口登记簿"], TOP, *lines]


def kin() -> set[tuple[str, str, str]]:
    """Return the relations that stand: who, is whose what, of which line."""
    with looking():
        names = dict(Person.objects.values_list("id", "name"))
        gone = set(Fact.objects.filter(replaces__isnull=False).values_list("replaces", flat=True))
        lines = [one for one in Fact.objects.filter(kind="relation", is_void=False) if one.pk not in gone]
        return {(names[one.subject], one.code, names[one.other or 0]) for one in lines}


def children_left() -> dict[str, str]:
    """Return who is on the list of children left behind today, with the reason in a sentence."""
    today = clock.today()
    with looking():
        found = {}
        for one in CategoryMembership.objects.filter(category="left-behind-child", withdrawn_at=None):
            person = Person.objects.get(pk=one.subject)
            rule = rule_by_key(one.rule)
            assert rule is not None
            told = Listed(
                subject=one.subject, area=one.area, category=one.category, rule=one.rule, valid_from=one.valid_from, valid_until=one.valid_until, evidence=one.evidence,
                name=person.name, sex=person.sex, birth_on=person.birth_on, deceased_on=None,
            )  # fmt: skip
            found[person.name] = reason(rule, told, today)
        return found


def vouched(batch: Batch, account: Account) -> Batch:
    """Let the keeper of a list vouch for its families."""
    with acting(account) as by:
        return batches.set_mapping(
            by=by, at=clock.now(), batch=batch, targets=batch.targets, words=batch.words, options=batch.options | {"families": True},
            authority=batch.authority, source=batch.source, as_of=batch.as_of,
        )  # fmt: skip


def test_a_household_register_with_parents_away_fills_the_list_of_children_left_behind(clerk: Account) -> None:
    batch = vouched(taken_in(clerk, book(*grandparents(heir="儿子"))), clerk)

    brought_in(staged(batch, clerk), clerk)

    assert kin() == {
        ("陈秀英", "spouse", "单长根"), ("单大伟", "parent", "单长根"), ("单大伟", "parent", "陈秀英"), ("李红梅", "spouse", "单大伟"),
        ("单小宝", "parent", "单大伟"), ("单小宝", "parent", "李红梅"), ("单小宝", "grandparent", "单长根"), ("单小宝", "grandparent", "陈秀英"),
    }  # fmt: skip
    age = clock.today().year - 2017 - (clock.today() < date(clock.today().year, 3, 1))
    assert children_left() == {"单小宝": f"父母均于 2026-02 起外出务工；年龄 {age} 岁；由祖父母、外祖父母照护"}
    with looking():
        told = Fact.objects.filter(kind="relation")
        assert {(one.recorded_by, one.authority, one.source) for one in told} == {
            (batch.mark, batch.authority, "imported")
        }
        assert {one.valid_from for one in told.filter(code="parent", person__name="单小宝")} == {date(2017, 3, 1)}


def test_only_what_is_certain_is_told_where_nobody_vouches(clerk: Account) -> None:
    brought_in(staged(taken_in(clerk, book(*grandparents("H1", heir="独生子"))), clerk), clerk)

    assert kin() == {
        ("陈秀英", "spouse", "单长根"), ("单大伟", "parent", "单长根"), ("李红梅", "spouse", "单大伟"), ("单小宝", "parent", "单大伟"),
        ("单小宝", "grandparent", "单长根"),
    }  # fmt: skip
    assert children_left() == {}


def test_a_first_marriage_in_the_list_makes_both_the_parents(clerk: Account) -> None:
    top = [*TOP, "婚姻状况"]
    gone = {"外出务工": "是", "外出时间": AWAY}
    table = [
        top,
        [*line("H2", "单大伟", "男", "户主", 1985, 13, **gone), "初婚"],
        [*line("H2", "李红梅", "女", "妻", 1987, 14, **gone), "初婚"],
        [*line("H2", "单小宝", "男", "长子", 2017, 15), "未婚"],
    ]

    brought_in(staged(taken_in(clerk, table), clerk), clerk)

    assert set(children_left()) == {"单小宝"}


def test_taken_back_with_the_list_nothing_of_it_is_left(clerk: Account) -> None:
    with acting(clerk) as by:
        father = actions.register_person(
            by=by, at=clock.now(), area=PAIFANG, name="单长根", number=number_of(date(1955, 3, 1), 11), since=date(2020, 1, 1)
        )  # fmt: skip
        child = actions.register_person(
            by=by, at=clock.now(), area=PAIFANG, name="单大伟", number=number_of(date(1985, 3, 1), 13), since=date(2020, 1, 1)
        )  # fmt: skip
    batch = brought_in(staged(vouched(taken_in(clerk, book(*grandparents())), clerk), clerk), clerk)
    assert ("单大伟", "parent", "单长根") in kin()

    with acting(clerk) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")
    assert running.run_undoing(batch.pk) == BatchState.UNDONE, fresh(batch).problem

    assert kin() == set()
    assert children_left() == {}
    with looking():
        assert set(Person.objects.values_list("pk", flat=True)) == {father.pk, child.pk}
        assert {one.recorded_by for one in Fact.objects.filter(kind="relation", is_void=True)} == {batch.undo_mark}


def test_a_second_list_says_nothing_again_and_tells_what_the_first_left_out(clerk: Account) -> None:
    first = brought_in(staged(taken_in(clerk, book(*grandparents())), clerk), clerk)
    before = kin()

    again = brought_in(staged(vouched(taken_in(clerk, book(*grandparents())), clerk), clerk), clerk)

    assert [row.verdict for row in rows(again)] == [Verdict.SAME] * 5
    assert kin() > before
    assert set(children_left()) == {"单小宝"}
    with looking():
        lines = Fact.objects.filter(kind="relation")
        pairs = [frozenset({one.subject, one.other}) for one in lines]
        assert len(set(pairs)) == len(pairs)
        assert lines.filter(recorded_by=first.mark).count() == len(before)


def test_of_many_households_only_those_are_told_of_that_do_not_hold_it_already(clerk: Account) -> None:
    names = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕"
    assert len(names) > FEW
    homes = {
        name: [
            line(f"H{n}", f"{name}长根", "男", "户主", 1955, 101 + 4 * n),
            line(f"H{n}", f"{name}秀英", "女", "妻", 1957, 102 + 4 * n),
            line(f"H{n}", f"{name}大伟", "男", "长子", 1985, 103 + 4 * n),
        ]
        for n, name in enumerate(names)
    }
    brought_in(staged(taken_in(clerk, book(*(one for home in homes.values() for one in home))), clerk), clerk)
    told = {(f"{name}秀英", "spouse", f"{name}长根") for name in names}
    told |= {(f"{name}大伟", "parent", f"{name}长根") for name in names}
    assert kin() == told

    homes["吴"].append(line(f"H{names.index('吴')}", "吴小妹", "女", "长女", 1988, 900))
    with looking():  # in another household a line no longer holds: what it said is told anew
        held = Fact.objects.get(kind="relation", subject=Person.objects.get(name="王秀英").pk)
    with acting(clerk) as by:
        actions.withdraw_fact(by=by, at=clock.now(), fact=held, reason="登记错了")
    again = brought_in(staged(taken_in(clerk, book(*(one for home in homes.values() for one in home))), clerk), clerk)

    assert kin() == told | {("吴小妹", "parent", "吴长根"), ("吴小妹", "sibling", "吴大伟")}
    with looking():
        assert Fact.objects.filter(kind="relation", recorded_by=again.mark).count() == 3


def test_what_contradicts_a_relation_goes_to_a_person_and_nothing_is_overwritten(clerk: Account) -> None:
    with acting(clerk) as by:
        man, child = (
            actions.register_person(
                by=by, at=clock.now(), area=PAIFANG, name=name, sex="1", number=number_of(date(born, 3, 1), serial), since=date(2020, 1, 1)
            )
            for name, born, serial in (("单大力", 1983, 21), ("单小宝", 2017, 15))
        )  # fmt: skip
        held = actions.record(
            by=by, at=clock.now(), person=child, statement=Relation("parent", other=man.pk), since=date(2020, 1, 1)
        )
    batch = staged(taken_in(clerk, book(*grandparents())), clerk)

    found = {row.name: row for row in rows(batch)}
    assert (found["单小宝"].verdict, faults(found["单小宝"])) == (Verdict.UNSURE, ["kin_differs"])
    (change,) = [one for one in found["单小宝"].changes or () if one["field"] == "relation"]
    assert (change["held"], change["offered"], change["way"]) == ("parent 单大力", "parent 单大伟", "ask")
    batch = brought_in(batch, clerk)
    assert counted(batch).queued == 1
    assert ("单小宝", "parent", "单大力") in kin()
    assert ("单小宝", "parent", "单大伟") not in kin()

    with acting(clerk) as by:
        batches.decide_rows(by=by, at=clock.now(), batch=fresh(batch), rows=[found["单小宝"].pk], answer=Answer.TAKE)
    brought_in(batch, clerk)

    assert ("单小宝", "parent", "单大伟") in kin()
    assert ("单小宝", "parent", "单大力") not in kin()
    with looking():
        assert Fact.objects.get(replaces=held.pk).is_void

    with acting(clerk) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")
    assert running.run_undoing(batch.pk) == BatchState.UNDONE, fresh(batch).problem
    assert kin() == {("单小宝", "parent", "单大力")}


@pytest.mark.parametrize("husband", ["单长根", "单大力"])
def test_a_head_who_is_found_only_by_weighing_is_no_other_husband(clerk: Account, husband: str) -> None:
    with acting(clerk) as by:
        man, other, wife, child = (
            actions.register_person(
                by=by, at=clock.now(), area=PAIFANG, name=name, sex=sex, number=number_of(date(born, 3, 1), serial), since=date(2020, 1, 1)
            )
            for name, sex, born, serial in (
                ("单长根", "1", 1955, 11), ("单大力", "1", 1955, 21), ("陈秀英", "2", 1957, 12), ("单大伟", "1", 1985, 13),
            )
        )  # fmt: skip
        told = {"单长根": man, "单大力": other}[husband]
        for person, kind in ((wife, "spouse"), (child, "parent")):
            actions.record(by=by, at=clock.now(), person=person, statement=Relation(kind, other=told.pk), since=date(2020, 1, 1))  # fmt: skip
    miscopied = [*line("H1", "单长根", "男", "户主", 1955, 11)]
    miscopied[4] = miscopied[4][:14] + "3" + miscopied[4][15:]
    table = book(
        miscopied, line("H1", "陈秀英", "女", "妻", 1957, 12), line("H1", "单大伟", "男", "独生子", 1985, 13),
    )  # fmt: skip

    batch = staged(taken_in(clerk, table), clerk)

    found = {row.name: row for row in rows(batch)}
    assert found["单长根"].person == man.pk
    asked = {name for name, row in found.items() if "kin_differs" in faults(row)}
    assert asked == (set() if husband == "单长根" else {"陈秀英", "单大伟"})
    assert counted(batch).queued == len(asked)
    brought_in(batch, clerk)
    assert {("陈秀英", "spouse", husband), ("单大伟", "parent", husband)} <= kin()


def test_the_recount_from_nothing_finds_the_same_lists(clerk: Account) -> None:
    brought_in(staged(vouched(taken_in(clerk, book(*grandparents())), clerk), clerk), clerk)

    with looking():
        run = recount(lo=320115 * 10**9, hi=320115 * 10**9 + 10**9 - 1, level=3, at=clock.now(), prove=True)

    assert run.differences == 0
