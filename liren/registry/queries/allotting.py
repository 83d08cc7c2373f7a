"""What can be put into a grid, page by page, and what would follow: read before anything is done."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from liren.base.errors import NotFound, Refusal
from liren.foundation.places.models import Unit
from liren.registry.enums import PartKind
from liren.registry.models import Dwelling, GridPart, Household
from liren.registry.queries.grids import (
    BY_BUILDING,
    BY_DWELLING,
    BY_HOUSEHOLD,
    BY_UNIT,
    HOME_OF,
    HOMES,
    LIES,
    LIVING,
    NONE,
)

MOST_TYPED = 64
MOST_PARTS = 2000
"""So many buildings, homes or households are put into a grid at once at most."""
ANY_GRID = -1


@dataclass(frozen=True, slots=True)
class Part:
    """A building by its name, or a unit, dwelling or household by its id."""

    kind: str
    building: str = ""
    part: int = 0

    @classmethod
    def read(cls, kind: str, said: str) -> "Part":
        """Return the part that a form names; raise ``Refusal`` for what is none."""
        if kind == PartKind.BUILDING and said:
            return cls(kind, building=said)
        if kind in PartKind.values and kind != PartKind.BUILDING and said.isdigit() and len(said) < 20:
            return cls(kind, part=int(said))
        raise Refusal(_("请先勾选要划的楼栋、住房或户。"), field="part")

    @property
    def key(self) -> tuple[str, str, int]:
        """Return what it is by, as a row has it."""
        return self.kind, self.building, self.part

    @property
    def said(self) -> str:
        """Return it as a form names it."""
        return self.building or str(self.part)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be put into a grid: how it is called, where it lies now, and who lives there.

    ``is_own`` says that it was put there by itself, not together with its building.
    """

    part: Part
    words: str
    grid: int
    dwellings: int
    households: int
    people: int
    is_own: bool = True
    order: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which parts are asked for: a kind, words of the address or the head's name, those of one grid (``NONE``, ``ANY_GRID``)."""

    kind: str = PartKind.BUILDING
    typed: str = ""
    grid: int = ANY_GRID


@dataclass(frozen=True, slots=True)
class Choices:
    """A page of what can be put into a grid, and the key at which the next one starts."""

    rows: list[Choice]
    after: tuple[str, int] | None = None


_LIVED = "h.dwelling_id = d.id AND h.closed_on IS NULL AND h.kind = 'living' AND h.size > 0"
_BUILDINGS = f"""
SELECT d.building, d.building, '', coalesce(max(by_building.grid), 0), count(DISTINCT d.id), count(h.id), coalesce(sum(h.size), 0), true
  FROM registry_dwelling d LEFT JOIN registry_household h ON {_LIVED} {BY_BUILDING}
 WHERE d.area BETWEEN %(lo)s AND %(hi)s AND d.building <> '' AND position(%(typed)s IN d.building) > 0
 GROUP BY d.building HAVING %(any)s OR coalesce(max(by_building.grid), 0) = %(grid)s
"""  # noqa: S608  our own words
_UNITS = f"""
SELECT u.id::text, u.name, '', coalesce(max(by_unit.grid), 0), count(DISTINCT d.id), count(h.id), coalesce(sum(h.size), 0), true
  FROM places_unit u JOIN registry_dwelling d ON d.unit = u.id LEFT JOIN registry_household h ON {_LIVED} {BY_UNIT}
 WHERE u.area BETWEEN %(lo)s AND %(hi)s AND d.area BETWEEN %(lo)s AND %(hi)s AND position(%(typed)s IN u.name) > 0
 GROUP BY u.id, u.name HAVING %(any)s OR coalesce(max(by_unit.grid), 0) = %(grid)s
"""  # noqa: S608  our own words
_DWELLINGS = f"""
SELECT d.id::text, d.address, d.ordered, coalesce(by_dwelling.grid, by_building.grid, by_unit.grid, 0) AS grid, 1,
       lived.homes, lived.people, by_dwelling.grid IS NOT NULL
  FROM registry_dwelling d {BY_DWELLING} {BY_BUILDING} {BY_UNIT}
  CROSS JOIN LATERAL (SELECT count(*) AS homes, coalesce(sum(h.size), 0) AS people, coalesce(string_agg(h.head_name, ' '), '') AS heads
                        FROM registry_household h WHERE {_LIVED}) lived
 WHERE d.area BETWEEN %(lo)s AND %(hi)s AND (position(%(typed)s IN d.address) > 0 OR position(%(typed)s IN lived.heads) > 0)
   AND (d.ordered, d.id) > (%(after)s COLLATE "C", %(last)s)
   AND (%(any)s OR coalesce(by_dwelling.grid, by_building.grid, by_unit.grid, 0) = %(grid)s) ORDER BY d.ordered, d.id LIMIT %(limit)s
"""  # noqa: S608  our own words
_HOUSEHOLDS = f"""
SELECT h.id::text, h.address || CASE WHEN h.head_name = '' THEN '' ELSE '（' || h.head_name || '）' END, h.ordered,
       coalesce(by_household.grid, 0), 0, 1, h.size, true
  FROM registry_household h {BY_HOUSEHOLD}
 WHERE h.area BETWEEN %(lo)s AND %(hi)s AND h.dwelling_id IS NULL AND h.closed_on IS NULL AND h.size > 0
   AND (h.kind = 'living' OR EXISTS (SELECT FROM registry_person p WHERE p.register_id = h.id AND p.household_id IS NULL AND p.deceased_on IS NULL))
   AND (position(%(typed)s IN h.address) > 0 OR position(%(typed)s IN h.head_name) > 0)
   AND (h.ordered, h.id) > (%(after)s COLLATE "C", %(last)s)
   AND (%(any)s OR coalesce(by_household.grid, 0) = %(grid)s) ORDER BY h.ordered, h.id LIMIT %(limit)s
"""  # noqa: S608  our own words
_CHOICES = {
    PartKind.BUILDING.value: _BUILDINGS,
    PartKind.UNIT.value: _UNITS,
    PartKind.DWELLING.value: _DWELLINGS,
    PartKind.HOUSEHOLD.value: _HOUSEHOLDS,
}


