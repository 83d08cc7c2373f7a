"""What every move of a case has in common: the flow, the version, tasks that close and open, deadlines, the words told."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base.action import announce
from liren.base.calendar import add_working_days
from liren.base.errors import Conflict, Forbidden
from liren.base.inserts import insert, update
from liren.base.models import fresh
from liren.engines.cases.enums import State, TaskKind, TaskState, Verb
from liren.engines.cases.events import CaseEvent
from liren.engines.cases.flows import CASE
from liren.engines.cases.models import AWAITED, Case, Pause, Task
from liren.engines.cases.queries.cases import KINDS_OF, all_tasks, holds, open_tasks, sits_at
from liren.engines.cases.queries.matters import calendar_of
from liren.engines.cases.rules.clock import Clock, Stop, due
from liren.engines.cases.rules.matter import Matter
from liren.engines.cases.rules.routing import Desk, desk_of, task_kind
from liren.foundation.access.rules import Viewer

LARGEST_VERSION = 2**31 - 1


def target(case: Case, verb: Verb) -> str:
    """Return the state to which a verb leads; raise ``Conflict`` where the case is not there (any more)."""
    return CASE.target(
        case.state,
        verb,
        message=lambda: (
            _("这件事现在是“%(state)s”，不能“%(verb)s”。请刷新页面，看看刚刚有什么变化。")
            % {"state": State(case.state).label, "verb": verb.label}
        ),
    )


def save(case: Case, *, at: datetime, **changes: Any) -> None:
    """Change columns of a case in one statement; raise ``Conflict`` when somebody else changed it since it was read.

    An action writes nothing before this: here two that come at once meet, and the second is told instead of a deadlock.
    """
    seen = {"county": case.county, "id": case.pk, "version": case.version}
    is_possible = 0 <= case.version < LARGEST_VERSION  # it came from whoever asks
    changes |= {"updated_at": at, "version": case.version + 1}
    for name, value in changes.items():
        setattr(case, name, value)
    if not is_possible or not update(Case, seen, changes):
        raise Conflict(_("这件事刚刚被别人改动过。请刷新页面，看一看最新情况再办。"))


def tell_rooms(event: type[CaseEvent], case: Case) -> None:
    """Announce what happened to a case."""
    announce(event(area=case.area, case=case.pk, subject=case.subject, matter=case.matter, version=case.version))


def acting_task(by: Viewer, case: Case, verb: Verb, tasks: Iterable[Task] | None = None) -> Task:
    """Return the task that ``by`` acts on; raise ``Forbidden`` where it lies on somebody else's desk.

    Raise ``Conflict`` where it lay on this very desk and a colleague was quicker: they have the right, but nothing is left to do.
    """
    waiting = [task for task in (open_tasks(case) if tasks is None else tasks) if task.kind in KINDS_OF[verb]]
    for task in waiting:
        if sits_at(by, task, verb):
            return task
    if _was_quicker(by, case, verb, still_waits=bool(waiting)):
        raise Conflict(_("这件事刚刚已经由同事办过了。请刷新页面，看一看最新情况。"))
    raise Forbidden(
        _("这件事现在不在您的岗位上，不能“%(verb)s”。请联系正在办理的岗位，或请他们转交给您。") % {"verb": verb.label}
    )


def _was_quicker(by: Viewer, case: Case, verb: Verb, *, still_waits: bool) -> bool:
    """Say whether a task for ``verb`` lay on the viewer's desk and is done, or moved on after they read the case."""
    if not any(holds(by, task, verb) for task in all_tasks(case) if task.kind in KINDS_OF[verb]):
        return False
    return not still_waits or not Case.objects.filter(county=case.county, pk=case.pk, version=case.version).exists()


def new_task(case: Case, kind: TaskKind, desk: Desk, *, at: datetime, due_on: date | None, **more: Any) -> Task:
    """Return a task for a desk, not saved yet."""
    return fresh(
        Task,
        area=case.area,
        subject=case.subject,
        case_id=case.pk,
        kind=kind,
        post=desk.post,
        seat_level=desk.level,
        seat_area=desk.area,
        opened_at=at,
        due_on=due_on,
        **more,
    )


def open_task(case: Case, kind: TaskKind, desk: Desk, *, at: datetime, due_on: date | None, **more: Any) -> Task:
    """Put a task on a desk."""
    task = new_task(case, kind, desk, at=at, due_on=due_on, **more)
    insert(task)
    return task


def close(task: Task, *, by: Viewer, at: datetime, answer: str | None = None) -> None:
    """Close a task as done."""
    changes: dict[str, Any] = {"state": TaskState.DONE, "closed_at": at, "closed_by": by.account_id}
    if answer is not None:
        changes["answer"] = answer
    update(Task, {"county": task.county, "id": task.pk}, changes)


def drop_tasks(case: Case, *, by: Viewer, at: datetime) -> None:
    """Drop everything that still waits in a case."""
    update(
        Task,
        {"county": case.county, "case_id": case.pk, "state": [each.value for each in AWAITED]},
        {"state": TaskState.DROPPED, "closed_at": at, "closed_by": by.account_id},
    )


def put_in_hand(case: Case, matter: Matter, step: int, *, at: datetime, desk: Desk | None = None, **more: Any) -> Task:
    """Open the task of a step on its desk (or the one given); the case's own columns are the caller's to save."""
    return open_task(
        case,
        task_kind(matter, step),
        desk or desk_of(matter.step(step), case.area),
        at=at,
        due_on=case.due_on,
        step=step,
        **more,
    )


def holder(desk: Desk) -> dict[str, Any]:
    """Return the columns that say on which desk a case lies."""
    return {"holder_post": desk.post, "holder_level": desk.level, "holder_area": desk.area}


def deadlines(case: Case, *, on: date, pause_ends: date | None = None, **changed: Any) -> dict[str, Any]:
    """Return the deadline columns of a case as its clock says, with columns that are about to change given as keywords.

    ``pause_ends`` is the day on which the open pause is about to end.
    """

    def now(name: str) -> Any:
        return changed.get(name, getattr(case, name))

    calendar = calendar_of(case.area, on=on)
    stops = (
        tuple(
            Stop(starts_on, ends_on or pause_ends)
            for starts_on, ends_on in Pause.objects.filter(county=case.county, case=case).values_list(
                "starts_on", "ends_on"
            )
        )
        if case.state != State.SUBMITTED
        else ()
    )
    promised = due(Clock(now("clock_from"), now("promised_days"), now("extended_days"), stops), calendar)
    legal = due(Clock(now("clock_from"), now("legal_days"), now("extended_days"), stops), calendar)
    return {"due_on": promised.day, "due_provisional": promised.provisional, "legal_due_on": legal.day}


def days_later(case: Case, days: int, *, on: date) -> date:
    """Return the day that is so many working days after ``on`` where the case lies."""
    return add_working_days(on, days, calendar_of(case.area, on=on)).day


def seat_words(by: Viewer) -> str:
    """Return the words by which colleagues and residents read who acted: place, post and name of staff."""
    seat = by.current
    return f"{seat.place} {seat.title} {by.name}"[:128] if seat else by.name
