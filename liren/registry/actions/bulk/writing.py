"""Writers for thousands of rows at once, in the transaction that is open and under its scope; the caller decided and checked.

Each takes plain rows with ids made before (``base.ids``), writes keys, seals and blind indexes as the actions for one person
do, and leaves journal and announcement to the action that calls it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connections

from liren.base.action import announce
from liren.base.ids import new_id, new_ids
from liren.base.names import name_keys, plain_name
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.registry.actions.bulk.copying import (
    NULL,
    blind,
    copy_beside,
    copy_in,
    drop,
    free,
    line,
    octets,
    sealed,
    text,
)
from liren.registry.enums import HouseholdKind, Source
from liren.registry.events import PeopleChanged
from liren.registry.models import Fact, Household, NameKey, Person, Phone, Stay
from liren.registry.rules import Line, PresentState
from liren.registry.rules.stays import placements, stays

COUNTY = 10**9
PERSON = (
    "id", "subject", "area", "county", "name", "sort_key", "sex", "birth_on", "ethnicity", "document", "id_number", "id_blind", "source",
    "recorded_at", "residence", "away_since", "away_reason", "household_id", "relation", "register_id", "register_relation", "is_disabled",
    "has_guardian", "deceased_on", "state_changes_on",
)  # fmt: skip
FACT = (
    "id", "area", "county", "subject", "kind", "code", "valid_from", "valid_until", "household", "other", "other_name", "place_level", "place",
    "words", "organisation", "amount", "health", "source", "authority", "recorded_at", "recorded_by", "replaces", "is_void", "reason",
)  # fmt: skip
PHONE = ("id", "area", "county", "subject", "number", "number_blind", "is_main", "source", "recorded_at")
STAY = ("id", "area", "county", "subject", "residence", "sex", "valid_from", "valid_until", "began", "ended", "name")
KEY = ("id", "area", "county", "subject", "key")
HOUSEHOLD = (
    "id",
    "area",
    "county",
    "number",
    "address",
    "kind",
    "tenure",
    "dwelling_id",
    "head",
    "head_name",
    "size",
    "recorded_at",
)
CHANGED = (
    ("name", "varchar"), ("sort_key", "varchar"), ("sex", "varchar"), ("birth_on", "date"), ("ethnicity", "varchar"), ("document", "varchar"),
    ("id_number", "bytea"), ("id_blind", "bytea"), ("residence", "varchar"), ("away_since", "date"), ("away_reason", "varchar"),
    ("household_id", "bigint"), ("relation", "varchar"), ("register_id", "bigint"), ("register_relation", "varchar"), ("is_disabled", "boolean"),
    ("has_guardian", "boolean"), ("deceased_on", "date"), ("state_changes_on", "date"),
)  # fmt: skip


@dataclass(slots=True)
class HouseholdRow:
    """A household to write."""

    id: int
    area: int
    address: str
    number: str = ""
    kind: str = HouseholdKind.LIVING.value
    dwelling: int | None = None
    head: int | None = None
    head_name: str = ""
    size: int = 0
    tenure: str = ""


@dataclass(slots=True)
class PersonRow:
    """A person to write, or as a person is to look from now on; ``number`` is the full number of the document, normalised."""

    id: int
    area: int
    name: str
    state: PresentState
    sex: str = "0"
    birth_on: date | None = None
    ethnicity: str = ""
    document: str = "resident"
    number: str | None = None
    source: str = Source.IMPORTED.value


@dataclass(slots=True)
class PhoneRow:
    """A phone to write; ``number`` in E.164."""

    id: int
    area: int
    subject: int
    number: str
    is_main: bool
    source: str = Source.IMPORTED.value


@dataclass(slots=True)
class FactRow:
    """A dated line to write; see ``models.Fact`` and ``rules.statements`` for what each kind says where."""

    id: int
    area: int
    subject: int
    kind: str
    valid_from: date
    code: str = ""
    valid_until: date | None = None
    household: int | None = None
    other: int | None = None
    other_name: str = ""
    place_level: int | None = None
    place: int | None = None
    words: str = ""
    organisation: int | None = None
    amount: int | None = None
    health: Any = None
    source: str = Source.IMPORTED.value
    authority: str = ""
    replaces: int | None = None
    is_void: bool = False
    reason: str = ""

    @property
    def pk(self) -> int:
        """Return the id, as rules ask for it."""
        return self.id


def write_households(rows: Iterable[HouseholdRow], *, at: datetime, using: str = "default") -> set[int]:
    """Insert households and return the ids written; one that is there already, or whose number is taken, is left out.

    Give them in the order of their ids.
    """
    when = text(at)
    written = copy_in(
        using,
        Household._meta.db_table,
        HOUSEHOLD,
        (
            line((
                row.id, row.area, row.area // COUNTY, row.number, row.address, row.kind, row.tenure, row.dwelling, row.head, row.head_name,
                row.size, when,
            ))
            for row in rows
        ),
        conflict="ON CONFLICT DO NOTHING",
        returning="id",
    )  # fmt: skip
    return set(written)


def write_people(rows: Sequence[PersonRow], *, at: datetime, using: str = "default") -> set[int]:
    """Insert people with what their names are found by; return the ids written.

    Left out is who got a file in the county meanwhile, wherever it is: the caller asks a person about them.
    """
    when = text(at)
    written = set(
        copy_in(using, Person._meta.db_table, PERSON, (_person(row, when) for row in rows), conflict="ON CONFLICT (id_blind, county) DO NOTHING", returning="id")
    )  # fmt: skip
    copy_in(using, NameKey._meta.db_table, KEY, _keys(row for row in rows if row.id in written))
    return written


def write_phones(rows: Iterable[PhoneRow], *, at: datetime, using: str = "default") -> None:
    """Insert phones; one that stands with the person already is left out."""
    copy_in(using, Phone._meta.db_table, PHONE, _phones(rows, text(at)), conflict="ON CONFLICT DO NOTHING")


def _phones(rows: Iterable[PhoneRow], when: str) -> Iterator[str]:
    for row in rows:
        number, key = sealed(Phone, "number", row.number), blind(Phone, "number_blind", row.number)
        yield (
            f"{row.id}\t{row.area}\t{row.area // COUNTY}\t{row.subject}\t{octets(number)}\t{octets(key)}\t{'t' if row.is_main else 'f'}\t"
            f"{row.source}\t{when}\n"
        )


def write_facts(rows: Iterable[FactRow], *, at: datetime, recorded_by: str, using: str = "default") -> None:
    """Insert dated lines; ``recorded_by`` names who or which import says so. The derived states are the caller's to write."""
    copy_in(using, Fact._meta.db_table, FACT, _facts(rows, f"{text(at)}\t{free(recorded_by)}"))


