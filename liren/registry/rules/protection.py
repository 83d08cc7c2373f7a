"""Small numbers: what is hidden from those who may know figures but not people.

Two steps for one line of figures with its total. Primary: a figure of one to four people is hidden. Complementary: what is hidden
must not follow from the total and the others, so as long as a single figure is hidden, or all that is hidden comes to less than
five people, the smallest of the shown figures is hidden too; when nothing is left to hide, the total is. Nothing (0) is shown:
it says of nobody that he or she is on a list.
"""

from collections.abc import Mapping
from dataclasses import dataclass

LEAST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Protected:
    """A line of figures as it may be shown: nothing in place of what is hidden."""

    cells: Mapping[int, int | None]
    total: int | None


def protect(cells: Mapping[int, int]) -> Protected:
    """Return the figures by area, with their total, as they may be shown."""
    hidden = {area for area, number in cells.items() if 0 < number < LEAST_SHOWN}
    total = sum(cells.values())
    is_total_hidden = 0 < total < LEAST_SHOWN
    while hidden and (len(hidden) == 1 or sum(cells[area] for area in hidden) < LEAST_SHOWN):
        left = sorted((number, area) for area, number in cells.items() if area not in hidden and number)
        if not left:
            is_total_hidden = True
            break
        hidden.add(left[0][1])
    return Protected(
        {area: None if area in hidden else number for area, number in cells.items()},
        None if is_total_hidden else total,
    )
