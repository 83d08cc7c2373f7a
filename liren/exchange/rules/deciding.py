"""Whose word counts where a list and the registry differ: by authority, recency and completeness, never a blank over a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

STANDARD_RANKS: Mapping[str, int] = {"paper": 90, "shared": 80, "visit": 70, "declared": 60, "imported": 50}
IDENTITY = frozenset({"name", "number", "birth_on"})
"""What says who somebody is: nothing but a blank is filled here without a person's look."""


class Way(StrEnum):
    """What becomes of a value that a list offers."""

    SAME = "same"
    TAKE = "take"
    KEEP = "keep"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Said:
    """A value, who says so, and on which day it was said; an empty value says nothing."""

    value: str
    source: str
    on: date


def decide(  # noqa: PLR0911  a line for each rule
    field: str, held: Said, offered: Said, ranks: Mapping[str, int] = STANDARD_RANKS
) -> Way:
    """Return whether an offered value is taken, or a person has to be asked.

    What is blank is completed and never emptied. Otherwise the higher authority counts when it does not speak of an earlier
    day, the same authority when it speaks of a later one; an older word of no more authority is left aside. A younger word of
    less authority, or an older one of more, is a question, and so is everything about who somebody is.
    """
    if offered.value == held.value:
        return Way.SAME
    if not offered.value:
        return Way.KEEP
    if not held.value:
        return Way.TAKE
    if field in IDENTITY:
        return Way.ASK
    theirs, ours = ranks.get(offered.source, 0), ranks.get(held.source, 0)
    if theirs >= ours and offered.on > held.on:
        return Way.TAKE
    if theirs > ours and offered.on == held.on:
        return Way.TAKE
    if theirs <= ours and offered.on <= held.on:
        return Way.KEEP
    return Way.ASK
