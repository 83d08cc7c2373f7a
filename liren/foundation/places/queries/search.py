"""Search for places by name, part of a name, pinyin, initials or code, in a few milliseconds over the whole tree.

Every stored key is read in ranges of byte order, each range by an index that begins with the level and each with a limit, so that
a common prefix costs no more than a rare one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from liren.base import rows
from liren.foundation.places.enums import Kind, Level
from liren.foundation.places.models import Place
from liren.foundation.places.queries.tree import Path, path_above
from liren.foundation.places.rules import COUNTY_STEP, DIGITS, EVERYWHERE, WIDTHS, AreaRange, subtree
from liren.foundation.places.rules.typed import Column, Rank, Span, halves, pieces, spans, words

MOST = 50
SPARE = 5
"""Read beyond the limit, for the few that are not shown."""

MOST_AROUND = 24
"""How many places a word may stand for when it only says where to look."""

# in BY_NAME the area is only filtered, in the index tuple: the planner, blind to the ranges, would else read it by area
SMALL = COUNTY_STEP
"""Up to the size of a county, reading the whole area is quicker than reading a name everywhere."""

BY_NAME = """
SELECT span.rank, place.level, place.area
FROM unnest(%(rank)s::smallint[], %(low)s::text[], %(high)s::text[]) AS span(rank, low, high),
     unnest(%(wide_levels)s::smallint[]) AS wanted(level),
     unnest(%(wide_lo)s::bigint[], %(wide_hi)s::bigint[]) AS around(lo, hi),
LATERAL (
  SELECT level, area FROM {table}
  WHERE level = wanted.level AND {column} >= span.low AND {column} < span.high AND area + 0 BETWEEN around.lo AND around.hi
  ORDER BY {column}, area LIMIT %(limit)s
) AS place
"""
BY_AREA = """
SELECT rank, level, area FROM (
  SELECT place.level, place.area, CASE {cases} END AS rank
  FROM unnest(%(small_lo)s::bigint[], %(small_hi)s::bigint[]) AS around(lo, hi),
  LATERAL (
    SELECT level, area, key, pinyin, initials FROM places_place
    WHERE level = ANY(%(levels)s::smallint[]) AND area BETWEEN around.lo AND around.hi OFFSET 0
  ) AS place
) AS ranked WHERE rank IS NOT NULL ORDER BY rank, level, area LIMIT %(limit)s
"""
BEST = """
SELECT min(rank) AS rank, NOT area BETWEEN %(near_lo)s AND %(near_hi)s AS far, level, area
FROM ({found}) AS found GROUP BY level, area ORDER BY rank, far, level, area LIMIT %(most)s
"""
WHOLE = """
SELECT best.rank, {place}, {township} FROM ({best}) AS best
JOIN places_place AS place ON place.id = best.area * 10 + best.level
LEFT JOIN places_place AS township ON best.level = 5 AND township.id = best.area / 1000000 * 10000000 + 4
ORDER BY best.rank, best.far, best.level, best.area
"""
BY_CODE = """
SELECT (area <> %(lo)s)::int AS rank, false AS far, level, area FROM places_place
WHERE level = ANY(%(levels)s::smallint[]) AND area BETWEEN %(first)s AND %(last)s ORDER BY level, area LIMIT %(most)s
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


def search(
    typed: str,
    *,
    under: AreaRange | None = None,
    near: AreaRange | None = None,
    levels: Sequence[int] = (1, 2, 3, 4, 5),
    limit: int = 10,
    registered: bool = False,
) -> list[Hit]:
    """Return the places that fit, best first: exact, then prefix, then part of the name; near ones and upper levels first in each.

    Several words name places around and, last, the place (江宁 牌坊, jiangning paifang); a name written in one is taken apart when
    nothing fits it whole. ``under`` restricts, ``near`` only ranks. ``registered`` also finds Hong Kong, Macau and Taiwan.
    """
    asked = words(typed)
    wanted = [level for level in levels if Level.PROVINCE <= level <= Level.COMMUNITY]
    limit = min(limit, MOST)
    if not asked or not wanted:
        return []
    if len(asked) == 1 and asked[0].isdigit() and len(asked[0]) > 1:
        found = _by_code(asked[0], under, wanted, limit + SPARE)
    else:
        ask = _Question(under, near, wanted, limit + SPARE)
        found = _walk(asked, ask)
        if not found and len(asked) == 1:
            found = _taken_apart(asked[0], ask)
    return _shown(found, limit, registered)


def _shown(hits: Sequence[Hit], limit: int, registered: bool) -> list[Hit]:
    found = [(hit, hit.place) for hit in hits]
    areas = {(place.area, place.level) for _hit, place in found}
    return [
        hit
        for hit, place in found
        if (place.area, place.level - 1) not in areas  # 东莞市 is a city and its only county: once is enough
        and place.kind != Kind.PLACEHOLDER
        and place.valid_until is None
        and (registered or place.kind != Kind.REGISTERED_ONLY)
    ][:limit]


@dataclass(frozen=True, slots=True)
class _Question:
    under: AreaRange | None
    near: AreaRange | None
    levels: list[int]
    limit: int


def _walk(asked: Sequence[str], ask: _Question) -> list[Hit]:
    """Look for the last word inside the places that the words before it name."""
    around = [ask.under or AreaRange(0, EVERYWHERE)]
    for word in asked[:-1]:
        upper = replace(ask, near=None, levels=[1, 2, 3, 4], limit=MOST_AROUND)
        around = _outermost(subtree(level, area) for _, _, level, area in _rows(*_best(word, around, upper)))
        if not around:
            return []
    return _hits(*_best(asked[-1], around, ask))


