"""Ratings: given by the applicant, answered by who handled the case, and a case handled once more."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict, Refusal
from liren.base.inserts import insert
from liren.engines.cases.actions.moving import (
    acting_task,
    close,
    days_later,
    deadlines,
    drop_tasks,
    holder,
    open_task,
    put_in_hand,
    save,
    seat_words,
    target,
    tell_rooms,
)
from liren.engines.cases.enums import RatingChannel, RatingLevel, TaskKind, Verb
from liren.engines.cases.events import CaseRated, CaseReopened, RatingAnswered
from liren.engines.cases.models import Case, Rating
from liren.engines.cases.permissions import ANSWER_RATING, RATE, REOPEN
from liren.engines.cases.queries.matters import matter_of, rated_until
from liren.engines.cases.queries.sentences import day_words
from liren.engines.cases.rules.ratings import may_reopen, must_be_answered
from liren.engines.cases.rules.routing import Desk, desk_of
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import COMMUNITY
from liren.foundation.policies import queries as policies

ANSWER_DAYS = 5  # where no rating scale sets it


@action(RATE, on="case")
def rate_case(
    *, by: Viewer, at: datetime, case: Case, level: int, comment: str = "", channel: str = RatingChannel.PORTAL
) -> Case:
    """Rate how a case was handled, once for each round; the last two levels must be answered within the days policy sets.

    What somebody at a desk writes down was said at the window, whatever ``channel`` says.
    """
    state = target(case, Verb.RATE)
    if level not in RatingLevel.values:
        raise Refusal(_("请从五个等级里选一个。"), field="level")
    on, until = day_of(at), rated_until(case)
    if until is not None and on > until:
        raise Conflict(
            _("评价的期限到 %(day)s为止，已经过了。还有意见，请到窗口说，或者拨打窗口电话。")
            % {"day": day_words(until)}
        )
    owed = must_be_answered(level)
    due_on = days_later(case, _answer_days(case, at), on=on) if owed else None
    save(case, at=at, state=state, rating=level)
    insert(Rating(
        area=case.area, subject=case.subject, case_id=case.pk, round=case.reopened + 1, level=level, comment=comment.strip()[:500],
        channel=RatingChannel.WINDOW if by.is_staff else channel, rated_at=at, answer_due_on=due_on,
    ))  # fmt: skip
    if owed:
        desk = Desk(case.holder_post, case.holder_level, case.holder_area)
        open_task(
            case, TaskKind.ANSWER_RATING, desk, at=at, due_on=due_on, step=case.step, question=comment.strip() or None
        )
    tell_rooms(CaseRated, case)
    return case


def _answer_days(case: Case, at: datetime) -> int:
    scale = policies.find_item(
        "rating-scale", matter_of(case).rating_scale, level=COMMUNITY, area=case.area, on=day_of(at)
    )
    return int(scale.body["answer_days"]["value"]) if scale else ANSWER_DAYS


@action(ANSWER_RATING, on="case")
def answer_rating(*, by: Viewer, at: datetime, case: Case, answer: str) -> Case:
    """Answer a bad rating: what was found, and what was done about it."""
    state = target(case, Verb.ANSWER_RATING)
    save(case, at=at, state=state)
    _answer(by, at, case, answer)
    tell_rooms(RatingAnswered, case)
    return case


def _answer(by: Viewer, at: datetime, case: Case, answer: str) -> None:
    if not answer.strip():
        raise Refusal(_("请写明查到了什么、怎么改的。"), field="answer")
    if not must_be_answered(case.rating or RatingLevel.VERY_GOOD):
        raise Conflict(_("这次评价不需要答复。"))
    close(acting_task(by, case, Verb.ANSWER_RATING), by=by, at=at, answer=answer.strip())
    Rating.objects.filter(county=case.county, case=case, round=case.reopened + 1).update(
        answer=answer.strip()[:1000], answered_at=at, answered_by=seat_words(by)
    )


@action(REOPEN, on="case")
def reopen(*, by: Viewer, at: datetime, case: Case, reason: str) -> Case:
    """Handle a case once more after a bad rating, once; the reason is the answer to the rating where none was given yet.

    A new promise runs from today, on the desk of the last step.
    """
    state = target(case, Verb.REOPEN)
    if not may_reopen(case.rating, case.reopened):
        raise Conflict(_("只有差评的办件可以重新办理，而且只有一次。"))
    if not reason.strip():
        raise Refusal(_("请写明为什么重新办理、这次要办成什么样。"), field="reason")
    matter, on = matter_of(case), day_of(at)
    step = len(matter.steps) - 1
    desk = desk_of(matter.step(step), case.area)
    promise: dict[str, Any] = {"clock_from": on, "extended_days": 0}
    save(
        case, at=at, state=state, reopened=case.reopened + 1, rating=None, outcome="", finished_at=None, decided_at=None,
        extension_ground="", step=step, **promise, **deadlines(case, on=on, **promise), **holder(desk),
    )  # fmt: skip
    Rating.objects.filter(county=case.county, case=case, round=case.reopened, answered_at__isnull=True).update(
        answer=reason.strip()[:1000], answered_at=at, answered_by=seat_words(by)
    )
    drop_tasks(case, by=by, at=at)
    put_in_hand(case, matter, step, at=at, desk=desk, question=reason.strip(), asked_by=seat_words(by))
    remark(reason=reason.strip()[:200])
    tell_rooms(CaseReopened, case)
    return case
