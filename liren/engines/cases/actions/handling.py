"""What the desk that has a case does: begin, ask the applicant, hand over, answer, extend, forward."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict, Refusal
from liren.base.inserts import identified, insert
from liren.engines.cases.actions.moving import (
    acting_task,
    close,
    days_later,
    deadlines,
    holder,
    new_task,
    open_task,
    put_in_hand,
    save,
    seat_words,
    target,
    tell_rooms,
)
from liren.engines.cases.enums import TaskKind, TaskState, Verb
from liren.engines.cases.events import (
    ApplicantAsked,
    CaseExtended,
    CaseForwarded,
    CaseHandedOver,
    HandOverAnswered,
)
from liren.engines.cases.models import AWAITED, Case, Material, Pause, Task
from liren.engines.cases.permissions import ASK_APPLICANT, EXTEND, HAND_OVER, HANDLE
from liren.engines.cases.queries.cases import open_tasks
from liren.engines.cases.queries.desks import desks_covering
from liren.engines.cases.queries.matters import matter_of, term_days
from liren.engines.cases.rules.clock import may_extend
from liren.engines.cases.rules.routing import Desk, desk_of, direction
from liren.foundation.access.rules import Viewer

HAND_OVER_DAYS = 3  # where no policy sets the term ``hand-over-answer-days``


@action(HANDLE, on="case")
def begin(*, by: Viewer, at: datetime, case: Case) -> Case:
    """Begin to work on an accepted case: the applicant reads that somebody has it in hand."""
    state = target(case, Verb.BEGIN)
    acting_task(by, case, Verb.BEGIN)
    save(case, at=at, state=state)
    return case


@action(ASK_APPLICANT, on="case")
def ask_applicant(*, by: Viewer, at: datetime, case: Case, question: str, materials: Sequence[str] = ()) -> Case:
    """Ask the applicant for words or papers (``materials`` by name); the clock stands from today until they have answered."""
    state = target(case, Verb.ASK)
    if not question.strip():
        raise Refusal(_("请写清楚要申请人补充什么、为什么要补充。"), field="question")
    matter, on = matter_of(case), day_of(at)
    task = acting_task(by, case, Verb.ASK)
    until_day = days_later(case, matter.supplement_days.value, on=on)
    save(case, at=at, state=state, answer_due_on=until_day)
    Task.objects.filter(county=task.county, pk=task.pk).update(state=TaskState.WAITING)
    asked = identified(new_task(
        case, TaskKind.SUPPLY, Desk("applicant", 0, 0), at=at, due_on=until_day, state=TaskState.WAITING,
        question=question.strip(), asked_by=seat_words(by), parent=task.pk, step=case.step,
    ))  # fmt: skip
    wanted = [name.strip() for name in materials if name.strip()]
    insert(
        asked,
        Pause(area=case.area, subject=case.subject, case_id=case.pk, starts_on=on),
        *(
            Material(
                area=case.area,
                subject=case.subject,
                case_id=case.pk,
                code=f"asked-{asked.pk}-{place}",
                name=name[:200],
                asked=True,
            )
            for place, name in enumerate(wanted, 1)
        ),
    )
    tell_rooms(ApplicantAsked, case)
    return case


@action(HAND_OVER, on="case")
def hand_over(*, by: Viewer, at: datetime, case: Case, to: Desk, question: str, answer_owed: bool = False) -> Case:
    """Hand a case to another desk whose place contains it, up, down or sideways; with ``answer_owed`` only ask that desk.

    Who asks keeps the case and its deadline; who hands it over for good has it no longer.
    """
    state = target(case, Verb.HAND_OVER)
    if not question.strip():
        raise Refusal(_("请写清楚要对方做什么。"), field="question")
    if not to.covers(case.area):
        raise Refusal(_("这件事不归那个岗位所在的地方管。请选能管到这里的岗位。"), field="to")
    task = acting_task(by, case, Verb.HAND_OVER)
    own = Desk(task.post, task.seat_level, task.seat_area)
    if to == own:
        raise Refusal(_("这件事已经在这个岗位上了，请选别的岗位。"), field="to")
    on = day_of(at)
    if all(named.desk != to for named in desks_covering(case, on=on)):
        raise Refusal(_("那里现在没有这个岗位的人，交过去就没人办了。请从列出的岗位里选。"), field="to")
    words = {"question": question.strip(), "asked_by": seat_words(by), "step": case.step}
    if answer_owed:
        days = term_days(case.area, "hand-over-answer-days", on=on, otherwise=HAND_OVER_DAYS)
        save(case, at=at, state=state)
        open_task(
            case, TaskKind.ANSWER_HANDOVER, to, at=at, due_on=days_later(case, days, on=on), parent=task.pk, **words
        )
    else:
        save(case, at=at, state=state, **holder(to))
        close(task, by=by, at=at)
        open_task(case, TaskKind(task.kind), to, at=at, due_on=case.due_on, parent=task.pk, **words)
    remark(to=f"{to.post}@{to.level}:{to.area}", direction=direction(own, to), answer_owed=answer_owed)
    tell_rooms(CaseHandedOver, case)
    return case


@action(HAND_OVER, on="case")
def answer_hand_over(*, by: Viewer, at: datetime, case: Case, answer: str, task: int | None = None) -> Case:
    """Give the answer that is owed about a case; ``task`` tells apart several questions to one desk."""
    state = target(case, Verb.ANSWER_HAND_OVER)
    if not answer.strip():
        raise Refusal(_("请写明答复的内容。"), field="answer")
    waiting = [one for one in open_tasks(case) if task is None or one.pk == task]
    own = acting_task(by, case, Verb.ANSWER_HAND_OVER, waiting)
    save(case, at=at, state=state)
    close(own, by=by, at=at, answer=answer.strip())
    tell_rooms(HandOverAnswered, case)
    return case


@action(EXTEND, on="case")
def extend(*, by: Viewer, at: datetime, case: Case, ground: str, days: int, reason: str = "") -> Case:
    """Extend the promise once by working days, on one of the matter's grounds (its code)."""
    state = target(case, Verb.EXTEND)
    matter, on = matter_of(case), day_of(at)
    grounds = {choice.code: choice.name for choice in matter.extension.grounds}
    if ground not in grounds:
        raise Refusal(_("请从列出的理由里选一个延期的理由。"), field="ground")
    if case.extended_days:
        raise Conflict(_("这件事已经延长过一次，不能再延长。"))
    if not matter.extension.times or not may_extend(days, case.extended_days, matter.extension.days):
        raise Refusal(_("最多延长 %(most)d 个工作日。") % {"most": matter.extension.days}, field="days")
    task = acting_task(by, case, Verb.EXTEND)
    words = "：".join(part for part in (grounds[ground], reason.strip()) if part)[:200]
    save(
        case,
        at=at,
        state=state,
        extended_days=days,
        extension_ground=words,
        **deadlines(case, on=on, extended_days=days),
    )
    Task.objects.filter(county=case.county, case=case, state__in=AWAITED, kind=task.kind).update(
        due_on=case.due_on, warned_on=None, escalated_on=None
    )
    remark(ground=ground, days=days)
    tell_rooms(CaseExtended, case)
    return case


@action(HANDLE, on="case")
def forward(*, by: Viewer, at: datetime, case: Case, opinion: str) -> Case:
    """Finish a step with an opinion and put the case on the desk of the next one."""
    state = target(case, Verb.FORWARD)
    matter = matter_of(case)
    if matter.is_last(case.step):
        raise Conflict(_("已经是最后一步，请作出决定。"))
    if not opinion.strip():
        raise Refusal(_("请写明审核意见。"), field="opinion")
    task = acting_task(by, case, Verb.FORWARD)
    step = case.step + 1
    desk = desk_of(matter.step(step), case.area)
    save(case, at=at, state=state, step=step, **holder(desk))
    close(task, by=by, at=at, answer=opinion.strip())
    put_in_hand(case, matter, step, at=at, desk=desk, question=opinion.strip(), asked_by=seat_words(by))
    tell_rooms(CaseForwarded, case)
    return case
