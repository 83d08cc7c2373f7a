"""What waits for whom: desks of a viewer, their inboxes, and the desks a case may be handed to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from liren.base.calendar import Calendar
from liren.base.reads import within
from liren.base.rows import asked
from liren.engines.cases.enums import Standing, TaskKind
from liren.engines.cases.models import Case, Task
from liren.engines.cases.permissions import HAND_OVER, REOPEN, VIEW
from liren.engines.cases.rules.clock import standing, working_days_left
from liren.engines.cases.rules.routing import Desk
from liren.foundation.access.models import Appointment, Post
from liren.foundation.access.queries import each_range
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import ancestor


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task in an inbox, as much of its case as a list says, and how its deadline stands; ``days_left`` in working days, negative when overdue."""

    task_id: int
    case_id: int
    kind: TaskKind
    asked_by: str
    due_on: date | None
    area: int
    number: str
    matter_name: str
    applicant_name: str
    standing: Standing
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits for a viewer's desks, by deadline."""

    overdue: tuple[Waiting, ...]
    soon: tuple[Waiting, ...]
    later: tuple[Waiting, ...]
    has_more: bool = False
    """Whether more waits than is listed, all of it due no earlier than the last of these."""

    def __len__(self) -> int:
        return len(self.overdue) + len(self.soon) + len(self.later)


def desks_of(viewer: Viewer) -> tuple[Desk, ...]:
    """Return the desks at which a viewer sits."""
    return tuple(dict.fromkeys(Desk(seat.post, seat.level, seat.area) for seat in viewer.seats))


def inbox(viewer: Viewer, *, on: date, calendar: Calendar, limit: int = 100) -> Inbox:
    """Return the open tasks of the viewer's desks, the nearest deadline first; one query per outermost range."""
    desks = desks_of(viewer)
    if not desks or not viewer.may(VIEW):
        return Inbox((), (), ())

    def ask(scoped: Viewer) -> list[tuple[Any, ...]]:
        here = [desk for desk in desks if scoped.current is not None and desk.area in scoped.current.range]
        return _open_tasks(scoped, here, limit + 1) if here else []

    stands: dict[
        date | None, tuple[Standing, int | None]
    ] = {}  # many tasks share a last day, and counting days takes time

    def waits(row: tuple[Any, ...]) -> Waiting:
        task, case, kind, asked_by, due_on, area, number, matter, applicant = row
        if due_on not in stands:
            days = None if due_on is None else working_days_left(due_on, on, calendar)
            stands[due_on] = standing(due_on, on, calendar), days
        stand, left = stands[due_on]
        return Waiting(task, case, TaskKind(kind), asked_by, due_on, area, number, matter, applicant, stand, left)

    found = sorted(each_range(viewer, ask), key=_by_deadline)
    waiting = [waits(row) for row in found[:limit]]
    return Inbox(
        tuple(one for one in waiting if one.standing is Standing.OVERDUE),
        tuple(one for one in waiting if one.standing is Standing.DUE_SOON),
        tuple(one for one in waiting if one.standing not in {Standing.OVERDUE, Standing.DUE_SOON}),
        has_more=len(found) > limit,
    )


def _by_deadline(row: tuple[Any, ...]) -> tuple[date, int]:
    return row[4] or date.max, row[0]


def _open_tasks(viewer: Viewer, desks: Sequence[Desk], limit: int) -> list[tuple[Any, ...]]:
    """Return the columns of ``Waiting`` of the open tasks at some desks, by one statement, planned once: a desk is a narrow range."""
    conditions = {f"t.{condition}": value for condition, value in within(viewer.scope).items()}
    at = " OR ".join(["(t.seat_area = %s AND t.post = %s)"] * len(desks))
    return asked(
        "SELECT t.id, t.case_id, t.kind, t.asked_by, t.due_on, c.area, c.number, c.matter_name, c.applicant_name"  # noqa: S608  constants
        " FROM cases_task t JOIN cases_case c ON c.id = t.case_id"
        f" WHERE ({at}) AND t.state = 'open' AND {' AND '.join(conditions)} ORDER BY t.due_on, t.id LIMIT %s",
        [*(part for desk in desks for part in (desk.area, desk.post)), *conditions.values(), limit],
    )


@dataclass(frozen=True, slots=True)
class NamedDesk:
    """A desk with the words for it, and whether somebody sits at it now."""

    desk: Desk
    title: str
    place: str
    is_filled: bool


def desks_covering(case: Case, *, on: date, but: Iterable[Desk] = ()) -> list[NamedDesk]:
    """Return the desks whose place contains a case and whose post may take a hand-over, from the community upwards."""
    places = {(level, ancestor(case.area, level)) for level in range(1, 6)}
    titles = dict(Post.objects.filter(capabilities__contains=[HAND_OVER.code]).values_list("code", "title"))
    rows = Appointment.objects.filter(
        reduce(or_, (Q(level=level, area=area) for level, area in places)),
        Q(valid_until__isnull=True) | Q(valid_until__gt=on),
        post__in=titles,
        valid_from__lte=on,
    )
    found = {
        Desk(post, level, area): place
        for post, level, area, place in rows.values_list("post", "level", "area", "place").distinct()
    }
    skipped = set(but)
    return sorted(
        (NamedDesk(desk, titles[desk.post], place, True) for desk, place in found.items() if desk not in skipped),
        key=lambda named: (-named.desk.level, named.title),
    )


def superiors_of(task: Task, *, on: date, also_above: bool) -> list[int]:
    """Return the accounts that sit at a task's desk, with ``also_above`` also the heads of its place and of the one above.

    A head is who may reopen a case.
    """
    held = Q(post=task.post, level=task.seat_level, area=task.seat_area)
    if also_above:
        heads = Post.objects.filter(capabilities__contains=[REOPEN.code]).values("code")
        for level in {task.seat_level, max(task.seat_level - 1, 1)}:
            held |= Q(post__in=heads, level=level, area=ancestor(task.seat_area, level))
    rows = Appointment.objects.filter(
        held, Q(valid_until__isnull=True) | Q(valid_until__gt=on), valid_from__lte=on, account__is_active=True
    )
    return sorted(set(rows.values_list("account_id", flat=True)))
