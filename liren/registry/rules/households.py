"""What a household's page draws together from its members' lines: who earns, who needs care."""

from collections.abc import Iterable
from typing import TypeVar

from liren.registry.enums import AwayReason, DesignationKind, FactKind
from liren.registry.rules import Line

L = TypeVar("L", bound=Line)

CHILD_BELOW, OLD_FROM = 16, 80
NEEDY = frozenset(
    {
        DesignationKind.DIBAO,
        DesignationKind.TEKUN,
        DesignationKind.LOW_INCOME,
        DesignationKind.DIFFICULTY,
        DesignationKind.ORPHAN,
    }
)


def earns(lines: Iterable[L]) -> list[L]:
    """Return the lines by which somebody brings money into the household: work here, work away, a benefit."""
    return [
        line
        for line in lines
        if line.kind in {FactKind.EMPLOYER, FactKind.BENEFIT}
        or (line.kind == FactKind.AWAY and line.code in {AwayReason.WORK, AwayReason.BUSINESS})
    ]


def cares(lines: Iterable[Line], age: int | None) -> list[str]:
    """Return why somebody needs care: child, old, disabled, needy (words of ``pages.words.CARE``)."""
    known = list(lines)
    found = []
    if age is not None and age < CHILD_BELOW:
        found.append("child")
    if age is not None and age >= OLD_FROM:
        found.append("old")
    if any(line.kind == FactKind.DISABILITY for line in known):
        found.append("disabled")
    if any(line.kind == FactKind.DESIGNATION and line.code in NEEDY for line in known):
        found.append("needy")
    return found
