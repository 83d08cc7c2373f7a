"""How much two files look like one person's: a score from 0 to 100 with its reasons, the same whichever comes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from liren.base.names import name_keys, plain_name

CERTAIN, LIKELY, WORTH_A_LOOK = 90, 70, 50

SOURCES = ("paper", "shared", "visit", "declared", "imported")
"""Whose word counts more, the best first, where two lines say different things of the same."""


@dataclass(frozen=True, slots=True)
class Someone:
    """What is compared of a file; ``number`` in full, ``phones`` as anything that tells two numbers apart."""

    name: str
    sex: str
    birth_on: date | None
    number: str
    phones: frozenset[str]
    household: int | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two files look alike, and why: codes, the weightiest first."""

    score: int
    reasons: tuple[str, ...]


def likeness(one: Someone, other: Someone) -> Likeness:
    """Compare two files; two sound numbers that differ in more than a slip speak for two people."""
    found: list[tuple[int, str]] = []
    names = _names(one.name, other.name)
    if names:
        found.append(names)
    if one.birth_on is not None and other.birth_on is not None:
        if one.birth_on == other.birth_on:
            found.append((30, "birth"))
        elif _near(one.birth_on, other.birth_on):
            found.append((15, "birth_near"))
        else:
            found.append((-40, "birth_differs"))
    if one.phones & other.phones:
        found.append((20, "phone"))
    if one.household is not None and one.household == other.household:
        found.append((10, "household"))
    if "0" not in {one.sex, other.sex} and "" not in {one.sex, other.sex} and one.sex != other.sex:
        found.append((-30, "sex_differs"))
    found += _numbers(one.number, other.number)
    if not names and not any(code == "number_slip" for _points, code in found):
        return Likeness(0, ())
    score = max(0, min(100, sum(points for points, _code in found)))
    weighty = sorted(found, key=lambda pair: (-abs(pair[0]), pair[1]))
    return Likeness(score, tuple(code for _points, code in weighty))


def _names(one: str, other: str) -> tuple[int, str] | None:
    one, other = plain_name(one), plain_name(other)
    if one == other:
        return 50, "name"
    if name_keys(one).sort == name_keys(other).sort and name_keys(one).sort:
        return 45, "name_sound"
    if set(name_keys(one).pinyin) & set(name_keys(other).pinyin):
        return 40, "name_sound"
    if min(len(one), len(other)) >= 2 and one[0] == other[0] and slips(one, other) == 1:
        return 30, "name_sign"
    return None


def _numbers(one: str, other: str) -> Iterable[tuple[int, str]]:
    if not one or not other:
        return [(5, "number_missing")] if one or other else []
    if one == other:
        return [(60, "number")]
    if len(one) == len(other) and slips(one, other) <= 1:
        return [(20, "number_slip")]
    if len(one) == len(other) and sorted(one) == sorted(other) and _swapped(one, other):
        return [(20, "number_slip")]
    return [(-35, "number_differs")]


def _swapped(one: str, other: str) -> bool:
    """Say whether two neighbours changed places, and nothing else."""
    differing = [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    return len(differing) == 2 and differing[1] - differing[0] == 1


def _near(one: date, other: date) -> bool:
    """Say whether two days look like one day written wrongly: month and day changed places, or one part of three differs."""
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return True
    parts = zip((one.year, one.month, one.day), (other.year, other.month, other.day), strict=True)
    return sum(first != second for first, second in parts) == 1 and abs(one.year - other.year) <= 10


def slips(one: str, other: str) -> int:
    """Return in how many signs two texts differ: changed, added or left out (the edit distance)."""
    if one == other:
        return 0
    row = list(range(len(other) + 1))
    for place, sign in enumerate(one, 1):
        diagonal, row[0] = row[0], place
        for column, against in enumerate(other, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (sign != against))
    return row[-1]


class Statement(Protocol):
    """A standing line as far as a merge compares it."""

    @property
    def pk(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def household(self) -> int | None: ...
    @property
    def other(self) -> int | None: ...
    @property
    def other_name(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def source(self) -> str: ...


ONE_AT_A_TIME = frozenset(
    {"residence", "away", "member", "register", "marriage", "education", "birth", "death", "disability"}
)


def needless(kept: Sequence[Statement], gone: Sequence[Statement]) -> set[int]:
    """Return the ids of standing lines that a merge would better not keep: the same said twice, or two where one can hold.

    Of two that say the same the one that begins earlier stays, of others the better source; else that of the file that is kept.
    """
    wrong: set[int] = set()
    for mine in kept:
        for theirs in gone:
            if mine.pk in wrong or theirs.pk in wrong or mine.kind != theirs.kind:
                continue
            if _says(mine) == _says(theirs):  # the same: what has been known for longer stays
                wrong.add(theirs.pk if mine.valid_from <= theirs.valid_from else mine.pk)
            elif mine.kind in ONE_AT_A_TIME and _overlap(mine, theirs):
                wrong.add(theirs.pk if _weight(mine) <= _weight(theirs) else mine.pk)
    return wrong


def _says(line: Statement) -> tuple[object, ...]:
    return (line.kind, line.code, line.household, line.other, line.other_name, line.words)


def _overlap(one: Statement, other: Statement) -> bool:
    return (one.valid_until is None or other.valid_from < one.valid_until) and (
        other.valid_until is None or one.valid_from < other.valid_until
    )


def _weight(line: Statement) -> tuple[int, date]:
    return (SOURCES.index(line.source) if line.source in SOURCES else len(SOURCES), line.valid_from)
