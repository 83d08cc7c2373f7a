"""What a post may do with cases; which posts may is pack data."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from liren.base.action import Capability
from liren.engines.cases.enums import Verb

VIEW = Capability("cases.view", _("查看办件"))
APPLY = Capability("cases.apply", _("申请办事"))
TAKE_IN = Capability("cases.take_in", _("窗口收件、代办"))
ACCEPT = Capability("cases.accept", _("受理、告知补正、不予受理"))
HANDLE = Capability("cases.handle", _("办理、询问、转交、延期"))
DECIDE = Capability("cases.decide", _("作出决定"))
DELIVER = Capability("cases.deliver", _("送达结果并办结"))
RATE = Capability("cases.rate", _("评价办件"))
ANSWER_RATING = Capability("cases.answer_rating", _("答复差评、重新办理"))
KEEP_TIME = Capability("cases.keep_time", _("督促到期办件"))

CAPABILITY_OF: Mapping[str, Capability] = {
    Verb.SUBMIT: APPLY,
    Verb.ACCEPT: ACCEPT,
    Verb.RETURN: ACCEPT,
    Verb.RESUBMIT: APPLY,
    Verb.REFUSE: ACCEPT,
    Verb.BEGIN: HANDLE,
    Verb.ASK: HANDLE,
    Verb.SUPPLY: APPLY,
    Verb.HAND_OVER: HANDLE,
    Verb.ANSWER_HAND_OVER: HANDLE,
    Verb.EXTEND: HANDLE,
    Verb.FORWARD: HANDLE,
    Verb.DECIDE: DECIDE,
    Verb.FINISH: DELIVER,
    Verb.RATE: RATE,
    Verb.ANSWER_RATING: ANSWER_RATING,
    Verb.REOPEN: ANSWER_RATING,
    Verb.WITHDRAW: APPLY,
}
