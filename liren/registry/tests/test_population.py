"""The population ledger: whatever was recorded, a month's report is what a day-by-day recount of the lines gives (K8)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.models import JournalLine
from liren.foundation.access.rules import Seat, Viewer
from liren.registry import actions, queries
from liren.registry.actions.bulk import NewPerson, bulk_register
from liren.registry.models import Fact, Household, Move, Person, PersonMerge, Stay
from liren.registry.queries.population import counted_on, gone_since, ledger, month_of, months_back
from liren.registry.rules.stays import COUNTED
from liren.registry.tests.desk import ALL, AT, NEXT_DOOR, PAIFANG, TODAY, TOWNSHIP, at_desk, clerk, registered

FIRST = date(2026, 1, 1)
NEXT_COUNTY = 320116006001000
Day = dict[int, tuple[int, str, str]]


def township() -> Viewer:
    seat = Seat("head", "主任", 4, TOWNSHIP, "江宁街道", ALL)
    return Viewer(mode="staff", account_id=9, name="吴主任", seats=(seat,))


def above() -> Viewer:
    """Return somebody of the township who may put files together."""
    seat = Seat("head", "主任", 4, TOWNSHIP, "江宁街道", ALL | {"registry.merge"})
    return Viewer(mode="staff", account_id=8, name="吴主任", seats=(seat,))


def move(giver: int, taker: int, person: Person, on: date, **values: Any) -> Move:
    """Let one community propose and the other accept."""
    with at_desk(clerk(giver)) as by:
        found = queries.person_for(by, person.pk)
        kind = values.pop("residence", found.residence)
        made = actions.propose_move(
            by=by, at=AT, person=found, area=taker, on=on, residence=kind, reason="搬家", **values
        )
    with at_desk(clerk(taker)) as by:
        return actions.accept_move(by=by, at=AT, move=Move.objects.get(event=made.event))


# the recount


def lines_by_person() -> dict[int, list[Fact]]:
    found: dict[int, list[Fact]] = {}
    for line in Fact.objects.order_by("id"):
        found.setdefault(line.subject, []).append(line)
    return found


def reading(on: date, files: dict[int, list[Fact]], moves: list[Move], people: dict[int, Person]) -> Day:
    """Read all files for one day, the long way: person → community, kind, sex."""
    day: Day = {}
    for pk, lines in files.items():
        replaced = {line.replaces for line in lines}
        stand = [line for line in lines if line.pk not in replaced and not line.is_void]
        dead = any(line.kind == "death" and line.valid_from <= on for line in stand)
        lived = [
            line
            for line in stand
            if line.kind == "residence" and line.valid_from <= on and (line.valid_until or date.max) > on
        ]
        if dead or not lived:
            continue
        kind = max(lived, key=lambda line: (line.valid_from, line.pk)).code
        mine = sorted((one for one in moves if pk in one.people), key=lambda one: (one.on, one.pk))
        area = mine[0].area if mine else people[pk].area
        for one in mine:
            if one.on <= on:
                area = one.other_area
        if kind in COUNTED:
            day[pk] = (area, kind, people[pk].sex)
    return day


def recount(first: date, after: date) -> dict[tuple[int, str, str], Counter[str]]:
    """Recount a month from the lines by comparing each day with the day before."""
    with applied(Scope.everything()):
        files, people = lines_by_person(), {one.pk: one for one in Person.objects.all()}
        moves = list(Move.objects.filter(state="accepted", side="giving"))
    events: dict[tuple[int, str, str], Counter[str]] = {}

    def tell(group: tuple[int, str, str], what: str) -> None:
        events.setdefault(group, Counter())[what] += 1

    before = reading(first - timedelta(days=1), files, moves, people)
    for group in before.values():
        tell(group, "start")
    on = first
    while on < after:
        now = reading(on, files, moves, people)
        for pk in before.keys() | now.keys():
            was, is_ = before.get(pk), now.get(pk)
            if was == is_:
                continue
            if was and is_:
                tell(was, "changed_from" if was[0] == is_[0] else "handed_out")
                tell(is_, "changed_to" if was[0] == is_[0] else "handed_in")
            elif is_:
                tell(is_, "came")
            elif was:
                tell(was, "went")
        before, on = now, on + timedelta(days=1)
    for group in before.values():
        tell(group, "end")
    return events


def report(first: date, after: date) -> dict[tuple[int, str, str], Counter[str]]:
    with at_desk(township()) as by:
        found = ledger(by, first, after)
    told: dict[tuple[int, str, str], Counter[str]] = {}
    for place in found.places:
        for (kind, sex), flow in place.groups.items():
            told[place.area, kind, sex] = +Counter(
                {
                    "start": flow.start,
                    "came": flow.born + flow.moved_in + flow.listed,
                    "went": flow.died + flow.moved_out + flow.struck,
                    "handed_in": flow.handed_in,
                    "handed_out": flow.handed_out,
                    "changed_to": flow.changed_to,
                    "changed_from": flow.changed_from,
                    "end": flow.end,
                }
            )
            assert flow.balances, (place.area, kind, sex, flow)
    assert found.sum.total().balances
    assert found.sum.total().end == sum(place.total().end for place in found.places)
    return {group: figures for group, figures in told.items() if figures}


class Life:
    """Things that happen to people of two communities, drawn by dice."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.people: dict[int, int] = {}  # person: the community that keeps the file
        self.serial = seed * 50
        self.merged: list[tuple[int, int, int]] = []  # the merge, the file that went, the community that kept it
        self.undone = 0

    def at(self, on: date) -> datetime:
        return datetime(on.year, on.month, on.day, 4, tzinfo=UTC)

    def happen(self, on: date) -> None:
        """Let one thing happen on a day, as a clerk would record it some days later."""
        verbs = [
            self.come, self.come, self.change, self.leave, self.back, self.die, self.go, self.put_right, self.merge, self.undo, self.list_in,
        ]  # fmt: skip
        verb = self.dice.choice(verbs if self.people else [self.come])
        with suppress(Refusal, Conflict, NotFound):  # it could not happen to this one on this day
            verb(on)

    def come(self, on: date) -> None:
        area = self.dice.choice((PAIFANG, NEXT_DOOR))
        self.serial += 1
        with at_desk(clerk(area)) as by:
            person = actions.register_person(
                by=by, at=AT, area=area, name="张" + "一二三四五六七八九"[self.serial % 9], sex=self.dice.choice("12"),
                birth_on=on if self.dice.random() < 0.3 else date(1980, 1, 1), since=on,
                how=self.dice.choice(("born", "moved-in", "listed")) if self.dice.random() < 0.9 else "listed",
                residence=self.dice.choice(("registered", "absent", "incomer", "overseas")),
            )  # fmt: skip
        self.people[person.pk] = area

    def one(self) -> tuple[int, int]:
        return self.dice.choice(list(self.people.items()))

    def change(self, on: date) -> None:
        pk, area = self.one()
        with at_desk(clerk(area)) as by:
            kind = self.dice.choice(("registered", "absent", "incomer", "gone"))
            actions.record_residence(by=by, at=AT, person=queries.person_for(by, pk), kind=kind, since=on)

    def leave(self, on: date) -> None:
        pk, area = self.one()
        with at_desk(clerk(area)) as by:
            actions.record_moved_out(by=by, at=AT, person=queries.person_for(by, pk), on=on, words="苏州")

    def back(self, on: date) -> None:
        pk, area = self.one()
        with at_desk(clerk(area)) as by:
            actions.record_moved_in(by=by, at=AT, person=queries.person_for(by, pk), on=on)

    def die(self, on: date) -> None:
        pk, area = self.one()
        with at_desk(clerk(area)) as by:
            actions.record_death(by=by, at=AT, person=queries.person_for(by, pk), on=on, source="paper")

    def go(self, on: date) -> None:
        pk, area = self.one()
        taker = NEXT_DOOR if area == PAIFANG else PAIFANG
        with at_desk(clerk(area)) as by:
            person = queries.person_for(by, pk)
        move(area, taker, person, on, residence=self.dice.choice(("registered", "incomer")))
        self.people[pk] = taker

    def merge(self, _on: date) -> None:
        """Put two files together that turn out to be of one person."""
        if len(self.people) < 3:
            return
        first, second = self.dice.sample(sorted(self.people), 2)
        with at_desk(above()) as by:
            kept, gone = queries.person_for(by, first), queries.person_for(by, second)
            made = actions.merge_persons(by=by, at=AT, kept=kept, gone=gone, reason="同一个人")
        self.merged.append((made.pk, second, self.people.pop(second)))

    def undo(self, _on: date) -> None:
        """Take a merge back."""
        if not self.merged:
            return
        pk, gone, area = self.merged[-1]
        with at_desk(above()) as by:
            actions.undo_merge(by=by, at=AT, merge=PersonMerge.objects.get(pk=pk), reason="不是同一个人")
        self.merged.pop()
        self.people[gone] = area
        self.undone += 1

    def list_in(self, on: date) -> None:
        """Take people over from a list, all at once."""
        area = self.dice.choice((PAIFANG, NEXT_DOOR))
        dead = on + timedelta(days=40) if self.dice.random() < 0.3 else None
        rows = [
            NewPerson(ref=ref, area=area, name="李二", sex=self.dice.choice("12"), birth_on=date(1950, 1, 1), since=on, deceased_on=died)
            for ref, died in (("a", None), ("b", dead))
        ]  # fmt: skip
        written = bulk_register(rows, [], at=AT, recorded_by="导入")
        self.people.update(dict.fromkeys(written.people.values(), area))

    def put_right(self, on: date) -> None:
        pk, area = self.one()
        with at_desk(clerk(area)) as by:
            lines = queries.person_facts(queries.person_for(by, pk))
            line = self.dice.choice([x for x in lines if x.kind in {"residence", "death", "moved", "birth"}])
            if self.dice.random() < 0.4:
                actions.withdraw_fact(by=by, at=AT, fact=line, reason="记错了人")
            else:
                actions.correct_fact(by=by, at=AT, fact=line, reason="日子不对", changes={"valid_from": on})


