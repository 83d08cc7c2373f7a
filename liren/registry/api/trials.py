"""Trials over many people: asked for, looked at while they are worked out and when they are done, given up."""

from itertools import groupby
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query
from ninja.responses import Status

from liren.base.api import Id
from liren.base.clock import now
from liren.base.errors import Forbidden, NotFound
from liren.foundation.access.rules import Viewer
from liren.registry.actions import trials as acts
from liren.registry.api.lists import day_of_question
from liren.registry.api.router import router
from liren.registry.enums import TrialState
from liren.registry.models import CategoryTrial
from liren.registry.permissions import LISTS
from liren.registry.queries import lists, trials
from liren.registry.queries.lists import Sight
from liren.registry.schemas import ComparedFigure
from liren.registry.schemas.trials import TrialArea, TrialIn, TrialOut, TrialsOut


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def _sight(request: HttpRequest) -> Sight:
    sight = lists.sight_of(_viewer(request))
    if not sight.may_open:
        raise Forbidden(_("您的岗位可以看数字，不能打开名单。"))
    return sight


@router.post(
    "/trials",
    response={200: TrialOut, 202: TrialOut},
    capability=LISTS,
    who="staff",
    summary="Have a list tried under another rule",
)
def ask_trial(request: HttpRequest, body: TrialIn) -> Status[TrialOut]:
    """Have the figures of a list worked out under two rules over everybody of the caller's seat: 202 while that goes on, 200 with what is kept.

    The same question is the same trial for seven days, whoever of the seat asks; nothing is worked out twice unless ``afresh`` says so.
    """
    sight = _sight(request)
    on = day_of_question(body.on, sight)
    rule = lists.category_at(sight, body.category, on)
    if body.version and not body.version.isdigit():
        raise NotFound(_("这个类别没有这个版本。"))
    version = int(body.version) if body.version else rule.key
    other = trials.version_at(sight, rule, version, body.parameters)
    found = acts.ask_trial(
        by=_viewer(request), at=now(), area=sight.seat.area, level=sight.seat.level, on=on, rule=rule, other=other, version=version,
        values=body.parameters, afresh=body.afresh,
    )  # fmt: skip
    return Status(200 if found.state == TrialState.DONE else 202, _told(found, sight))


@router.get("/trials", response=TrialsOut, capability=LISTS, who="staff", summary="Trials that are kept")
def list_trials(
    request: HttpRequest, category: Annotated[str, Query(max_length=80, pattern="^[a-z0-9-]*$")] = ""
) -> TrialsOut:
    """Return what was tried from the caller's seat in the last seven days, the last 50 of them."""
    sight = _sight(request)
    return TrialsOut(items=[_told(one, sight) for one in trials.trials_of(sight, category, at=now(), limit=50)])


@router.get(
    "/trials/{pk}", response=TrialOut, capability=LISTS, who="staff", summary="How far a trial is, and its figures"
)
def show_trial(request: HttpRequest, pk: Id) -> TrialOut:
    """Return a trial of a seat for the whole of which the caller may open lists."""
    found, sight = trials.trial_for(_viewer(request), pk, at=now())
    trials.rules_of_trial(sight, found)
    return _told(found, sight)


@router.post("/trials/{pk}/stop", response=TrialOut, capability=LISTS, who="staff", summary="Give a trial up")
def stop_trial(request: HttpRequest, pk: Id) -> TrialOut:
    """Give up a trial that the caller has asked for; it goes on while others wait for it."""
    found, sight = trials.trial_for(_viewer(request), pk, at=now())
    return _told(acts.give_up_trial(by=_viewer(request), at=now(), trial=found), sight)


def _told(found: CategoryTrial, sight: Sight) -> TrialOut:
    shown = trials.side_by_side(sight, found.figures) if found.state == TrialState.DONE else None
    return TrialOut(
        id=found.pk,
        category=found.category,
        on=found.on,
        area=str(found.area),
        level=found.level,
        version=str(found.version),
        parameters=found.values,
        state=found.state,
        asked_at=found.asked_at,
        asked_by=found.actor,
        ended_at=found.ended_at,
        kept_until=found.asked_at + trials.KEPT,
        progress=[
            TrialArea(area=str(area), people=sum(part.people for part in own), done=all(part.is_done for part in own))
            for area, parts in groupby(trials.parts_of(found), key=lambda part: part.below)
            for own in [list(parts)]
        ],
        before=sum(shown.before.values()) if shown else None,
        after=sum(shown.after.values()) if shown else None,
        entering=shown.entering if shown else None,
        leaving=shown.leaving if shown else None,
        areas=[
            ComparedFigure(area=str(area), before=shown.before.get(area, 0), after=shown.after.get(area, 0))
            for area in sorted({*shown.before, *shown.after})
        ]
        if shown
        else [],
    )
