"""Grids: those of a community with figures, what lies in them, who looks after them, and lists mapped to them."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query

from liren.base.api import Id
from liren.base.clock import now, today
from liren.base.errors import Forbidden, NotFound, Refusal
from liren.foundation.access.rules import Viewer
from liren.foundation.places.actions import add_grid, order_grid, rename_grid
from liren.foundation.places.permissions import EDIT_UNITS
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry import actions
from liren.registry.api.router import router
from liren.registry.enums import PartKind
from liren.registry.permissions import LISTS, VIEW
from liren.registry.queries import grids as asked
from liren.registry.queries import lists
from liren.registry.queries.allotting import Part, checked_parts, foreseen, words_of
from liren.registry.queries.grids import NONE
from liren.registry.schemas.grids import (
    GridChangeOut,
    GridCloseIn,
    GridFigures,
    GridForeseenOut,
    GridIn,
    GridMoveOut,
    GridNameIn,
    GridOrderIn,
    GridOut,
    GridPartIn,
    GridPartOut,
    GridPartsIn,
    GridPartsOut,
    GridsOut,
    GridWorkerEndIn,
    GridWorkerIn,
    GridWorkerOut,
    ListByGrid,
)

EDITS = {"capability": EDIT_UNITS, "who": "staff"}


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


@router.get(
    "/communities/{code}/grids", response=GridsOut, capability=VIEW, who="staff", summary="Grids of a community"
)
def grids(request: HttpRequest, code: str) -> GridsOut:
    """Return a community's grids of today with their figures, and a last line for what lies in none."""
    place, on = asked.community_for(_viewer(request), code), today()
    rules = lists.key_rules(_viewer(request), place.area, on)
    found = asked.figures(place.area, on=on, rules=rules)
    workers = asked.workers_of(place.area, on=on)
    lines = []
    for grid in [*asked.grids_on(place.area, on), None]:
        households, people, key_people = found.of(grid.pk if grid else NONE)
        lines.append(
            GridFigures(
                grid=GridOut.of(grid) if grid else None,
                workers=[GridWorkerOut.of(one.line) for one in workers.get(grid.pk, [])] if grid else [],
                households=households,
                people=people,
                key_people=key_people if rules else None,
            )
        )
    return GridsOut(items=lines)


@router.post("/communities/{code}/grids", response={201: GridOut}, summary="Add a grid", **EDITS)
def add(request: HttpRequest, code: str, body: GridIn) -> GridOut:
    """Add a grid to a community; 409 for a number that is in use."""
    place = asked.community_for(_viewer(request), code)
    return GridOut.of(
        add_grid(
            by=_viewer(request), at=now(), place=place, number=body.number, name=body.name, valid_from=body.valid_from
        )
    )


@router.post("/grids/{pk}/rename", response=GridOut, summary="Rename a grid", **EDITS)
def rename(request: HttpRequest, pk: Id, body: GridNameIn) -> GridOut:
    """Give a grid another name; its code stays."""
    by = _viewer(request)
    return GridOut.of(rename_grid(by=by, at=now(), grid=asked.grid_for(by, pk), name=body.name))


@router.post("/grids/{pk}/order", response=GridOut, summary="Move a grid in the order of its community", **EDITS)
def order(request: HttpRequest, pk: Id, body: GridOrderIn) -> GridOut:
    """Let a grid change places with the one before or after it."""
    by = _viewer(request)
    return GridOut.of(order_grid(by=by, at=now(), grid=asked.grid_for(by, pk), up=body.up))


@router.post("/grids/{pk}/close", response=GridChangeOut, summary="Close a grid", **EDITS)
def close(request: HttpRequest, pk: Id, body: GridCloseIn) -> GridChangeOut:
    """Close a grid from a day on; the change can be taken back."""
    by = _viewer(request)
    into = asked.grid_for(by, body.into) if body.into else None
    return GridChangeOut.of(actions.close_grid(by=by, at=now(), grid=asked.grid_for(by, pk), on=body.on, into=into))


@router.get("/grids/{pk}/parts", response=GridPartsOut, capability=VIEW, who="staff", summary="What lies in a grid")
def parts(request: HttpRequest, pk: Id) -> GridPartsOut:
    """Return the buildings, units, dwellings and households that were put into a grid and lie there today."""
    found = asked.parts_of(asked.grid_for(_viewer(request), pk), on=today())
    words = words_of(found)
    return GridPartsOut(items=[GridPartOut.of(one, words[one.pk]) for one in found])


