"""Corrections and duplicates, for those who decide."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query

from liren.base.api import Id, Page, cursor, read_cursor
from liren.base.clock import now, today
from liren.base.errors import Refusal
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.api.router import checked, lists, router
from liren.registry.enums import PairState
from liren.registry.forms.corrections import DecideForm
from liren.registry.permissions import DECIDE, MERGE
from liren.registry.queries.corrections import correction_for, corrections, fact_of
from liren.registry.queries.duplicates import merge_for, pair_for, pairs, sides
from liren.registry.schemas import (
    AcceptIn,
    CorrectionOut,
    MergeIn,
    MergeOut,
    PairOut,
    QueuedOut,
    RefusedIn,
)

Size = Annotated[int, Query(ge=1, le=100)]


@router.get(
    "/corrections",
    response=Page[QueuedOut],
    capability=DECIDE,
    who="staff",
    summary="Requests for correction that wait",
)
def queue(request: HttpRequest, after: str | None = None, size: Size = 30) -> Any:
    """List the requests that wait, by the day of their promise."""
    key = read_cursor(after, int, int)
    since = (date.fromordinal(min(max(key[0], 1), date.max.toordinal())).isoformat(), key[1]) if key else None
    found = corrections(request.viewer, after=since, limit=size + 1)  # type: ignore[attr-defined]
    items = [
        QueuedOut(person=one.request.subject, name=one.name, request=CorrectionOut.of(one.request))
        for one in found[:size]
    ]
    last = found[size - 1].request if len(found) > size else None
    return {"items": items, "next": cursor(last.due_on.toordinal(), last.pk) if last else None}


@router.post(
    "/corrections/{pk}/accept",
    response=CorrectionOut,
    capability=DECIDE,
    who="staff",
    summary="Correct what is asked for",
)
def accept(request: HttpRequest, pk: Id, body: AcceptIn) -> CorrectionOut:
    """Correct the file by the registry's own action; without ``values`` what the resident asked for counts."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = correction_for(viewer, pk)
    values: dict[str, Any] | None = None
    if body.values is not None:
        fact = fact_of(one)
        standing = (
            {name: getattr(fact, name) for name in ("code", "valid_from", "valid_until", "words")} if fact else {}
        )
        form = DecideForm({**standing, **body.values}, item=one.item, fact=fact, **lists(today()))
        checked(form)
        values = {name: value for name, value in form.changed().items() if name in body.values}
    never_so = body.withdraw if body.values is not None or body.withdraw else None
    done = actions.accept_correction(
        by=viewer, at=now(), request=one, values=values, never_so=never_so, note=body.note
    )  # fmt: skip
    return CorrectionOut.of(done)


@router.post(
    "/corrections/{pk}/refuse", response=CorrectionOut, capability=DECIDE, who="staff", summary="Refuse a correction"
)
def refuse(request: HttpRequest, pk: Id, body: RefusedIn) -> CorrectionOut:
    """Say why something stays as it is; the resident reads the reason."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = correction_for(viewer, pk)
    return CorrectionOut.of(actions.refuse_correction(by=viewer, at=now(), request=one, reason=body.reason))


@router.get(
    "/duplicates", response=Page[PairOut], capability=MERGE, who="staff", summary="Files that look like one person's"
)
def duplicates(request: HttpRequest, after: str | None = None, size: Size = 30) -> Any:
    """List the pairs that nobody has judged, the likeliest first."""
    key = read_cursor(after, int, int)
    found = pairs(request.viewer, after=(key[0], key[1]) if key else None, limit=size + 1)  # type: ignore[attr-defined]
    last = found[size - 1].pair if len(found) > size else None
    return {
        "items": [PairOut.of(one) for one in found[:size]],
        "next": cursor(last.score, last.pk) if last else None,
    }


@router.post("/duplicates/{pk}/merge", response=MergeOut, capability=MERGE, who="staff", summary="Merge two files")
def merge(request: HttpRequest, pk: Id, body: MergeIn) -> Any:
    """Put one file of a pair into the other, with everything that names it."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    people = {one.person.pk: one.person for one in sides(pair_for(viewer, pk))}
    kept = people.pop(body.kept, None)
    if kept is None:
        raise Refusal(_("请选一份要留下的档案。"), field="kept")
    (gone,) = people.values()
    return actions.merge_persons(
        by=viewer, at=now(), kept=kept, gone=gone, reason=body.reason, take=body.take, drop=body.drop
    )


@router.post("/duplicates/{pk}/apart", response=PairOut, capability=MERGE, who="staff", summary="Two people, not one")
def apart(request: HttpRequest, pk: Id, body: RefusedIn) -> PairOut:
    """Remember that the two files of a pair are of two people."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    pair = pair_for(viewer, pk)
    left, right = sides(pair)
    actions.tell_apart(by=viewer, at=now(), pair=pair, reason=body.reason)
    return PairOut(
        id=pair.pk, left=pair.left, right=pair.right, left_name=left.person.name, right_name=right.person.name,
        score=pair.score, reasons=pair.reasons, state=PairState(pair.state),
    )  # fmt: skip


@router.post("/merges/{pk}/undo", response=MergeOut, capability=MERGE, who="staff", summary="Undo a merge")
def undo(request: HttpRequest, pk: Id, body: RefusedIn) -> Any:
    """Take a merge back; 409 with what was built on it, when something was."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return actions.undo_merge(by=viewer, at=now(), merge=merge_for(viewer, pk), reason=body.reason)
