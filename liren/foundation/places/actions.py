"""Writes to what lies below a community: units and grids. The division tree itself is loaded, never edited."""

from datetime import date, datetime
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from liren.base.action import action
from liren.base.clock import day_of
from liren.base.errors import Conflict, Refusal
from liren.foundation.places.enums import Level, UnitKind
from liren.foundation.places.models import Grid, Place, Unit
from liren.foundation.places.permissions import EDIT_UNITS

MOST_NAMED = 64


@action(EDIT_UNITS, on="place")
def add_unit(
    *,
    place: Place,
    kind: str,
    name: str,
    by: Any,
    at: datetime,
    valid_from: date | None = None,
    within: Unit | None = None,
) -> Unit:
    """Add a unit to a community, from a day on (today's date at ``at`` if none is given); raise ``Conflict`` for a name twice."""
    _community(place)
    name = " ".join(name.split())
    if not name:
        raise Refusal(_("请填写名称。"), field="name")
    if kind not in UnitKind.values:
        raise Refusal(_("请选择类别。"), field="kind")
    if within is not None and not (within.area == place.area and within.valid_until is None):
        raise Refusal(_("所属单元不在这个村（社区），请重新选择。"), field="within")
    if Unit.objects.filter(county=place.county, area=place.area, kind=kind, name=name, valid_until=None).exists():
        raise Conflict(_("这个村（社区）已有“%(name)s”。") % {"name": name}, field="name")
    return Unit.objects.create(
        area=place.area,
        kind=kind,
        name=name,
        within=within.pk if within else None,
        valid_from=valid_from or day_of(at),
    )


@action(EDIT_UNITS, on="unit")
def end_unit(*, unit: Unit, until: date, by: Any, at: datetime) -> Unit:
    """End a unit on a day, the first on which it is no more; it stays readable for earlier days."""
    if unit.valid_until is not None:
        raise Conflict(_("“%(name)s”已经停用。") % {"name": unit.name})
    if until <= unit.valid_from:
        raise Refusal(_("停用日期应晚于启用日期。"), field="until")
    if Unit.objects.filter(county=unit.county, within=unit.pk, valid_until=None).exists():
        raise Conflict(_("“%(name)s”下面还有单元，请先停用下面的。") % {"name": unit.name})
    unit.valid_until = until
    unit.save(update_fields=["valid_until"])
    return unit


@action(EDIT_UNITS, on="place")
def add_grid(
    *,
    place: Place,
    number: int,
    name: str,
    by: Any,
    at: datetime,
    valid_from: date | None = None,
    outline: dict[str, Any] | None = None,
) -> Grid:
    """Add a grid to a community: its number, 1 to 999, becomes the last three digits of its area key; the outline is GeoJSON."""
    _community(place)
    if not 1 <= number <= 999:
        raise Refusal(_("网格编号应为 001 到 999。"), field="number")
    area, since = place.area + number, valid_from or day_of(at)
    if _still(since).filter(county=place.county, area=area).exists():
        raise Conflict(_("这个村（社区）已有 %(number)03d 号网格。") % {"number": number}, field="number")
    last = _beside(place.area, place.county).aggregate(last=Max("rank"))["last"] or 0
    return Grid.objects.create(area=area, name=_named(name), outline=outline, rank=last + 1, valid_from=since)


@action(EDIT_UNITS, on="grid")
def rename_grid(*, grid: Grid, name: str, by: Any, at: datetime) -> Grid:
    """Give a grid another name; its number stays."""
    grid.name = _named(name)
    grid.save(update_fields=["name"])
    return grid


@action(EDIT_UNITS, on="grid")
def order_grid(*, grid: Grid, up: bool, by: Any, at: datetime) -> Grid:
    """Let a grid change places with the one before it, or after it; at the end of the list nothing happens."""
    beside = list(
        _beside(grid.community, grid.county).filter(valid_until=None).order_by("rank", "area").select_for_update()
    )
    place = next((index for index, one in enumerate(beside) if one.pk == grid.pk), None)
    if place is None:
        raise Conflict(_("“%(name)s”已经停用。") % {"name": grid.name})
    other = place - 1 if up else place + 1
    if 0 <= other < len(beside):
        beside[place], beside[other] = beside[other], beside[place]
    for rank, one in enumerate(beside, 1):
        one.rank = rank
        if one.pk == grid.pk:
            grid.rank = rank
    Grid.objects.bulk_update(beside, ["rank"])
    return grid


@action(EDIT_UNITS, on="grid")
def end_grid(*, grid: Grid, until: date, by: Any, at: datetime) -> Grid:
    """End a grid on a day, the first on which it is no more; it stays readable for earlier days, and its number can be given again."""
    if grid.valid_until is not None:
        raise Conflict(_("“%(name)s”已经停用。") % {"name": grid.name})
    if until <= grid.valid_from:
        raise Refusal(_("停用日期应晚于启用日期。"), field="until")
    grid.valid_until = until
    grid.save(update_fields=["valid_until"])
    return grid


@action(EDIT_UNITS, on="grid")
def reopen_grid(*, grid: Grid, by: Any, at: datetime) -> Grid:
    """Take the end of a grid back; raise ``Conflict`` where its number has been given again since."""
    if grid.valid_until is None:
        raise Conflict(_("“%(name)s”没有停用。") % {"name": grid.name})
    if _still(grid.valid_until).filter(county=grid.county, area=grid.area).exclude(pk=grid.pk).exists():
        raise Conflict(_("%(number)03d 号已经给了别的网格，不能恢复。") % {"number": grid.number})
    grid.valid_until = None
    grid.save(update_fields=["valid_until"])
    return grid


def _beside(community: int, county: int) -> QuerySet[Grid]:
    return Grid.objects.filter(county=county, area__gte=community, area__lt=community + 1000)


def _still(day: date) -> QuerySet[Grid]:
    """Return the grids that are there on a day or later."""
    return Grid.objects.filter(Q(valid_until=None) | Q(valid_until__gt=day))


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refusal(_("请填写名称。"), field="name")
    if len(name) > MOST_NAMED:
        raise Refusal(_("名称最多 %(most)d 个字。") % {"most": MOST_NAMED}, field="name")
    return name


def _community(place: Place) -> None:
    if place.level != Level.COMMUNITY:
        raise Refusal(_("请先选到村（社区）。"), field="place")
