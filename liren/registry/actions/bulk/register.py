"""Many people at once: a whole register taken over by COPY, with the same keys, seals and derived states as one by one.

For loading an installation (demo population, a township's old ledger), not for daily work: it runs as the owner, writes no
journal line for each person, and takes numbers and dates as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, Self

from django.apps import apps
from django.db import connections, models

from liren.base.clock import day_of
from liren.base.codes import normal_phone, read_id
from liren.base.ids import new_id
from liren.base.names import name_keys, plain_name
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.registry.enums import HEAD, FactKind, HouseholdKind, ResidenceKind, Source
from liren.registry.models import Fact, Household, NameKey, Person, Phone, Stay
from liren.registry.rules import Line, present_state
from liren.registry.rules.statements import Says
from liren.registry.rules.stays import placements, stays


class Said(Protocol):
    """A statement of ``rules.statements``."""

    def says(self) -> Says: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """A dated line for ``NewPerson.facts``; ``other`` is the ``ref`` of another new person.

    What each kind says in which column is in ``rules.statements``: ``NewFact.of(Marriage("20"), ...)`` fills them.
    """

    kind: FactKind
    valid_from: date
    valid_until: date | None = None
    code: str = ""
    words: str = ""
    other: str = ""
    other_name: str = ""
    place_level: int | None = None
    place: int | None = None
    organisation: int | None = None
    amount: int | None = None
    health: Mapping[str, str] | None = None
    source: Source = Source.IMPORTED
    authority: str = ""

    @classmethod
    def of(cls, statement: Said, *, valid_from: date, other: str = "", **values: Any) -> Self:
        """Return the line that says ``statement``; ``other`` is the ``ref`` of the new person whom it is about."""
        columns = {name: value for name, value in statement.says().columns.items() if name != "other"}
        return cls(kind=statement.says().kind, valid_from=valid_from, other=other, **columns | values)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHousehold:
    """A household to write; ``ref`` is what its people name it by."""

    ref: str
    area: int
    address: str
    number: str = ""
    kind: HouseholdKind = HouseholdKind.LIVING
    tenure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A person to write; ``ref`` is what others name them by; ``relation`` to the head by GB/T 4761.

    ``household`` is the one they live in (居住户), ``register`` the one in whose register they stand (户籍户).
    """

    ref: str
    area: int
    name: str
    sex: str
    birth_on: date
    number: str = ""
    phone: str = ""
    ethnicity: str = "01"
    document: str = "resident"
    residence: str = ResidenceKind.REGISTERED
    since: date | None = None
    words: str = ""
    household: str = ""
    relation: str = ""
    register: str = ""
    register_relation: str = ""
    deceased_on: date | None = None
    facts: Sequence[NewFact] = ()


@dataclass(slots=True)
class Written:
    """What was written: ids by ``ref``."""

    people: dict[str, int] = field(default_factory=dict)
    households: dict[str, int] = field(default_factory=dict)
    facts: int = 0


@dataclass(slots=True)
class _Line:
    pk: int
    kind: str
    code: str
    valid_from: date
    valid_until: date | None
    household: int | None
    given: NewFact | None
    replaces: int | None = None
    is_void: bool = False


def take_stock(using: str = "owner") -> None:
    """Let PostgreSQL look over the registry's tables after many rows have come at once.

    Until it does so by itself, in a minute, it takes them for small, and requests that come meanwhile read whole tables for one person.
    """
    tables = [model._meta.db_table for model in apps.get_app_config("registry").get_models()]
    with connections[using].cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def bulk_register(
    people: Iterable[NewPerson],
    households: Iterable[NewHousehold],
    *,
    at: datetime,
    recorded_by: str,
    using: str = "owner",
) -> Written:
    """Write households and people with their facts, phones and search keys; 100,000 people in about a minute of one core.

    All or nothing, in one transaction under the scope of the whole installation.
    """
    written = Written()
    homes = {home.ref: home for home in households}
    rows = list(people)
    written.households = {ref: new_id() for ref in homes}
    written.people = {row.ref: new_id() for row in rows}
    heads = {row.household: row for row in rows if row.household and row.relation == HEAD}
    heads |= {row.register: row for row in rows if row.register and row.register_relation == HEAD}
    sizes: dict[str, int] = {}
    for row in rows:
        for ref in (row.household, row.register):
            if ref and row.deceased_on is None:
                sizes[ref] = sizes.get(ref, 0) + 1
    lines = {row.ref: _lines(row, written, at) for row in rows}
    with applied(Scope.everything(), using):
        _copy(
            using,
            Household,
            (
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
            ),
            (
                (
                    written.households[ref],
                    home.area,
                    home.area // 10**9,
                    home.number,
                    home.address,
                    home.kind.value,
                    home.tenure,
                    None,
                    *_head(heads.get(ref), written),
                    sizes.get(ref, 0),
                    at,
                )
                for ref, home in homes.items()
            ),
        )
        _copy(using, Person, PERSON, (_person(row, written, lines[row.ref], at) for row in rows))
        _copy(using, NameKey, ("id", "area", "county", "subject", "key"), _keys(rows, written))
        _copy(
            using,
            Phone,
            ("id", "area", "county", "subject", "number", "number_blind", "is_main", "source", "recorded_at"),
            _phones(rows, written, at),
        )
        names = {row.ref: row.name for row in rows}
        _copy(
            using, Stay, STAY, stay_rows((written.people[row.ref], row.area, row.sex, lines[row.ref]) for row in rows)
        )
        _copy(using, Fact, FACT, _facts(rows, written, lines, names, at, recorded_by))
    written.facts = sum(map(len, lines.values()))
    return written


