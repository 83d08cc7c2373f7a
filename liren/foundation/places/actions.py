"""Writes to what lies below a community: units and grids. The division tree itself is loaded, never edited."""

from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from liren.base.action import action
from liren.base.errors import Conflict, Refusal
from liren.foundation.places.enums import Level, UnitKind
from liren.foundation.places.models import Grid, Place, Unit
from liren.foundation.places.permissions import EDIT_UNITS


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
        valid_from=valid_from or localdate(at),
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
    area = place.area + number
    if Grid.objects.filter(county=place.county, area=area, valid_until=None).exists():
        raise Conflict(_("这个村（社区）已有 %(number)03d 号网格。") % {"number": number}, field="number")
    return Grid.objects.create(
        area=area, name=" ".join(name.split()), outline=outline, valid_from=valid_from or localdate(at)
    )


def _community(place: Place) -> None:
    if place.level != Level.COMMUNITY:
        raise Refusal(_("请先选到村（社区）。"), field="place")
