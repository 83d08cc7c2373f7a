"""Parts of a batch are handed out so that those which are written at once are no neighbours."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.exchange.actions.applying import apart


@given(st.lists(st.integers(), unique=True, max_size=60))
def test_every_part_is_handed_out_once(parts: list[int]) -> None:
    assert sorted(apart(parts)) == sorted(parts)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_parts_that_are_written_at_once_are_no_neighbours(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIREN_POOL", str(count))

    order = apart(range(20))

    assert all(abs(one - other) > 1 for one, other in pairwise(order))


def test_one_process_takes_them_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIREN_POOL", "0")

    assert apart([7, 8, 9]) == [7, 8, 9]
