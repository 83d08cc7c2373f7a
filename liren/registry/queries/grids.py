"""Grids: in which one a home lies on a day, and what follows from that for households, people and lists.

A person is in the grid of the household they live in, or of the one they are registered in where nobody knows of another. A household
is in the grid of its dwelling: the one the dwelling was put into by itself, else that of its building, else that of its unit. A
household without a dwelling can be put into a grid by itself. All that is asked for here is asked in this one way (``LIES``).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.base.rows import asked, fitting
from liren.foundation.access.models import Appointment
from liren.foundation.access.queries import find
from liren.foundation.access.rules import Viewer
from liren.foundation.places.models import Grid, Place
from liren.foundation.places.queries.tree import place_at
from liren.foundation.places.queries.units import grids_of
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry.models import GridChange, GridPart, GridWorker
from liren.registry.permissions import VIEW
from liren.registry.rules.categories import Rule

NONE = 0
"""What stands for the grid of a home that lies in none."""
KEY_GROUPS = frozenset({"left-behind", "elders", "children", "assistance"})
"""The groups of lists on which people are whom a grid worker visits first (重点关爱人群)."""
A_DAY = frozenset({"on"})
LIVING = "('registered', 'incomer', 'overseas')"

_HOLDS = (
    "{0}.withdrawn_at IS NULL AND {0}.valid_from <= %(on)s AND ({0}.valid_until IS NULL OR {0}.valid_until > %(on)s)"
)


def _part(name: str, kind: str, condition: str, community: str) -> str:
    return (
        f" LEFT JOIN registry_gridpart {name} ON {name}.area = {community}.area / 1000 * 1000 AND {name}.kind = '{kind}'"
        f" AND {condition} AND {_HOLDS.format(name)}"
    )


LIES = "coalesce(by_dwelling.grid, by_building.grid, by_unit.grid, by_household.grid, 0)"
"""The grid in which a household ``h`` lies on the day ``on``, by the joins of ``HOMES``; 0 for none."""
BY_DWELLING = _part("by_dwelling", "dwelling", "by_dwelling.part = d.id", "d")
BY_BUILDING = _part("by_building", "building", "by_building.part = 0 AND by_building.building = d.building", "d")
BY_UNIT = _part("by_unit", "unit", "by_unit.part = d.unit", "d")
BY_HOUSEHOLD = _part("by_household", "household", "by_household.part = h.id AND h.dwelling_id IS NULL", "h")
HOMES = f" LEFT JOIN registry_dwelling d ON d.id = h.dwelling_id{BY_DWELLING}{BY_BUILDING}{BY_UNIT}{BY_HOUSEHOLD}"
HOME_OF = "coalesce(p.household_id, p.register_id)"
"""The household in whose grid a person ``p`` is."""
WITHIN = f"""homes AS MATERIALIZED (
  SELECT h.id, {LIES} AS grid FROM registry_household h {HOMES} WHERE h.area BETWEEN %(lo)s AND %(hi)s)
"""  # noqa: S608  our own words
"""The households of an area with their grids, for what is asked of all its people."""
AT_HOME = f" LEFT JOIN homes ON homes.id = {HOME_OF}"
IN_GRID = " AND coalesce(homes.grid, 0) = %(grid)s"


# Which there are


def community_for(viewer: Viewer, code: str) -> Place:
    """Return a community by its 12 digits where one of the viewer's posts may read files; raise NotFound otherwise."""
    area = int(code) * 1000 if len(code) == 12 and code.isascii() and code.isdigit() else 0
    said = _("没有找到这个村（社区），可能不在您的管辖范围。")
    return find(viewer, lambda here: _community(here, area), otherwise=said, capability=VIEW)


def _community(viewer: Viewer, area: int) -> Place | None:
    if not area or not viewer.scope.wide_lo <= area <= viewer.scope.wide_hi:
        return None
    try:
        return place_at(COMMUNITY, ancestor(area, COMMUNITY))
    except NotFound:
        return None


def grid_for(viewer: Viewer, pk: int) -> Grid:
    """Return a grid where one of the viewer's posts may read files; raise NotFound otherwise."""
    return find(
        viewer,
        lambda here: Grid.objects.visible_to(here).filter(pk=pk).first(),
        otherwise=_("没有找到这个网格，可能不在您的管辖范围。"),
        capability=VIEW,
    )


def change_for(viewer: Viewer, pk: int) -> GridChange:
    """Return a change of grids where one of the viewer's posts may read files; raise NotFound otherwise."""
    return find(
        viewer,
        lambda here: GridChange.objects.visible_to(here).filter(pk=pk).first(),
        otherwise=_("没有找到这次变动，可能不在您的管辖范围。"),
        capability=VIEW,
    )


