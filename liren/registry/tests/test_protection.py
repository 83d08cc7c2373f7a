"""Small numbers stay hidden, and do not follow from the others."""

from hypothesis import given
from hypothesis import strategies as st

from liren.registry.rules.protection import LEAST_SHOWN, protect

CELLS = st.dictionaries(st.integers(1, 40), st.integers(0, 30), max_size=12)


@given(CELLS)
def test_no_figure_of_one_to_four_people_is_shown(cells: dict[int, int]) -> None:
    shown = protect(cells)

    assert all(number is None or number == 0 or number >= LEAST_SHOWN for number in shown.cells.values())
    assert shown.total is None or shown.total == 0 or shown.total >= LEAST_SHOWN


@given(CELLS)
def test_what_is_hidden_does_not_follow_from_the_total(cells: dict[int, int]) -> None:
    shown = protect(cells)
    hidden = [area for area, number in shown.cells.items() if number is None]

    if hidden and shown.total is not None:
        rest = shown.total - sum(number for number in shown.cells.values() if number is not None)
        assert len(hidden) >= 2
        assert rest >= LEAST_SHOWN


@given(CELLS)
def test_what_is_shown_is_true(cells: dict[int, int]) -> None:
    shown = protect(cells)

    assert all(number in (None, cells[area]) for area, number in shown.cells.items())
    assert shown.total in (None, sum(cells.values()))


def test_figures_that_are_large_enough_are_shown_as_they_are() -> None:
    assert protect({1: 5, 2: 80, 3: 0}).cells == {1: 5, 2: 80, 3: 0}
    assert protect({1: 3, 2: 80, 3: 9}).cells == {1: None, 2: 80, 3: None}
