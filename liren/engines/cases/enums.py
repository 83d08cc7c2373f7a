"""Closed word lists of the case mechanism, with the words that people read."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Where a case stands."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("等待受理")
    RETURNED = "returned", _("需要补正")
    ACCEPTED = "accepted", _("已受理")
    REFUSED = "refused", _("不予受理")
    IN_HAND = "in_hand", _("正在办理")
    ASKED = "asked", _("等您补充")
    DECIDED = "decided", _("已有决定")
    FINISHED = "finished", _("已办结")
    RATED = "rated", _("已评价")
    WITHDRAWN = "withdrawn", _("已撤回")


class Verb(TextChoices):
    """What can be done with a case; the word is what the button says."""

    SUBMIT = "submit", _("提交")
    ACCEPT = "accept", _("受理")
    RETURN = "return", _("一次性告知补正")
    RESUBMIT = "resubmit", _("补正后再提交")
    REFUSE = "refuse", _("不予受理")
    BEGIN = "begin", _("开始办理")
    ASK = "ask", _("请申请人补充")
    SUPPLY = "supply", _("补充材料")
    HAND_OVER = "hand_over", _("转交")
    ANSWER_HAND_OVER = "answer_hand_over", _("答复转交")
    EXTEND = "extend", _("延长办理期限")
    FORWARD = "forward", _("审核通过，报下一步")
    DECIDE = "decide", _("作出决定")
    FINISH = "finish", _("送达结果并办结")
    RATE = "rate", _("评价")
    ANSWER_RATING = "answer_rating", _("答复评价")
    REOPEN = "reopen", _("重新办理")
    WITHDRAW = "withdraw", _("撤回")


class Channel(TextChoices):
    """By which way a case came in."""

    PORTAL = "portal", _("网上自办")
    WINDOW = "window", _("窗口")
    ON_BEHALF = "on_behalf", _("代办")


class TaskKind(TextChoices):
    """What a task asks of a post."""

    ACCEPT = "accept", _("受理")
    HANDLE = "handle", _("审核办理")
    DECIDE = "decide", _("作出决定")
    DELIVER = "deliver", _("送达结果")
    ANSWER_HANDOVER = "answer_handover", _("答复转交")
    ANSWER_RATING = "answer_rating", _("答复评价")
    SUPPLY = "supply", _("等申请人补充")


class TaskState(TextChoices):
    """Whether a task still waits for its post."""

    OPEN = "open", _("待办")
    WAITING = "waiting", _("等待中")  # for the applicant, or for another office's answer
    DONE = "done", _("已办")
    DROPPED = "dropped", _("已取消")


class MaterialState(TextChoices):
    """How a required paper is there."""

    MISSING = "missing", _("还没有")
    UPLOADED = "uploaded", _("已上传")
    HELD = "held", _("我们已有")
    ON_PAPER = "on_paper", _("已交纸质件")


class Outcome(TextChoices):
    """What was decided."""

    APPROVED = "approved", _("同意")
    REJECTED = "rejected", _("不同意")


class RatingLevel(IntegerChoices):
    """The five levels of 国办发〔2019〕51号; the last two open a duty to answer."""

    VERY_BAD = 1, _("非常不满意")
    BAD = 2, _("不满意")
    FAIR = 3, _("基本满意")
    GOOD = 4, _("满意")
    VERY_GOOD = 5, _("非常满意")


class RatingChannel(TextChoices):
    """Where a rating was given."""

    PORTAL = "portal", _("网上")
    LINK = "link", _("短信链接")
    WINDOW = "window", _("窗口")


class PauseReason(TextChoices):
    """Why a clock stands still."""

    ASKED = "asked", _("等申请人补充材料")


class Standing(TextChoices):
    """How a deadline stands on a day."""

    ON_TIME = "on_time", _("期限内")
    DUE_SOON = "due_soon", _("即将到期")
    OVERDUE = "overdue", _("已超期")
    STOPPED = "stopped", _("停表")
    NONE = "none", _("没有期限")
