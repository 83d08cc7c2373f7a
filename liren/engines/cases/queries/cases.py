"""Cases as somebody sees them: one, its sheet, lists by key, and what may be done next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import uuid5

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from liren.base.calendar import Calendar
from liren.base.errors import Forbidden, NotFound
from liren.base.flow import Move
from liren.base.models import fresh
from liren.base.reads import first, in_order, within
from liren.base.rows import fitting, rescoped
from liren.base.scopes import Scope
from liren.engines.cases.enums import Channel, Standing, State, TaskKind, TaskState, Verb
from liren.engines.cases.flows import APPLICANT_VERBS, CASE, CLOSED_STATES
from liren.engines.cases.models import AWAITED, Case, Delegation, Material, Pause, Rating, Task
from liren.engines.cases.permissions import CAPABILITY_OF, SUBMIT, VIEW
from liren.engines.cases.queries.matters import calendar_of, matter_of, rated_until
from liren.engines.cases.rules.clock import standing
from liren.engines.cases.rules.matter import Matter
from liren.engines.cases.rules.ratings import may_reopen, must_be_answered
from liren.engines.cases.rules.routing import Desk
from liren.foundation.access.models import JournalLine
from liren.foundation.access.queries import each_range, find
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.models import StoredFile
from liren.foundation.places.rules import COMMUNITY, WIDTHS, ancestor, subtree

LIST = (
    "id", "number", "matter", "matter_name", "state", "channel", "applicant_name", "area", "county", "due_on",
    "due_provisional", "submitted_at", "holder_post", "holder_level", "holder_area", "rating", "outcome", "version",
    "answer_due_on", "draft_step", "created_at", "updated_at",
)  # fmt: skip
MOST = 200


class Listed(NamedTuple):
    """A case as a list of the desk tells it; the names are those of ``Case``."""

    pk: int
    number: str
    matter_name: str
    state: str
    channel: str
    applicant_name: str
    area: int
    submitted_at: datetime | None
    due_on: date | None
    due_provisional: bool
    answer_due_on: date | None
    rating: int | None


LISTED = ", ".join(("id", *Listed._fields[1:]))


def blank_case(
    by: Viewer, one: Matter, area: int, *, at: datetime, person_id: int | None = None, account_id: int | None = None
) -> Case:
    """Return a case that is not saved yet: the viewer's own, or at a window that of the person or account named."""
    if by.mode == "resident":
        person_id, account_id = by.person_id or None, by.account_id
    return fresh(
        Case,
        area=ancestor(area, COMMUNITY),
        subject=person_id or account_id or 0,
        person_id=person_id,
        account_id=account_id,
        matter=one.code,
        matter_name=one.name,
        item=one.item_id,
        channel=Channel.PORTAL if by.mode == "resident" else Channel.WINDOW,
        created_at=at,
        updated_at=at,
        client_key=uuid5(by.once, str(by.account_id)) if by.once else None,  # another account's key is another
    )


def case_for(viewer: Viewer, pk: int, *, version: int | None = None) -> Case:
    """Return a case that the viewer may see; raise ``NotFound`` outside the scope and ``Forbidden`` for the wrong post.

    With the ``version`` that a page was made from, whoever changes the case is told when it has changed since; a request
    that is repeated is answered as the first.
    """
    case = find(
        viewer,
        lambda scoped: first(Case, {"id = %s": pk, **within(scoped.scope)}),
        otherwise=_("没有找到这件事。它可能不归您这里，或者已经撤回。"),
    )
    if version is not None:
        case.version = version  # what a change is compared with, once it is known that it is no repetition
    return _seen(viewer, case)


def may_open_files(viewer: Viewer, stored: StoredFile) -> bool:
    """Say whether a viewer may open a file of a case: whose it is, and the posts that may see cases there."""
    if viewer.mode == "resident":
        return viewer.owns(stored.subject)
    return viewer.may(VIEW, stored.area)


def _seen(viewer: Viewer, case: Case) -> Case:
    if viewer.is_staff:
        forbid_unless_may_view(viewer, case.area)
        if case.state == State.DRAFT and case.account_id != viewer.account_id and case.channel == Channel.PORTAL:
            raise NotFound(_("没有找到这件事。它可能不归您这里，或者已经撤回。"))
    return case


def forbid_unless_may_view(viewer: Viewer, area: int | None = None) -> None:
    """Raise ``Forbidden`` for whom no post lets see cases at ``area``, or anywhere."""
    if not viewer.may(VIEW, area):
        raise Forbidden(_("您的岗位不能“%(what)s”。如需办理，请联系本单位安全管理员。") % {"what": VIEW.title})


def case_by_id(pk: int) -> Case | None:
    """Return a case inside the scope of a job."""
    return Case.objects.filter(pk=pk).first()


