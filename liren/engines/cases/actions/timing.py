"""What the clock does by itself: warn, escalate, compute deadlines anew, and follow an account that became a person."""

from datetime import datetime, timedelta

from liren.base.action import action, announce, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict
from liren.engines.cases.actions.moving import deadlines, save, target
from liren.engines.cases.enums import State, TaskState, Verb
from liren.engines.cases.events import TaskFellDue
from liren.engines.cases.models import Case, Delegation, Material, Pause, Rating, Task
from liren.engines.cases.permissions import KEEP_TIME
from liren.engines.cases.queries.matters import calendar_of, kept_until
from liren.engines.cases.rules.clock import soon_until
from liren.foundation.access.rules import Viewer

BATCH = 500
SHORTEST = timedelta(days=1)  # no term is shorter


@action(KEEP_TIME, on="area")
def escalate_tasks(*, by: Viewer, at: datetime, area: int) -> None:
    """Announce tasks that fall due within a working day or are overdue, each once, whatever how often this runs."""
    on = day_of(at)
    soon = soon_until(on, calendar_of(area, on=on))
    waiting = Task.objects.filter(state=TaskState.OPEN)
    late = list(waiting.filter(due_on__lt=on, escalated_on=None).only("id", "area", "case_id")[:BATCH])
    near = list(waiting.filter(due_on__gte=on, due_on__lte=soon, warned_on=None).only("id", "area", "case_id")[:BATCH])
    Task.objects.filter(pk__in=[task.pk for task in late]).update(escalated_on=on)
    Task.objects.filter(pk__in=[task.pk for task in near]).update(warned_on=on)
    for task in (*late, *near):
        announce(TaskFellDue(area=task.area, case=task.case_id, task=task.pk, overdue=task in late))
    remark(overdue=len(late), due_soon=len(near))


@action(KEEP_TIME, on="area")
def recompute_deadlines(*, by: Viewer, at: datetime, area: int, after: int = 0, most: int = BATCH) -> int:
    """Compute the provisional deadlines of running cases anew with the working days known today, ``most`` at a time.

    Return the id after which to go on, 0 at the end. A case that somebody changes at this moment is left for the next night.
    """
    on, changed, left = day_of(at), 0, 0
    running = Case.objects.filter(due_provisional=True, state__in=[State.ACCEPTED, State.IN_HAND, State.ASKED])
    cases = list(running.filter(pk__gt=after).order_by("id")[:most])
    for case in cases:
        dues = deadlines(case, on=on)
        if any(getattr(case, name) != value for name, value in dues.items()):
            try:
                recompute_deadline(by=by, at=at, case=case)
                changed += 1
            except Conflict:
                left += 1
    remark(changed=changed, left=left)
    return cases[-1].pk if len(cases) == most else 0


@action(KEEP_TIME, on="case")
def recompute_deadline(*, by: Viewer, at: datetime, case: Case) -> Case:
    """Give a case, and the tasks that carry its deadline, the deadline that its clock says today."""
    before = case.due_on
    save(case, at=at, **deadlines(case, on=day_of(at)))
    Task.objects.filter(
        county=case.county, case=case, state__in=[TaskState.OPEN, TaskState.WAITING], due_on=before
    ).update(due_on=case.due_on, warned_on=None, escalated_on=None)
    return case


@action(KEEP_TIME, on="area")
def throw_old_drafts_away(*, by: Viewer, at: datetime, area: int, most: int = BATCH) -> None:
    """Throw away drafts that nobody has touched for the days that policy sets where they were made, the oldest first."""
    on, thrown = day_of(at), 0
    untouched = Case.objects.filter(state=State.DRAFT, updated_at__lt=at - SHORTEST).order_by("id")
    for draft in untouched.iterator(chunk_size=BATCH):
        if kept_until(draft) <= on:
            throw_draft_away(by=by, at=at, case=draft)
            thrown += 1
            if thrown == most:
                break
    remark(thrown=thrown)


@action(KEEP_TIME, on="case")
def throw_draft_away(*, by: Viewer, at: datetime, case: Case) -> Case:
    """Throw one draft away with everything that was filled in: it was never an application."""
    save(case, at=at, state=target(case, Verb.WITHDRAW), answers={}, applicant_name="", draft_step="")
    return case


@action(KEEP_TIME, on="area")
def follow_link(*, by: Viewer, at: datetime, area: int, account_id: int, person_id: int) -> None:
    """Let the cases of an account belong to the person to whom it was linked, wherever they are."""
    cases = list(Case.objects.filter(subject=account_id).values_list("pk", flat=True))
    for table in (Task, Pause, Material, Delegation, Rating):
        table.objects.filter(case__in=cases).update(subject=person_id)
    Case.objects.filter(pk__in=cases).update(subject=person_id, person_id=person_id)
    remark(cases=len(cases))