def months() -> Iterator[tuple[date, date]]:
    for first in months_back(TODAY, 9):
        yield month_of(first)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("seed", range(6))
def test_any_months_report_is_what_a_recount_of_the_lines_gives(seed: int) -> None:
    life = Life(seed)
    for _ in range(60):
        life.happen(FIRST + timedelta(days=life.dice.randint(0, 240)))
    assert life.merged or life.undone, "the dice have put files together"

    for first, after in months():
        assert report(first, after) == {group: +figures for group, figures in recount(first, after).items()}, first
    with applied(Scope.everything()):
        assert actions.recount_stays() == (0, len(life.people), 0), "the nightly proof finds nothing to put right"


# a move between communities


@pytest.mark.django_db(transaction=True)
def test_a_family_moves_when_the_other_side_accepts_and_not_before() -> None:
    with at_desk(clerk()) as by:
        father, child = registered(by, "张伟", 1), registered(by, "张小宝", 3, date(2015, 1, 1))
        actions.set_phone(by=by, at=AT, person=father, number="19912345678")
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊 1 号", number="P1")
        for who, relation in ((father, "02"), (child, "20")):
            actions.join_household(by=by, at=AT, person=who, household=home, relation=relation, since=date(2020, 1, 1))
        proposed = actions.propose_move(
            by=by, at=AT, person=father, people=[child.pk], area=NEXT_DOOR, on=date(2026, 6, 1), residence="registered",
            address="天然 9 号", reason="买了房",
        )  # fmt: skip
        assert queries.person_for(by, father.pk).area == PAIFANG
        with pytest.raises(Conflict):
            actions.accept_move(by=by, at=AT, move=proposed)
        with pytest.raises(Conflict):
            actions.propose_move(
                by=by, at=AT, person=child, area=NEXT_DOOR, on=TODAY, residence="registered", reason="又一次"
            )

    with at_desk(clerk(NEXT_DOOR)) as by:
        incoming = Move.objects.get()
        assert [who["name"] for who in incoming.who] == ["张伟", "张小宝"]
        actions.accept_move(by=by, at=AT, move=incoming)

    with at_desk(clerk(NEXT_DOOR)) as by:
        moved = queries.person_file(by, father.pk)
        assert moved.person.household is not None
        assert (moved.person.area, moved.person.household.address, len(moved.phones)) == (NEXT_DOOR, "天然 9 号", 1)
        assert [(m.name, m.relation) for m in moved.members] == [("张伟", "02"), ("张小宝", "20")]
        assert {line.area for line in moved.lines} == {NEXT_DOOR}
        with pytest.raises(Conflict):
            actions.accept_move(by=by, at=AT, move=Move.objects.get())
    with at_desk(clerk()) as by:
        with pytest.raises(NotFound):
            queries.person_for(by, father.pk)
        assert Move.objects.get().state == "accepted"
        home.refresh_from_db()
        assert (home.size, home.head) == (0, None)
        assert sum(counted_on(by, date(2026, 3, 1)).values()) == 2, "they lived here then"
        assert {one.name for one in gone_since(by, date(2026, 3, 1))} == {"张伟", "张小宝"}
        assert counted_on(by, date(2026, 6, 1)) == {}
    with applied(Scope.everything()):
        assert JournalLine.objects.filter(verb="registry.accept_move", area=NEXT_DOOR).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_to_another_county_with_all_its_rows() -> None:
    with at_desk(clerk()) as by:
        who = registered(by)
        actions.set_phone(by=by, at=AT, person=who, number="19912345678")
        actions.record_away(by=by, at=AT, person=who, since=date(2026, 2, 1))

    move(PAIFANG, NEXT_COUNTY, who, date(2026, 6, 1))

    with at_desk(clerk(NEXT_COUNTY)) as by:
        file = queries.person_file(by, who.pk)
        assert (file.person.county, len(file.phones), {line.county for line in file.lines}) == (320116, 1, {320116})
        assert [p.pk for p in queries.search_people(by, "张伟").people] == [who.pk]
        assert ledger(by, *month_of(date(2026, 6, 9))).sum.total().handed_in == 1