def task_by_id(pk: int) -> Task | None:
    """Return a task with its case inside the scope of a job."""
    return Task.objects.select_related("case").filter(pk=pk).first()


def open_tasks(case: Case) -> list[Task]:
    """Return the tasks of a case that still wait for somebody, the oldest first."""
    return in_order(
        Task, {"county = %s": case.county, "case_id = %s": case.pk, "state = ANY(%s)": [each.value for each in AWAITED]}
    )


def all_tasks(case: Case) -> list[Task]:
    """Return every task of a case, done or not, the oldest first."""
    return in_order(Task, {"county = %s": case.county, "case_id = %s": case.pk})


@dataclass(frozen=True)
class Sheet:
    """Everything about one case, for the page of its applicant and the sheet of its worker."""

    case: Case
    matter: Matter
    tasks: Sequence[Task]
    materials: Sequence[Material]
    pauses: Sequence[dict[str, Any]]
    ratings: Sequence[dict[str, Any]]
    delegation: dict[str, Any] | None
    lines: Sequence[JournalLine]
    moves: Sequence[Move]
    standing: Standing

    @property
    def waiting(self) -> Sequence[Task]:
        """Return the tasks that still wait for somebody."""
        return [task for task in self.tasks if task.state in AWAITED]

    @property
    def question(self) -> Task | None:
        """Return what the applicant is asked now."""
        return next((task for task in self.waiting if task.kind == TaskKind.SUPPLY), None)

    @property
    def said(self) -> str:
        """Return what the applicant reads about the step at which the case stands."""
        return (
            self.matter.step(self.case.step).said
            if self.case.state in {State.SUBMITTED, State.ACCEPTED, State.IN_HAND}
            else ""
        )


def case_sheet(viewer: Viewer, pk: int, *, on: date) -> Sheet:
    """Return the sheet of a case in four queries: the case with its small tables, tasks, materials, the journal."""
    case = _seen(
        viewer,
        find(
            viewer,
            lambda scoped: Case.objects.visible_to(scoped).annotate(**_SMALL_TABLES).filter(pk=pk).first(),
            otherwise=_("没有找到这件事。它可能不归您这里，或者已经撤回。"),
        ),
    )
    tasks = list(Task.objects.filter(county=case.county, case=case).order_by("id"))
    small: Any = case
    return Sheet(
        case=case,
        matter=matter_of(case),
        tasks=tasks,
        materials=list(Material.objects.filter(county=case.county, case=case).order_by("id")),
        pauses=small.all_pauses,
        ratings=small.all_ratings,
        delegation=next(iter(small.all_delegations), None),
        lines=_lines(viewer, case),
        moves=next_moves(viewer, case, on=on, tasks=tasks),
        standing=standing_of(case, on, calendar_of(case.area, on=on)),
    )


def _lines(viewer: Viewer, case: Case) -> list[JournalLine]:
    """Return the journal of a case, for a resident also what was written before the account was known to be the person's."""
    lines = JournalLine.objects.filter(object_id=case.pk, kind="cases.Case").order_by("id")
    if viewer.mode != "resident":
        return list(lines)
    with rescoped(Scope.public(case.area, case.area)):
        return list(lines)


def _rows(model: Any, *columns: str) -> ArraySubquery:
    rows = model.objects.filter(county=OuterRef("county"), case=OuterRef("pk")).order_by("id")
    return ArraySubquery(rows.values(row=JSONObject(**{column: F(column) for column in columns})))


_SMALL_TABLES: dict[str, Any] = {
    "all_pauses": _rows(Pause, "reason", "starts_on", "ends_on"),
    "all_ratings": _rows(
        Rating,
        "round",
        "level",
        "comment",
        "channel",
        "rated_at",
        "answer_due_on",
        "answer",
        "answered_at",
        "answered_by",
    ),
    "all_delegations": _rows(
        Delegation, "helper_name", "for_name", "relation", "what", "proof", "proof_files", "given_at"
    ),
}


def standing_of(case: Case | Listed, on: date, calendar: Calendar) -> Standing:
    """Say how the deadline of a case stands on a day; a case that is closed has none any more."""
    if case.state in CLOSED_STATES or case.state == State.DECIDED:
        return Standing.NONE
    return standing(case.due_on, on, calendar, stopped=case.state == State.ASKED)


