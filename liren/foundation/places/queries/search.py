"""Search for places by name, part of a name, pinyin, initials or code, in a few milliseconds over the whole tree.

Every stored key is read in ranges of byte order, each range by an index that begins with the level and each with a limit, so that
a common prefix costs no more than a rare one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from liren.foundation.places.enums import Kind, Level
from liren.foundation.places.models import Place
from liren.foundation.places.queries.tree import Path, paths_of
from liren.foundation.places.rules import COUNTY_STEP, EVERYWHERE, WIDTHS, AreaRange
from liren.foundation.places.rules.typed import Column, Rank, Span, halves, pieces, spans, words

MOST = 50
MOST_AROUND = 24
"""How many places a word may stand for when it only says where to look."""

# in BY_NAME the area is only filtered, in the index tuple: the planner, blind to the ranges, would else read it by area
SMALL = COUNTY_STEP
"""Up to the size of a county, reading the whole area is quicker than reading a name everywhere."""

BY_NAME = """
SELECT span.rank, place.level, place.area
FROM unnest(%(rank)s::smallint[], %(level)s::smallint[], %(low)s::text[], %(high)s::text[], %(lo)s::bigint[], %(hi)s::bigint[])
     AS span(rank, level, low, high, lo, hi),
LATERAL (
  SELECT level, area FROM {table}
  WHERE level = span.level AND {column} >= span.low AND {column} < span.high AND area + 0 BETWEEN span.lo AND span.hi
  ORDER BY {column}, area LIMIT %(limit)s
) AS place
"""
BY_AREA = """
SELECT rank, level, area FROM (
  SELECT place.level, place.area, CASE {cases} END AS rank
  FROM unnest(%(lo)s::bigint[], %(hi)s::bigint[]) AS around(lo, hi),
  LATERAL (
    SELECT level, area, key, pinyin, initials FROM places_place
    WHERE level = ANY(%(levels)s) AND area BETWEEN around.lo AND around.hi OFFSET 0
  ) AS place
) AS ranked WHERE rank IS NOT NULL ORDER BY rank, level, area LIMIT %(limit)s
"""
TABLES = {
    Column.KEY: ("places_place", "key"),
    Column.PINYIN: ("places_place", "pinyin"),
    Column.INITIALS: ("places_place", "initials"),
    Column.TAIL: ("places_placetail", "tail"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that was found, where it lies, and how well it fits."""

    path: Path
    rank: Rank

    @property
    def place(self) -> Place:
        """The place itself."""
        return self.path.place


@dataclass(frozen=True, slots=True, order=True)
class _Found:
    rank: int
    far: bool
    level: int
    area: int


def search(
    typed: str,
    *,
    under: AreaRange | None = None,
    near: AreaRange | None = None,
    levels: Sequence[int] = (1, 2, 3, 4, 5),
    limit: int = 20,
    registered: bool = False,
) -> list[Hit]:
    """Return the places that fit, best first: exact, then prefix, then part of the name; near ones and upper levels first in each.

    Several words name places around and, last, the place (江宁 牌坊, jiangning paifang); a name written in one is taken apart when
    nothing fits it whole. ``under`` restricts, ``near`` only ranks. ``registered`` also finds Hong Kong, Macau and Taiwan.
    """
    asked = words(typed)
    limit = min(limit, MOST)
    if not asked:
        return []
    wanted = [level for level in levels if Level.PROVINCE <= level <= Level.COMMUNITY]
    if len(asked) == 1 and asked[0].isdigit() and len(asked[0]) > 1:
        found = _by_code(asked[0], under, wanted, limit)
    else:
        found = _walk(asked, under, near, wanted, limit)
        if not found and len(asked) == 1:
            found = _taken_apart(asked[0], under, near, wanted, limit)
    return _hits(found, limit, registered)


def _hits(found: Iterable[_Found], limit: int, registered: bool) -> list[Hit]:
    paths = paths_of([(one.level, one.area) for one in found])
    hits = [Hit(path, Rank(one.rank)) for one in found if (path := paths.get((one.level, one.area)))]
    areas = {(hit.place.area, hit.place.level) for hit in hits}
    return [
        hit
        for hit in hits
        if (hit.place.area, hit.place.level - 1) not in areas  # 东莞市 is a city and its only county: once is enough
        and hit.place.kind != Kind.PLACEHOLDER
        and hit.place.valid_until is None
        and (registered or hit.place.kind != Kind.REGISTERED_ONLY)
    ][:limit]


def _walk(
    asked: Sequence[str], under: AreaRange | None, near: AreaRange | None, levels: Sequence[int], limit: int
) -> list[_Found]:
    around = [under or AreaRange(0, EVERYWHERE)]
    for word in asked[:-1]:
        upper = _look(word, around, None, range(1, 5), MOST_AROUND)
        around = _outermost([_range(one) for one in upper])
        if not around:
            return []
    return _look(asked[-1], around, near, levels, limit)


