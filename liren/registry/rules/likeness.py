"""How much two files look like one person's: a score from 0 to 100 with its reasons, the same whichever comes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from liren.base.likeness import DayLevel, NameLevel, NumberLevel, day_level, name_level, name_shape, number_level
from liren.base.names import name_keys

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


NAMES = {
    NameLevel.SAME: (50, "name"), NameLevel.VARIANT: (50, "name"), NameLevel.GAP: (45, "name_sign"), NameLevel.SOUND: (45, "name_sound"),
    NameLevel.TURNED: (30, "name_sign"), NameLevel.SIGN: (30, "name_sign"),
}  # fmt: skip
DAYS = {
    DayLevel.SAME: (30, "birth"), DayLevel.TURNED: (15, "birth_near"), DayLevel.DIGIT: (15, "birth_near"),
    DayLevel.LUNAR: (15, "birth_near"), DayLevel.YEAR: (15, "birth_near"), DayLevel.OTHER: (-40, "birth_differs"),
}  # fmt: skip
NUMBERS = {
    NumberLevel.SAME: (60, "number"), NumberLevel.SLIP: (20, "number_slip"), NumberLevel.OTHER: (-35, "number_differs"),
}  # fmt: skip
"""What each level of ``base.likeness`` weighs here, and the reason that a screen tells."""


def likeness(one: Someone, other: Someone) -> Likeness:
    """Compare two files; two sound numbers that differ in more than a slip speak for two people."""
    found: list[tuple[int, str]] = []
    names = _names(one.name, other.name)
    if names:
        found.append(names)
    day = DAYS.get(day_level(one.birth_on, other.birth_on))
    if day:
        found.append(day)
    if one.phones & other.phones:
        found.append((20, "phone"))
    if one.household is not None and one.household == other.household:
        found.append((10, "household"))
    if "0" not in {one.sex, other.sex} and "" not in {one.sex, other.sex} and one.sex != other.sex:
        found.append((-30, "sex_differs"))
    number = _numbers(one.number, other.number)
    if number:
        found.append(number)
    if not names and not any(code == "number_slip" for _points, code in found):
        return Likeness(0, ())
    score = max(0, min(100, sum(points for points, _code in found)))
    weighty = sorted(found, key=lambda pair: (-abs(pair[0]), pair[1]))
    return Likeness(score, tuple(code for _points, code in weighty))


def _names(one: str, other: str) -> tuple[int, str] | None:
    found = NAMES.get(name_level(one, other))
    if found is None and set(name_keys(one).pinyin) & set(name_keys(other).pinyin):
        return 40, "name_sound"  # alike in another reading of a sign
    if found is not None and found[1] == "name_sign" and name_shape(one).surname != name_shape(other).surname:
        return None
    return found


def _numbers(one: str, other: str) -> tuple[int, str] | None:
    if bool(one) != bool(other):
        return 5, "number_missing"
    return NUMBERS.get(number_level(one, other))


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
