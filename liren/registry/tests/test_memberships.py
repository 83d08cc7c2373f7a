"""The lists follow the facts: at once, by the calendar, for any past day; and a recount from nothing says the same."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liren.base.codes import age_on
from liren.base.errors import Refusal
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.actions.memberships import recount, refresh
from liren.registry.models import CategoryCount, CategoryDifference, CategoryMembership, Fact, Person
from liren.registry.rules import standing
from liren.registry.rules.statements import Designation, Relation
from liren.registry.tests.desk import AT, TODAY, at_desk, clerk, registered

VILLAGE = 320115006205000
db = pytest.mark.django_db(transaction=True)


def members(code: str, on: date = TODAY) -> set[int]:
    """Return who is on a list on a day."""
    with applied(Scope.everything()):
        rows = CategoryMembership.objects.filter(category=code, withdrawn_at=None, valid_from__lte=on)
        return {row.subject for row in rows if row.valid_until is None or on < row.valid_until}


def periods(code: str, person: Person) -> list[tuple[date, date | None]]:
    with applied(Scope.everything()):
        rows = CategoryMembership.objects.filter(category=code, subject=person.pk, withdrawn_at=None)
        return sorted((row.valid_from, row.valid_until) for row in rows)


def figures(code: str, on: date) -> int:
    with applied(Scope.everything()):
        return sum(CategoryCount.objects.filter(category=code, day__lte=on).values_list("members", flat=True))


class Family:
    """Father, mother and child of one village household, at the desk of their community."""

    def __init__(self, by: Viewer, *, born: date = date(2017, 3, 2)) -> None:
        self.by = by
        self.father = registered(by, "单大伟", 1, date(1985, 1, 1), sex="1")
        self.mother = registered(by, "单秀英", 2, date(1987, 1, 1), sex="2")
        self.child = registered(by, "单小宝", 3, born, sex="1")
        for parent in (self.father, self.mother):
            actions.record(
                by=by, at=AT, person=self.child, statement=Relation("parent", other=parent.pk), since=date(2020, 1, 1)
            )
        actions.record(
            by=by, at=AT, person=self.father, statement=Relation("spouse", other=self.mother.pk), since=date(2020, 1, 1)
        )

    def away(self, person: Person, since: date, reason: str = "work") -> None:
        actions.record_away(by=self.by, at=AT, person=fresh(person), since=since, reason=reason)

    def back(self, person: Person, on: date) -> None:
        actions.record_returned(by=self.by, at=AT, person=fresh(person), on=on)


def fresh(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


# at once


@db
def test_a_child_is_left_behind_from_the_day_the_second_parent_leaves_until_one_comes_back() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2026, 2, 10))
        assert members("left-behind-child") == set()

        home.away(home.mother, date(2026, 5, 4))
        assert periods("left-behind-child", home.child) == [(date(2026, 5, 4), date(2033, 3, 2))]
        assert members("left-behind-child") == {home.child.pk}

        home.back(home.mother, date(2026, 8, 1))
        assert periods("left-behind-child", home.child) == [(date(2026, 5, 4), date(2026, 8, 1))]
    assert members("left-behind-child", date(2026, 7, 31)) == {home.child.pk}
    assert members("left-behind-child", date(2026, 8, 1)) == set()
    assert figures("left-behind-child", TODAY) == 0


@db
def test_one_parent_away_and_the_other_unable_leaves_a_child_behind_too() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2026, 2, 10))
        actions.record(
            by=by, at=AT, person=fresh(home.mother), statement=Designation("unable"), since=date(2026, 6, 1), authority="牌坊村委会"
        )  # fmt: skip

    assert periods("left-behind-child", home.child) == [(date(2026, 6, 1), date(2033, 3, 2))]
    with applied(Scope.everything()):
        told = CategoryMembership.objects.get(category="left-behind-child", withdrawn_at=None).evidence
    assert [(who, kind, code, since) for who, _whom, kind, code, since, _until in told] == [
        ("parent", "away", "work", "2026-02-10"),
        ("parent", "designation", "unable", "2026-06-01"),
    ]


@db
def test_a_correction_takes_somebody_off_the_list_as_if_never_on_it_and_the_withdrawn_row_stays_to_be_read() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2025, 2, 10))
        wrong = Fact.objects.get(subject=home.father.pk, kind="away")
        assert periods("left-behind-wife", home.mother) == [(date(2025, 8, 10), None)]

        actions.withdraw_fact(by=by, at=AT, fact=wrong, reason="记错了人")

        assert periods("left-behind-wife", home.mother) == []
        assert CategoryMembership.objects.filter(category="left-behind-wife").exclude(withdrawn_at=None).count() == 1


@db
def test_a_corrected_birthday_moves_the_end_of_a_membership() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2026, 2, 10))
        home.away(home.mother, date(2026, 2, 10))

        actions.correct_person(by=by, at=AT, person=fresh(home.child), birth_on=date(2012, 2, 29), reason="出生证明")

    assert periods("left-behind-child", home.child) == [(date(2026, 2, 10), date(2028, 2, 29))]


@db
def test_death_ends_every_membership_and_a_dead_parent_counts_as_unable() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2025, 2, 10))
        actions.record_death(by=by, at=AT, person=fresh(home.mother), on=date(2026, 3, 3), source="paper")

    assert periods("left-behind-wife", home.mother) == [(date(2025, 8, 10), date(2026, 3, 3))]
    assert periods("left-behind-child", home.child) == [(date(2026, 3, 3), date(2033, 3, 2))]


# by the calendar


@db
@pytest.mark.parametrize(
    ("born", "ends"),
    [
        (date(2012, 2, 29), date(2028, 2, 29)),
        (date(2011, 3, 1), date(2027, 3, 1)),
        (date(2016, 2, 29), date(2032, 2, 29)),
    ],
)
def test_the_last_day_on_the_list_is_the_day_before_the_sixteenth_birthday(born: date, ends: date) -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by, born=born)
        home.away(home.father, date(2026, 2, 10))
        home.away(home.mother, date(2026, 2, 10))

    assert periods("left-behind-child", home.child) == [(date(2026, 2, 10), ends)]
    assert (age_on(born, ends - timedelta(days=1)), age_on(born, ends)) == (15, 16)


@db
def test_somebody_born_on_29_february_turns_eighty_one_on_1_march_and_ninety_on_1_march_too() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        elder = registered(by, "单长根", 7, date(1936, 2, 29), sex="1")

    with applied(Scope.everything()):
        (row,) = CategoryMembership.objects.filter(subject=elder.pk, category="elder-90", withdrawn_at=None) or [None]
    assert row is not None
    assert row.valid_from == date(2026, 3, 1)
    assert (age_on(date(1936, 2, 29), date(2026, 2, 28)), age_on(date(1936, 2, 29), date(2026, 3, 1))) == (89, 90)


@db
def test_six_months_are_full_on_the_first_of_march_for_somebody_who_left_on_the_last_of_august() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2025, 8, 31))

    assert periods("left-behind-wife", home.mother) == [(date(2026, 3, 1), None)]


@db
def test_what_begins_in_the_coming_weeks_is_kept_already_and_shown_only_on_its_day() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2026, 3, 20))

    assert members("left-behind-wife", TODAY) == set()
    assert members("left-behind-wife", date(2026, 9, 19)) == set()
    assert members("left-behind-wife", date(2026, 9, 20)) == {home.mother.pk}
    assert (figures("left-behind-wife", date(2026, 9, 19)), figures("left-behind-wife", date(2026, 9, 20))) == (0, 1)


@db
def test_months_run_on_through_two_lines_that_meet() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2026, 1, 10))
        home.back(home.father, date(2026, 4, 10))
        home.away(home.father, date(2026, 4, 10), "business")

    assert periods("left-behind-wife", home.mother) == [(date(2026, 7, 10), None)]


# the same by a recount


DAYS = [date(2024, 1, 31), date(2025, 2, 28), date(2025, 8, 31), date(2026, 1, 15), date(2026, 3, 1), date(2026, 7, 30)]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["father", "mother", "child"]),
        st.sampled_from(["away", "back", "unable", "withdraw", "death", "residence", "disabled", "birth"]),
        st.sampled_from(DAYS),
    ),
    max_size=9,
)


@db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(born=st.sampled_from([date(2009, 12, 31), date(2010, 8, 31), date(2012, 2, 29), date(2019, 5, 5)]), steps=STEPS)
def test_what_was_kept_step_by_step_is_what_a_recount_finds_and_what_anybody_would_reckon(
    born: date, steps: list[tuple[str, str, date]]
) -> None:
    with at_desk(clerk(VILLAGE)) as by:
        for person in Person.objects.all():  # the number of another example is taken
            Person.objects.filter(pk=person.pk).update(id_blind=None, id_number=None)
        home = Family(by, born=born)
        for who, verb, day in steps:
            _do(home, fresh(getattr(home, who)), verb, day)

    run = recount(lo=VILLAGE, hi=VILLAGE + 999, level=5, at=AT, prove=True)

    with applied(Scope.everything()):
        assert (run.differences, list(CategoryDifference.objects.all())) == (0, [])
        by_hand, day = ByHand(home), date(2023, 12, 1)
        child, mother = periods("left-behind-child", home.child), periods("left-behind-wife", home.mother)
        while day < TODAY + timedelta(days=30):
            assert on(child, day) == by_hand.left_behind(day), day
            assert on(mother, day) == by_hand.wife(day), day
            day += timedelta(days=17)
        for code in ("left-behind-child", "left-behind-wife", "disabled", "child-in-difficulty"):
            assert figures(code, TODAY) == len(members(code, TODAY)), code


def _do(home: Family, person: Person, verb: str, day: date) -> None:
    at = AT
    try:
        if verb == "away":
            home.away(person, day)
        elif verb == "back":
            home.back(person, day)
        elif verb == "unable":
            actions.record(
                by=home.by, at=at, person=person, statement=Designation("unable"), since=day, authority="村委会"
            )
        elif verb == "death":
            actions.record_death(by=home.by, at=at, person=person, on=day, source="paper")
        elif verb == "residence":
            kind = "absent" if person.residence == "registered" else "registered"
            actions.record_residence(by=home.by, at=at, person=person, kind=kind, since=day)
        elif verb == "disabled":
            actions.record_disability(by=home.by, at=at, person=person, kind="4", degree="2", since=day)
        elif verb == "birth":
            actions.correct_person(
                by=home.by, at=at, person=person, birth_on=day.replace(year=day.year - 14), reason="更正"
            )
        else:
            line = Fact.objects.filter(subject=person.pk, kind="away").order_by("-id").first()
            if line is not None:
                actions.withdraw_fact(by=home.by, at=at, fact=line, reason="记错了")
    except Refusal:
        pass


class ByHand:
    """What the texts say of a family, reckoned by hand from its lines, which are read once."""

    def __init__(self, home: Family) -> None:
        self.father, self.mother, self.child = (fresh(one) for one in (home.father, home.mother, home.child))
        self.standing = {
            (one.pk, kind): list(standing(Fact.objects.filter(subject=one.pk, kind=kind)))
            for one in (self.father, self.mother, self.child)
            for kind in ("away", "residence", "designation")
        }

    def lines(self, person: Person, kind: str, day: date) -> list[Fact]:
        found = self.standing[person.pk, kind]
        return [
            line for line in found if line.valid_from <= day and (line.valid_until is None or day < line.valid_until)
        ]

    def is_dead(self, person: Person, day: date) -> bool:
        return person.deceased_on is not None and person.deceased_on <= day

    def works_away(self, person: Person, day: date) -> bool:
        return any(line.code in {"work", "business"} for line in self.lines(person, "away", day)[:1])

    def at_home(self, person: Person, day: date) -> bool:
        return [line.code for line in self.lines(person, "residence", day)[:1]] == ["registered"]

    def left_behind(self, day: date) -> bool:
        """Say by hand what 国发〔2016〕13号 says."""
        child = self.child
        assert child.birth_on is not None
        if self.is_dead(child, day) or not child.birth_on <= day or age_on(child.birth_on, day) >= 16:
            return False
        if not self.at_home(child, day):
            return False
        parents = (self.father, self.mother)
        unable = [
            self.is_dead(one, day) or any(line.code == "unable" for line in self.lines(one, "designation", day))
            for one in parents
        ]
        away = [self.works_away(one, day) for one in parents]
        return any(away) and all(one or other for one, other in zip(away, unable, strict=True))

    def wife(self, day: date) -> bool:
        """Say by hand what 民发〔2019〕86号 says."""
        mother = self.mother
        if (
            self.is_dead(mother, day)
            or mother.birth_on is None
            or mother.birth_on > day
            or not self.at_home(mother, day)
            or self.lines(mother, "away", day)
        ):
            return False
        first = day
        while self.works_away(self.father, first - timedelta(days=1)) and (day - first).days < 400:
            first -= timedelta(days=1)
        months = (day.year - first.year) * 12 + day.month - first.month - (day.day < first.day)
        return self.works_away(self.father, day) and months >= 6


def on(kept: list[tuple[date, date | None]], day: date) -> bool:
    """Say whether a day lies in one of the periods."""
    return any(first <= day and (end is None or day < end) for first, end in kept)


@db
def test_a_recount_finds_what_was_written_past_the_house_and_puts_it_right_and_on_record() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2025, 2, 10))
    assert recount(lo=VILLAGE, hi=VILLAGE + 999, level=5, at=AT, prove=True).differences == 0
    with applied(Scope.everything()):
        CategoryMembership.objects.filter(category="left-behind-wife").update(valid_from=date(2025, 9, 9))

    run = recount(lo=VILLAGE, hi=VILLAGE + 999, level=5, at=AT + timedelta(hours=1), prove=True)

    assert run.differences == 1
    assert periods("left-behind-wife", home.mother) == [(date(2025, 8, 10), None)]
    with applied(Scope.everything()):
        (found,) = CategoryDifference.objects.all()
    assert (found.subject, found.category) == (home.mother.pk, "left-behind-wife")
    assert found.kept is not None
    assert found.counted is not None
    assert (found.kept[0]["from"], found.counted[0]["from"]) == ("2025-09-09", "2025-08-10")


@db
def test_a_refresh_changes_nothing_the_second_time() -> None:
    with at_desk(clerk(VILLAGE)) as by:
        home = Family(by)
        home.away(home.father, date(2025, 2, 10))
        assert refresh([home.father.pk], at=AT).rows == []
