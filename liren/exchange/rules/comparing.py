"""What differs between a row and the person it is about, field by field, and whose word counts in each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from liren.base.likeness import NameLevel, name_level
from liren.exchange.enums import Fault
from liren.exchange.rules.cleaning import Cleaned, Line, Wrong
from liren.exchange.rules.deciding import Said, Way, decide

ONE_OF_A_CODE = frozenset({"benefit", "designation", "certificate"})
"""Kinds of which somebody has one line for each code; of the others one at a time."""
ONE_NAME = frozenset({NameLevel.VARIANT, NameLevel.GAP})
"""The same name in old or variant signs, or with a sign that the list could not write: nothing to ask, what is held stays."""
UNSTATED = frozenset({"", "0", "9"})


class HeldLine(Protocol):
    """A line of the registry that is open."""

    @property
    def id(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def other_name(self) -> str: ...
    @property
    def amount(self) -> int | None: ...
    @property
    def health(self) -> Any: ...
    @property
    def household(self) -> int | None: ...
    @property
    def source(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def recorded_on(self) -> date: ...


@dataclass(slots=True)
class Change:
    """A field that differs: what is held, by whom and since when, what is offered, and whose word counts.

    ``field`` is a column of the person, ``phone``, or the kind of a line; ``line`` the line that is held, ``offer`` the place of the
    offered one in the row (-1 where the field is no line of the row).
    """

    field: str
    held: str
    offered: str
    way: Way
    held_source: str = ""
    held_on: date | None = None
    line: int | None = None
    offer: int = -1


@dataclass(frozen=True, slots=True)
class Offer:
    """Who says what a list says: the kind of source, the day it speaks of, and how much each kind of source counts."""

    source: str
    on: date
    ranks: Mapping[str, int]
    member: str = "member"


@dataclass(slots=True)
class Compared:
    """What came out for a row."""

    changes: list[Change] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def takes(self) -> bool:
        """Say whether the rules take something from the row."""
        return any(change.way is Way.TAKE for change in self.changes)

    @property
    def asks(self) -> bool:
        """Say whether a person has to decide something."""
        return bool(self.wrong) or any(change.way is Way.ASK for change in self.changes)


def kinds_to_read(row: Cleaned, known: Any, home: int | None, offer: Offer) -> set[str]:
    """Return of which kinds the dated lines of a person have to be read: none that the derived columns say already."""
    kinds: set[str] = set()
    living = offer.member == "member"
    held_home, held_relation = (
        (known.household, known.relation) if living else (known.register, known.register_relation)
    )
    if home is not None and (home != held_home or (row.relation and row.relation != held_relation)):
        kinds.add(offer.member)
    if row.residence and row.residence != known.residence:
        kinds.add("residence")
    if row.is_back and known.away_since:
        kinds.add("away")
    kinds.update(line.kind for line in row.lines if not _is_shown(line, known))
    return kinds


def _is_shown(line: Line, known: Any) -> bool:
    """Say whether the derived columns of a person tell already what a line offers."""
    return bool(line.kind == "away" and not line.words and known.away_since and line.code == known.away_reason)


def compare(
    row: Cleaned,
    known: Any,
    home: int | None,
    new_phones: Iterable[str],
    offer: Offer,
    held: Callable[[str, str | None], HeldLine | None],
) -> Compared:
    """Return what differs; ``held(kind, code)`` gives the open line of a kind, ``new_phones`` are those the person has not yet."""
    found = Compared()
    _person(row, known, offer, found)
    for phone in new_phones:
        found.changes.append(Change("phone", "", phone, Way.TAKE))
    _household(row, known, home, offer, found, held)
    if row.residence and row.residence != known.residence:
        _line(found, offer, "residence", known.residence, row.residence, held("residence", None))
    if row.is_back and known.away_since:
        _line(found, offer, "back", "away", "back", held("away", None))
    if row.deceased_on and not known.deceased_on:
        found.changes.append(Change("death", "", row.deceased_on.isoformat(), Way.TAKE))
    elif known.deceased_on and not row.deceased_on:
        found.wrong.append(Wrong(-1, Fault.DECEASED, known.deceased_on.isoformat()))
    for place, line in enumerate(row.lines):
        if _is_shown(line, known):
            continue
        _offered(found, offer, place, line, held(line.kind, line.code if line.kind in ONE_OF_A_CODE else None))
    return found


def _person(row: Cleaned, known: Any, offer: Offer, found: Compared) -> None:
    on = known.recorded_on

    def column(name: str, held: str, offered: str) -> None:
        way = decide(name, Said(held, known.source, on), Said(offered, offer.source, offer.on), offer.ranks)
        if way is not Way.SAME and offered:
            found.changes.append(Change(name, held, offered, way, known.source, on))

    if row.name != known.name and name_level(row.name, known.name) not in ONE_NAME:
        column("name", known.name, row.name)
        found.wrong.append(Wrong(-1, Fault.NAME_DIFFERS, known.name))
    if row.sex not in UNSTATED and row.sex != known.sex:
        column("sex", "" if known.sex in UNSTATED else known.sex, row.sex)
    if row.birth_on and row.birth_on != known.birth_on:
        column("birth_on", known.birth_on.isoformat() if known.birth_on else "", row.birth_on.isoformat())
    if row.ethnicity and row.ethnicity != known.ethnicity:
        column("ethnicity", known.ethnicity, row.ethnicity)
    if row.number and not known.has_number:
        found.changes.append(Change("number", "", row.number, Way.TAKE, known.source, on))


def _household(
    row: Cleaned,
    known: Any,
    home: int | None,
    offer: Offer,
    found: Compared,
    held: Callable[[str, str | None], HeldLine | None],
) -> None:
    if home is None:
        return
    living = offer.member == "member"
    here, relation = (known.household, known.relation) if living else (known.register, known.register_relation)
    if home == here and (not row.relation or row.relation == relation):
        return
    before = "" if here is None else f"{here} {relation}".strip()
    offered = f"{home} {row.relation or (relation if home == here else '')}".strip()
    _line(found, offer, offer.member, before, offered, held(offer.member, None))


def _offered(found: Compared, offer: Offer, place: int, line: Line, held: HeldLine | None) -> None:
    if held is None:
        found.changes.append(Change(line.kind, "", shown(line), Way.TAKE, offer=place))
        return
    if _says_the_same(line, held):
        return
    _line(found, offer, line.kind, shown(held), shown(line), held, place)


def _line(
    found: Compared, offer: Offer, kind: str, before: str, after: str, held: HeldLine | None, place: int = -1
) -> None:
    if held is None:
        found.changes.append(Change(kind, before, after, Way.TAKE, offer=place))
        return
    on = max(held.recorded_on, held.valid_from) if held.valid_from <= offer.on else held.recorded_on
    way = decide(kind, Said(before, held.source, on), Said(after, offer.source, offer.on), offer.ranks)
    if way is Way.TAKE and held.valid_from >= offer.on:
        way = Way.ASK  # a line that begins later cannot be ended by one of before
    if way is not Way.SAME:
        found.changes.append(Change(kind, before, after, way, held.source, on, held.id, place))


def _says_the_same(line: Line, held: HeldLine) -> bool:
    """Say whether a held line says all that is offered; what the row leaves blank counts as the same."""
    if line.code and line.code != held.code:
        return False
    if line.words and line.words != held.words:
        return False
    if line.other_name and line.other_name != held.other_name:
        return False
    if line.amount is not None and line.amount != held.amount:
        return False
    if line.health is not None:
        theirs = held.health or {}
        return all(not value or theirs.get(name) == value for name, value in line.health.items())
    return True


def shown(line: Any) -> str:
    """Return what a line says as one text, for a person to compare; words for codes are the page's."""
    amount = "" if line.amount is None else f"{line.amount / 100:.2f}"
    health = line.health or {}
    parts = (line.code, line.words, line.other_name, amount, *(str(value) for value in health.values()))
    return " ".join(part for part in parts if part)