def choices(
    community: int, asked: Asked, *, on: date, after: tuple[str, int] | None = None, size: int = 100
) -> Choices:
    """Return a page of what can be put into grids in a community, in natural order, with the grid in which each lies on a day."""
    values: dict[str, Any] = {
        "lo": community, "hi": community + 999, "on": on, "typed": asked.typed.strip()[:MOST_TYPED], "any": asked.grid == ANY_GRID,
        "grid": asked.grid, "after": after[0] if after else "", "last": after[1] if after else 0, "limit": size + 1,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CHOICES[asked.kind], values)
        rows = [
            Choice(Part.read(asked.kind, said), words, grid, dwellings, homes, people, is_own, order)
            for said, words, order, grid, dwellings, homes, people, is_own in cursor.fetchall()
        ]
    if asked.kind in {PartKind.BUILDING, PartKind.UNIT}:
        rows.sort(key=lambda one: (_natural(one.words), one.part.key))
        rows = [row for row in rows if after is None or (_natural(row.words), row.part.part) > after]
        more = rows[size - 1] if len(rows) > size else None
        return Choices(rows[:size], (_natural(more.words), more.part.part) if more else None)
    more = rows[size - 1] if len(rows) > size else None
    return Choices(rows[:size], (more.order, more.part.part) if more else None)


def _natural(words: str) -> str:
    """Return what a name is ordered by: 9幢 before 10幢."""
    return re.sub(r"\d+", lambda found: found[0].zfill(6), words)


def every_part(community: int, asked: Asked, *, on: date) -> list[Part]:
    """Return all parts that are asked for, however many pages they fill; raise ``Refusal`` for too many."""
    found = choices(community, asked, on=on, size=MOST_PARTS)
    if found.after is not None:
        raise Refusal(_("一次最多划 %(most)d 处。请先缩小范围，例如按楼栋划。") % {"most": MOST_PARTS})
    return [one.part for one in found.rows]


# What would follow


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Who would come to lie in another grid: households and people by the grid they lie in now; ``kept`` homes keep their own."""

    households: Mapping[int, int]
    people: Mapping[int, int]
    kept: int

    @property
    def totals(self) -> tuple[int, int]:
        """Return all households and people together."""
        return sum(self.households.values()), sum(self.people.values())


_FORESEEN = f"""
WITH met AS MATERIALIZED (
  SELECT h.id, {LIES} AS grid,
         coalesce(CASE WHEN d.id = ANY(%(dwellings)s) THEN %(into)s ELSE by_dwelling.grid END,
                  CASE WHEN d.building = ANY(%(buildings)s) THEN %(into)s ELSE by_building.grid END,
                  CASE WHEN d.unit = ANY(%(units)s) THEN %(into)s ELSE by_unit.grid END,
                  CASE WHEN h.dwelling_id IS NULL AND h.id = ANY(%(households)s) THEN %(into)s ELSE by_household.grid END, 0) AS after
    FROM registry_household h {HOMES}
   WHERE h.area BETWEEN %(lo)s AND %(hi)s AND h.closed_on IS NULL
     AND (d.id = ANY(%(dwellings)s) OR d.building = ANY(%(buildings)s) OR d.unit = ANY(%(units)s)
          OR (h.dwelling_id IS NULL AND h.id = ANY(%(households)s))))
