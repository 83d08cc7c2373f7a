"""Many dwellings at once, each with the households that live in it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connections

from liren.base.ids import new_id
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.registry.actions.bulk import copying
from liren.registry.enums import Source
from liren.registry.models import Dwelling
from liren.registry.rules.addresses import door_of


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


COLUMNS = ("id", "area", "county", "building", "entrance", "room", "address", "kind", "door", "source", "recorded_by")


def bulk_dwell(dwellings: Iterable[NewDwelling], *, using: str = "owner") -> int:
    """Write dwellings and settle their households in them; return how many dwellings there were. All or nothing."""
    rows = [(new_id(), one) for one in dwellings]
    lines = (
        copying.line((
            pk, one.area, one.area // 10**9, one.building, one.entrance, one.room, one.address, one.kind,
            door_of(one.address, building=one.building, entrance=one.entrance, room=one.room).key, Source.IMPORTED.value, "",
        ))
        for pk, one in rows
    )  # fmt: skip
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


@dataclass(slots=True)
class DwellingRow:
    """A dwelling to write, with an id made before."""

    id: int
    area: int
    address: str
    building: str = ""
    entrance: str = ""
    room: str = ""
    door: str = ""
    source: str = Source.IMPORTED.value


def write_dwellings(rows: Iterable[DwellingRow], *, recorded_by: str, using: str = "default") -> None:
    """Insert dwellings, in the transaction that is open and under its scope; one that is there already is left out."""
    copying.copy_in(
        using,
        Dwelling._meta.db_table,
        COLUMNS,
        (
            copying.line((
                row.id, row.area, row.area // 10**9, row.building, row.entrance, row.room, row.address, "", row.door, row.source, recorded_by,
            ))
            for row in rows
        ),
        conflict="ON CONFLICT DO NOTHING",
    )  # fmt: skip


def settle_households(places: Iterable[tuple[int, int | None, int | None]], *, using: str = "default") -> set[int]:
    """Let households, given with their dwelling and the one before, live there where that is still so; return those that do from now on."""
    columns = "household bigint, dwelling bigint, former bigint"
    copying.copy_beside(using, "lived", columns, (copying.line(place) for place in places))
    with connections[using].cursor() as cursor:
        cursor.execute(
            "UPDATE registry_household h SET dwelling_id = lived.dwelling FROM lived"
            " WHERE h.id = lived.household AND h.id = ANY (ARRAY(SELECT household FROM lived))"  # else every household is read
            " AND h.dwelling_id IS NOT DISTINCT FROM lived.former RETURNING h.id"
        )
        found = {row[0] for row in cursor.fetchall()}
    copying.drop(using, "lived")
    return found


def unsettle_households(places: Iterable[tuple[int, int, int | None]], *, using: str = "default") -> None:
    """Let households, given with their dwelling and the one before, live where they lived before, as far as nobody has moved them since."""
    columns = "household bigint, dwelling bigint, former bigint"
    copying.copy_beside(using, "lived", columns, (copying.line(place) for place in places))
    with connections[using].cursor() as cursor:
        cursor.execute(
            "UPDATE registry_household h SET dwelling_id = (SELECT d.id FROM registry_dwelling d WHERE d.id = lived.former)"
            " FROM lived WHERE h.id = lived.household AND h.dwelling_id = lived.dwelling"
        )
    copying.drop(using, "lived")


def remove_dwellings(ids: Collection[int], *, using: str = "default") -> None:
    """Remove those of the given dwellings in which no household lives."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "DELETE FROM registry_dwelling d WHERE id = ANY(%s)"
            " AND NOT EXISTS (SELECT FROM registry_household h WHERE h.dwelling_id = d.id)",
            [list(ids)],
        )
