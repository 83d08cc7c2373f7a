"""Half-open periods of days: the first day belongs, the last one does not, no end means "until further notice"."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Self


@dataclass(frozen=True, slots=True, order=False)
class Period:
    """The days ``[start, end)``; ``end`` None never ends; an empty period is refused."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError("a period ends after it starts")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Self) -> bool:
        """Say whether both have a day in common; periods that only touch have none."""
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    def days(self, until: date) -> int:
        """Return how many of its days lie before ``until``."""
        end = until if self.end is None else min(self.end, until)
        return max((end - self.start).days, 0)

    def months(self, until: date) -> int:
        """Return the full months from its start to its end, or to ``until`` when that comes first."""
        end = until if self.end is None else min(self.end, until)
        return max((end.year - self.start.year) * 12 + end.month - self.start.month - (end.day < self.start.day), 0)


def have_overlap(periods: Iterable[Period]) -> bool:
    """Say whether any two of the periods have a day in common."""
    ordered = sorted(periods, key=lambda period: period.start)
    return any(one.overlaps(other) for one, other in pairwise(ordered))
