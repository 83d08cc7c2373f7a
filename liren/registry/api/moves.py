"""Moves of files between communities, for both sides: proposing, the lists, the answer."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query

from liren.base.api import Id, Page, cursor, read_cursor
from liren.base.clock import now
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import place_by_code
from liren.registry import actions
from liren.registry.api.router import router
from liren.registry.enums import MoveSide
from liren.registry.permissions import EDIT, VIEW
from liren.registry.queries import person_for
from liren.registry.queries.moves import move_for, moves_page
from liren.registry.schemas.moves import MoveAnswerIn, MoveIn, RelocationOut


@router.get(
    "/moves", response=Page[RelocationOut], capability=VIEW, who="staff", summary="Moves of files between communities"
)
def moves(
    request: HttpRequest,
    side: Annotated[MoveSide | None, Query(description="``receiving``: what comes in; both sides without it")] = None,
    settled: Annotated[bool, Query(description="those that were answered or taken back, not those that wait")] = False,
    after: Annotated[str | None, Query(max_length=400, description="``next`` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """List the moves to and from the caller's communities, the newest first."""
    key = read_cursor(after, int)
    found, more = moves_page(
        request.viewer,  # type: ignore[attr-defined]
        waiting=not settled,
        side=side or "",
        after=key[0] if key else None,
        size=limit,
    )
    return {"items": [RelocationOut.of(one) for one in found], "next": cursor(more) if more else None}


@router.get("/moves/{pk}", response=RelocationOut, capability=VIEW, who="staff", summary="One side of a move")
def move(request: HttpRequest, pk: Id) -> RelocationOut:
    """Return one side of a move; 404 where the caller's posts are on neither side."""
    return RelocationOut.of(move_for(request.viewer, pk))  # type: ignore[attr-defined]


@router.post(
    "/people/{person_id}/moves",
    response={201: RelocationOut},
    capability=EDIT,
    who="staff",
    summary="Ask another community to take files",
)
def propose(request: HttpRequest, person_id: Id, body: MoveIn) -> RelocationOut:
    """Propose that a person's file, and those of ``people`` with it, go to another community; nothing moves before it accepts."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    made = actions.propose_move(
        by=viewer, at=now(), person=person_for(viewer, person_id), people=body.people, area=place_by_code(body.community).area,
        on=body.on, residence=body.residence, address=body.address, reason=body.reason,
    )  # fmt: skip
    return RelocationOut.of(made)


@router.post("/moves/{pk}/accept", response=RelocationOut, capability=EDIT, who="staff", summary="Take the files over")
def accept(request: HttpRequest, pk: Id, body: MoveAnswerIn) -> RelocationOut:
    """Take the files over with every row of theirs; 409 when the other side has to act or somebody has answered."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return RelocationOut.of(actions.accept_move(by=viewer, at=now(), move=move_for(viewer, pk), answer=body.answer))


@router.post("/moves/{pk}/refuse", response=RelocationOut, capability=EDIT, who="staff", summary="Send the files back")
def refuse(request: HttpRequest, pk: Id, body: MoveAnswerIn) -> RelocationOut:
    """Refuse the files and say why; they stay where they are."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return RelocationOut.of(actions.refuse_move(by=viewer, at=now(), move=move_for(viewer, pk), answer=body.answer))


@router.post(
    "/moves/{pk}/withdraw", response=RelocationOut, capability=EDIT, who="staff", summary="Take a proposal back"
)
def withdraw(request: HttpRequest, pk: Id, body: MoveAnswerIn) -> RelocationOut:
    """Take a proposal back that nobody has answered."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return RelocationOut.of(actions.withdraw_move(by=viewer, at=now(), move=move_for(viewer, pk), answer=body.answer))