def case_list(
    viewer: Viewer,
    *,
    state: str = "",
    matter: str = "",
    area: int | None = None,
    level: int = COMMUNITY,
    late_on: date | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Return cases of the viewer's ranges, the newest first; ``after`` is the id of the last one seen, ``area`` narrows.

    ``late_on`` leaves those whose clock runs and which should have been finished before that day.
    """
    limit = max(1, min(limit, MOST))
    forbid_unless_may_view(viewer)

    def ask(scoped: Viewer) -> list[Listed]:
        asked = conditions(scoped, state=state, matter=matter, area=area, level=level, after=after, limit=limit)
        return _newest(asked if late_on is None else asked.late(late_on))

    found = each_range(viewer, ask, capability=VIEW)
    return sorted(found, key=lambda case: -case.pk)[:limit]


class Asked(NamedTuple):
    """What a list of cases asks for at one range of a viewer's: SQL, its values by name, and whether all that fits lies together."""

    where: str
    values: dict[str, Any]
    narrow: bool

    def late(self, on: date) -> "Asked":
        """Return the same of the cases alone whose clock runs and whose day was before ``on``."""
        return Asked(
            f"{self.where} AND {RUNNING} AND due_on < %(late_on)s", self.values | {"late_on": on}, narrow=False
        )


RUNNING = f"state IN ('{State.ACCEPTED.value}', '{State.IN_HAND.value}')"
"""The states in which the clock of a promise runs."""
GOING_ON = frozenset({"after", "late_on"})
"""What a list goes on from, and the day: the plan of a list does not depend on them."""


def conditions(
    scoped: Viewer, *, state: str, matter: str, area: int | None, level: int, after: int | None, limit: int
) -> Asked:
    """Return what a list of cases asks for at one range of a viewer's.

    Everything of a community or of a resident and one state in a community are found by one plan, whichever it is: an index holds
    them in their order. Elsewhere a state may be rare or common, and a matter without a state may be so anywhere.
    """
    seat = scoped.current
    if scoped.mode == "resident":  # of what they withdrew only what had been submitted
        where = "subject = %(subject)s AND subject <> 0 AND (state <> %(withdrawn)s OR number <> '')"
        values: dict[str, Any] = {"subject": scoped.subject, "withdrawn": State.WITHDRAWN.value}
    elif area is not None:
        where, values = _at(level, area)
    elif scoped.is_staff and seat is not None:
        where, values = _at(seat.level, seat.area)
    else:
        where, values = WITHIN, {"lo": scoped.scope.wide_lo, "hi": scoped.scope.wide_hi}
    if state:
        where, values["state"] = f"{where} AND state = %(state)s", str(state)
    elif scoped.is_staff:
        where, values["draft"] = f"{where} AND state <> %(draft)s", State.DRAFT.value
    if matter:
        where, values["matter"] = f"{where} AND matter = %(matter)s", matter
    if after is not None:
        where, values["after"] = f"{where} AND id < %(after)s", after
    values["limit"] = limit
    return Asked(where, values, "subject" in values or ("area" in values and (bool(state) or not matter)))


def _newest(asked: Asked) -> list[Listed]:
    """Return the list columns of the newest cases that fit."""
    text = f"SELECT {LISTED} FROM cases_case WHERE {asked.where} ORDER BY id DESC LIMIT %(limit)s"  # noqa: S608  constants
    return [Listed._make(row) for row in fitting(text, asked.values, narrow=asked.narrow, free=GOING_ON)]


WITHIN = "area >= %(lo)s AND area <= %(hi)s"


def _at(level: int, area: int) -> tuple[str, dict[str, Any]]:
    """Return the condition of a place, equality where the index allows it: a case lies at its community."""
    if level >= COMMUNITY:
        return "area = %(area)s", {"area": ancestor(area, COMMUNITY)}
    here = subtree(level, area)
    values = {"lo": here.lo, "hi": here.hi}
    if level >= 3:
        return f"{WITHIN} AND county = %(county)s", values | {"county": area // 10 ** (15 - WIDTHS[3])}
    return WITHIN, values


def cases_of(viewer: Viewer, person: int, *, limit: int = 50) -> list[Listed]:
    """Return somebody's cases that the viewer may see at a desk, the newest first; what they have not yet handed in is theirs."""
    forbid_unless_may_view(viewer)

    def ask(scoped: Viewer) -> list[Listed]:
        here = scoped.scope
        text = (
            f"SELECT {LISTED} FROM cases_case WHERE subject = %(person)s AND subject <> 0 AND {WITHIN} AND state <> %(draft)s"  # noqa: S608  constants
            " ORDER BY id DESC LIMIT %(limit)s"
        )
        values = {"person": person, "lo": here.lo, "hi": here.hi, "draft": State.DRAFT.value, "limit": min(limit, MOST)}
        return [Listed._make(row) for row in fitting(text, values, narrow=True)]

    found = each_range(viewer, ask, capability=VIEW)
    return sorted(found, key=lambda case: -case.pk)[:limit]


def my_cases(
    viewer: Viewer, *, limit: int = 50, after: int | None = None, state: str = "", matter: str = ""
) -> list[Case]:
    """Return a resident's own cases and drafts, the newest first."""
    rows = Case.objects.filter(subject=viewer.subject).exclude(state=State.WITHDRAWN, number="").only(*LIST)
    if state:
        rows = rows.filter(state=state)
    if matter:
        rows = rows.filter(matter=matter)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    return list(rows.order_by("-pk")[: max(1, min(limit, MOST))])


def next_moves(viewer: Viewer, case: Case, *, on: date, tasks: Sequence[Task] | None = None) -> list[Move]:
    """Return what this viewer may do with a case now: from the flow, the capabilities, and whose desk it lies on."""
    waiting = [task for task in (open_tasks(case) if tasks is None else tasks) if task.state in AWAITED]
    own = viewer.mode == "resident" and viewer.owns(case.subject)
    return [
        move
        for move in CASE.out_of(case.state)
        if viewer.may(CAPABILITY_OF[move.verb], case.area)
        and (own if viewer.mode == "resident" else True)
        and _is_open(viewer, case, Verb(move.verb), waiting, on)
    ]


def _is_open(viewer: Viewer, case: Case, verb: Verb, waiting: Sequence[Task], on: date) -> bool:
    """Say whether a move that the flow and the post allow is open on this very case."""
    if verb is Verb.RATE and on > (rated_until(case) or on):
        return False
    if verb in APPLICANT_VERBS:
        return viewer.mode == "resident" or viewer.may(SUBMIT, case.area)
    if viewer.mode == "resident":
        return False
    matter, last = matter_of(case), matter_of(case).is_last(case.step)
    conditions = {
        Verb.RETURN: case.returned_at is None,
        Verb.EXTEND: case.extended_days == 0 and matter.extension.times > 0,
        Verb.FORWARD: not last,
        Verb.DECIDE: last,
        Verb.REOPEN: may_reopen(case.rating, case.reopened),
        Verb.ANSWER_RATING: must_be_answered(case.rating or 5),
    }
    if not conditions.get(verb, True):
        return False
    if verb is Verb.REOPEN:
        return True
    return any(task.kind in KINDS_OF[verb] and sits_at(viewer, task, verb) for task in waiting)


WORK = frozenset({TaskKind.HANDLE, TaskKind.DECIDE})
KINDS_OF: dict[Verb, frozenset[TaskKind]] = {
    Verb.ACCEPT: frozenset({TaskKind.ACCEPT}),
    Verb.RETURN: frozenset({TaskKind.ACCEPT}),
    Verb.REFUSE: frozenset({TaskKind.ACCEPT}),
    Verb.BEGIN: WORK,
    Verb.ASK: WORK,
    Verb.HAND_OVER: WORK,
    Verb.ANSWER_HAND_OVER: frozenset({TaskKind.ANSWER_HANDOVER}),
    Verb.EXTEND: WORK,
    Verb.FORWARD: WORK,
    Verb.DECIDE: WORK,
    Verb.FINISH: frozenset({TaskKind.DELIVER}),
    Verb.ANSWER_RATING: frozenset({TaskKind.ANSWER_RATING}),
}
SUPERIORS_MAY = frozenset({Verb.HAND_OVER, Verb.ANSWER_RATING})  # who watches over a desk may move what got stuck on it


def sits_at(viewer: Viewer, task: Task, verb: Verb) -> bool:
    """Say whether a task waits on the viewer's desk, or lies on one that they watch over where superiors may act."""
    if viewer.mode == "system" or (task.state == TaskState.OPEN and holds(viewer, task, verb)):
        return True
    held = CAPABILITY_OF[verb].code
    return verb in SUPERIORS_MAY and any(
        held in seat.capabilities and seat.level < task.seat_level and task.seat_area in seat.range
        for seat in viewer.seats
    )


def holds(viewer: Viewer, task: Task, verb: Verb) -> bool:
    """Say whether the desk of a task, done or not, is the viewer's, with a post that may do ``verb``."""
    desk, held = Desk(task.post, task.seat_level, task.seat_area), CAPABILITY_OF[verb].code
    return any(held in seat.capabilities and desk.is_held_by(seat) for seat in viewer.seats)


def numbers(viewer: Viewer, *, on: date) -> dict[str, int]:
    """Return the few numbers of a home page: what waits at the viewer's desks, and what of it is overdue."""
    desks = {(seat.area, seat.post) for seat in viewer.seats}

    def ask(_scoped: Viewer) -> list[tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), count(*) FILTER (WHERE due_on < %s) FROM cases_task WHERE state = 'open'"
                " AND (seat_area, post) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))",
                [on, [area for area, _post in desks], [post for _area, post in desks]],
            )
            return list(cursor.fetchall())

    found = each_range(viewer, ask) if desks else []
    return {"waiting": sum(waiting for waiting, _late in found), "overdue": sum(late for _waiting, late in found)}
