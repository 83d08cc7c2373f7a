"""Which packs count at a place on a day, and in which order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from liren.foundation.places.rules import subtree

NATIONAL_BASE = "national/base"


@dataclass(frozen=True, slots=True)
class Adopted:
    """A pack is adopted by the place (level, area) in the period ``[valid_from, valid_until)``."""

    level: int
    area: int
    pack: str
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """A loaded version of a pack: the ``revision``-th, in force in ``[valid_from, valid_until)``."""

    id: int
    code: str
    revision: int
    valid_from: date
    valid_until: date | None
    depends_on: tuple[str, ...] = ()


def holds(valid_from: date | None, valid_until: date | None, on: date) -> bool:
    """Say whether ``on`` lies in the half-open period; an open end lasts for ever."""
    return (valid_from is None or valid_from <= on) and (valid_until is None or on < valid_until)


def edition_on(editions: Iterable[Edition], on: date) -> Edition | None:
    """Return the edition in force on a day: the one loaded last of those whose dates hold."""
    return max(
        (one for one in editions if holds(one.valid_from, one.valid_until, on)),
        key=lambda one: one.revision,
        default=None,
    )


def chain(
    adoptions: Iterable[Adopted], level: int, area: int, on: date, depends_on: Callable[[str], Sequence[str]]
) -> tuple[str, ...]:
    """Return the codes of the packs that count at the place (level, area) on a day, the nearest first.

    What the place itself adopted goes before what a place above it adopted, at one place the later adoption goes first;
    each pack is followed by those it depends on; the national base is always there, last.
    """
    reaching = [
        one
        for one in adoptions
        if one.level <= level and area in subtree(one.level, one.area) and holds(one.valid_from, one.valid_until, on)
    ]
    ordered: list[str] = []
    for one in sorted(reaching, key=lambda one: (-one.level, -one.valid_from.toordinal(), one.pack)):
        _follow(one.pack, depends_on, ordered)
    return (*(code for code in ordered if code != NATIONAL_BASE), NATIONAL_BASE)


def _follow(code: str, depends_on: Callable[[str], Sequence[str]], ordered: list[str]) -> None:
    if code in ordered:
        return
    ordered.append(code)
    for below in depends_on(code):
        _follow(below, depends_on, ordered)