def _facts(rows: Iterable[FactRow], recorded: str) -> Iterator[str]:
    for row in rows:
        health = NULL if row.health is None else text(sealed(Fact, "health", row.health))
        yield (
            f"{row.id}\t{row.area}\t{row.area // COUNTY}\t{row.subject}\t{row.kind}\t{row.code and free(row.code)}\t{row.valid_from}\t"
            f"{row.valid_until or NULL}\t{row.household or NULL}\t{row.other or NULL}\t{row.other_name and free(row.other_name)}\t"
            f"{NULL if row.place_level is None else row.place_level}\t{NULL if row.place is None else row.place}\t{row.words and free(row.words)}\t"
            f"{row.organisation or NULL}\t{NULL if row.amount is None else row.amount}\t{health}\t{row.source}\t{row.authority and free(row.authority)}\t"
            f"{recorded}\t{row.replaces or NULL}\t{'t' if row.is_void else 'f'}\t{row.reason and free(row.reason)}\n"
        )


def change_people(rows: Sequence[PersonRow], *, renamed: Collection[int] = (), using: str = "default") -> None:
    """Write the columns of people anew as the rows say, and the search keys of those who are ``renamed``."""
    if not rows:
        return
    columns = "id bigint, " + ", ".join(f"{name} {kind}" for name, kind in CHANGED)
    copy_beside(using, "changed", columns, (line(_changed(row)) for row in rows))
    sets = ", ".join(f"{name} = changed.{name}" for name, _kind in CHANGED)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE registry_person p SET {sets} FROM changed WHERE p.id = changed.id"  # noqa: S608  our own names
            " AND p.id = ANY (ARRAY(SELECT id FROM changed))"  # else everybody is read
        )
        if renamed:
            cursor.execute("DELETE FROM registry_namekey WHERE subject = ANY(%s)", [list(renamed)])
    drop(using, "changed")
    if renamed:
        copy_in(using, NameKey._meta.db_table, KEY, _keys(row for row in rows if row.id in set(renamed)))


