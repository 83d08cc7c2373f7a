"""The API of places: search, one place, its children, its units."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query

from liren.base.api import Router, answer
from liren.base.clock import now, today
from liren.foundation.places.actions import add_unit
from liren.foundation.places.permissions import EDIT_UNITS, VIEW
from liren.foundation.places.queries.near import near
from liren.foundation.places.queries.search import MOST, search
from liren.foundation.places.queries.tree import children, path_of, place_by_code
from liren.foundation.places.queries.units import unit_for, units_of
from liren.foundation.places.schemas import (
    ChildrenOut,
    FoundOut,
    PlaceDetail,
    PlaceOut,
    StepOut,
    UnitIn,
    UnitOut,
    UnitsOut,
    line,
)

router = Router()


@router.get("/search", response=FoundOut, who="public", summary="Search for places")
def find(
    request: HttpRequest,
    q: Annotated[
        str,
        Query(
            max_length=64, description="name, part of a name, pinyin, initials or code; several words: around, place"
        ),
    ],
    under: Annotated[str | None, Query(pattern=r"^\d{2,12}$", description="code of the place to look in")] = None,
    level: Annotated[list[int] | None, Query(description="levels wanted, 1 province to 5 community")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 10,
    registered: Annotated[bool, Query(description="also Hong Kong, Macau and Taiwan")] = False,
) -> HttpResponse:
    """Return the places that fit, best first: exact, prefix, part of the name; those of the caller's county first in each."""
    hits = search(
        q,
        under=place_by_code(under).subtree if under else None,
        near=near(request.viewer),  # type: ignore[attr-defined]
        levels=tuple(level) if level else (1, 2, 3, 4, 5),
        limit=limit,
        registered=registered,
    )
    return answer({"items": [line(hit) for hit in hits]})


@router.get("/{code}", response=PlaceDetail, who="public", summary="One place")
def show(request: HttpRequest, code: str) -> PlaceDetail:
    """Return a place by its code of 2, 4, 6, 9 or 12 digits, with the places above it."""
    place = place_by_code(code)
    path = path_of(place.level, place.area)
    return PlaceDetail(
        **PlaceOut.of(path).dict(),
        above=[StepOut.from_orm(one) for one in path.spoken[:-1]],
        children=children(place).count(),
    )


@router.get("/{code}/children", response=ChildrenOut, who="public", summary="The places one level down")
def below(request: HttpRequest, code: str) -> ChildrenOut:
    """Return the places one level below, in order of their codes; a province has at most a few hundred of each."""
    return ChildrenOut(items=[StepOut.from_orm(one) for one in children(place_by_code(code))])


@router.get("/{code}/units", response=UnitsOut, capability=VIEW, who="staff", summary="Units of a place")
def units(request: HttpRequest, code: str) -> UnitsOut:
    """Return the units (村民小组, 自然屯, 楼栋, 院落) of a place and all below it, inside the caller's scope."""
    found = units_of(request.viewer, place_by_code(code), on=today())  # type: ignore[attr-defined]
    return UnitsOut(items=[UnitOut.of(unit) for unit in found])


@router.post("/{code}/units", response={201: UnitOut}, capability=EDIT_UNITS, who="staff", summary="Add a unit")
def add(request: HttpRequest, code: str, body: UnitIn) -> UnitOut:
    """Add a unit to a community."""
    viewer = request.viewer  # type: ignore[attr-defined]
    unit = add_unit(
        place=place_by_code(code),
        kind=body.kind,
        name=body.name,
        within=unit_for(viewer, body.within) if body.within else None,
        valid_from=body.valid_from,
        by=viewer,
        at=now(),
    )
    return UnitOut.of(unit)