def _taken_apart(
    word: str, under: AreaRange | None, near: AreaRange | None, levels: Sequence[int], limit: int
) -> list[_Found]:
    parts = pieces(word)
    if len(parts) > 1 and (found := _walk(parts, under, near, levels, limit)):
        return found
    for halved in halves(word):
        if found := _walk(halved, under, near, levels, limit):
            return found
    return []


def _range(found: _Found) -> AreaRange:
    return AreaRange(found.area, found.area + 10 ** (15 - WIDTHS[found.level]) - 1)


def _outermost(ranges: Iterable[AreaRange]) -> list[AreaRange]:
    kept: list[AreaRange] = []
    for one in sorted(ranges, key=lambda found: (found.lo, -found.hi)):
        if not kept or one.lo > kept[-1].hi:
            kept.append(one)
    return kept


def _look(
    word: str, around: Sequence[AreaRange], near: AreaRange | None, levels: Iterable[int], limit: int
) -> list[_Found]:
    looked = spans(word)
    levels = list(levels)
    small = [one for one in around if one.hi - one.lo < SMALL]
    large = [one for one in around if one.hi - one.lo >= SMALL]
    rows: list[tuple[int, int, int]] = []
    with connection.cursor() as cursor:
        local = [*small, *([near] if near and large and near.hi - near.lo < SMALL else [])]
        if local:
            cursor.execute(*_local(looked, local, levels, limit))
            rows += [row for row in cursor.fetchall() if any(row[2] in one for one in around)]
        if large and (wide := _worth_a_letter(word, levels)):
            cursor.execute(*_everywhere(looked, large, wide, limit))
            rows += cursor.fetchall()
    best: dict[tuple[int, int], int] = {}
    for rank, level, area in rows:
        best[level, area] = min(rank, best.get((level, area), rank))
    found = [_Found(rank, near is not None and area not in near, level, area) for (level, area), rank in best.items()]
    return sorted(found)[: limit + 5]


def _worth_a_letter(word: str, levels: list[int]) -> list[int]:
    """Leave communities out when one letter is all there is: a tenth of the country would fit."""
    return [level for level in levels if level < Level.COMMUNITY] if word.isascii() and len(word) == 1 else levels


def _local(
    looked: Sequence[Span], around: Sequence[AreaRange], levels: list[int], limit: int
) -> tuple[str, dict[str, Any]]:
    cases: list[str] = []
    values: dict[str, Any] = {
        "lo": [one.lo for one in around],
        "hi": [one.hi for one in around],
        "levels": levels,
        "limit": limit,
    }
    for number, span in enumerate(looked):
        name = TABLES[span.column][1]
        values[f"low{number}"], values[f"high{number}"] = span.lo, span.hi
        fits = (
            f"strpos(key, %(low{number})s) > 1"
            if span.column == Column.TAIL
            else f"{name} >= %(low{number})s AND {name} < %(high{number})s"
        )
        cases.append(f"WHEN {fits} THEN {int(span.rank)}")
    return BY_AREA.format(cases=" ".join(cases)), values


def _everywhere(
    looked: Sequence[Span], around: Sequence[AreaRange], levels: list[int], limit: int
) -> tuple[str, dict[str, Any]]:
    parts: list[str] = []
    values: dict[str, Any] = {"limit": limit}
    for column in dict.fromkeys(span.column for span in looked):
        table, name = TABLES[column]
        part = BY_NAME.format(table=table, column=name)
        asked = [
            (int(span.rank), level, span.lo, span.hi, one.lo, one.hi)
            for span in looked
            if span.column == column
            for level in levels
            for one in around
        ]
        for field, series in zip(("rank", "level", "low", "high", "lo", "hi"), zip(*asked, strict=True), strict=True):
            values[f"{field}{int(column)}"] = list(series)
            part = part.replace(f"%({field})s", f"%({field}{int(column)})s")
        parts.append(part)
    return " UNION ALL ".join(parts), values


def _by_code(code: str, under: AreaRange | None, levels: Sequence[int], limit: int) -> list[_Found]:
    digits = 15
    if len(code) > WIDTHS[Level.COMMUNITY]:
        return []
    lo = int(code.ljust(digits, "0"))
    hi = int(code.ljust(digits, "9"))
    if under is not None:
        lo, hi = max(lo, under.lo), min(hi, under.hi)
    rows = (
        Place.objects.filter(area__gte=lo, area__lte=hi, level__in=list(levels))
        .order_by("level", "area")
        .values_list("level", "area")[:limit]
    )
    return [_Found(Rank.EXACT if area == lo else Rank.PREFIX, False, level, area) for level, area in rows]
