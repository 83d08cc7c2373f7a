"""Many dwellings at once, each with the households that live in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connections

from liren.base.ids import new_id
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.registry.actions.bulk import copying
from liren.registry.models import Dwelling


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDwelling:
    """A dwelling to write, with the ids of the households that live in it and by which right."""

    area: int
    address: str
    building: str = ""
    entrance: str = ""
    room: str = ""
    kind: str = ""
    tenure: str = ""
    households: tuple[int, ...] = ()


COLUMNS = ("id", "area", "county", "building", "entrance", "room", "address", "kind")


def bulk_dwell(dwellings: Iterable[NewDwelling], *, using: str = "owner") -> int:
    """Write dwellings and settle their households in them; return how many dwellings there were. All or nothing."""
    rows = [(new_id(), one) for one in dwellings]
    lines = (
        copying.line((pk, one.area, one.area // 10**9, one.building, one.entrance, one.room, one.address, one.kind))
        for pk, one in rows
    )
    pairs = (copying.line((home, pk, one.tenure)) for pk, one in rows for home in one.households)
    with applied(Scope.everything(), using):
        copying.copy_in(using, Dwelling._meta.db_table, COLUMNS, lines)
        copying.copy_beside(using, "lived", "household bigint, dwelling bigint, tenure text", pairs)
        with connections[using].cursor() as cursor:
            cursor.execute(
                "UPDATE registry_household h SET dwelling_id = lived.dwelling, tenure = lived.tenure FROM lived"
                " WHERE h.id = lived.household"
            )
        copying.drop(using, "lived")
    return len(rows)
