"""What people read about a case: messages to the applicant at every step, and the time line, in plain sentences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liren.engines.cases.enums import Outcome, RatingLevel, TaskKind
from liren.engines.cases.models import Case, Task
from liren.engines.cases.queries.matters import matter_of
from liren.engines.cases.queries.proofs import rating_token
from liren.foundation.access.models import JournalLine

WEEKDAYS = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """A title and a few plain sentences."""

    title: str
    body: str


def day_words(day: date | None) -> str:
    """Return a day as people say it: 9月3日（周四）."""
    if day is None:
        return ""
    return _("%(month)d月%(day)d日（%(weekday)s）") % {
        "month": day.month,
        "day": day.day,
        "weekday": WEEKDAYS[day.weekday()],
    }


def until(case: Case) -> str:
    """Return by when there will be a result, in words; 暂定 beyond the published calendars."""
    words = day_words(case.due_on)
    return _("%(day)s（暂定）") % {"day": words} if case.due_provisional else words


def told(event: str, case: Case) -> Words | None:
    """Return what the applicant is told about an event of a case, by the name of its class; nothing where nothing is told."""
    words = TOLD.get(event)
    if words is None:
        return None
    title, body = words
    return Words(f"{case.matter_name}：{title}", body(case))


def _taken_in(case: Case) -> str:
    return _("窗口收下了您的申请，编号 %(number)s。受理后我们会告诉您最晚哪天有结果。") % {"number": case.number}


def _accepted(case: Case) -> str:
    return _("%(said)s最晚 %(day)s给您结果。") % {"said": matter_of(case).step(case.step).said, "day": until(case)}


def _returned(case: Case) -> str:
    return _("还缺：%(missing)s。请在 %(day)s前补齐，补齐后不会再让您补别的。") % {
        "missing": "；".join(case.missing or ()),
        "day": day_words(case.answer_due_on),
    }


def _refused(case: Case) -> str:
    return _("原因：%(reason)s。有疑问可以到窗口询问。") % {"reason": (case.reason or "").rstrip("。")}


def _asked(case: Case) -> str:
    asked = Task.objects.filter(county=case.county, case=case, kind=TaskKind.SUPPLY).order_by("-id").first()
    return _("需要您补充：%(question)s 请在 %(day)s前告诉我们。等您的时间不算在办理期限里。") % {
        "question": asked.question if asked else "",
        "day": day_words(asked.due_on if asked else None),
    }


def _supplied(case: Case) -> str:
    return _("收到您补充的内容，我们接着办理，最晚 %(day)s给您结果。") % {"day": until(case)}


def _extended(case: Case) -> str:
    return _("要多用 %(days)d 个工作日，因为%(ground)s。最晚 %(day)s给您结果。") % {
        "days": case.extended_days,
        "ground": case.extension_ground,
        "day": until(case),
    }


def _decided(case: Case) -> str:
    outcome = Outcome(case.outcome).label if case.outcome else ""
    return _("结果是：%(outcome)s。我们正在把结果送给您。") % {"outcome": outcome}


def _rated(case: Case) -> str:
    if case.rating is not None and case.rating <= RatingLevel.BAD:
        return _("谢谢您说实话。我们会查清楚，给您一个答复。")
    return _("谢谢您的评价。")


def _rating_answered(case: Case) -> str:
    answered = case.ratings.filter(county=case.county).order_by("-round").first()
    return _("对您的评价，我们的答复：%(answer)s") % {"answer": answered.answer if answered else ""}


TOLD: Mapping[str, tuple[object, Callable[[Case], str]]] = {
    "CaseTakenIn": (gettext_lazy("已收件"), _taken_in),
    "CaseAccepted": (gettext_lazy("已受理"), _accepted),
    "CaseReturned": (gettext_lazy("请补正"), _returned),
    "CaseRefused": (gettext_lazy("没有受理"), _refused),
    "ApplicantAsked": (gettext_lazy("请您补充"), _asked),
    "CaseSupplied": (gettext_lazy("收到补充"), _supplied),
    "CaseExtended": (gettext_lazy("延长期限"), _extended),
    "CaseForwarded": (gettext_lazy("进入下一步"), _accepted),
    "CaseDecided": (gettext_lazy("有了决定"), _decided),
    "CaseFinished": (gettext_lazy("办好了"), lambda _case: _("请看看结果，也请评价我们办得怎么样。")),
    "CaseRated": (gettext_lazy("收到评价"), _rated),
    "RatingAnswered": (gettext_lazy("答复您的评价"), _rating_answered),
    "CaseReopened": (
        gettext_lazy("重新办理"),
        lambda case: _("我们重新办理，最晚 %(day)s给您结果。") % {"day": until(case)},
    ),
    "CaseWithdrawn": (gettext_lazy("已撤回"), lambda _case: _("您撤回了申请。以后需要时可以重新申请。")),
}


TEXTED = frozenset({"CaseReturned", "CaseRefused", "ApplicantAsked", "CaseFinished", "CaseReopened"})


def texted(event: str, case: Case) -> str:
    """Return the text message about an event, for the steps that cannot wait until somebody looks; empty for the others.

    A text may be read by anybody near the phone: it names the matter and a link, nothing that was said about a person.
    """
    words = TOLD.get(event)
    if words is None or event not in TEXTED:
        return ""
    if event == "CaseFinished":
        return _("您的“%(matter)s”办好了。请您评价：%(url)s") % {
            "matter": case.matter_name,
            "url": f"{settings.SITE}/rate/{rating_token(case)}",
        }
    return _("您的“%(matter)s”：%(title)s。请看 %(url)s") % {
        "matter": case.matter_name,
        "title": words[0],
        "url": f"{settings.SITE}/check/{case.number}",
    }


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a time line: when, what happened in words, who did it (for colleagues), the verb for its icon."""

    at: datetime
    words: str
    actor: str
    verb: str


