"""A resident's open cases on the home page: each with the next thing to do, in a sentence."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from liren.base import words
from liren.engines.cases.enums import State
from liren.engines.cases.models import Case
from liren.engines.cases.queries.cases import my_cases
from liren.foundation.access.rules import Viewer
from liren.foundation.policies.queries import called

MOST = 20
SHOWN = 4
MINE = (
    State.RETURNED,
    State.ASKED,
    State.FINISHED,
    State.DRAFT,
)  # the resident has something to do, the most pressing first
THEIRS = (State.DECIDED, State.IN_HAND, State.ACCEPTED, State.SUBMITTED)


@dataclass(frozen=True, slots=True)
class NextStep:
    """One open case: where it is, what it is about, what comes next, and its state."""

    url: str
    title: str
    sentence: str
    state: str
    label: str
    is_mine: bool


def next_steps(viewer: Viewer, on: date) -> list[NextStep]:
    """Return the resident's open cases, those first in which the next step is theirs."""
    order = {state.value: rank for rank, state in enumerate((*MINE, *THEIRS))}
    cases = [case for case in my_cases(viewer, limit=MOST) if case.state in order]
    cases.sort(key=lambda case: order[case.state])
    return [
        NextStep(
            f"/cases/{case.pk}",
            called(case.matter_name),
            sentence(case, on),
            case.state,
            str(State(case.state).label),
            case.state in MINE,
        )
        for case in cases[:SHOWN]
    ]


def sentence(case: Case, on: date) -> str:
    """Say what comes next in a case."""
    until = words.day(case.answer_due_on, on) if case.answer_due_on else ""
    due = words.day(case.due_on, on) if case.due_on else ""
    if case.state == State.DRAFT:
        return _("还没有提交，可以接着填。")
    if case.state in {State.RETURNED, State.ASKED}:
        return _("请在%(day)s前补齐材料。") % {"day": until} if until else _("请补齐材料，补好后继续办理。")
    if case.state == State.FINISHED:
        return _("已经办好，请您评价。")
    if case.state == State.DECIDED:
        return _("结果已经出来，正在送达。")
    if case.state == State.SUBMITTED:
        return _("社区正在看您的材料，会尽快告诉您是否受理。")
    return _("正在办理，最晚%(day)s给您结果。") % {"day": due} if due else _("正在办理。")