@pytest.mark.django_db(transaction=True)
def test_a_refused_move_leaves_everything_and_says_why() -> None:
    with at_desk(clerk()) as by:
        who = registered(by)
        made = actions.propose_move(
            by=by, at=AT, person=who, area=NEXT_DOOR, on=TODAY, residence="registered", reason="搬家"
        )
    with at_desk(clerk(NEXT_DOOR)) as by:
        incoming = Move.objects.get()
        with pytest.raises(Refusal):
            actions.refuse_move(by=by, at=AT, move=incoming, answer=" ")
        actions.refuse_move(by=by, at=AT, move=incoming, answer="没有住到这里")

    with at_desk(clerk()) as by:
        made.refresh_from_db()
        assert (made.state, made.answer) == ("refused", "没有住到这里")
        assert queries.person_for(by, who.pk).area == PAIFANG
        again = actions.propose_move(
            by=by, at=AT, person=who, area=NEXT_DOOR, on=TODAY, residence="registered", reason="证明补齐了"
        )
        assert actions.withdraw_move(by=by, at=AT, move=again).state == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_only_the_receiving_side_may_accept() -> None:
    with at_desk(clerk()) as by:
        who = registered(by)
        actions.propose_move(by=by, at=AT, person=who, area=NEXT_DOOR, on=TODAY, residence="registered", reason="搬家")
    with applied(Scope.everything()):
        incoming = Move.objects.get(side="receiving")
    third = clerk(320115006010000)
    with at_desk(third) as by, pytest.raises(Forbidden):
        actions.accept_move(by=by, at=AT, move=incoming)
    viewer_only = replace(
        clerk(NEXT_DOOR), seats=(replace(clerk(NEXT_DOOR).seats[0], capabilities=frozenset({"registry.view"})),)
    )
    with at_desk(viewer_only) as by, pytest.raises(Forbidden):
        actions.accept_move(by=by, at=AT, move=incoming)