def _taken_apart(word: str, ask: _Question) -> list[Hit]:
    parts = pieces(word)
    if len(parts) > 1 and (found := _walk(parts, ask)):
        return found
    for halved in halves(word):
        if found := _walk(halved, ask):
            return found
    return []


_FIELDS = [field.attname for field in Place._meta.concrete_fields]
_PLACE = ", ".join(f"place.{name}" for name in _FIELDS)
_TOWNSHIP = ", ".join(f"township.{name}" for name in _FIELDS)


def _hits(best: str, values: dict[str, Any]) -> list[Hit]:
    """Return what the query for the best places finds, with their paths, in one question."""
    if not best:
        return []
    return [_hit(row) for row in _rows(WHOLE.format(best=best, place=_PLACE, township=_TOWNSHIP), values)]


def _hit(row: tuple[Any, ...]) -> Hit:
    place = Place.from_db(DEFAULT_DB_ALIAS, _FIELDS, row[1 : 1 + len(_FIELDS)])
    township = row[1 + len(_FIELDS) :]
    known = {township[0]: Place.from_db(DEFAULT_DB_ALIAS, _FIELDS, township)} if township[0] else {}
    return Hit(path_above(place, known), Rank(row[0]))


def _rows(query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    if not query:
        return []
    return rows.asked(query, values)


def _outermost(ranges: Iterable[AreaRange]) -> list[AreaRange]:
    kept: list[AreaRange] = []
    for one in sorted(ranges, key=lambda found: (found.lo, -found.hi)):
        if not kept or one.lo > kept[-1].hi:
            kept.append(one)
    return kept


def _best(word: str, around: Sequence[AreaRange], ask: _Question) -> tuple[str, dict[str, Any]]:
    """Return the query for the best places that fit a word, with its values; no query where nothing is asked."""
    looked = spans(word)
    small = [one for one in around if one.hi - one.lo < SMALL]
    large = [one for one in around if one.hi - one.lo >= SMALL]
    near = ask.near
    if near and near.hi - near.lo < SMALL and any(one.lo <= near.lo and near.hi <= one.hi for one in large):
        small.append(near)
    parts: list[str] = []
    values: dict[str, Any] = {
        "limit": ask.limit,
        "most": ask.limit,
        "near_lo": near.lo if near else 0,
        "near_hi": near.hi if near else EVERYWHERE,
    }
    if small:
        parts.append(_locally(looked, small, ask.levels, values))
    if large and (levels := _worth_a_letter(word, ask.levels)):
        parts += _everywhere(looked, large, levels, values)
    return (BEST.format(found=" UNION ALL ".join(f"({part})" for part in parts)) if parts else ""), values


def _worth_a_letter(word: str, levels: list[int]) -> list[int]:
    """Leave communities out when one letter is all there is: a tenth of the country would fit."""
    return [level for level in levels if level < Level.COMMUNITY] if word.isascii() and len(word) == 1 else levels


def _locally(looked: Sequence[Span], around: Sequence[AreaRange], levels: list[int], values: dict[str, Any]) -> str:
    cases: list[str] = []
    values |= {
        "small_lo": array(one.lo for one in around),
        "small_hi": array(one.hi for one in around),
        "levels": array(levels),
    }
    for number, span in enumerate(looked):
        name = TABLES[span.column][1]
        values[f"from{number}"], values[f"to{number}"] = span.lo, span.hi
        fits = (
            f"strpos(key, %(from{number})s) > 1"
            if span.column == Column.TAIL
            else f"{name} >= %(from{number})s AND {name} < %(to{number})s"
        )
        cases.append(f"WHEN {fits} THEN {int(span.rank)}")
    return BY_AREA.format(cases=" ".join(cases))


def _everywhere(
    looked: Sequence[Span], around: Sequence[AreaRange], levels: list[int], values: dict[str, Any]
) -> list[str]:
    parts: list[str] = []
    values |= {
        "wide_levels": array(levels),
        "wide_lo": array(one.lo for one in around),
        "wide_hi": array(one.hi for one in around),
    }
    for column in dict.fromkeys(span.column for span in looked):
        table, name = TABLES[column]
        part = BY_NAME.format(table=table, column=name)
        asked = [(int(span.rank), span.lo, span.hi) for span in looked if span.column == column]
        for field, series in zip(("rank", "low", "high"), zip(*asked, strict=True), strict=True):
            values[f"{field}{int(column)}"] = array(series)
            part = part.replace(f"%({field})s", f"%({field}{int(column)})s")
        parts.append(part)
    return parts


def array(values: Iterable[Any]) -> str:
    """Return numbers or words as PostgreSQL writes an array: a search sends fifteen of them, a fifth of its time to psycopg's own writer."""
    written = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in written) + "}"


def _by_code(code: str, under: AreaRange | None, levels: Sequence[int], limit: int) -> list[Hit]:
    if len(code) > WIDTHS[Level.COMMUNITY]:
        return []
    exact = int(code.ljust(DIGITS, "0"))
    lo, hi = exact, int(code.ljust(DIGITS, "9"))
    if under is not None:
        lo, hi = max(lo, under.lo), min(hi, under.hi)
    values = {"lo": exact, "first": lo, "last": hi, "levels": array(levels), "most": limit}
    return _hits(BY_CODE, values)