def recount_households(ids: Collection[int], *, using: str = "default") -> None:
    """Count the living members of households anew and write down their heads, after members came or went.

    They are locked by a statement of its own: one that waited for a second pen and counted at once would count what it saw before.
    """
    if not ids:
        return
    with connections[using].cursor() as cursor:
        array = "{" + ",".join(map(str, sorted(ids))) + "}"
        cursor.execute(
            "SELECT 1 FROM registry_household WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE", [array]
        )
        cursor.execute(
            """
            UPDATE registry_household h SET size = n.size, head = n.head, head_name = coalesce(n.head_name, '')
            FROM (
              SELECT h.id, count(p.id) FILTER (WHERE p.deceased_on IS NULL) AS size,
                     min(p.id) FILTER (WHERE m.relation = '02') AS head, min(p.name) FILTER (WHERE m.relation = '02') AS head_name
              FROM unnest(%(ids)s::bigint[]) AS h(id)
              LEFT JOIN LATERAL (
                SELECT id, relation FROM registry_person WHERE household_id = h.id
                UNION ALL SELECT id, register_relation FROM registry_person WHERE register_id = h.id
              ) AS m ON true
              LEFT JOIN registry_person p ON p.id = m.id
              GROUP BY h.id
            ) AS n
            WHERE h.id = n.id
            """,
            {"ids": array},
        )


def remove_people(ids: Collection[int], *, using: str = "default") -> None:
    """Remove people whom an import had made, with everything it wrote of them; the database lets go of no line of other origin."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT registry_take_back(%s)", [list(ids)])
        for table, column in (
            ("registry_namekey", "subject"),
            ("registry_phone", "subject"),
            ("registry_stay", "subject"),
            ("registry_person", "id"),
        ):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = ANY(%s)", [list(ids)])  # noqa: S608  our own names


def remove_phones(ids: Collection[int], *, using: str = "default") -> None:
    """Remove phones that an import had added."""
    with connections[using].cursor() as cursor:
        cursor.execute("DELETE FROM registry_phone WHERE id = ANY(%s)", [list(ids)])


def remove_households(ids: Collection[int], *, using: str = "default") -> None:
    """Remove those of the given households in which nobody is."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "DELETE FROM registry_household h WHERE id = ANY(%s) AND NOT EXISTS (SELECT FROM registry_person p WHERE p.household_id = h.id)"
            " AND NOT EXISTS (SELECT FROM registry_person p WHERE p.register_id = h.id)",
            [list(ids)],
        )


def announce_changes(people: Iterable[tuple[int, int]]) -> None:
    """Announce, from inside an action, whose files have changed: (area, person), one event for each community."""
    by_area: dict[int, set[int]] = defaultdict(set)
    for area, person in people:
        by_area[area].add(person)
    for area, subjects in sorted(by_area.items()):
        announce(PeopleChanged(area=area, people=tuple(sorted(subjects))))


