"""Households while a list is written: held against a second pen, never one with two heads, nobody in one that has been closed or has gone."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import connection

from liren.base.ids import new_id
from liren.exchange.actions.homes import kind_of
from liren.exchange.enums import Fault, Target
from liren.exchange.models import Batch, Home
from liren.exchange.rules.cleaning import Wrong
from liren.exchange.rules.deciding import Way
from liren.registry.enums import HEAD, FactKind, HouseholdKind
from liren.registry.rules import PresentState

if TYPE_CHECKING:
    from liren.exchange.actions.applying import Work
    from liren.exchange.actions.staging import Staged, Stager
    from liren.exchange.queries.registry import Known

Place = tuple[int | None, str]
"""A household and what somebody is to its head."""


def keep_house(batch: Batch, works: "Sequence[Work]", homes: Mapping[str, Home], making: Collection[int]) -> None:
    """Leave to a person which rows would bring somebody into a household that has been closed since, or a second head into one.

    Households of ``making`` are not there yet, and nobody else is in them. Of a row that was decided on everything else is written; who is head is changed at the household itself, where the former one is
    asked about.
    """
    kind = kind_of(batch)
    coming = [work for work in works if not work.moved_on and work.person is not None and _is_new_there(work, kind)]
    places = {home for work in coming for home in (_after(work, kind)[0],) if home is not None}
    if not places:
        return
    there = _held(places.difference(making)).union(making)
    for work in coming:
        if _after(work, kind)[0] not in there:
            work.moved_on = True
            home = homes.get(work.row.home)
            if home is not None and home.household not in there:
                home.household, home.is_new, home.number = new_id(), True, ""
                home.save(update_fields=["household", "is_new", "number"])
    claims = [work for work in coming if not work.moved_on and _after(work, kind)[1] == HEAD]
    if not claims:
        return
    heads = _Heads(works, _heads({_after(work, kind)[0] or 0 for work in claims}.difference(making), kind), kind)
    place = len(claims) - 1
    while place >= 0:  # of several the last one gives way
        work = claims[place]
        place -= 1
        if work.moved_on or _after(work, kind)[1] != HEAD or not heads.others(work):
            continue
        if work.row.answer:
            _join_without_claim(work, kind)
        else:
            work.moved_on, work.why = True, Fault.TWO_HEADS
        if heads.is_crowded_by(work):  # stays head where they were: whoever was to follow there is looked at again
            place = len(claims) - 1


class _Heads:
    """Who is head of which household once the rows of a part are written: those of the registry and those of the rows."""

    def __init__(self, works: "Sequence[Work]", before: Mapping[int, set[int]], kind: str) -> None:
        self.kind = kind
        self.dead = {
            one.subject for one in works if one.person is not None and one.person.state.deceased_on is not None
        }
        self.works: dict[int, list[Work]] = {}
        for one in works:
            if one.subject:
                self.works.setdefault(one.subject, []).append(one)
        self.of: dict[int, set[int]] = {home: set(people) for home, people in before.items()}
        self.homes: dict[int, set[int]] = {}
        for home, people in before.items():
            for person in people:
                self.homes.setdefault(person, set()).add(home)
        for subject in self.works:
            self._look(subject)

    def others(self, work: "Work") -> bool:
        """Say whether somebody else is head of the household of a row."""
        return any(
            one != work.subject and one not in self.dead for one in self.of.get(_after(work, self.kind)[0] or 0, ())
        )

    def is_crowded_by(self, work: "Work") -> bool:
        """Take in that a row has given way; say whether its person is head of another household for that."""
        return self._look(work.subject)

    def _look(self, subject: int) -> bool:
        written = [one for one in self.works[subject] if not (one.moved_on and one.is_new)]
        home, relation = _after(written[-1], self.kind) if written else (None, "")
        before, now = self.homes.get(subject, set()), {home} if home is not None and relation == HEAD else set()
        for home in before - now:
            self.of[home].discard(subject)
        for home in now - before:
            self.of.setdefault(home, set()).add(subject)
        self.homes[subject] = now
        return bool(now - before)


def hold_heads(stager: "Stager", rows: "Sequence[Staged]") -> None:
    """Find which rows say that somebody is head of a household that has another one, who does not give way in the list.

    It may be the same person, written so badly that nothing else finds them.
    """
    member = stager.offer.member
    kind = HouseholdKind.REGISTER if member == "register" else HouseholdKind.LIVING
    claims = [row for row in rows if row.row.relation == HEAD and row.household is not None and _claims(row, member)]
    heads = _heads({row.household for row in claims if row.household is not None}, kind)
    if not heads:
        return
    give_way = {row.known.id for row in rows if row.known is not None and row.row.relation not in {"", HEAD}}
    for row in claims:
        others = heads.get(row.household or 0, set()) - give_way - ({row.known.id} if row.known else set())
        if others and not any(one.fault == Fault.TWO_HEADS for one in row.wrong):
            row.wrong.append(Wrong(stager.cleaner.columns.get(Target.RELATION, -1), Fault.TWO_HEADS.value, ""))


def _claims(row: "Staged", member: str) -> bool:
    """Say whether a row would make somebody head who is not."""
    if row.known is None:
        return True
    changes = row.compared.changes if row.compared is not None else ()
    return any(one.field == member and one.way in {Way.TAKE, Way.ASK} for one in changes)


def _place(state: "PresentState | Known", kind: str) -> Place:
    return (
        (state.register, state.register_relation)
        if kind == HouseholdKind.REGISTER
        else (state.household, state.relation)
    )


def _before(work: "Work", kind: str) -> Place:
    return _place(work.known, kind) if work.known is not None else (None, "")


def _after(work: "Work", kind: str) -> Place:
    """Return where somebody is, and as what, once the row is written."""
    if work.person is not None and not work.moved_on:
        return _place(work.person.state, kind)
    return _before(work, kind)


def _is_new_there(work: "Work", kind: str) -> bool:
    return _after(work, kind) != _before(work, kind)


def _join_without_claim(work: "Work", kind: str) -> None:
    line = FactKind.REGISTER if kind == HouseholdKind.REGISTER else FactKind.MEMBER
    for fact in work.facts:
        if fact.kind == line and fact.replaces is None and fact.code == HEAD:
            fact.code = ""
    assert work.person is not None
    state = work.person.state
    registered = kind == HouseholdKind.REGISTER
    work.person.state = state._replace(register_relation="") if registered else state._replace(relation="")


def _held(ids: Collection[int]) -> set[int]:
    """Lock households in the order of their ids; return those that are open."""
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, closed_on FROM registry_household WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(ids)],
        )
        return {pk for pk, closed_on in cursor.fetchall() if closed_on is None}


def _heads(ids: Collection[int], kind: str) -> dict[int, set[int]]:
    """Return who is head of households now, the dead left out."""
    column = "register" if kind == HouseholdKind.REGISTER else "household"
    relation = "register_relation" if column == "register" else "relation"
    found: dict[int, set[int]] = {}
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {column}_id, id FROM registry_person WHERE {column}_id = ANY(%s) AND {relation} = %s AND deceased_on IS NULL",  # noqa: S608  our own names
                [sorted(ids), HEAD],
            )
            for home, person in cursor.fetchall():
                found.setdefault(home, set()).add(person)
    return found
