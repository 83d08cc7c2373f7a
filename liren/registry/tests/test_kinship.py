"""What each member is to the head tells who is whose parent, spouse and sibling: what is certain, and nothing else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.foundation.access.actions import actor
from liren.registry import actions
from liren.registry.models import Fact, Person
from liren.registry.rules.kinship import (
    CHILDREN,
    HEADS,
    INVERSE,
    MOST_MEMBERS,
    Kin,
    Member,
    relations,
    settled,
)
from liren.registry.rules.statements import Marriage, Relation
from liren.registry.tests.desk import AT, PAIFANG, at_desk, clerk, registered

BORN = {
    "02": 1970,
    "11": 1970,
    "12": 1971,
    "51": 1943,
    "52": 1944,
    "55": 1945,
    "56": 1946,
    "28": 1994,
    "38": 1994,
    "61": 1915,
    "71": 1966,
}


def home(*relations_: str) -> list[Member]:
    """Return a household: members numbered from 1 in the order in which their relations are given."""
    found = []
    for person, relation in enumerate(relations_, 1):
        year = BORN.get(relation, 2018 if relation.startswith("4") else 1993 + person)
        sex = "2" if relation in {"12", "52", "56", "30", "31", "32", "33", "38", "42", "44"} else "1"
        found.append(Member(person, relation, sex, date(year, 5, 1)))
    return found


def said(*members: str, vouched: bool = False) -> set[tuple[int, str, int]]:
    return {(one.person, str(one.code), one.other) for one in relations(home(*members), vouched=vouched)}


def test_a_child_of_the_head_has_the_head_for_a_parent_and_the_spouse_only_where_that_is_certain() -> None:
    assert said("02", "12", "20") == {(2, "spouse", 1), (3, "parent", 1)}
    assert said("02", "12", "20", vouched=True) == {(2, "spouse", 1), (3, "parent", 1), (3, "parent", 2)}
    first = [Member(1, "02", "1", date(1970, 1, 1), is_first_marriage=True), *home("02", "12", "20")[1:]]
    assert Kin(3, "parent", 2) in relations(first)
    named = home("02", "12", "20")
    named[2] = Member(3, "20", "1", date(1996, 1, 1), named=frozenset({2}))
    assert Kin(3, "parent", 2) in relations(named)


def test_children_of_one_head_are_siblings_and_the_heads_parents_are_their_grandparents() -> None:
    assert said("02", "20", "32", "51") == {
        (2, "parent", 1), (3, "parent", 1), (3, "sibling", 2), (1, "parent", 4), (2, "grandparent", 4), (3, "grandparent", 4)
    }  # fmt: skip


def test_parents_in_law_are_the_parents_of_the_only_spouse() -> None:
    assert said("02", "12", "55", "56") == {(2, "spouse", 1), (2, "parent", 3), (2, "parent", 4)}
    assert said("02", "55") == set()


def test_a_grandchild_comes_from_an_only_child_and_else_from_nobody_in_particular() -> None:
    assert said("02", "20", "38", "41") == {(2, "parent", 1), (4, "grandparent", 1)}
    assert said("02", "21", "38", "41") == {(2, "parent", 1), (4, "grandparent", 1), (4, "parent", 2), (3, "spouse", 2)}
    assert said("02", "20", "38", "41", vouched=True) == {
        (2, "parent", 1), (4, "grandparent", 1), (4, "parent", 2), (3, "spouse", 2), (4, "parent", 3)
    }  # fmt: skip
    assert (4, "parent", 2) not in said("02", "20", "23", "41", vouched=True)  # one of two sons
    assert (3, "parent", 2) not in said("02", "20", "43", vouched=True)  # a daughter's son


@pytest.mark.parametrize("relation", ["27", "37", "29", "39", "57", "58", "72", "97", "99", ""])
def test_what_a_code_leaves_open_is_not_told(relation: str) -> None:
    assert said("02", relation) == set()


def test_a_household_without_one_head_or_with_too_many_members_tells_nothing() -> None:
    assert said("12", "20") == said("02", "02", "20") == set()
    assert said("02", *["20"] * MOST_MEMBERS) == set()
    assert said("02", "12", "12") == set()  # nobody has two


def test_ages_that_contradict_a_code_are_believed() -> None:
    father = Member(2, "51", "1", date(1969, 1, 1))
    assert relations([Member(1, "02", "1", date(1970, 1, 1)), father]) == []


def test_what_is_held_is_not_said_again_in_either_direction() -> None:
    told = [Kin(3, "parent", 1), Kin(2, "spouse", 1)]

    fresh, clashes = settled(told, [(7, Kin(1, "child", 3)), (8, Kin(1, "spouse", 2))], {})

    assert (fresh, clashes) == ([], [])


def test_another_father_another_spouse_and_another_relation_are_contradictions() -> None:
    sexes = {1: "1", 2: "2", 9: "1"}

    fresh, clashes = settled([Kin(3, "parent", 1), Kin(3, "parent", 2)], [(7, Kin(3, "parent", 9))], sexes)
    assert fresh == [Kin(3, "parent", 2)]
    assert [(one.told, one.line, one.held) for one in clashes] == [(Kin(3, "parent", 1), 7, Kin(3, "parent", 9))]
    assert [one.line for one in settled([Kin(2, "spouse", 1)], [(8, Kin(9, "spouse", 1))], sexes)[1]] == [8]
    assert [one.line for one in settled([Kin(2, "spouse", 1)], [(8, Kin(2, "sibling", 1))], sexes)[1]] == [8]
    assert settled([Kin(2, "spouse", 1)], [(8, Kin(2, "other", 1)), (9, Kin(2, "carer", 1))], sexes)[0] == [
        Kin(2, "spouse", 1)
    ]


CODES = [
    "02",
    "12",
    "20",
    "21",
    "23",
    "27",
    "28",
    "30",
    "31",
    "38",
    "41",
    "42",
    "43",
    "51",
    "52",
    "55",
    "61",
    "71",
    "77",
    "97",
    "99",
    "",
]
BIRTHS = st.none() | st.dates(date(1920, 1, 1), date(2026, 1, 1))
HOMES = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from("012"), BIRTHS, st.booleans()), min_size=0, max_size=12
).map(lambda rows: [Member(n, code, sex, birth, first) for n, (code, sex, birth, first) in enumerate(rows)])


@given(HOMES, st.booleans())
def test_each_pair_is_told_once_between_two_members_and_whoever_is_older_comes_first(
    members: list[Member], vouched: bool
) -> None:
    told = relations(members, vouched=vouched)

    by = {one.person: one for one in members}
    pairs = [frozenset({one.person, one.other}) for one in told]
    assert len(set(pairs)) == len(pairs)
    assert all(len(pair) == 2 and pair <= set(by) for pair in pairs)
    for one in told:
        younger, elder = by[one.person].birth_on, by[one.other].birth_on
        if one.code in {"parent", "grandparent"} and younger and elder:
            assert elder.year < younger.year
    assert told == relations(list(reversed(members)), vouched=vouched)


@given(HOMES)
def test_what_is_certain_stays_so_when_somebody_vouches_for_more(members: list[Member]) -> None:
    assert set(relations(members)) <= set(relations(members, vouched=True))


@given(HOMES, st.booleans())
def test_nobody_gets_more_parents_than_there_are(members: list[Member], vouched: bool) -> None:
    told = relations(members, vouched=vouched)
    sexes = {one.person: one.sex for one in members}

    fresh, clashes = settled(told, [], sexes)

    assert clashes == []
    for one in members:
        parents = [kin.other for kin in fresh if kin.person == one.person and kin.code == "parent"]
        assert len(parents) <= 2
        assert (
            len(parents) < 2 or "0" in (sexes[parents[0]], sexes[parents[1]]) or sexes[parents[0]] != sexes[parents[1]]
        )
        assert sum(kin.code == "spouse" and one.person in (kin.person, kin.other) for kin in fresh) <= 1
    again, clashes = settled(told, [(n, kin) for n, kin in enumerate(fresh, 1)], sexes)
    assert again == []


def test_a_relation_and_its_inverse_belong_together() -> None:
    assert all(INVERSE[INVERSE[code]] == code for code in INVERSE)
    assert not HEADS & CHILDREN


@pytest.mark.django_db(transaction=True)
def test_whoever_joins_a_household_at_the_desk_is_related_by_the_same_rule() -> None:
    with at_desk(clerk()) as by:
        father, mother, son = (
            registered(by, name, serial, born, sex=sex)
            for name, serial, born, sex in (
                ("张大伟", 1, date(1985, 1, 1), "1"), ("李秀英", 2, date(1987, 1, 1), "2"), ("张小宝", 3, date(2017, 1, 1), "1")
            )
        )  # fmt: skip
        actions.record(by=by, at=AT, person=father, statement=Marriage("21"), since=date(2012, 5, 1))
        actions.record(by=by, at=AT, person=son, statement=Relation("parent", other=mother.pk), since=date(2017, 1, 1))
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊社区1组1号")

        for person, relation in ((son, "20"), (mother, "12"), (father, "02")):
            actions.join_household(
                by=by,
                at=AT,
                person=Person.objects.get(pk=person.pk),
                household=home,
                relation=relation,
                since=date(2020, 1, 1),
            )

        told = Fact.objects.filter(kind="relation").order_by("pk")
        assert {(one.subject, one.code, one.other) for one in told} == {
            (son.pk, "parent", mother.pk), (mother.pk, "spouse", father.pk), (son.pk, "parent", father.pk)
        }  # fmt: skip
        assert {one.recorded_by for one in told} == {actor(by)}
