"""What stands of a person's dated lines, and what they say about one day."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, Protocol, TypeVar

from liren.registry.enums import ResidenceKind


class Line(Protocol):
    """A dated line as far as the rules look at it."""

    @property
    def pk(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def household(self) -> int | None: ...
    @property
    def replaces(self) -> int | None: ...
    @property
    def is_void(self) -> bool: ...


L = TypeVar("L", bound=Line)


class PresentState(NamedTuple):
    """What the lines say about one day; lists read it from columns of the person."""

    residence: str = ""
    away_since: date | None = None
    away_reason: str = ""
    household: int | None = None
    relation: str = ""
    register: int | None = None
    register_relation: str = ""
    is_disabled: bool = False
    has_guardian: bool = False
    deceased_on: date | None = None
    changes_on: date | None = None  # the next day on which it will be otherwise by itself


def standing(lines: Iterable[L]) -> list[L]:
    """Return the lines that no later line corrects and that are no withdrawal, the youngest period first."""
    known = list(lines)
    replaced = {line.replaces for line in known if line.replaces is not None}
    kept = (line for line in known if line.pk not in replaced and not line.is_void)
    return sorted(kept, key=lambda line: (line.valid_from, line.pk), reverse=True)


def holds_on(line: Line, on: date) -> bool:
    """Say whether the line's half-open period contains the day."""
    return line.valid_from <= on and (line.valid_until is None or on < line.valid_until)


def in_force(lines: Iterable[L], on: date) -> list[L]:
    """Return the standing lines that hold on a day."""
    return [line for line in standing(lines) if holds_on(line, on)]


def present_state(lines: Iterable[L], on: date) -> PresentState:
    """Derive the state of a person on a day; of two lines of a kind the one that began later speaks."""
    stand = standing(lines)
    first: dict[str, L] = {}
    for line in stand:
        if holds_on(line, on):
            first.setdefault(line.kind, line)
    residence = first.get("residence")
    away = first.get("away")
    member = first.get("member")
    register = first.get("register")
    death = first.get("death")
    turns = [day for line in stand for day in (line.valid_from, line.valid_until) if day is not None and day > on]
    return PresentState(
        residence=residence.code if residence else "",
        away_since=away.valid_from if away else None,
        away_reason=away.code if away else "",
        household=member.household if member else None,
        relation=member.code if member else "",
        register=register.household if register else None,
        register_relation=register.code if register else "",
        is_disabled="disability" in first,
        has_guardian="guardian" in first,
        deceased_on=death.valid_from if death else None,
        changes_on=min(turns, default=None),
    )


def lives_here(residence: str) -> bool:
    """Say whether a residence kind means that the person can be met here."""
    return residence in {ResidenceKind.REGISTERED, ResidenceKind.INCOMER, ResidenceKind.OVERSEAS}


def is_community(area: int) -> bool:
    """Say whether an area key is a community or a grid in one, the places that keep files."""
    return 10**14 <= area < 10**15 and area // 1000 % 1000 > 0
