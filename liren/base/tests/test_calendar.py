"""Working days across the holidays of three years, against the arrangements the State Council published."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.base.calendar import Calendar, Due, add_working_days, next_working_day, working_days_between


def span(first: date, last: date) -> set[date]:
    """Return every day from ``first`` to ``last``, both included."""
    return {first + timedelta(days=step) for step in range((last - first).days + 1)}


# 国办发明电〔2022〕16号, 〔2023〕7号, 〔2024〕12号: the days off round 春节 and 国庆, and the weekend days worked for them.
FREE = [
    (date(2023, 1, 21), date(2023, 1, 27)),
    (date(2023, 9, 29), date(2023, 10, 6)),
    (date(2024, 2, 10), date(2024, 2, 17)),
    (date(2024, 10, 1), date(2024, 10, 7)),
    (date(2025, 1, 28), date(2025, 2, 4)),
    (date(2025, 10, 1), date(2025, 10, 8)),
]
WORKED = {
    date(2023, 1, 28), date(2023, 1, 29), date(2023, 10, 7), date(2023, 10, 8),
    date(2024, 2, 4), date(2024, 2, 18), date(2024, 9, 29), date(2024, 10, 12),
    date(2025, 1, 26), date(2025, 2, 8), date(2025, 9, 28), date(2025, 10, 11),
}  # fmt: skip
FREE_DAYS = set().union(*(span(first, last) for first, last in FREE))
PUBLISHED = Calendar(
    off=frozenset(day for day in FREE_DAYS if day.weekday() < 5),
    worked=frozenset(WORKED),
    covered=range(2023, 2026),
    fixed=frozenset({(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)}),
)
# Inside these windows nothing but 春节 and 国庆 moves a day.
WINDOWS = [(date(year, 1, 2), date(year, 3, 31)) for year in (2023, 2024, 2025)] + [
    (date(year, 9, 18), date(year, 11, 30)) for year in (2023, 2024, 2025)
]
near_a_holiday = st.sampled_from(WINDOWS).flatmap(lambda window: st.dates(*window))
days_promised = st.integers(min_value=0, max_value=30)


@pytest.mark.parametrize(
    ("accepted", "promised", "due"),
    [
        (date(2023, 1, 20), 1, date(2023, 1, 28)),
        (date(2023, 1, 20), 3, date(2023, 1, 30)),
        (date(2023, 9, 28), 1, date(2023, 10, 7)),
        (date(2023, 9, 28), 5, date(2023, 10, 11)),
        (date(2024, 2, 2), 1, date(2024, 2, 4)),
        (date(2024, 2, 9), 1, date(2024, 2, 18)),
        (date(2024, 9, 27), 3, date(2024, 10, 8)),
        (date(2024, 9, 30), 5, date(2024, 10, 12)),
        (date(2025, 1, 24), 2, date(2025, 1, 27)),
        (date(2025, 1, 27), 4, date(2025, 2, 8)),
        (date(2025, 9, 30), 1, date(2025, 10, 9)),
        (date(2025, 9, 30), 3, date(2025, 10, 11)),
    ],
)
def test_a_deadline_across_the_holidays_ends_on_the_published_working_day(
    accepted: date, promised: int, due: date
) -> None:
    assert add_working_days(accepted, promised, PUBLISHED) == Due(due, provisional=False)


@given(near_a_holiday, days_promised)
def test_a_deadline_never_ends_on_a_published_day_off(accepted: date, promised: int) -> None:
    due = add_working_days(accepted, promised + 1, PUBLISHED)

    assert due.day not in FREE_DAYS
    assert due.day.weekday() < 5 or due.day in WORKED


@given(near_a_holiday, days_promised)
def test_counting_back_gives_the_days_promised(accepted: date, promised: int) -> None:
    due = add_working_days(accepted, promised, PUBLISHED)

    assert working_days_between(accepted, due.day, PUBLISHED) == promised
    assert working_days_between(due.day, accepted, PUBLISHED) == -promised


@given(near_a_holiday, days_promised, days_promised)
def test_an_extension_is_the_same_as_a_longer_promise(accepted: date, promised: int, extended: int) -> None:
    first = add_working_days(accepted, promised, PUBLISHED)

    assert (
        add_working_days(first.day, extended, PUBLISHED).day
        == add_working_days(accepted, promised + extended, PUBLISHED).day
    )


@given(near_a_holiday, days_promised)
def test_whoever_is_accepted_later_is_never_due_earlier(accepted: date, promised: int) -> None:
    next_day = accepted + timedelta(days=1)

    assert add_working_days(accepted, promised, PUBLISHED).day <= add_working_days(next_day, promised, PUBLISHED).day


@given(st.sampled_from([(2023, 1), (2023, 10), (2024, 2), (2024, 10), (2025, 2), (2025, 10)]))
def test_a_week_off_is_paid_back_by_the_days_worked(month: tuple[int, int]) -> None:
    year, number = month
    first, last = date(year, number, 1) - timedelta(days=20), date(year, number, 28)
    weekdays = sum(day.weekday() < 5 for day in span(first + timedelta(days=1), last))
    lost = sum(day.weekday() < 5 for day in FREE_DAYS if first < day <= last)
    gained = sum(first < day <= last for day in WORKED)

    assert working_days_between(first, last, PUBLISHED) == weekdays - lost + gained


def test_the_day_of_acceptance_is_day_zero() -> None:
    assert add_working_days(date(2025, 10, 4), 0, PUBLISHED) == Due(date(2025, 10, 4), provisional=False)


def test_a_deadline_into_a_year_without_arrangement_is_provisional() -> None:
    due = add_working_days(date(2025, 12, 30), 5, PUBLISHED)

    assert due == Due(date(2026, 1, 7), provisional=True)


def test_a_deadline_that_ends_before_the_new_year_is_firm() -> None:
    assert not add_working_days(date(2025, 12, 29), 2, PUBLISHED).provisional


def test_outside_the_covered_years_weekends_and_fixed_holidays_are_free() -> None:
    assert not PUBLISHED.is_working_day(date(2027, 10, 1))
    assert PUBLISHED.is_working_day(date(2027, 10, 4))
    assert not PUBLISHED.is_working_day(date(2027, 10, 9))


def test_a_negative_promise_is_refused() -> None:
    with pytest.raises(ValueError, match="before its first day"):
        add_working_days(date(2025, 1, 2), -1, PUBLISHED)


def test_the_next_working_day_skips_the_holiday() -> None:
    assert next_working_day(date(2023, 9, 29), PUBLISHED) == date(2023, 10, 7)
    assert next_working_day(date(2023, 10, 8), PUBLISHED) == date(2023, 10, 8)