def grids_on(community: int, on: date) -> list[Grid]:
    """Return the grids of a community on a day in its order, as far as the scope of the transaction reaches."""
    found = Grid.objects.filter(Q(valid_until=None) | Q(valid_until__gt=on), valid_from__lte=on)
    return list(found.filter(area__gte=community, area__lt=community + 1000).order_by("rank", "area"))


def grids_in(viewer: Viewer, place: Place, on: date) -> QuerySet[Grid]:
    """Return the grids of a place and all below it on a day."""
    return grids_of(viewer, place, on=on)


def names_of(grids: Iterable[int]) -> dict[int, str]:
    """Return the names of grids by id, those that are no more included."""
    return dict(Grid.objects.filter(pk__in=set(grids) - {NONE}).values_list("pk", "name"))


# Figures


@dataclass(slots=True)
class Figures:
    """A community's grids in figures: households with somebody at home, people who live there, people on key lists, by grid."""

    households: dict[int, int] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)
    key_people: dict[int, int] = field(default_factory=dict)

    def of(self, grid: int) -> tuple[int, int, int]:
        """Return the figures of a grid, or of what lies in none."""
        return self.households.get(grid, 0), self.people.get(grid, 0), self.key_people.get(grid, 0)


_FIGURES = f"""
WITH {WITHIN},
people AS MATERIALIZED (
  SELECT p.id, p.household_id, coalesce(homes.grid, 0) AS grid,
         p.deceased_on IS NULL AND p.residence IN {LIVING} AS lives FROM registry_person p {AT_HOME}
   WHERE p.area BETWEEN %(lo)s AND %(hi)s)
SELECT 1, grid, count(DISTINCT household_id) FROM people WHERE lives GROUP BY 2
UNION ALL SELECT 2, grid, count(*) FROM people WHERE lives GROUP BY 2
UNION ALL SELECT 3, grid, count(DISTINCT m.subject) FROM registry_categorymembership m JOIN people ON people.id = m.subject
 WHERE m.category = ANY(%(key)s) AND m.area BETWEEN %(lo)s AND %(hi)s AND m.withdrawn_at IS NULL AND m.valid_from <= %(on)s
   AND (m.valid_until IS NULL OR m.valid_until > %(on)s) GROUP BY 2
"""  # noqa: S608  our own words


def figures(community: int, *, on: date, rules: Iterable[Rule] = ()) -> Figures:
    """Return the figures of a community by grid on a day, in one statement; key people by those of the rules that are key."""
    found = Figures()
    columns = {1: found.households, 2: found.people, 3: found.key_people}
    key = sorted({rule.code for rule in rules if rule.group in KEY_GROUPS and not rule.is_confidential})
    values = {"lo": community, "hi": community + 999, "on": on, "key": key}
    for what, grid, number in fitting(_FIGURES, values, narrow=False, free=A_DAY):
        columns[what][grid] = number
    return found


_LISTED = f"""
WITH {WITHIN}
SELECT m.category, coalesce(homes.grid, 0), count(*) FROM registry_categorymembership m JOIN registry_person p ON p.id = m.subject {AT_HOME}
 WHERE m.category = ANY(%(categories)s) AND m.area BETWEEN %(lo)s AND %(hi)s AND m.withdrawn_at IS NULL AND m.valid_from <= %(on)s
   AND (m.valid_until IS NULL OR m.valid_until > %(on)s) GROUP BY 1, 2
"""  # noqa: S608  our own words


def members_by_grid(community: int, categories: Collection[str], *, on: date) -> dict[str, dict[int, int]]:
    """Return how many people of each list lie in which grid of a community on a day; 0 stands for none of them."""
    found: dict[str, dict[int, int]] = {category: {} for category in categories}
    values = {"lo": community, "hi": community + 999, "on": on, "categories": sorted(found)}
    for category, grid, number in fitting(_LISTED, values, narrow=False, free=A_DAY):
        found[category][grid] = number
    return found


_OF_PEOPLE = f"""
SELECT p.id, {LIES} FROM registry_person p LEFT JOIN registry_household h ON h.id = {HOME_OF} {HOMES} WHERE p.id = ANY(%(ids)s)
"""  # noqa: S608  our own words
_OF_HOUSEHOLD = f"SELECT {LIES} FROM registry_household h {HOMES} WHERE h.id = %(id)s"  # noqa: S608  our own words
_OF_DWELLING = f"""
SELECT coalesce(by_dwelling.grid, by_building.grid, by_unit.grid, 0) FROM registry_dwelling d {BY_DWELLING} {BY_BUILDING} {BY_UNIT}
 WHERE d.id = %(id)s
"""  # noqa: S608  our own words


def grids_of_people(ids: Collection[int], *, on: date) -> dict[int, int]:
    """Return the grid of each person on a day, by id; 0 for none."""
    if not ids:
        return {}
    return dict(asked(_OF_PEOPLE, {"ids": list(ids), "on": on}))