@router.post(
    "/communities/{code}/grids/preview", response=GridForeseenOut, summary="What would follow if parts went into a grid", **EDITS
)  # fmt: skip
def preview(request: HttpRequest, code: str, body: GridPartsIn) -> GridForeseenOut:
    """Return who would come to lie elsewhere; nothing is changed."""
    place = asked.community_for(_viewer(request), code)
    wanted = checked_parts(place.area, _parts(body.parts))
    grid = asked.grid_for(_viewer(request), body.grid).pk if body.grid else NONE
    seen = foreseen(place.area, wanted, grid=grid, on=body.on or today())
    moves = [
        GridMoveOut(grid=before or None, households=number, people=seen.people[before])
        for before, number in sorted(seen.households.items())
    ]
    return GridForeseenOut(moves=moves, kept=seen.kept)


@router.post("/communities/{code}/grids/parts", response={201: GridChangeOut}, summary="Put parts into a grid", **EDITS)
def put(request: HttpRequest, code: str, body: GridPartsIn) -> GridChangeOut:
    """Put parts of a community into a grid, or out of theirs; people follow from their homes."""
    by = _viewer(request)
    place = asked.community_for(by, code)
    grid = asked.grid_for(by, body.grid) if body.grid else None
    wanted = _parts(body.parts)
    return GridChangeOut.of(actions.allot(by=by, at=now(), area=place.area, grid=grid, parts=wanted, on=body.on))


def _parts(given: list[GridPartIn]) -> list[Part]:
    return [Part.read(one.kind, one.building if one.kind == PartKind.BUILDING else str(one.id or "")) for one in given]


@router.post("/grid-changes/{pk}/undo", response=GridChangeOut, summary="Take a change of grids back", **EDITS)
def undo(request: HttpRequest, pk: Id) -> GridChangeOut:
    """Take a change back as if it had never been; 409 where a later one builds on it."""
    by = _viewer(request)
    return GridChangeOut.of(actions.undo_allotment(by=by, at=now(), change=asked.change_for(by, pk)))


@router.post("/grids/{pk}/workers", response={201: GridWorkerOut}, summary="Say who looks after a grid", **EDITS)
def name_worker(request: HttpRequest, pk: Id, body: GridWorkerIn) -> GridWorkerOut:
    """Say that somebody with a post at the community looks after a grid; they get no rights by it."""
    by = _viewer(request)
    grid = asked.grid_for(by, pk)
    held = {one.account_id: one.account for one in asked.at_posts(grid.community, body.since or today())}
    if body.account not in held:
        raise Refusal(_("这个人那一天在本村（社区）没有岗位。请先请安全管理员任命。"), field="account")
    return GridWorkerOut.of(
        actions.name_grid_worker(by=by, at=now(), grid=grid, account=held[body.account], since=body.since)
    )


@router.post(
    "/grids/{pk}/workers/{worker}/end", response=GridWorkerOut, summary="Say who looks after a grid no more", **EDITS
)
def end_worker(request: HttpRequest, pk: Id, worker: Id, body: GridWorkerEndIn) -> GridWorkerOut:
    """Say from which day somebody does not look after a grid any more."""
    by = _viewer(request)
    line = asked.worker_for(asked.grid_for(by, pk), worker)
    return GridWorkerOut.of(actions.end_grid_worker(by=by, at=now(), worker=line, until=body.until))


@router.get(
    "/categories/{code}/grids", response=list[ListByGrid], capability=LISTS, who="staff", summary="A list mapped to the grids of a community"
)  # fmt: skip
def by_grid(
    request: HttpRequest,
    code: str,
    community: Annotated[str, Query(pattern=r"^[0-9]{12}$", description="code of the community, 12 digits")],
    on: date | None = None,
) -> list[ListByGrid]:
    """Return how many people of a list lie in which grid of a community on a day, those in none last."""
    sight = lists.sight_of(_viewer(request))
    if not sight.may_open:
        raise Forbidden(_("您的岗位可以看数字，不能打开名单。"))
    day, area = on or today(), int(community) * 1000
    if day > today():
        raise Refusal(_("还没有到这一天，请选今天或以前的日子。"), field="on")
    if area not in sight.seat.range or area != ancestor(area, COMMUNITY):
        raise NotFound(_("这个地方不在您的管辖范围。"))
    rule = lists.category_at(sight, code, day)
    cells = lists.cells_by_grid(sight, rule, area, on=day)
    found = [
        ListByGrid(grid=grid.pk, name=grid.name, members=cells.get(grid.pk, 0)) for grid in asked.grids_on(area, day)
    ]
    return [*found, ListByGrid(grid=None, name=_("未划入网格"), members=cells.get(NONE, 0))]
