"""The API of policies: the packs, their clauses, and the items that count at a place."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Query

from liren.base.api import Id, Router
from liren.base.clock import today
from liren.foundation.places.queries.tree import place_by_code
from liren.foundation.policies.enums import Kind
from liren.foundation.policies.permissions import VIEW
from liren.foundation.policies.queries import items, library, pack_shown
from liren.foundation.policies.schemas import ClausesOut, ItemOut, ItemsOut, PackOut, PacksOut

router = Router()


@router.get("/packs", response=PacksOut, who="staff", capability=VIEW, summary="List policy packs")
def packs(
    request: HttpRequest,
    on: Annotated[date | None, Query(description="the day they are in force, today by default")] = None,
) -> PacksOut:
    """Return every loaded version of every pack, those in force on the day first."""
    found = library(on=on or today())
    return PacksOut(
        items=[PackOut.of(one, in_force=True) for one in found.in_force]
        + [PackOut.of(one, in_force=False) for one in found.others]
    )


@router.get("/packs/{pack}/clauses", response=ClausesOut, who="staff", capability=VIEW, summary="The clauses of a pack")
def clauses(request: HttpRequest, pack: Id) -> ClausesOut:
    """Return the clauses of one version of a pack with the items tied to each."""
    return ClausesOut.of(pack_shown(pack))


@router.get("/items/{kind}", response=ItemsOut, who="staff", capability=VIEW, summary="Items that count at a place")
def items_of(
    request: HttpRequest,
    kind: Kind,
    place: Annotated[
        str | None, Query(pattern=r"^\d{2,12}$", description="code of the place; the country by default")
    ] = None,
    on: Annotated[date | None, Query(description="the day, today by default")] = None,
) -> ItemsOut:
    """Return the items of a kind at a place on a day: the nearest adoption wins, then the national base."""
    where = place_by_code(place) if place else None
    level, area = (where.level, where.area) if where else (0, 0)
    return ItemsOut(items=[ItemOut.of(one) for one in items(kind.value, level=level, area=area, on=on or today())])
