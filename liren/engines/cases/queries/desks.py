"""What waits for whom: desks of a viewer, their inboxes, and the desks a case may be handed to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Q

from liren.base.calendar import Calendar
from liren.engines.cases.enums import Standing, TaskState
from liren.engines.cases.models import Case, Task
from liren.engines.cases.permissions import HAND_OVER, REOPEN, VIEW
from liren.engines.cases.rules.clock import standing, working_days_left
from liren.engines.cases.rules.routing import Desk
from liren.foundation.access.models import Appointment, Post
from liren.foundation.access.queries import each_range
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import ancestor

LIST_COLUMNS = (
    "case__id", "case__number", "case__matter", "case__matter_name", "case__applicant_name", "case__state", "case__area",
    "case__due_on", "case__due_provisional", "case__channel", "case__version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task in an inbox with how its deadline stands; ``days_left`` in working days, negative when overdue."""

    task: Task
    standing: Standing
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits for a viewer's desks, by deadline."""

    overdue: tuple[Waiting, ...]
    soon: tuple[Waiting, ...]
    later: tuple[Waiting, ...]

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

    def ask(scoped: Viewer) -> list[Task]:
        here = [desk for desk in desks if scoped.current is not None and desk.area in scoped.current.range]
        if not here:
            return []
        places = reduce(or_, (Q(seat_area=desk.area, post=desk.post) for desk in here))
        rows = Task.objects.visible_to(scoped).filter(places, state=TaskState.OPEN).select_related("case")
        return list(rows.only(*TASK_COLUMNS, *LIST_COLUMNS).order_by("due_on", "id")[:limit])

    tasks = sorted(each_range(viewer, ask), key=lambda task: (task.due_on or date.max, task.pk))[:limit]
    waiting = [_waiting(task, on, calendar) for task in tasks]
    return Inbox(
        tuple(one for one in waiting if one.standing is Standing.OVERDUE),
        tuple(one for one in waiting if one.standing is Standing.DUE_SOON),
        tuple(one for one in waiting if one.standing not in {Standing.OVERDUE, Standing.DUE_SOON}),
    )


TASK_COLUMNS = (
    "id",
    "kind",
    "state",
    "post",
    "seat_level",
    "seat_area",
    "opened_at",
    "due_on",
    "asked_by",
    "area",
    "county",
)


def _waiting(task: Task, on: date, calendar: Calendar) -> Waiting:
    left = None if task.due_on is None else working_days_left(task.due_on, on, calendar)
    return Waiting(task, standing(task.due_on, on, calendar), left)


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
