"""Thousands of people at once and whole areas in parts: the same lists as one by one."""

from datetime import date, timedelta

import pytest

from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.registry.actions.bulk import FactRow, NewFact, NewHousehold, NewPerson, bulk_register
from liren.registry.actions.memberships import recount, recount_people, recounting, refresh
from liren.registry.enums import FactKind
from liren.registry.models import CategoryMembership, Fact
from liren.registry.queries.evaluating import concerned
from liren.registry.tests.desk import AT, TODAY
from liren.registry.tests.test_memberships import VILLAGE, figures, members


def settled(families: int, *, parents: int = VILLAGE) -> dict[str, int]:
    """Bring families of father, mother, child and grandmother in past the house, as a register is taken over; return their ids.

    ``parents`` is the community that keeps the parents' files.
    """
    people: list[NewPerson] = []
    for n in range(families):
        born = {"father": 1980, "mother": 1982, "child": 2009 + n % 12, "grandmother": 1930 + n % 37}
        for who, year in born.items():
            facts: list[NewFact] = []
            if who == "child":
                for parent in ("father", "mother"):
                    facts.append(
                        NewFact(
                            kind=FactKind.RELATION, code="parent", valid_from=date(2020, 1, 1), other=f"{n}{parent}"
                        )
                    )
            elif who == "father" or (who == "mother" and n % 3):
                facts.append(NewFact(kind=FactKind.AWAY, code="work", valid_from=date(2026, 1 + n % 8, 1 + n % 27)))
            home = f"h{n}"
            if who == "grandmother":  # with the child, alone, or two of them together
                home = {1: f"alone{n}", 2: f"together{n // 8}"}.get(n % 4, home)
            people.append(
                NewPerson(
                    ref=f"{n}{who}", area=parents if who in {"father", "mother"} else VILLAGE, name=f"单{n}", sex="1" if who in {"father", "child"} else "2", facts=facts,
                    birth_on=date(year, 2, 1 + n % 28), household=home, relation="02", since=date(2010, 1, 1),
                )
            )  # fmt: skip
    homes = sorted({one.household for one in people if one.household})
    return bulk_register(
        people,
        [NewHousehold(ref=home, area=VILLAGE, address=home, number=home) for home in homes],
        at=AT,
        recorded_by="导入",
    ).people


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_many_people_worked_out_in_one_pass_are_on_the_lists_on_which_each_would_be_kept() -> None:
    people = settled(60)

    assert recount_people(people.values(), at=AT) == 240

    with applied(Scope.everything()):
        assert refresh(people.values(), at=AT).rows == []
    run = recount(lo=VILLAGE, hi=VILLAGE + 999, level=5, at=AT, prove=True)
    assert (run.differences, run.is_proof) == (0, True)
    listed = {
        code: members(code) for code in ("left-behind-child", "elder-80", "living-alone-elder", "empty-nest-elder")
    }
    assert all(listed.values()), "each rule has somebody"
    assert {code: figures(code, TODAY) for code in listed} == {code: len(found) for code, found in listed.items()}


@pytest.mark.django_db
def test_a_line_that_no_rule_reads_concerns_nobody() -> None:
    def told(kind: str, code: str, subject: int, other: int | None = None) -> FactRow:
        return FactRow(subject, VILLAGE, subject, kind, TODAY, code=code, other=other)

    with applied(Scope.everything()):
        assert concerned([told("relation", "grandparent", 1, 2), told("relation", "sibling", 3, 4)]) == set()
        assert concerned([told("relation", "parent", 1, 2), told("relation", "child", 3, 4)]) == {1, 2, 3, 4}
        assert concerned([told("death", "", 5), told("member", "20", 6), told("marriage", "20", 7, 8)]) == {5, 6, 7, 8}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_many_changed_facts_reach_the_lists_of_kin_and_their_counts() -> None:
    people = settled(210)
    recount_people(people.values(), at=AT)
    before = members("left-behind-child")
    fathers = [pk for ref, pk in people.items() if ref.endswith("father")]
    with applied(Scope.everything(), "owner"):
        Fact.objects.using("owner").filter(subject__in=fathers, kind="away").update(valid_until=TODAY)

    recount_people(fathers, at=AT)

    assert before
    assert members("left-behind-child") == set()
    assert members("left-behind-child", TODAY - timedelta(days=1)) == before
    assert figures("left-behind-child", TODAY) == 0
    assert recount(lo=VILLAGE, hi=VILLAGE + 999, level=5, at=AT, prove=True).differences == 0


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_parts_of_an_area_that_are_worked_out_side_by_side_know_kin_and_house_mates_of_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = settled(60, parents=VILLAGE + 1000)
    recount_people(people.values(), at=AT)
    monkeypatch.setattr(recounting, "PART", 1)
    township = VILLAGE // 10**6 * 10**6

    run = recount(lo=township, hi=township + 999_999, level=4, at=AT, prove=True)

    assert (run.is_proof, run.people, run.differences) == (True, 240, 0)
    assert members("left-behind-child")
    with applied(Scope.everything()):
        kept = CategoryMembership.objects.filter(withdrawn_at=None).count()
        CategoryMembership.objects.filter(category="left-behind-child").update(valid_until=TODAY)
    assert run.members == kept

    run = recount(lo=township, hi=township + 999_999, level=4, at=AT + timedelta(hours=1), prove=True)

    assert run.differences == len(members("left-behind-child")) > 0
