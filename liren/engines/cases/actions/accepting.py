"""What the acceptance desk does: accept, return once with the complete list of what is missing, refuse."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict, Refusal
from liren.engines.cases.actions.moving import (
    acting_task,
    close,
    days_later,
    deadlines,
    drop_tasks,
    holder,
    put_in_hand,
    save,
    target,
    tell_rooms,
)
from liren.engines.cases.enums import Verb
from liren.engines.cases.events import CaseAccepted, CaseRefused, CaseReturned
from liren.engines.cases.models import Case
from liren.engines.cases.permissions import ACCEPT, REFUSE, RETURN_ONCE
from liren.engines.cases.queries.matters import matter_of
from liren.engines.cases.rules.routing import desk_of, working_step
from liren.foundation.access.rules import Viewer


@action(ACCEPT, on="case")
def accept_case(*, by: Viewer, at: datetime, case: Case) -> Case:
    """Accept an application: today is day 0 of the promise, and the desk of the next step has it."""
    state = target(case, Verb.ACCEPT)
    matter, on = matter_of(case), day_of(at)
    task = acting_task(by, case, Verb.ACCEPT)
    step = working_step(matter)
    desk = desk_of(matter.step(step), case.area)
    promise: dict[str, Any] = {
        "clock_from": on,
        "promised_days": matter.promised_days.value,
        "legal_days": matter.legal_days.value,
        "extended_days": 0,
    }
    save(
        case, at=at, state=state, accepted_on=on, step=step, answer_due_on=None, **promise,
        **deadlines(case, on=on, **promise), **holder(desk),
    )  # fmt: skip
    close(task, by=by, at=at)
    put_in_hand(case, matter, step, at=at, desk=desk)
    tell_rooms(CaseAccepted, case)
    return case


@action(RETURN_ONCE, on="case")
def return_case(*, by: Viewer, at: datetime, case: Case, missing: Sequence[str], note: str = "") -> Case:
    """Return an application once, with the complete list of what is missing (一次性告知); a second time is refused."""
    state = target(case, Verb.RETURN)
    complete = [line.strip() for line in missing if line.strip()]
    if not complete:
        raise Refusal(_("请把缺的内容一次列全，每项一行。"), field="missing")
    if case.returned_at is not None:
        raise Conflict(_("已经一次性告知过，不能再退回补正。请受理，或者写明理由不予受理。"))
    matter, on = matter_of(case), day_of(at)
    task = acting_task(by, case, Verb.RETURN)
    until_day = days_later(case, matter.supplement_days.value, on=on)
    save(
        case,
        at=at,
        state=state,
        returned_at=at,
        missing=[*complete, *([note] if note else [])],
        answer_due_on=until_day,
    )
    close(task, by=by, at=at)
    tell_rooms(CaseReturned, case)
    return case


@action(REFUSE, on="case")
def refuse_case(*, by: Viewer, at: datetime, case: Case, ground: str, reason: str) -> Case:
    """Refuse to accept an application, on one of the matter's grounds (its code) and with words for the applicant."""
    state = target(case, Verb.REFUSE)
    matter = matter_of(case)
    grounds = {choice.code: choice.name for choice in matter.refusal_grounds}
    if grounds and ground not in grounds:
        raise Refusal(_("请从列出的理由里选一个。"), field="ground")
    if not reason.strip():
        raise Refusal(_("请用居民看得懂的话写明理由，并说清楚可以怎么办。"), field="reason")
    acting_task(by, case, Verb.REFUSE)
    said = "：".join(part for part in (grounds.get(ground, ""), reason.strip()) if part)
    save(case, at=at, state=state, reason=said, finished_at=at, answer_due_on=None)
    drop_tasks(case, by=by, at=at)
    remark(ground=ground)
    tell_rooms(CaseRefused, case)
    return case
