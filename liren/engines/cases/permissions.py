"""What a post may do with cases; which posts may is pack data."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from liren.base.capabilities import Capability, Subject
from liren.engines.cases.enums import Verb

Subject("cases", _("办件"))
VIEW = Capability("cases.view", _("查看办件"))
SUBMIT = Capability("cases.submit", _("申请办事"))
WITHDRAW = Capability("cases.withdraw", _("撤回申请"))
TAKE_IN = Capability("cases.take_in", _("窗口收件、代办"))
ACCEPT = Capability("cases.accept", _("受理"))
RETURN_ONCE = Capability("cases.return_once", _("一次性告知补正"))
REFUSE = Capability("cases.refuse", _("不予受理"))
HANDLE = Capability("cases.handle", _("办理"))
ASK_APPLICANT = Capability("cases.ask_applicant", _("请申请人补充"))
HAND_OVER = Capability("cases.hand_over", _("转交和答复转交"))
EXTEND = Capability("cases.extend", _("延长办理期限"))
DECIDE = Capability("cases.decide", _("作出决定"))
FINISH = Capability("cases.finish", _("送达结果并办结"))
RATE = Capability("cases.rate", _("评价办件"))
ANSWER_RATING = Capability("cases.answer_rating", _("答复评价"))
REOPEN = Capability("cases.reopen", _("重新办理"))
KEEP_TIME = Capability("cases.keep_time", _("督促到期办件"))

CAPABILITY_OF: Mapping[str, Capability] = {
    Verb.SUBMIT: SUBMIT,
    Verb.ACCEPT: ACCEPT,
    Verb.RETURN: RETURN_ONCE,
    Verb.RESUBMIT: SUBMIT,
    Verb.REFUSE: REFUSE,
    Verb.BEGIN: HANDLE,
    Verb.ASK: ASK_APPLICANT,
    Verb.SUPPLY: SUBMIT,
    Verb.HAND_OVER: HAND_OVER,
    Verb.ANSWER_HAND_OVER: HAND_OVER,
    Verb.EXTEND: EXTEND,
    Verb.FORWARD: HANDLE,
    Verb.DECIDE: DECIDE,
    Verb.FINISH: FINISH,
    Verb.RATE: RATE,
    Verb.ANSWER_RATING: ANSWER_RATING,
    Verb.REOPEN: REOPEN,
    Verb.WITHDRAW: WITHDRAW,
}
