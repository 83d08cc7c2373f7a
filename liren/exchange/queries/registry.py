"""What the registry knows of the people of a part: asked in a few set-based queries, whatever the size of the part."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from liren.registry.actions.bulk.copying import opened
from liren.registry.models import Fact, Person
from liren.registry.queries.evaluating import STANDS
from liren.registry.rules import PresentState, standing


@dataclass(slots=True)
class Known:
    """Somebody of the registry, as far as an import looks at them."""

    id: int
    area: int
    name: str
    sex: str
    birth_on: date | None
    ethnicity: str
    document: str
    has_number: bool
    source: str
    recorded_on: date
    residence: str
    away_since: date | None
    away_reason: str
    household: int | None
    relation: str
    register: int | None
    register_relation: str
    is_disabled: bool
    has_guardian: bool
    deceased_on: date | None
    changes_on: date | None
    blind: bytes | None
    sealed: bytes | None = None
    phones: set[bytes] = field(default_factory=set)
    has_main: bool = False
    lines: list["HeldLine"] = field(default_factory=list)

    @property
    def state(self) -> PresentState:
        """Return the derived state as it is shown."""
        return PresentState(
            self.residence, self.away_since, self.away_reason, self.household, self.relation, self.register, self.register_relation,
            self.is_disabled, self.has_guardian, self.deceased_on, self.changes_on,
        )  # fmt: skip

    def number(self) -> str | None:
        """Return the number, opened."""
        found: str | None = opened(Person, "id_number", self.sealed)
        return found


@dataclass(slots=True)
class HeldLine:
    """A dated line of the registry."""

    id: int
    subject: int
    kind: str
    code: str
    valid_from: date
    valid_until: date | None
    household: int | None
    other: int | None
    other_name: str
    place_level: int | None
    place: int | None
    words: str
    organisation: int | None
    amount: int | None
    sealed: bytes | None
    source: str
    authority: str
    recorded_on: date
    recorded_by: str
    replaces: int | None
    is_void: bool

    @property
    def pk(self) -> int:
        """Return the id, as the registry's rules ask for it."""
        return self.id

    @property
    def health(self) -> Any:
        """Return the sealed content, opened."""
        return opened(Fact, "health", self.sealed)


CUT = "\x1f"  # between values that travel as one text
_DAY = f"({{}} AT TIME ZONE '{settings.TIME_ZONE}')::date"
_PERSON = (
    "p.id, p.area, p.name, p.sex, p.birth_on, p.ethnicity, p.document, p.id_blind IS NOT NULL, p.source,"
    f" {_DAY.format('p.recorded_at')}, p.residence,"
    " p.away_since, p.away_reason, p.household_id, p.relation, p.register_id, p.register_relation, p.is_disabled, p.has_guardian,"
    " p.deceased_on, p.state_changes_on, p.id_blind"
)
_LINE = (
    "f.id, f.subject, f.kind, f.code, f.valid_from, f.valid_until, f.household, f.other, f.other_name, f.place_level, f.place, f.words,"
    " f.organisation, f.amount, f.health, f.source, f.authority,"
    f" {_DAY.format('f.recorded_at')}, f.recorded_by, f.replaces, f.is_void"
)


def by_numbers(county: int, blinds: Collection[bytes]) -> dict[bytes, Known]:
    """Return the people of a county with the given numbers, by blind index."""
    found = _people(  # as an array: joined with a list of thousands, the server reads the whole county
        f"SELECT {_PERSON} FROM registry_person p WHERE p.county = %(county)s AND p.id_blind = ANY"  # noqa: S608  our own names
        " (ARRAY(SELECT decode(b.blind, 'hex') FROM unnest(string_to_array(%(blinds)s, ',')) AS b(blind)))",
        blinds=",".join([blind.hex() for blind in blinds]), county=county,
    ) if blinds else []  # fmt: skip
    return {one.blind: one for one in found if one.blind is not None}


