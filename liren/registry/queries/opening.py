"""One person's file in one statement: who it is, with whom, reachable where, what is known since when, who did what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext as _

from liren.base.capabilities import Capability
from liren.base.codes import age_on
from liren.base.reads import Part, within
from liren.base.rows import asked
from liren.foundation.access.queries import find, sits_everywhere
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.queries import UNREAD, unread_values
from liren.registry.enums import FactKind
from liren.registry.models import Fact, Household, Person, PersonMerge, Phone
from liren.registry.permissions import CONFIDENTIAL, VIEW
from liren.registry.rules import standing

JOURNAL = 20


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a household, as far as a list of its people says."""

    pk: int
    name: str
    sex: str
    birth_on: date | None
    relation: str
    away_since: date | None
    deceased_on: date | None

    def age_on(self, on: date) -> int | None:
        """Return the age in full years on a day, or nothing when the birth is not known."""
        return None if self.birth_on is None else age_on(self.birth_on, min(on, self.deceased_on or on))


@dataclass(frozen=True, slots=True)
class Reached:
    """A number under which somebody is reached, in full."""

    number: str
    is_main: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of the journal, as far as a file tells it."""

    at: datetime
    actor: str
    verb: str
    changes: dict[str, Any]


@dataclass(slots=True)
class PersonFile:
    """A person's page: who, with whom, reachable where, what is known since when, who did what."""

    person: Person
    members: list[Member]
    phones: list[Reached]
    lines: list[Fact]
    wards: list[int] = field(
        default_factory=list
    )  # of whom this person is the guardian, by the lines that nothing corrects
    journal: list[Deed] = field(default_factory=list)
    memberships: list[dict[str, Any]] = field(default_factory=list)  # of lists, past and coming ones too
    unread: int | None = None  # the viewer's own messages, counted on the way where one range is all there is

    @property
    def standing(self) -> list[Fact]:
        """Return the lines that nothing corrects, the youngest period first."""
        return standing(self.lines)

    @property
    def corrections(self) -> dict[int, Fact]:
        """Return, by the id of a corrected line, the line that took its place."""
        return {line.replaces: line for line in self.lines if line.replaces is not None}

    def current(self, kind: FactKind, on: date) -> Fact | None:
        """Return the line of a kind that holds on a day."""
        return next(
            (
                x
                for x in self.standing
                if x.kind == kind and x.valid_from <= on and (x.valid_until is None or on < x.valid_until)
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """A statement that travels with the file's, in the form of ``name AS (…)``: it may read ``who``, the person's row."""

    text: str
    values: Mapping[str, Any]


# Everything on a person's page in one round trip, what hangs on the person as JSON: four queries through the ORM took twice the
# time of the whole statement. What was done to a file that went into this one is told here too; who has only looked is told elsewhere.
_FILE = """
WITH who AS MATERIALIZED (SELECT * FROM registry_person WHERE {conditions}),
     {beside}lines AS MATERIALIZED (SELECT * FROM registry_fact
       WHERE subject = %(pk)s AND (kind <> 'confidential' OR %(open)s::int8multirange @> area)),
     phones AS MATERIALIZED (SELECT id, number, is_main, recorded_at FROM registry_phone
       WHERE county = (SELECT county FROM who) AND subject = %(pk)s)
SELECT {columns},
       (SELECT json_agg(json_build_array({line})) FROM lines),
       (SELECT json_agg(json_build_array(number, is_main) ORDER BY is_main DESC, recorded_at DESC) FROM phones),
       (SELECT json_agg(json_build_array(id, name, sex, birth_on, relation, away_since, deceased_on) ORDER BY relation, birth_on, id)
          FROM registry_person WHERE household_id = who.household_id),
       (SELECT json_agg(w.subject ORDER BY w.valid_from DESC, w.id DESC) FROM registry_fact w
         WHERE w.other = %(pk)s AND w.kind = 'guardian' AND NOT w.is_void
           AND NOT EXISTS (SELECT 1 FROM registry_fact l WHERE l.county = w.county AND l.replaces = w.id)),
       (SELECT json_agg(json_build_array(at, actor, verb, changes)) FROM (
          SELECT at, actor, verb, changes FROM access_journalline
           WHERE (changes->>'kind' IS DISTINCT FROM 'confidential' OR %(open)s::int8multirange @> area)
             AND verb <> 'registry.look_at_person'
             AND object_id = ANY(ARRAY[%(pk)s] || ARRAY(SELECT id FROM lines) || ARRAY(SELECT id FROM phones)
                                 || ARRAY(SELECT unnest(ARRAY[id, gone]) FROM registry_personmerge WHERE subject = %(pk)s AND undone_at IS NULL))
           ORDER BY id DESC LIMIT %(journal)s) j),
       (SELECT json_agg(json_build_array(subject, area, category, rule, valid_from, valid_until, evidence))
          FROM registry_categorymembership WHERE subject = %(pk)s AND withdrawn_at IS NULL),
       {unread}
  FROM who LEFT JOIN registry_household home ON home.id = who.household_id
"""
_MEMBERSHIP = ("subject", "area", "category", "rule", "valid_from", "valid_until", "evidence")


@cache
def _parts() -> tuple[Part, Part, Part]:
    return Part.of(Person), Part.of(Household), Part.of(Fact)


@cache
def _statement(conditions: tuple[str, ...], beside: str, unread: str) -> str:
    person, home, line = _parts()
    columns = [f'who."{column}"' for column in person.columns] + [f'home."{column}"' for column in home.columns]
    return _FILE.format(
        conditions=" AND ".join(conditions),
        beside=f"{beside},\n     " if beside else "",
        columns=", ".join(columns),
        line=", ".join(line.columns),
        unread=unread,
    )


def person_file(
    viewer: Viewer, pk: int, *, journal: int = JOURNAL, beside: Beside | None = None, counts_unread: bool = False
) -> PersonFile:
    """Return everything on a person's page where one of the viewer's posts may read files; raise NotFound otherwise.

    The id of a file that went into another leads to the other. ``counts_unread`` asks for the viewer's own messages on the way.
    """
    around: dict[str, Any] = {"journal": journal, "open": _open_to(viewer, CONFIDENTIAL)}
    if beside is not None:
        around |= beside.values
    counts_unread = counts_unread and sits_everywhere(viewer)
    if counts_unread:
        around |= unread_values(viewer)

    def read(here: Viewer, one: int) -> PersonFile | None:
        within_scope = within(here.scope)
        names = {condition: condition.split()[0] + str(place) for place, condition in enumerate(within_scope)}
        conditions = ("id = %(pk)s", *(c.replace("%s", f"%({name})s") for c, name in names.items()))
        text = _statement(conditions, beside.text if beside else "", UNREAD if counts_unread else "NULL")
        rows = asked(text, {"pk": one, **around, **{names[c]: value for c, value in within_scope.items()}})
        return _file(rows[0]) if rows else None

    def ask(here: Viewer) -> PersonFile | None:
        found = read(here, pk)
        if found is None and (merged := _went_into(here, pk)) is not None:
            return read(here, merged)
        return found

    return find(viewer, ask, otherwise=_("没有找到这个人的档案，可能不在您的管辖范围。"), capability=VIEW)


def _went_into(viewer: Viewer, gone: int) -> int | None:
    merges = PersonMerge.objects.visible_to(viewer).filter(gone=gone, undone_at=None)
    return merges.values_list("subject", flat=True).first()


def _open_to(viewer: Viewer, capability: Capability) -> str:
    """Return the ranges in which a viewer holds a capability, as PostgreSQL writes a multirange."""
    if not viewer.is_staff:
        return "{(,)}" if viewer.may(capability) else "{}"
    held = [seat.range for seat in viewer.seats if capability.code in seat.capabilities]
    return "{" + ",".join(f"[{one.lo},{one.hi}]" for one in held) + "}"


def _file(row: tuple[Any, ...]) -> PersonFile:
    who, home, _line = _parts()
    split, end = len(who.names), len(who.names) + len(home.names)
    person: Person = who.row(row[:split], "default")
    person.household = None if row[split] is None else home.row(row[split:end], "default")
    lines, phones, members, wards, deeds, memberships = (found or () for found in row[end:-1])
    seal: Any = Phone._meta.get_field("number")
    return PersonFile(
        person,
        [
            Member(pk, name, sex, _day(birth_on), relation, _day(away_since), _day(deceased_on))
            for pk, name, sex, birth_on, relation, away_since, deceased_on in members
        ],
        [Reached(seal.opened(bytes.fromhex(number[2:])), is_main) for number, is_main in phones],
        sorted(map(_fact, lines), key=lambda line: (line.valid_from, line.pk), reverse=True),
        list(wards),
        [Deed(datetime.fromisoformat(at), actor, verb, changes) for at, actor, verb, changes in deeds],
        [
            dict(zip(_MEMBERSHIP, [*kept, _day(since), _day(until), evidence], strict=True))
            for *kept, since, until, evidence in sorted(memberships, key=itemgetter(2))
        ],
        row[-1],
    )


@cache
def _read_otherwise() -> tuple[tuple[int, Any], ...]:
    """Return the places of those columns of a line that JSON holds as text: days, the moment, sealed bytes."""
    health = Fact._meta.get_field("health")
    readers = {
        "valid_from": date.fromisoformat,
        "valid_until": date.fromisoformat,
        "recorded_at": datetime.fromisoformat,
        "health": lambda sealed: health.opened(bytes.fromhex(sealed[2:])),
    }
    names = _parts()[2].names
    return tuple((names.index(name), read) for name, read in readers.items())


def _fact(values: list[Any]) -> Fact:
    for place, read in _read_otherwise():
        if values[place] is not None:
            values[place] = read(values[place])
    return Fact.from_db("default", _parts()[2].names, values)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
