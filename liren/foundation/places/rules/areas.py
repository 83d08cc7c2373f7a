"""The area key: 12 digits of division and 3 of grid as one integer, right-padded with zeros, so that a subtree is a range.

Digits: province 2, city 2, county 2, township 3, community 3 (统计用区划代码), grid 3.
"""

from collections.abc import Iterator
from dataclasses import dataclass

DIGITS = 15
WIDTHS: tuple[int, ...] = (0, 2, 4, 6, 9, 12, 15)

COUNTRY, PROVINCE, CITY, COUNTY, TOWNSHIP, COMMUNITY, GRID = range(7)
EVERYWHERE = 10**DIGITS - 1
COUNTY_STEP = 10**9

RESIDENTS, VILLAGERS, LIKE_RESIDENTS, LIKE_VILLAGERS = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, order=True)
class AreaRange:
    """An inclusive range of area keys: a place with everything below it."""

    lo: int
    hi: int

    def __contains__(self, area: int) -> bool:
        return self.lo <= area <= self.hi


def subtree(level: int, area: int) -> AreaRange:
    """Return the range of ``area`` taken as a place of ``level`` (0 country … 5 community, 6 grid)."""
    return AreaRange(area, area + 10 ** (DIGITS - WIDTHS[level]) - 1)


def ancestor(area: int, level: int) -> int:
    """Return the area key of the place of ``level`` around ``area``."""
    step: int = 10 ** (DIGITS - WIDTHS[level])
    return area // step * step


def county_of(area: int) -> int:
    """Return the leading six digits, by which placed tables are distributed."""
    return area // COUNTY_STEP


def area_of(code: str) -> int:
    """Return the area key of a division code of 2 to 15 digits; raise ``ValueError`` for anything else."""
    if not code.isascii() or not code.isdigit() or len(code) not in WIDTHS[1:]:
        raise ValueError(f"not a division code: {code!r}")
    return int(code.ljust(DIGITS, "0"))


def code_of(level: int, area: int) -> str:
    """Return the statistical division code: as many digits as the level has, at most 12 without the grid."""
    return f"{area:0{DIGITS}d}"[: WIDTHS[level]]


def lineage(level: int, area: int) -> Iterator[tuple[int, int]]:
    """Yield (level, area) of the province, the city … down to the place itself."""
    for above in range(PROVINCE, level + 1):
        yield above, ancestor(area, above)


def place_id(level: int, area: int) -> int:
    """Return the identity (level, area) as one number: the key followed by the level, below 2**53."""
    return area * 10 + level


def kind_of(area: int) -> int:
    """Return the kind of a community by the last three digits of its code (FIELD c1): 1 to 4, or 0 where they tell nothing."""
    tail = area // 1000 % 1000
    if 1 <= tail <= 199:
        return RESIDENTS
    if 200 <= tail <= 399:
        return VILLAGERS
    if 400 <= tail <= 499:
        return LIKE_RESIDENTS
    if 500 <= tail <= 599:
        return LIKE_VILLAGERS
    return 0
