"""How the desk talks about a case: its state, its deadline and what has just happened, in words for a colleague."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from liren.base import words
from liren.base.calendar import Calendar
from liren.base.screen import Tone
from liren.engines.cases.enums import RatingLevel, Standing, State, Verb
from liren.engines.cases.models import Case
from liren.engines.cases.queries import Listed, standing_of
from liren.engines.cases.rules.clock import working_days_left

STATES = {State.ASKED: gettext_lazy("等申请人补充"), State.RETURNED: gettext_lazy("等申请人补正")}
"""States whose usual words speak to the applicant."""
BUTTONS = {
    Verb.SUPPLY: gettext_lazy("代收补充的材料"),
    Verb.RESUBMIT: gettext_lazy("帮申请人补正"),
    Verb.RATE: gettext_lazy("请申请人当面评价"),
    Verb.WITHDRAW: gettext_lazy("申请人要撤回"),
}
"""Verbs of the applicant, as a clerk does them."""


def state_words(state: str) -> str:
    """Return a state in words for staff, looked up once for each language."""
    return _state_words(state, get_language())


@lru_cache(maxsize=256)
def _state_words(state: str, _language: str | None) -> str:
    return str(STATES.get(State(state), State(state).label))


def button_words(verb: str) -> str:
    """Return what the button of a verb says."""
    return str(BUTTONS.get(Verb(verb), Verb(verb).label))


def day_words(day: date, on: date, *, provisional: bool = False) -> str:
    """Return a day in words; 暂定 beyond the published calendars."""
    said = words.day(day, on)
    return _("%(day)s，暂定") % {"day": said} if provisional else said


@dataclass(frozen=True, slots=True)
class Deadline:
    """How a deadline stands: the short words of a chip, the whole sentence, and how urgent that is."""

    short: str
    sentence: str
    tone: Tone
    icon: str


def deadline_of(case: Case | Listed, on: date, calendar: Calendar) -> Deadline | None:
    """Say until when a case has to be handled and how many working days are left; nothing where no clock runs."""
    if case.state == State.RETURNED and case.answer_due_on:
        until = day_words(case.answer_due_on, on)
        return Deadline(
            _("等补正"), _("等申请人在 %(day)s以前补齐。受理以后才开始计时。") % {"day": until}, "soon", "clock-pause"
        )
    stands = standing_of(case, on, calendar)
    if case.due_on is None or stands is Standing.NONE:
        return None
    day = day_words(case.due_on, on, provisional=case.due_provisional)
    if stands is Standing.STOPPED:
        until = day_words(case.answer_due_on, on) if case.answer_due_on else ""
        return Deadline(
            _("停表"),
            _("停表：等申请人在 %(until)s以前补充，这段时间不算。") % {"until": until},
            "soon",
            "clock-pause",
        )
    left = working_days_left(case.due_on, on, calendar)
    if left < 0:
        late = ngettext("超期 %(days)d 个工作日", "超期 %(days)d 个工作日", -left) % {"days": -left}
        return Deadline(late, _("%(late)s，原定 %(day)s办结。") % {"late": late, "day": day}, "danger", "alert-circle")
    if left == 0:
        return Deadline(_("今天到期"), _("今天到期，请今天办结。"), "soon", "clock-exclamation")
    rest = ngettext("还剩 %(days)d 个工作日", "还剩 %(days)d 个工作日", left) % {"days": left}
    tone: Tone = "soon" if stands is Standing.DUE_SOON else ""
    return Deadline(rest, _("最晚 %(day)s办结，%(rest)s。") % {"day": day, "rest": rest}, tone, "clock")


def done_words(verb: str, case: Case, who: str, on: date) -> str:
    """Say what has just happened to a case and what comes next; ``who`` has it now."""
    day = day_words(case.due_on, on, provisional=case.due_provisional) if case.due_on else ""
    said = {
        Verb.ACCEPT: _("已受理，最晚 %(day)s办结。现在由%(who)s办理。"),
        Verb.RETURN: _("要补的内容已经一次告诉申请人，等补齐再看。"),
        Verb.RESUBMIT: _("补正收下了。请看一看，现在可以受理了吗？"),
        Verb.REFUSE: _("不予受理的理由已经告诉申请人。"),
        Verb.BEGIN: _("开始办理了，申请人能看到。最晚 %(day)s办结。"),
        Verb.ASK: _("已请申请人补充，办理时间从今天起停住。补来了会回到您的待办。"),
        Verb.SUPPLY: _("补充收下了，办理时间接着算，最晚 %(day)s办结。"),
        Verb.HAND_OVER: _("已经转给对方，对方的待办里能看到。"),
        Verb.ANSWER_HAND_OVER: _("答复已经送回给提问的岗位。"),
        Verb.EXTEND: _("期限延长了，最晚 %(day)s办结。原因已经告诉申请人。"),
        Verb.FORWARD: _("审核通过，现在由%(who)s办理。"),
        Verb.DECIDE: _("决定作出了。结果文书马上生成，送达后请点“送达结果并办结”。"),
        Verb.FINISH: _("办结了。申请人会收到结果，也会请申请人评价。"),
        Verb.RATE: _("评价记下了。"),
        Verb.ANSWER_RATING: _("答复已经发给申请人。"),
        Verb.REOPEN: _("重新办理了，最晚 %(day)s办结。现在由%(who)s办理。"),
        Verb.WITHDRAW: _("已经撤回，不用再办了。"),
    }[Verb(verb)]
    if verb == Verb.RATE and case.rating is not None and case.rating <= RatingLevel.BAD:
        said = _("评价记下了。不满意的，办理的岗位要在期限内答复。")
    return said % {"day": day, "who": who}
