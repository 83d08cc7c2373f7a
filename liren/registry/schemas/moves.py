"""What the API takes and gives of moves of files between communities."""

from datetime import date, datetime
from typing import Annotated, Any, Self

import ninja
from pydantic import Field

from liren.base.api import Id
from liren.registry.enums import MoveSide, MoveState, ResidenceKind
from liren.registry.models import Move


class MoveIn(ninja.Schema):
    """Where files go: ``people`` are those who go together with the one that is asked about, ``on`` the day from which they count there."""

    model_config = {"extra": "forbid"}

    community: Annotated[str, Field(pattern=r"^[0-9]{12}$", description="code of the receiving community, 12 digits")]
    people: Annotated[list[Id], Field(max_length=50)] = []
    on: date
    residence: ResidenceKind
    address: Annotated[str, Field(max_length=200, description="with it they keep house together there")] = ""
    reason: Annotated[str, Field(min_length=2, max_length=200)]


class MoveAnswerIn(ninja.Schema):
    """What is said to a move; a refusal needs it."""

    model_config = {"extra": "forbid"}

    answer: Annotated[str, Field(max_length=200)] = ""


class MoverOut(ninja.Schema):
    """Who is to move, as far as the other side has to know to decide: the number is masked."""

    id: Id
    name: str
    sex: str
    birth_on: date | None
    number: str
    relation: str


class RelocationOut(ninja.Schema):
    """One side of a move of files between communities."""

    id: Id
    area: str
    place: str
    side: MoveSide
    other_area: str
    other_place: str
    people: list[MoverOut]
    on: date
    residence: ResidenceKind
    address: str
    state: MoveState
    reason: str
    proposed_at: datetime
    answered_at: datetime | None
    answer: str

    @classmethod
    def of(cls, move: Move) -> Self:
        """Return the output of a row."""
        names = (
            "id", "place", "side", "other_place", "on", "residence", "address", "state", "reason", "proposed_at", "answered_at", "answer",
        )  # fmt: skip
        values: dict[str, Any] = {name: getattr(move, name) for name in names}
        people = [MoverOut(**one | {"birth_on": one["birth_on"] or None}) for one in move.who]
        return cls(area=str(move.area), other_area=str(move.other_area), people=people, **values)
