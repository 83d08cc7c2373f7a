"""Dwellings: a house, or building, entrance and room."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.errors import Conflict, Refusal
from liren.foundation.access.rules import Viewer
from liren.registry.actions.lines import unchanged_since
from liren.registry.enums import DwellingKind
from liren.registry.models import Dwelling
from liren.registry.permissions import EDIT
from liren.registry.rules import is_community
from liren.registry.rules.addresses import door_of


@action(EDIT, on="area")
def add_dwelling(
    *,
    by: Viewer,
    at: datetime,
    area: int,
    address: str = "",
    building: str = "",
    entrance: str = "",
    room: str = "",
    kind: str = "",
    unit: int | None = None,
) -> Dwelling:
    """Add a dwelling to a community; ``unit`` is the place's unit below it (村民小组, 楼栋 …), by id."""
    if not is_community(area):
        raise Refusal(_("住房要登记在村（社区），请先选定是哪个村（社区）。"), field="area")
    dwelling = Dwelling(
        area=area, building=building.strip(), entrance=entrance.strip(), room=room.strip(), kind=kind, unit=unit
    )
    _write(dwelling, address)
    dwelling.save(force_insert=True)
    return dwelling


@action(EDIT, on="dwelling")
def correct_dwelling(
    *,
    by: Viewer,
    at: datetime,
    dwelling: Dwelling,
    address: str | None = None,
    building: str | None = None,
    entrance: str | None = None,
    room: str | None = None,
    kind: str | None = None,
    unit: str | None = None,
    reason: str,
    shown: Mapping[str, str] | None = None,
) -> Dwelling:
    """Correct where a dwelling is or how it came to be; households that live in it keep the address they were given.

    ``unit`` is the id of the place's unit, empty for none; ``shown`` is what a form showed of what it changes.
    """
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明原因，这会记入日志。"), field="reason")
    dwelling.refresh_from_db(from_queryset=Dwelling.objects.select_for_update(no_key=True))
    unchanged_since(dwelling, shown or {})
    said = {"building": building, "entrance": entrance, "room": room, "kind": kind}
    for column, value in said.items():
        if value is not None:
            setattr(dwelling, column, value.strip())
    if unit is not None:
        dwelling.unit = int(unit) if unit else None
    _write(dwelling, dwelling.address if address is None else address)
    dwelling.save()
    remark(reason=reason)
    return dwelling


def _write(dwelling: Dwelling, address: str) -> None:
    """Give a dwelling its address, and refuse a door that is there already."""
    dwelling.address = address.strip() or f"{dwelling.building}{dwelling.entrance}{dwelling.room}"
    dwelling.door = door_of(
        dwelling.address, building=dwelling.building, entrance=dwelling.entrance, room=dwelling.room
    ).key
    if not dwelling.address:
        raise Refusal(_("请填写住房的地址，或填写楼栋和房号。"), field="address")
    if dwelling.kind not in DwellingKind.values:
        raise Refusal(_("请从列表里选一项。"), field="kind")
    same = Dwelling.objects.filter(
        county=dwelling.area // 10**9,
        area=dwelling.area,
        building=dwelling.building,
        entrance=dwelling.entrance,
        room=dwelling.room,
        address=dwelling.address,
    )
    if same.exclude(pk=dwelling.pk).exists():
        raise Conflict(_("这处住房已经登记过了。"), field="address")