def grid_of_household(pk: int, *, on: date) -> Grid | None:
    """Return the grid in which a household lies on a day, if any."""
    return _one(_OF_HOUSEHOLD, pk, on)


def grid_of_dwelling(pk: int, *, on: date) -> Grid | None:
    """Return the grid in which a dwelling lies on a day, if any."""
    return _one(_OF_DWELLING, pk, on)


def _one(text: str, pk: int, on: date) -> Grid | None:
    rows = asked(text, {"id": pk, "on": on})
    return Grid.objects.filter(pk=rows[0][0]).first() if rows and rows[0][0] else None


_HOME = f"""
SELECT CASE WHEN h.dwelling_id IS NULL THEN 'household' ELSE 'dwelling' END, coalesce(d.address, h.address)
  FROM registry_person p JOIN registry_household h ON h.id = {HOME_OF} LEFT JOIN registry_dwelling d ON d.id = h.dwelling_id WHERE p.id = %(id)s
"""  # noqa: S608  our own words


def home_of(person: int) -> tuple[str, str] | None:
    """Return by what somebody's home is put into a grid and its address; nothing where no home is known."""
    rows = asked(_HOME, {"id": person})
    return (rows[0][0], rows[0][1]) if rows else None


# What lies in one, who looks after it


def parts_of(grid: Grid, *, on: date) -> list[GridPart]:
    """Return what was put into a grid and lies there on a day."""
    return list(_parts(grid).filter(Q(valid_until=None) | Q(valid_until__gt=on), valid_from__lte=on))


def former_parts_of(grid: Grid, *, on: date, limit: int = 200) -> list[GridPart]:
    """Return what lay in a grid before a day and does not any more, the last one to leave first."""
    return list(_parts(grid).filter(valid_until__lte=on).order_by("-valid_until", "kind", "building", "id")[:limit])


def _parts(grid: Grid) -> QuerySet[GridPart]:
    rows = GridPart.objects.filter(county=grid.county, area=grid.community, grid=grid.pk, withdrawn_at=None)
    return rows.order_by("kind", "building", "id")


@dataclass(frozen=True, slots=True)
class Carer:
    """Somebody who looks after a grid; ``in_office`` says whether they still hold a post at the community."""

    line: GridWorker
    in_office: bool


def workers_of(community: int, *, on: date) -> dict[int, list[Carer]]:
    """Return who looks after which grid of a community on a day, by grid."""
    found: dict[int, list[Carer]] = {}
    rows = GridWorker.objects.filter(Q(valid_until=None) | Q(valid_until__gt=on), area=community, valid_from__lte=on)
    held = {one.account_id for one in at_posts(community, on)}
    for line in rows.order_by("valid_from", "id"):
        found.setdefault(line.grid, []).append(Carer(line, line.account_id in held))
    return found


def former_workers_of(grid: Grid, *, on: date) -> list[GridWorker]:
    """Return who looked after a grid before a day, the last one first."""
    rows = GridWorker.objects.filter(area=grid.community, grid=grid.pk, valid_until__lte=on)
    return list(rows.order_by("-valid_until", "-id"))


def worker_for(grid: Grid, pk: int) -> GridWorker:
    """Return a line about who looks after a grid; raise NotFound for any other."""
    found = GridWorker.objects.filter(area=grid.community, grid=grid.pk, pk=pk).first()
    if found is None:
        raise NotFound(_("没有找到这位网格员，请刷新页面再看。"))
    return found


def at_posts(community: int, on: date) -> list[Appointment]:
    """Return who holds a post at a community on a day that lets them read files there, grid workers first."""
    held = Appointment.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=on), level=COMMUNITY, area=community, valid_from__lte=on,
        post__capabilities__contains=[VIEW.code], account__is_active=True,
    )  # fmt: skip
    found = list(held.select_related("account", "post").order_by("id"))
    return sorted(found, key=lambda one: (one.post_id != GRID_WORKER, one.pk))


GRID_WORKER = "grid_worker"
"""The post whose holders are offered first when somebody is wanted for a grid."""


# What was done


def last_changes(community: int, limit: int = 5) -> list[GridChange]:
    """Return what was done to the grids of a community last, the newest first."""
    return list(GridChange.objects.filter(area=community).order_by("-id")[:limit])


def made_by(change: GridChange) -> list[GridPart]:
    """Return the parts that a change put into a grid."""
    return list(GridPart.objects.filter(area=change.area, change=change.pk).order_by("id"))


def ended_by(change: GridChange) -> list[GridPart]:
    """Return the parts that a change took out of one."""
    return list(GridPart.objects.filter(area=change.area, ended_by=change.pk).order_by("id"))
