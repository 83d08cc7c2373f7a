"""Deadlines: day 0, working days, stops and what is left of a promise."""

from datetime import date, timedelta

import hypothesis.strategies as st
from hypothesis import given

from liren.base.calendar import Calendar
from liren.engines.cases.enums import Standing
from liren.engines.cases.rules.clock import Clock, Stop, due, may_extend, soon_until, standing, working_days_left

# 国庆 2026 with its worked weekend days, as published for the year
NATIONAL_DAY = Calendar(
    off=frozenset(date(2026, 10, day) for day in range(1, 8)) | {date(2026, 9, 25)},
    worked=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    covered=range(2024, 2027),
    fixed=frozenset({(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)}),
)
days = st.dates(date(2024, 1, 1), date(2026, 11, 1))
stops = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 25)), max_size=3)


def walk(clock: Clock, calendar: Calendar) -> date:
    """Count one day after the other: what the promise says in words."""
    day, left = clock.accepted_on, clock.days + clock.extended
    while left:
        day += timedelta(days=1)
        stands = any(stop.start <= day and stop.end is not None and day < stop.end for stop in clock.stops)
        left -= calendar.is_working_day(day) and not stands
    return day


def made(start: date, promised: int, extended: int, gaps: list[tuple[int, int]]) -> Clock:
    found, day = [], start
    for gap, length in gaps:
        day += timedelta(days=gap)
        found.append(Stop(day, day + timedelta(days=length)))
        day += timedelta(days=length)
    return Clock(start, promised, extended, tuple(found))


@given(days, st.integers(1, 40), st.integers(0, 10), stops)
def test_a_deadline_is_the_nth_working_day_on_which_the_clock_did_not_stand(
    start: date, promised: int, extended: int, gaps: list[tuple[int, int]]
) -> None:
    clock = made(start, promised, extended, gaps)

    assert due(clock, NATIONAL_DAY).day == walk(clock, NATIONAL_DAY)


@given(days, st.integers(1, 40), stops)
def test_a_stop_never_brings_a_deadline_forward(start: date, promised: int, gaps: list[tuple[int, int]]) -> None:
    assert due(made(start, promised, 0, gaps), NATIONAL_DAY).day >= due(Clock(start, promised), NATIONAL_DAY).day


@given(days, st.integers(1, 30), st.integers(-60, 60))
def test_what_is_left_agrees_with_the_standing(start: date, promised: int, away: int) -> None:
    last = due(Clock(start, promised), NATIONAL_DAY).day
    on = last + timedelta(days=away)

    left = working_days_left(last, on, NATIONAL_DAY)

    assert (standing(last, on, NATIONAL_DAY) is Standing.OVERDUE) == (left < 0) == (on > last)
    assert (standing(last, on, NATIONAL_DAY) is Standing.DUE_SOON) == (0 <= left <= 1)


@given(days)
def test_the_last_day_that_is_due_soon_is_one_working_day_away(on: date) -> None:
    last = soon_until(on, NATIONAL_DAY)

    assert standing(last, on, NATIONAL_DAY) is Standing.DUE_SOON
    assert standing(last + timedelta(days=1), on, NATIONAL_DAY) is Standing.ON_TIME


def test_the_day_of_acceptance_is_day_zero() -> None:
    assert due(Clock(date(2026, 9, 3), 10), NATIONAL_DAY).day == date(2026, 9, 17)


def test_the_national_holiday_does_not_count_and_the_worked_sunday_does() -> None:
    assert due(Clock(date(2026, 9, 17), 2), NATIONAL_DAY).day == date(2026, 9, 20)
    assert due(Clock(date(2026, 9, 30), 3), NATIONAL_DAY).day == date(2026, 10, 10)


def test_the_clock_stands_while_the_applicant_is_asked() -> None:
    asked = Clock(date(2026, 9, 3), 10, stops=(Stop(date(2026, 9, 8), date(2026, 9, 11)),))

    assert due(asked, NATIONAL_DAY).day == date(2026, 9, 21)
    assert not asked.is_stopped
    assert Clock(date(2026, 9, 3), 10, stops=(Stop(date(2026, 9, 8)),)).is_stopped


def test_beyond_the_published_years_a_deadline_is_provisional() -> None:
    assert due(Clock(date(2026, 12, 28), 10), NATIONAL_DAY).provisional
    assert not due(Clock(date(2026, 12, 1), 10), NATIONAL_DAY).provisional


def test_a_promise_is_extended_once() -> None:
    assert may_extend(5, 0, 5)
    assert not may_extend(5, 5, 5)
    assert not may_extend(6, 0, 5)