def by_names(county: int, wanted: Collection[tuple[str, str, date]]) -> dict[tuple[str, date], list[Known]]:
    """Return the people of a county by name and birth; ``wanted`` is (sort key, name, birth)."""
    if not wanted:
        return {}
    keys, names, births = zip(*wanted, strict=True)
    rows = _people(
        f"SELECT {_PERSON} FROM unnest(string_to_array(%(keys)s, %(cut)s), string_to_array(%(names)s, %(cut)s),"  # noqa: S608  our own names
        " string_to_array(%(births)s, %(cut)s)::date[]) AS w(key, name, birth_on)"
        " JOIN registry_person p ON p.county = %(county)s AND p.sort_key = w.key AND p.name = w.name AND p.birth_on = w.birth_on",
        keys=CUT.join(keys), names=CUT.join(names), births=CUT.join(map(str, births)), cut=CUT, county=county,
    )  # fmt: skip
    found: dict[tuple[str, date], list[Known]] = {}
    for one in rows:
        if one.birth_on is not None:
            found.setdefault((one.name, one.birth_on), []).append(one)
    return found


def by_ids(ids: Collection[int], *, lock: bool = False) -> dict[int, Known]:
    """Return people by id, with the sealed number; with ``lock`` as they stand now, held against a second pen in the order of their ids."""
    found: dict[int, Known] = {}
    if ids:
        held = "ORDER BY p.id FOR NO KEY UPDATE" if lock else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_PERSON}, p.id_number FROM registry_person p WHERE p.id = ANY(%s::bigint[]) {held}",  # noqa: S608  our own names
                [_array(ids)],
            )
            for row in cursor.fetchall():
                one = _known(row)
                one.sealed = None if row[22] is None else bytes(row[22])
                found[one.id] = one
    return found


def _people(query: str, **values: Any) -> list[Known]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [_known(row) for row in cursor.fetchall()]


def _known(row: tuple[Any, ...]) -> Known:
    return Known(*row[:22])


def add_phones(people: Iterable[Known]) -> None:
    """Read the phones of people."""
    known = {one.id: one for one in people}
    if not known:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, number_blind, is_main FROM registry_phone WHERE subject = ANY(%s::bigint[])",
            [_array(known)],
        )
        for subject, blind, is_main in cursor.fetchall():
            known[subject].phones.add(bytes(blind))
            known[subject].has_main |= is_main


def add_lines(people: Iterable[Known]) -> None:
    """Read every dated line of people."""
    known = {one.id: one for one in people}
    if not known:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_LINE} FROM registry_fact f WHERE f.subject = ANY(%s::bigint[])", [_array(known)])  # noqa: S608  our own names
        for row in cursor.fetchall():
            known[row[1]].lines.append(HeldLine(*row))


def add_standing(people: Mapping[int, Known], wanted: Collection[tuple[int, str]]) -> None:
    """Read of some people the lines that stand of the kinds that are asked for; ``wanted`` is (person, kind)."""
    if not wanted:
        return
    subjects, kinds = zip(*wanted, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_LINE} FROM unnest(%s::bigint[], string_to_array(%s, ',')) AS w(subject, kind)"  # noqa: S608  our own names
            " JOIN registry_fact f ON f.subject = w.subject AND f.kind = w.kind"
            f" WHERE {STANDS}",
            [_array(subjects), ",".join(kinds)],
        )
        for row in cursor.fetchall():
            people[row[1]].lines.append(HeldLine(*row))


def _array(ids: Iterable[int]) -> str:
    """Return ids as the server reads an array: thousands at once cost the driver more than their query."""
    return "{" + ",".join(map(str, ids)) + "}"


def standing_of(one: Known, kind: str, on: date, *, code: str | None = None) -> HeldLine | None:
    """Return the line of a kind (and code) that stands and is open on a day."""
    for line in standing(one.lines):
        if (
            line.kind == kind
            and (code is None or line.code == code)
            and (line.valid_until is None or line.valid_until > on)
        ):
            return line
    return None


def households(
    county: int, kind: str, *, numbers: Collection[str] = (), ids: Collection[int] = ()
) -> list[tuple[int, int, str, str, datetime]]:
    """Return households by number or id: id, area, number, address, when recorded."""
    if not numbers and not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, area, number, address, recorded_at FROM registry_household"
            " WHERE (county = %s AND kind = %s AND number = ANY(%s) AND number <> '') OR id = ANY(%s)",
            [county, kind, list(numbers), list(ids)],
        )
        rows: list[tuple[int, int, str, str, datetime]] = cursor.fetchall()
        return rows