# asked for a day


@pytest.mark.django_db(transaction=True)
def test_who_lived_here_on_a_day_is_asked_for_that_day() -> None:
    with at_desk(clerk()) as by:
        stayed, left = registered(by, "张伟", 1), registered(by, "李强", 3)
        actions.register_person(by=by, at=AT, area=PAIFANG, name="王新", since=date(2026, 5, 1), how="moved-in")
        actions.record_moved_out(by=by, at=AT, person=left, on=date(2026, 4, 1), words="苏州")

        march = queries.people_page(by, on=date(2026, 3, 1)).people
        june = queries.people_page(by, on=date(2026, 6, 1)).people

        assert [p.name for p in march] == ["李强", "张伟"]
        assert [p.name for p in june] == ["王新", "张伟"]
        assert stayed.pk in {p.pk for p in june}
        page = queries.people_page(by, on=date(2026, 3, 1), size=1)
        assert [p.name for p in queries.people_page(by, on=date(2026, 3, 1), after=page.after).people] == ["张伟"]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_people_written_at_once_are_counted_like_others() -> None:
    born = date(1980, 1, 1)
    people = [
        NewPerson(ref="a", area=PAIFANG, name="张伟", sex="1", birth_on=born, since=date(2020, 1, 1)),
        NewPerson(ref="b", area=PAIFANG, name="李梅", sex="2", birth_on=born, deceased_on=date(2026, 3, 5)),
    ]

    bulk_register(people, [], at=AT, recorded_by="导入")

    with applied(Scope.everything()):
        assert Stay.objects.count() == 2
        assert actions.recount_stays() == (0, 2, 0)
    with at_desk(clerk()) as by:
        march = ledger(by, *month_of(date(2026, 3, 1))).sum.total()
        assert (march.start, march.died, march.end) == (2, 1, 1)
        assert Household.objects.count() == 0
