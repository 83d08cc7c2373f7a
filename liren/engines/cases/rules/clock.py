"""Deadlines: working days after the day of acceptance, pauses that stop the clock, one extension."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from liren.base.calendar import Calendar, Due, add_working_days, working_days_between
from liren.engines.cases.enums import Standing

DUE_SOON_WORKING_DAYS = 1
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stop:
    """A half-open period ``[start, end)`` in which the clock stands; without an end it still stands."""

    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """The promise of one case: ``accepted_on`` is day 0; ``days`` and ``extended`` are working days."""

    accepted_on: date
    days: int
    extended: int = 0
    stops: tuple[Stop, ...] = ()

    @property
    def is_stopped(self) -> bool:
        """Say whether a stop is still open."""
        return any(stop.end is None for stop in self.stops)


def due(clock: Clock, calendar: Calendar) -> Due:
    """Return the last day of the promise: the n-th working day after day 0 on which the clock did not stand.

    An open stop counts as if it ended on its first day: the case is due no earlier than that. A deadline that passed before a stop stays passed.
    """
    days = clock.days + clock.extended
    last = add_working_days(clock.accepted_on, days, calendar)
    for stop in sorted((stop for stop in clock.stops if stop.end is not None), key=lambda stop: stop.start):
        if stop.end is None or stop.start > last.day:
            continue
        first = max(stop.start, clock.accepted_on + ONE_DAY)
        if stop.end <= first:
            continue
        days += working_days_between(first - ONE_DAY, stop.end - ONE_DAY, calendar)
        last = add_working_days(clock.accepted_on, days, calendar)
    return last


def working_days_left(due_on: date, on: date, calendar: Calendar) -> int:
    """Return the working days after ``on`` up to ``due_on``; negative once it has passed."""
    if on > due_on:
        return min(-1, -working_days_between(due_on, on, calendar))
    return working_days_between(on, due_on, calendar)


def standing(due_on: date | None, on: date, calendar: Calendar, *, stopped: bool = False) -> Standing:
    """Say how a deadline stands on the day ``on``."""
    if due_on is None:
        return Standing.NONE
    if stopped:
        return Standing.STOPPED
    if on > due_on:
        return Standing.OVERDUE
    if working_days_between(on, due_on, calendar) <= DUE_SOON_WORKING_DAYS:
        return Standing.DUE_SOON
    return Standing.ON_TIME


def soon_until(on: date, calendar: Calendar) -> date:
    """Return the last due day that counts as due soon on the day ``on``: lists compare one column with it."""
    day = on + ONE_DAY
    while working_days_between(on, day, calendar) <= DUE_SOON_WORKING_DAYS:
        day += ONE_DAY
    return day - ONE_DAY


def may_extend(extended: int, already: int, most: int) -> bool:
    """Say whether a promise may be extended by ``already + extended`` working days: once, and no longer than ``most``."""
    return already == 0 and 0 < extended <= most


def stopped_working_days(stops: Iterable[Stop], on: date, calendar: Calendar) -> int:
    """Return how many working days the clock has stood so far, the day ``on`` not included when a stop is open."""
    total = 0
    for stop in stops:
        end = stop.end or on
        if end > stop.start:
            total += working_days_between(stop.start - ONE_DAY, end - ONE_DAY, calendar)
    return total