LINES: Mapping[str, object] = {
    "cases.submit_case": gettext_lazy("提交了申请"),
    "cases.take_in_case": gettext_lazy("窗口收件"),
    "cases.accept_case": gettext_lazy("受理，开始计算办理期限"),
    "cases.return_case": gettext_lazy("一次性告知要补正的内容"),
    "cases.resubmit": gettext_lazy("补正后再次提交"),
    "cases.refuse_case": gettext_lazy("不予受理，说明了理由"),
    "cases.begin": gettext_lazy("开始办理"),
    "cases.ask_applicant": gettext_lazy("请申请人补充，停止计时"),
    "cases.supply": gettext_lazy("申请人补充完毕，继续计时"),
    "cases.hand_over": gettext_lazy("转交给别的岗位"),
    "cases.answer_hand_over": gettext_lazy("答复了转交"),
    "cases.extend": gettext_lazy("延长了办理期限"),
    "cases.forward": gettext_lazy("审核通过，报下一步"),
    "cases.decide": gettext_lazy("作出决定"),
    "cases.finish": gettext_lazy("送达结果，办结"),
    "cases.rate_case": gettext_lazy("申请人作了评价"),
    "cases.answer_rating": gettext_lazy("答复了评价"),
    "cases.reopen": gettext_lazy("重新办理"),
    "cases.withdraw": gettext_lazy("申请人撤回"),
    "cases.warn_of_task": gettext_lazy("提醒：期限快到了"),
    "cases.escalate_task": gettext_lazy("超期，已报告上级岗位"),
    "cases.recompute_deadline": gettext_lazy("放假安排公布，重新计算了期限"),
}


def time_line(lines: list[JournalLine]) -> list[Moment]:
    """Return the journal of a case as sentences, the oldest first; what nobody needs to read is left out."""
    return [
        Moment(timezone.localtime(line.at), str(LINES[line.verb]), line.actor, line.verb.partition(".")[2])
        for line in lines
        if line.verb in LINES
    ]
