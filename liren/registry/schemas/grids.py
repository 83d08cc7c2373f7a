"""What the API takes and gives of grids."""

from datetime import date
from typing import Annotated, Any, Self

import ninja
from pydantic import Field

from liren.base.api import Id
from liren.foundation.places.models import Grid
from liren.registry.enums import GridChangeKind, PartKind
from liren.registry.models import GridChange, GridPart, GridWorker


class GridOut(ninja.Schema):
    """A grid: ``code`` is the 12 digits of its community and 3 of its own."""

    id: Id
    code: str
    name: str
    valid_from: date
    valid_until: date | None

    @classmethod
    def of(cls, grid: Grid) -> Self:
        """Return the shape of a grid."""
        return cls(id=grid.pk, code=grid.code, name=grid.name, valid_from=grid.valid_from, valid_until=grid.valid_until)


class GridWorkerOut(ninja.Schema):
    """Who looks after a grid since when."""

    id: Id
    name: str
    valid_from: date
    valid_until: date | None

    @classmethod
    def of(cls, worker: GridWorker) -> Self:
        """Return the shape of a line."""
        return cls(id=worker.pk, name=worker.name, valid_from=worker.valid_from, valid_until=worker.valid_until)


class GridFigures(ninja.Schema):
    """A grid with households, people who live there, and people on key lists (null for who may not open lists); null for no grid."""

    grid: GridOut | None
    workers: list[GridWorkerOut]
    households: int
    people: int
    key_people: int | None


class GridsOut(ninja.Schema):
    """A community's grids in its order; the last line is what lies in none."""

    items: list[GridFigures]


class GridIn(ninja.Schema):
    """A grid to add: its number becomes the last three digits of its code."""

    model_config = {"extra": "forbid"}

    number: Annotated[int, Field(ge=1, le=999)]
    name: Annotated[str, Field(min_length=1, max_length=64)]
    valid_from: date | None = None


class GridNameIn(ninja.Schema):
    """Another name."""

    model_config = {"extra": "forbid"}

    name: Annotated[str, Field(min_length=1, max_length=64)]


class GridOrderIn(ninja.Schema):
    """Whether a grid goes before the one it follows, or after the one that follows it."""

    model_config = {"extra": "forbid"}

    up: bool


class GridCloseIn(ninja.Schema):
    """From which day a grid is no more, and into which one its parts go; none without ``into``."""

    model_config = {"extra": "forbid"}

    on: date | None = None
    into: Id | None = None


class GridPartIn(ninja.Schema):
    """What is put into a grid: a building by its name, anything else by its id."""

    model_config = {"extra": "forbid"}

    kind: PartKind
    building: Annotated[str, Field(max_length=40)] = ""
    id: Id | None = None


class GridPartsIn(ninja.Schema):
    """Parts of a community and the grid they go into from a day on (today without one); without ``grid`` they leave theirs."""

    model_config = {"extra": "forbid"}

    grid: Id | None = None
    parts: Annotated[list[GridPartIn], Field(min_length=1, max_length=2000)]
    on: date | None = None


class GridPartOut(ninja.Schema):
    """What was put into a grid, since when."""

    kind: PartKind
    building: str
    id: Id | None
    words: str
    valid_from: date

    @classmethod
    def of(cls, part: GridPart, words: str) -> Self:
        """Return the shape of a part with how it is called."""
        return cls(
            kind=PartKind(part.kind),
            building=part.building,
            id=part.part or None,
            words=words,
            valid_from=part.valid_from,
        )


class GridPartsOut(ninja.Schema):
    """What lies in a grid."""

    items: list[GridPartOut]


class GridMoveOut(ninja.Schema):
    """Households and people that would come to lie elsewhere, by the grid they lie in now (null for none)."""

    grid: Id | None
    households: int
    people: int


class GridForeseenOut(ninja.Schema):
    """What would follow; ``kept`` households stay, because their dwelling was put into a grid by itself."""

    moves: list[GridMoveOut]
    kept: int


class GridChangeOut(ninja.Schema):
    """What was done to the parts of grids at once; it can be taken back by its id."""

    id: Id
    kind: GridChangeKind
    grid: Id | None
    on: date
    parts: int
    households: int
    people: int
    undone: bool

    @classmethod
    def of(cls, change: GridChange) -> Self:
        """Return the shape of a change."""
        values: dict[str, Any] = {
            name: getattr(change, name) for name in ("kind", "grid", "on", "parts", "households", "people")
        }
        return cls(id=change.pk, undone=change.undone_at is not None, **values)


class GridWorkerIn(ninja.Schema):
    """Who looks after a grid from a day on: an account with a post at its community."""

    model_config = {"extra": "forbid"}

    account: Id
    since: date | None = None


class GridWorkerEndIn(ninja.Schema):
    """From which day somebody does not look after a grid any more."""

    model_config = {"extra": "forbid"}

    until: date | None = None


class ListByGrid(ninja.Schema):
    """How many people of a list lie in a grid; null for those in none."""

    grid: Id | None
    name: str
    members: int
