"""Working-day arithmetic over a calendar value; the days themselves are pack data and come from outside."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The official days of some years.

    ``off`` are weekdays nobody works, ``worked`` are weekend days that are worked (调休), ``covered`` the years whose
    arrangement was published. ``fixed`` are (month, day) pairs that stay free in the years that are not covered yet.
    """

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    covered: Container[int] = ()
    fixed: frozenset[tuple[int, int]] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Return whether offices work on ``day``; outside the covered years weekends and the fixed holidays decide."""
        if day.year not in self.covered:
            return day.weekday() < SATURDAY and (day.month, day.day) not in self.fixed
        if day.weekday() < SATURDAY:
            return day not in self.off
        return day in self.worked

    def is_covered(self, day: date) -> bool:
        """Return whether the arrangement of the year of ``day`` was published."""
        return day.year in self.covered


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a deadline; ``provisional`` while a year it runs through has no published arrangement."""

    day: date
    provisional: bool


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += ONE_DAY
        yield day


def add_working_days(day0: date, n: int, calendar: Calendar) -> Due:
    """Return the ``n``-th working day after ``day0``; the day of acceptance is day 0 and never counts.

    Zero working days are due on ``day0`` itself, also when it is a day off. Raises ValueError for a negative ``n``.
    """
    if n < 0:
        raise ValueError("a deadline cannot lie before its first day")
    provisional = False
    left = n
    due = day0
    for day in _days_after(day0):
        if left == 0:
            break
        due = day
        provisional = provisional or not calendar.is_covered(day)
        left -= calendar.is_working_day(day)
    return Due(due, provisional)


def working_days_between(first: date, last: date, calendar: Calendar) -> int:
    """Return how many working days lie after ``first`` up to and with ``last``; negative when ``last`` is the earlier day."""
    if last < first:
        return -working_days_between(last, first, calendar)
    return sum(calendar.is_working_day(first + timedelta(days=step)) for step in range(1, (last - first).days + 1))


def next_working_day(day: date, calendar: Calendar) -> date:
    """Return ``day`` when it is worked, else the first working day after it."""
    while not calendar.is_working_day(day):
        day += ONE_DAY
    return day
