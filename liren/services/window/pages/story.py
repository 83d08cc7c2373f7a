"""What happened to a case, told to its applicant in plain sentences; the journal is the source."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liren.base.screen import Moment
from liren.base.words import in_english
from liren.engines.cases.enums import Standing, State
from liren.engines.cases.queries import Sheet
from liren.foundation.policies.queries import said

SENTENCES: dict[str, Any] = {
    "cases.submit_case": gettext_lazy("您提交了申请。"),
    "cases.take_in_case": gettext_lazy("窗口收下了您的申请。"),
    "cases.accept_case": gettext_lazy("%(who)s受理了您的申请。"),
    "cases.return_case": gettext_lazy("%(who)s看了您的申请，还缺一些内容，已经一次告诉您。"),
    "cases.resubmit": gettext_lazy("您补正后又交了一次。"),
    "cases.refuse_case": gettext_lazy("%(who)s没有受理，理由写在下面。"),
    "cases.begin": gettext_lazy("%(who)s开始办理。"),
    "cases.ask_applicant": gettext_lazy("%(who)s请您补充材料，办理时间从这天起停住。"),
    "cases.supply": gettext_lazy("您补充了材料，办理时间接着算。"),
    "cases.hand_over": gettext_lazy("%(who)s请有关岗位一起办理。"),
    "cases.answer_hand_over": gettext_lazy("%(who)s回了话。"),
    "cases.extend": gettext_lazy("%(who)s延长了办理时间，原因写在下面。"),
    "cases.forward": gettext_lazy("%(who)s审核完，报到下一步。"),
    "cases.decide": gettext_lazy("%(who)s作出了决定。"),
    "cases.finish": gettext_lazy("办好了，结果已经送到。"),
    "cases.rate_case": gettext_lazy("您作了评价。"),
    "cases.answer_rating": gettext_lazy("%(who)s答复了您的评价。"),
    "cases.reopen": gettext_lazy("%(who)s重新办理这件事。"),
    "cases.withdraw": gettext_lazy("申请已经撤回。"),
}
TONES: dict[str, Any] = {
    "cases.return_case": "soon",
    "cases.refuse_case": "danger",
    "cases.ask_applicant": "wait",
    "cases.finish": "good",
}


def who(actor: str) -> str:
    """Return the office of a journal line without the worker's name."""
    return "".join(actor.split("·")[:2])


def moments(sheet: Sheet) -> list[Moment]:
    """Return the time line of a case: what happened, and what happens now."""
    told = [
        Moment(line.at, str(SENTENCES[line.verb]) % {"who": who(line.actor)}, TONES.get(line.verb, ""))
        for line in sheet.lines
        if line.verb in SENTENCES
    ]
    now = present(sheet)
    return [*told, Moment(None, now, "wait" if sheet.case.state == State.ASKED else "now")] if now else told


def present(sheet: Sheet) -> str:
    """Return what happens now, with the day until when, in one sentence."""
    case = sheet.case
    if case.state == State.RETURNED:
        return _("等您补正。")
    if case.state == State.ASKED:
        return _("等您补充材料，补上以后我们接着办。")
    now = said(sheet.said)
    if case.state in {State.ACCEPTED, State.IN_HAND} and case.due_on:
        late = sheet.standing is Standing.OVERDUE
        until = (_("原定 %(day)s给您结果，已经超期，我们正在催办。") if late else _("最晚 %(day)s给您结果。")) % {
            "day": day(case.due_on)
        }
        if case.due_provisional:
            until += _("（暂定：那一年的放假安排还没有公布）")
        return f"{now} {until}" if in_english() else f"{now}{until}"
    if case.state == State.SUBMITTED:
        return now
    return _("决定已经作出，正在送达。") if case.state == State.DECIDED else ""


def day(value: date) -> str:
    """Return a day as it stands in a sentence."""
    return _("%(month)d月%(day)d日") % {"month": value.month, "day": value.day}
