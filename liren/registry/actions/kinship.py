"""Writes down what follows for the kinship of a household's members from what each is to its head (``rules.kinship``).

One home for both ways in: somebody who joins a household at the desk, and thousands of households of an import.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from django.db import connection

from liren.base.ids import new_id
from liren.registry.actions.bulk.writing import FactRow, write_facts
from liren.registry.enums import FactKind, RelationKind
from liren.registry.queries.kinship import Held, Said, Someone, Ties, array_of, members, members_of, said_of, ties_of
from liren.registry.rules.kinship import Clash, Kin, relations, settled

FEW = 20
"""Of more households than these most may have nothing new to tell."""


@dataclass(slots=True)
class Related:
    """What was written of kinship, who it is about as (area, person), and what contradicts a line that is held and was not written."""

    facts: list[FactRow] = field(default_factory=list)
    people: set[tuple[int, int]] = field(default_factory=set)
    clashes: list[Clash] = field(default_factory=list)


def relate(
    households: Collection[int],
    kind: str,
    *,
    at: datetime,
    on: date,
    recorded_by: str,
    source: str,
    authority: str = "",
    about: Collection[int] | None = None,
    vouched: bool = False,
    overruled: Collection[int] = (),
    fresh: Mapping[int, Sequence[FactRow]] = MappingProxyType({}),
    made: Collection[int] = (),
) -> Related:
    """Write the kinship that follows in households, as lines of a source; what is held already stays as it is.

    ``about`` leaves out what concerns none of these people; a line that contradicts what is told of one of ``overruled`` is
    withdrawn, any other one stays and nothing is written against it. ``fresh`` are people who have got their files in this
    transaction, with all their lines: nothing more is read of them; ``made`` are households that it has made. All others are
    locked against a second pen before anything is written in them.
    """
    found = Related()
    if not households:
        return found

    def told_in(home: list[Someone], what: Ties | Said) -> list[Kin]:
        told = relations(members(home, what), vouched=vouched)
        return told if about is None else [one for one in told if one.person in about or one.other in about]

    seen: dict[int, list[Someone]] = {}
    if len(households) > FEW:  # most of a list's hold everything already: that is seen without a closer look
        seen = _several(households, kind)
        said = said_of(_people(seen) - fresh.keys(), on, fresh=_lines(seen, fresh))
        seen = {key: home for key, home in seen.items() if not all(map(said.holds, told_in(home, said)))}
        households = seen.keys()
    ours = {key: home for key, home in seen.items() if key in made}
    _lock([one for one in households if one not in made])
    homes = ours | _several([one for one in households if one not in ours], kind)
    everybody = {one.id: one for home in homes.values() for one in home}
    ties = ties_of(everybody.keys() - fresh.keys(), on, known=everybody.values(), fresh=_lines(homes, fresh))
    sexes = ties.sexes | {one.id: one.sex for one in everybody.values()}
    for home in homes.values():
        told = told_in(home, ties)
        if not told:
            continue
        there = {one.id: one for one in ties.of(one.id for one in home)}
        unsaid, clashes = settled(told, ((one.id, one.kin) for one in there.values()), sexes)
        for clash in clashes:
            held = there[clash.line]
            if clash.told.person in overruled and held.kind == FactKind.RELATION and held.kin.person in everybody:
                found.facts += _withdrawn(held)
                unsaid.append(clash.told)
            else:
                found.clashes.append(clash)
        for one in unsaid:
            younger, elder = everybody[one.person], everybody[one.other]
            found.facts.append(_line(one, younger, elder, on, source, authority))
            found.people |= {(younger.area, younger.id), (elder.area, elder.id)}
    if found.facts:
        write_facts(found.facts, at=at, recorded_by=recorded_by)
    return found


def _several(households: Collection[int], kind: str) -> dict[int, list[Someone]]:
    """Return who is in those households that have more than one member."""
    return {key: home for key, home in members_of(households, kind).items() if len(home) > 1}


def _people(homes: Mapping[int, list[Someone]]) -> set[int]:
    return {one.id for home in homes.values() for one in home}


def _lines(homes: Mapping[int, list[Someone]], fresh: Mapping[int, Sequence[FactRow]]) -> list[FactRow]:
    """Return the lines of those members of households who are ``fresh``."""
    return [line for home in homes.values() for one in home if one.id in fresh for line in fresh[one.id]]


def _lock(households: Collection[int]) -> None:
    if households:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM registry_household WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE",
                [array_of(households)],
            )


def _line(one: Kin, younger: Someone, elder: Someone, on: date, source: str, authority: str) -> FactRow:
    births = [day for day in (younger.birth_on, elder.birth_on) if day is not None]
    since = on if one.code == RelationKind.SPOUSE or not births else min(max(births), on)
    return FactRow(
        new_id(), younger.area, one.person, FactKind.RELATION.value, since, code=one.code, other=one.other, other_name=elder.name,
        source=source, authority=authority,
    )  # fmt: skip


def _withdrawn(held: Held) -> list[FactRow]:
    return [
        FactRow(
            new_id(), held.area, held.kin.person, held.kind, held.valid_from, code=held.kin.code, valid_until=held.valid_until,
            other=held.kin.other, other_name=held.other_name, words=held.words, source=held.source, authority=held.authority,
            replaces=held.id, is_void=True,
        )
    ]  # fmt: skip
