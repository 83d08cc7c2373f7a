"""Half-open periods: the first day counts, the last one does not."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.base.periods import Period, have_overlap

days = st.dates(date(2000, 1, 1), date(2030, 1, 1))


@given(days, st.integers(1, 4000), days)
def test_a_day_belongs_from_the_first_until_before_the_last(start: date, length: int, day: date) -> None:
    end = start + timedelta(days=length)

    assert (day in Period(start, end)) == (start <= day < end)
    assert (day in Period(start)) == (start <= day)


@given(days, st.integers(1, 4000))
def test_periods_that_touch_do_not_overlap(start: date, length: int) -> None:
    end = start + timedelta(days=length)

    assert not Period(start, end).overlaps(Period(end))
    assert Period(start, end + timedelta(days=1)).overlaps(Period(end))


@given(st.lists(st.tuples(days, st.one_of(st.none(), st.integers(1, 900))), max_size=6))
def test_overlap_is_noticed_among_many(parts: list[tuple[date, int | None]]) -> None:
    periods = [Period(start, None if length is None else start + timedelta(days=length)) for start, length in parts]

    pairs = [(one, other) for place, one in enumerate(periods) for other in periods[:place]]
    assert have_overlap(periods) == any(one.overlaps(other) for one, other in pairs)


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after"):
        Period(date(2026, 1, 2), date(2026, 1, 2))


def test_months_are_full_months() -> None:
    assert Period(date(2026, 1, 31)).months(date(2026, 7, 30)) == 5
    assert Period(date(2026, 1, 31)).months(date(2026, 7, 31)) == 6
    assert Period(date(2026, 1, 1), date(2026, 3, 1)).months(date(2027, 1, 1)) == 2
    assert Period(date(2026, 1, 1)).days(date(2025, 1, 1)) == 0