def write_stays(people: Sequence[tuple[PersonRow, Sequence[Line]]], *, fresh: bool, using: str = "default") -> None:
    """Write where people were counted, derived from all their lines; those who are not ``fresh`` had been counted before.

    Goes beyond the scope of the transaction for those, as ``count_stays`` does: a stay lies with the community that counted.
    """
    moves: dict[int, list[tuple[date, int, int]]] = defaultdict(list)
    ids = [row.id for row, _lines in people]
    if ids and not fresh:
        with rescoped(Scope.everything(), using), connections[using].cursor() as cursor:
            cursor.execute(
                'SELECT g.one, m."on", m.area, m.other_area FROM registry_move m, unnest(m.people) AS g(one)'
                " WHERE m.state = 'accepted' AND m.side = 'giving' AND m.people && %(ids)s::bigint[] AND g.one = ANY(%(ids)s::bigint[])"
                ' ORDER BY m."on", m.event',
                {"ids": ids},
            )
            for who, on, area, other in cursor.fetchall():
                moves[who].append((on, area, other))
            cursor.execute("DELETE FROM registry_stay WHERE subject = ANY(%s)", [ids])

    def told() -> Iterator[str]:
        for row, lines in people:
            for stay in stays(lines, placements(row.area, moves.get(row.id, ()))):
                name = "" if stay.area == row.area else free(row.name)
                yield (
                    f"{new_id()}\t{stay.area}\t{stay.area // COUNTY}\t{row.id}\t{stay.residence}\t{row.sex}\t{stay.valid_from}\t"
                    f"{stay.valid_until or NULL}\t{stay.began}\t{stay.ended}\t{name}\n"
                )

    if fresh:
        copy_in(using, Stay._meta.db_table, STAY, told())
    elif ids:
        with rescoped(Scope.everything(), using):
            copy_in(using, Stay._meta.db_table, STAY, told())


@lru_cache(maxsize=200_000)
def named(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the sort key and the search keys of a name, as the columns hold them."""
    keys = name_keys(name)
    return keys.sort[:160], tuple(dict.fromkeys(key[:160] for key in keys.all))


def _person(row: PersonRow, at: str) -> str:
    state, name = row.state, plain_name(row.name)
    number, key = sealed(Person, "id_number", row.number), blind(Person, "id_blind", row.number)
    return (
        f"{row.id}\t{row.id}\t{row.area}\t{row.area // COUNTY}\t{free(name)}\t{free(named(name)[0])}\t{row.sex}\t{row.birth_on or NULL}\t"
        f"{row.ethnicity}\t{row.document}\t{octets(number)}\t{octets(key)}\t{row.source}\t{at}\t{state.residence}\t"
        f"{state.away_since or NULL}\t{state.away_reason}\t{state.household or NULL}\t{state.relation}\t{state.register or NULL}\t"
        f"{state.register_relation}\t{'t' if state.is_disabled else 'f'}\t{'t' if state.has_guardian else 'f'}\t"
        f"{state.deceased_on or NULL}\t{state.changes_on or NULL}\n"
    )


def _changed(row: PersonRow) -> tuple[Any, ...]:
    state, name = row.state, plain_name(row.name)
    return (
        row.id, name, named(name)[0], row.sex, row.birth_on, row.ethnicity, row.document, sealed(Person, "id_number", row.number),
        blind(Person, "id_blind", row.number), state.residence, state.away_since, state.away_reason, state.household, state.relation,
        state.register, state.register_relation, state.is_disabled, state.has_guardian, state.deceased_on, state.changes_on,
    )  # fmt: skip


def _keys(rows: Iterable[PersonRow]) -> Iterator[str]:
    keys = [(row, named(plain_name(row.name))[1]) for row in rows]
    ids = new_ids(sum(len(found) for _row, found in keys))
    for row, found in keys:
        placed = f"\t{row.area}\t{row.area // COUNTY}\t{row.id}\t"
        for key in found:
            yield f"{next(ids)}{placed}{key}\n" if key.isalnum() else f"{next(ids)}{placed}{free(key)}\n"