SELECT met.grid, met.after, count(DISTINCT p.household_id), count(p.id) FROM met
  LEFT JOIN registry_person p ON {HOME_OF} = met.id AND p.area BETWEEN %(lo)s AND %(hi)s AND p.deceased_on IS NULL AND p.residence IN {LIVING}
 GROUP BY 1, 2
"""  # noqa: S608  our own words


def foreseen(community: int, parts: Sequence[Part], *, grid: int, on: date) -> Foreseen:
    """Return who would come to lie in a grid (``NONE``: out of theirs) if parts were put there from a day on."""
    values: dict[str, Any] = {"lo": community, "hi": community + 999, "on": on, "into": grid or None}
    values["buildings"] = [one.building for one in parts if one.building]
    for name, kind in (("units", PartKind.UNIT), ("dwellings", PartKind.DWELLING), ("households", PartKind.HOUSEHOLD)):
        values[name] = [one.part for one in parts if one.kind == kind]
    households, people, kept = dict[int, int](), dict[int, int](), 0
    with connection.cursor() as cursor:
        cursor.execute(_FORESEEN, values)
        for before, after, homes, who in cursor.fetchall():
            if before != after:
                households[before] = households.get(before, 0) + homes
                people[before] = people.get(before, 0) + who
            elif grid not in {NONE, after}:
                kept += homes
    return Foreseen(households, people, kept)


def checked_parts(community: int, parts: Sequence[Part]) -> list[Part]:
    """Return parts, each once; raise ``NotFound`` where one is not in the community, ``Refusal`` for none or too many."""
    once = list(dict.fromkeys(parts))
    if not once:
        raise Refusal(_("请先勾选要划的楼栋、住房或户。"), field="part")
    if len(once) > MOST_PARTS:
        raise Refusal(_("一次最多划 %(most)d 处。请先缩小范围，例如按楼栋划。") % {"most": MOST_PARTS})
    here: dict[str, Any] = {"area__gte": community, "area__lt": community + 1000}
    buildings = [one.building for one in once if one.kind == PartKind.BUILDING]
    known: set[tuple[str, str, int]] = {
        (PartKind.BUILDING.value, name, 0)
        for name in Dwelling.objects.filter(building__in=buildings, **here).values_list("building", flat=True)
    }
    for kind, model in ((PartKind.UNIT, Unit), (PartKind.DWELLING, Dwelling), (PartKind.HOUSEHOLD, Household)):
        ids = [one.part for one in once if one.kind == kind]
        known |= {(kind.value, "", pk) for pk in model.objects.filter(pk__in=ids, **here).values_list("pk", flat=True)}
    if {one.key for one in once} - known:
        raise NotFound(_("有的楼栋、住房或户不在这个村（社区），请刷新页面再选。"), field="part")
    return once


def lying(community: int, parts: Sequence[Part]) -> list[GridPart]:
    """Return where parts lie or will lie, by their own lines, and hold those lines for the transaction."""
    wanted = {one.key for one in parts}
    rows = GridPart.objects.select_for_update().filter(
        area=community, withdrawn_at=None, kind__in={one.kind for one in parts}
    )
    rows = rows.filter(part__in={one.part for one in parts})
    return [row for row in rows.order_by("id") if (row.kind, row.building, row.part) in wanted]


def words_of(parts: Sequence[GridPart]) -> dict[int, str]:
    """Return how the parts of grids are called, by the id of their line: the building, the unit, the address."""
    found = {one.pk: one.building for one in parts}
    for kind, model, column in (
        (PartKind.UNIT, Unit, "name"), (PartKind.DWELLING, Dwelling, "address"), (PartKind.HOUSEHOLD, Household, "address"),
    ):  # fmt: skip
        wanted = {one.part: one.pk for one in parts if one.kind == kind}
        named = dict(model.objects.filter(pk__in=wanted).values_list("pk", column)) if wanted else {}
        found |= {one.pk: named.get(one.part, "") for one in parts if one.kind == kind}
    return found