PERSON = (
    "id", "subject", "area", "county", "name", "sort_key", "sex", "birth_on", "ethnicity", "document", "id_number", "id_blind", "deceased_on",
    "source", "recorded_at", "residence", "away_since", "away_reason", "household_id", "relation", "register_id",
    "register_relation", "is_disabled", "has_guardian", "state_changes_on",
)  # fmt: skip
STAY = (
    "id", "area", "county", "subject", "residence", "sex", "valid_from", "valid_until", "began", "ended", "name",
)  # fmt: skip
FACT = (
    "id", "area", "county", "subject", "kind", "code", "valid_from", "valid_until", "household", "other", "other_name", "place_level", "place",
    "words", "organisation", "amount", "health", "source", "authority", "recorded_at", "recorded_by", "replaces", "is_void", "reason",
)  # fmt: skip


def stay_rows(people: Iterable[tuple[int, int, str, Iterable[Line]]]) -> Iterator[tuple[Any, ...]]:
    """Yield where new people, given as (id, area, sex, lines), are counted: a row of ``STAY`` for each stay."""
    for pk, area, sex, lines in people:
        for stay in stays(lines, placements(area, ())):
            yield (
                new_id(), area, area // 10**9, pk, stay.residence, sex, stay.valid_from, stay.valid_until, stay.began, stay.ended, "",
            )  # fmt: skip


def _head(head: NewPerson | None, written: Written) -> tuple[int | None, str]:
    return (written.people[head.ref], head.name) if head else (None, "")


def _lines(row: NewPerson, written: Written, at: datetime) -> list[_Line]:
    since = row.since or max(row.birth_on, date(2000, 1, 1))
    lines = [_Line(new_id(), FactKind.RESIDENCE, row.residence, since, None, None, None)]
    if row.household:
        lines.append(
            _Line(new_id(), FactKind.MEMBER, row.relation, since, None, written.households[row.household], None)
        )
    if row.register:
        home = written.households[row.register]
        lines.append(_Line(new_id(), FactKind.REGISTER, row.register_relation, since, None, home, None))
    if row.deceased_on:
        lines.append(_Line(new_id(), FactKind.DEATH, "", row.deceased_on, None, None, None))
    lines += (_Line(new_id(), x.kind, x.code, x.valid_from, x.valid_until, None, x) for x in row.facts)
    return lines


def _person(row: NewPerson, written: Written, lines: list[_Line], at: datetime) -> tuple[Any, ...]:
    pk = written.people[row.ref]
    number = read_id(row.number).number if row.number else None
    state = present_state(lines, day_of(at))
    return (
        pk, pk, row.area, row.area // 10**9, plain_name(row.name), name_keys(row.name).sort[:160], row.sex, row.birth_on, row.ethnicity,
        row.document, _seal(Person, "id_number", number), _blind(Person, "id_blind", number), state.deceased_on, Source.IMPORTED.value, at,
        state.residence, state.away_since, state.away_reason, state.household, state.relation, state.register,
        state.register_relation, state.is_disabled, state.has_guardian, state.changes_on,
    )  # fmt: skip


def _keys(rows: list[NewPerson], written: Written) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        pk, county = written.people[row.ref], row.area // 10**9
        for key in name_keys(row.name).all:
            yield new_id(), row.area, county, pk, key[:160]


def _phones(rows: list[NewPerson], written: Written, at: datetime) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        if row.phone:
            number = normal_phone(row.phone)
            sealed, blind = _seal(Phone, "number", number), _blind(Phone, "number_blind", number)
            yield (
                new_id(),
                row.area,
                row.area // 10**9,
                written.people[row.ref],
                sealed,
                blind,
                True,
                Source.IMPORTED.value,
                at,
            )


def _facts(
    rows: list[NewPerson], written: Written, lines: dict[str, list[_Line]], names: dict[str, str], at: datetime, by: str
) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        pk, county = written.people[row.ref], row.area // 10**9
        for line in lines[row.ref]:
            given = line.given
            yield (
                line.pk, row.area, county, pk, line.kind, line.code, line.valid_from, line.valid_until, line.household,
                written.people[given.other] if given and given.other else None, (given.other_name or names.get(given.other, "")) if given else "",
                given.place_level if given else None, given.place if given else None,
                given.words if given else row.words if line.kind == FactKind.RESIDENCE else "",
                given.organisation if given else None, given.amount if given else None,
                _seal(Fact, "health", dict(given.health) if given and given.health else None),
                (given.source if given else Source.IMPORTED).value, given.authority if given else "", at, by, None, False, "",
            )  # fmt: skip


def _seal(model: type[models.Model], name: str, value: Any) -> bytes | None:
    sealed: bytes | None = model._meta.get_field(name).sealed(value)  # type: ignore[union-attr]
    return sealed


def _blind(model: type[models.Model], name: str, value: str | None) -> bytes | None:
    blind: bytes | None = None if value is None else model._meta.get_field(name).blind(value)  # type: ignore[union-attr]
    return blind


def _copy(using: str, model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Send rows by COPY into a table of this transaction, then into the real one: COPY refuses a table with row security."""
    table, names = model._meta.db_table, ", ".join(columns)
    with connections[using].cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")  # noqa: S608
        with cursor.copy(f"COPY incoming ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")  # noqa: S608 - our own names
        cursor.execute("DROP TABLE incoming")
