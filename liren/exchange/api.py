"""The API of sources: set up, read now, and how a reading came out."""

from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query
from ninja.responses import Status

from liren.base import clock
from liren.base.api import Id, Page, Router, cursor, read_cursor
from liren.base.errors import Refusal
from liren.exchange.actions import fetching
from liren.exchange.actions import sources as acts
from liren.exchange.actions.sources import SourceGiven
from liren.exchange.permissions import CONNECT
from liren.exchange.queries import sources as queries
from liren.exchange.schemas import SourceIn, SourceOut, SourceRunOut, SourcesOut
from liren.foundation.access.queries import holders_only
from liren.foundation.access.rules import Viewer

router = Router()


@router.get("/sources", response=SourcesOut, capability=CONNECT, who="staff", summary="List the sources")
def list_sources(request: HttpRequest) -> SourcesOut:
    """Return the sources in reach, by name."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return SourcesOut(items=[SourceOut.of(feed) for feed in queries.feeds(viewer)])


@router.post("/sources", response={201: SourceOut}, capability=CONNECT, who="staff", summary="Set up a source")
def add_source(request: HttpRequest, body: SourceIn) -> Status[SourceOut]:
    """Set up a database or an API as a source. Its secret is sealed and never given out again."""
    by: Viewer = request.viewer  # type: ignore[attr-defined]
    if (body.database is None) == (body.api is None):
        raise Refusal(_("请给出数据库或网络接口中的一种。"), field="database")
    kind, settings, secret = body.settings
    given = SourceGiven(body.name, kind, settings, secret, body.authority, body.source)
    seat = holders_only(by, CONNECT).current
    assert seat is not None
    feed = acts.open_feed(by=by, at=clock.now(), area=seat.area, level=seat.level, given=given)
    if body.columns:
        heads = list(dict.fromkeys([*body.columns, *([body.key] if body.key else [])]))
        feed = acts.map_feed(
            by=by, at=clock.now(), feed=feed, heads=heads, targets=[body.columns.get(head, "") for head in heads], options={"blocks": False, "constants": {}},
            authority=body.authority, source=body.source, key=body.key,
        )  # fmt: skip
    return Status(201, SourceOut.of(feed))


@router.get("/sources/{pk}", response=SourceOut, capability=CONNECT, who="staff", summary="A source")
def show_source(request: HttpRequest, pk: Id) -> SourceOut:
    """Return a source."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return SourceOut.of(queries.feed_for(viewer, pk))


@router.post(
    "/sources/{pk}/runs", response={202: SourceRunOut}, capability=CONNECT, who="staff", summary="Read a source now"
)
def read_source(request: HttpRequest, pk: Id) -> Status[SourceRunOut]:
    """Begin to read a source; its changes become an import that waits for a person."""
    by: Viewer = request.viewer  # type: ignore[attr-defined]
    return Status(202, SourceRunOut.of(fetching.begin_run(by=by, at=clock.now(), feed=queries.feed_for(by, pk))))


@router.get(
    "/sources/{pk}/runs",
    response=Page[SourceRunOut],
    capability=CONNECT,
    who="staff",
    summary="The readings of a source",
)
def list_runs(
    request: HttpRequest,
    pk: Id,
    after: Annotated[str, Query(max_length=80)] | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[SourceRunOut]:
    """Return the readings of a source, the last one first."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    key = read_cursor(after, int)
    runs = queries.runs_of(queries.feed_for(viewer, pk), before=key[0] if key else None, size=limit)
    return Page(
        items=[SourceRunOut.of(run) for run in runs[:limit]],
        next=cursor(runs[limit - 1].pk) if len(runs) > limit else None,
    )


@router.get("/runs/{pk}", response=SourceRunOut, capability=CONNECT, who="staff", summary="How a reading came out")
def show_run(request: HttpRequest, pk: Id) -> SourceRunOut:
    """Return one reading of a source, with the state of the import that its changes became."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return SourceRunOut.of(queries.run_for(viewer, pk))
