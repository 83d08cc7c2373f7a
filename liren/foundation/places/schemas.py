"""Shapes of places in the API; ids and codes are strings, levels are numbers 1 (province) to 5 (community)."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from ninja import Schema
from pydantic import Field

from liren.base.api import Id
from liren.foundation.places.models import Place, Unit
from liren.foundation.places.queries.search import Hit
from liren.foundation.places.queries.tree import Path
from liren.foundation.places.rules.typed import Rank

Code = Annotated[str, Field(pattern=r"^\d{2,12}$", examples=["320115006205"])]


class PlaceOut(Schema):
    """A place: ``code`` has 2, 4, 6, 9 or 12 digits, ``path`` is the whole name, ``kind`` see the kinds of communities."""

    id: Id
    code: str
    level: int
    name: str
    short: str
    kind: int
    path: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the shape of a place with its path."""
        place: Place = path.place
        return cls(
            id=place.pk,
            code=place.code,
            level=place.level,
            name=place.name,
            short=place.short,
            kind=place.kind,
            path=path.text(),
        )


class HitOut(PlaceOut):
    """A place found by a search, and how well it fits."""

    match: Literal["exact", "prefix", "stem", "substring"]


def line(hit: Hit) -> dict[str, Any]:
    """Return a hit as a ``HitOut`` would say it; ready to be sent, since people search as they type."""
    place = hit.path.place
    return {
        "id": str(place.pk),
        "code": place.code,
        "level": place.level,
        "name": place.name,
        "short": place.short,
        "kind": place.kind,
        "path": hit.path.text(),
        "match": MATCH[hit.rank],
    }


MATCH = {Rank.EXACT: "exact", Rank.PREFIX: "prefix", Rank.STEM: "stem", Rank.SUBSTRING: "substring"}


class FoundOut(Schema):
    """The places found, best first."""

    items: list[HitOut]


class StepOut(Schema):
    """A place on the way from the province."""

    id: Id
    code: str
    level: int
    name: str


class PlaceDetail(PlaceOut):
    """A place with the places above it and how many lie one level below."""

    above: list[StepOut]
    children: int


class ChildrenOut(Schema):
    """The places one level down, in order of their codes."""

    items: list[StepOut]


class UnitOut(Schema):
    """A unit of a community."""

    id: Id
    code: str
    kind: str
    name: str
    within: Id | None
    valid_from: date

    @classmethod
    def of(cls, unit: Unit) -> Self:
        """Return the shape of a unit."""
        return cls(
            id=unit.pk,
            code=str(unit.area)[:12],
            kind=unit.kind,
            name=unit.name,
            within=unit.within,
            valid_from=unit.valid_from,
        )


class UnitsOut(Schema):
    """The units of a place, in order of community, kind and name."""

    items: list[UnitOut]


class UnitIn(Schema):
    """A unit to add to a community."""

    kind: Literal["group", "hamlet", "building", "courtyard"]
    name: Annotated[str, Field(min_length=1, max_length=64)]
    within: Id | None = None
    valid_from: date | None = None
