"""What each verb asks at the desk, what it leads to, and what its action is given: one table, verb by verb."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from liren.base.calendar import add_working_days
from liren.base.jsonform import Kind
from liren.base.screen import Field, Option
from liren.base.uploads import ACCEPT
from liren.engines.cases import queries as cases
from liren.engines.cases.enums import MaterialState, RatingChannel, RatingLevel, TaskKind, Verb
from liren.engines.cases.queries import Sheet, desks_covering
from liren.engines.cases.rules.clock import Clock, due
from liren.engines.cases.rules.routing import Desk, desk_of, working_step
from liren.foundation.access.rules import Viewer
from liren.services.window.forms import on_one_page, posted, questions
from liren.services.window.pages.desk.words import day_words
from liren.services.window.pages.uploads import held, keep
from liren.services.window.queries.desk import desk_names

LONG = 1000


@dataclass
class Act:
    """A verb about to be done: on which case, by whom, with what was typed; it collects what is wrong beside each field."""

    verb: Verb
    sheet: Sheet
    viewer: Viewer
    at: datetime
    on: date
    request: HttpRequest
    errors: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def typed(self) -> bool:
        """Say whether the form was sent."""
        return self.request.method == "POST"

    def text(self, name: str) -> str:
        """Return what was typed into a field."""
        return self.request.POST.get(name, "").strip()

    def lines(self, name: str) -> list[str]:
        """Return what was typed into a field, one line each."""
        return [line.strip() for line in self.text(name).splitlines() if line.strip()]

    def later(self, days: int) -> str:
        """Return the day so many working days from today, in words."""
        return day_words(
            add_working_days(self.on, days, cases.calendar_of(self.sheet.case.area, on=self.on)).day, self.on
        )

    @property
    def fields(self) -> list[Field]:
        """Return the questions as they stand now, with what was typed and what is wrong beside each."""
        drawn = SPECS[self.verb].ask(self)
        return [self._typed(one) for one in drawn] if self.verb != Verb.DECIDE else drawn

    def _typed(self, one: Field) -> Field:
        if not self.typed or one.widget == "file":
            return replace(one, error=self.errors.get(one.name, one.error))
        value: Any = (
            self.request.POST.getlist(one.name) if one.widget == "checks" else self.request.POST.get(one.name, "")
        )
        return replace(one, value=value, error=self.errors.get(one.name, ""))


@dataclass(frozen=True, slots=True)
class Spec:
    """One verb at the desk: what follows from it in words, what it asks, what its action is given; ``rates`` asks with faces."""

    consequences: Callable[[Act], list[str]]
    ask: Callable[[Act], list[Field]] = lambda _act: []
    read: Callable[[Act], dict[str, Any]] = lambda _act: {}
    style: str = "primary"
    rates: bool = False


def _text(name: str, label: str, hint: str = "", *, required: bool = True, value: str = "", most: int = LONG) -> Field:
    return Field(name=name, label=label, widget="textarea", help=hint, required=required, value=value, maxlength=most)


def _missing(act: Act) -> list[str]:
    return [row.name for row in act.sheet.materials if row.required and row.state == MaterialState.MISSING]


# Accept, return once, refuse


def _accepting(act: Act) -> list[str]:
    matter, area = act.sheet.matter, act.sheet.case.area
    days = matter.promised_days.value
    last = due(Clock(act.on, days), cases.calendar_of(area, on=act.on))
    desk = desk_of(matter.step(working_step(matter)), area)
    until = day_words(last.day, act.on, provisional=last.provisional)
    said = [
        _("从今天 %(today)s起算，最晚 %(until)s办结（%(days)d 个工作日）。")
        % {"today": day_words(act.on, act.on), "until": until, "days": days},
        _("下一步由%(who)s办理。") % {"who": desk_names([desk]).get(desk, "")},
        _("申请人马上收到消息，知道受理了、最晚哪天有结果。"),
    ]
    if missing := _missing(act):
        said.append(
            _("还缺：%(papers)s。受理以后不能再退回补正，只能停表请申请人补充。") % {"papers": "、".join(missing)}
        )
    return said


def _returning(act: Act) -> list[str]:
    until = act.later(act.sheet.matter.supplement_days.value)
    return [
        _("只能退回这一次，请一次列全。"),
        _("申请人要在 %(until)s以前补齐；补来以后会回到您的待办。") % {"until": until},
        _("还没有受理，所以不计时。"),
    ]


def _return_fields(act: Act) -> list[Field]:
    return [
        _text(
            "missing",
            _("缺什么"),
            _("每行一项，用申请人看得懂的话写。还缺的材料已经列上。"),
            value="\n".join(_missing(act)),
            most=2000,
        ),
        _text("note", _("还想说明的"), required=False, most=500),
    ]


def _refusing(_act: Act) -> list[str]:
    return [_("这件事到此为止，不再办理。"), _("申请人会看到理由。请写清楚还可以怎么办、找谁办。")]


def _refuse_fields(act: Act) -> list[Field]:
    grounds = [Option(one.code, one.name) for one in act.sheet.matter.refusal_grounds]
    asked = Field(name="ground", label=_("按哪一条不予受理"), widget="radio", options=grounds)
    return [*([asked] if grounds else []), _text("reason", _("对申请人说"), most=500)]


# In hand


def _asking(act: Act) -> list[str]:
    until = act.later(act.sheet.matter.supplement_days.value)
    return [
        _("从今天起停表，等申请人补充的日子不算。"),
        _("申请人要在 %(until)s以前补来；补来以后回到您的待办，接着计时。") % {"until": until},
    ]


def _ask_fields(_act: Act) -> list[Field]:
    return [
        _text("question", _("要申请人补充什么、为什么")),
        _text("materials", _("要补的材料"), _("每行一种，没有就空着。"), required=False),
    ]


def _desk_value(desk: Desk) -> str:
    return f"{desk.post}@{desk.level}:{desk.area}"


def _own(act: Act) -> list[Desk]:
    return [Desk(seat.post, seat.level, seat.area) for seat in act.viewer.seats]


def _passing(_act: Act) -> list[str]:
    return [
        _("只请对方答复：这件事还在您这里，期限不变。"),
        _("交给对方办：这件事从您的待办移走，期限不变，由对方办到底。"),
    ]


def _pass_fields(act: Act) -> list[Field]:
    desks = desks_covering(act.sheet.case, on=act.on, but=_own(act))
    return [
        Field(
            name="to",
            label=_("转给谁"),
            widget="select",
            options=[Option(_desk_value(one.desk), f"{one.place} {one.title}") for one in desks],
        ),
        Field(
            name="answer_owed",
            label=_("要对方做什么"),
            widget="radio",
            value="yes",
            options=[
                Option("yes", _("只请对方答复，我继续办")),
                Option("no", _("交给对方办，我不再办")),
            ],
        ),
        _text("question", _("对对方说")),
    ]


def _pass_values(act: Act) -> dict[str, Any]:
    offered = {_desk_value(one.desk): one.desk for one in desks_covering(act.sheet.case, on=act.on, but=_own(act))}
    to = offered.get(act.text("to"))
    if to is None:
        act.errors["to"] = _("请选一个岗位。")
    return {"to": to, "question": act.text("question"), "answer_owed": act.text("answer_owed") != "no"}


def _questions_owed(act: Act) -> list[Option]:
    own = set(_own(act))
    return [
        Option(str(task.pk), task.question or "", task.asked_by)
        for task in act.sheet.waiting
        if task.kind == TaskKind.ANSWER_HANDOVER and Desk(task.post, task.seat_level, task.seat_area) in own
    ]


def _answer_fields(act: Act) -> list[Field]:
    owed = _questions_owed(act)
    which = Field(
        name="task", label=_("答复哪一个问题"), widget="radio", options=owed, value=owed[0].value if owed else ""
    )
    said = "；".join(f"{one.help}：{one.label}" for one in owed)
    return [*([which] if len(owed) > 1 else []), _text("answer", _("您的答复"), said if len(owed) == 1 else "")]


def _answer_values(act: Act) -> dict[str, Any]:
    task = act.text("task")
    return {"answer": act.text("answer"), "task": int(task) if task.isdecimal() else None}


def _extend_fields(act: Act) -> list[Field]:
    most = act.sheet.matter.extension.days
    grounds = [Option(one.code, one.name) for one in act.sheet.matter.extension.grounds]
    return [
        Field(name="ground", label=_("为什么要延长"), widget="radio", options=grounds),
        Field(
            name="days", label=_("延长几个工作日"), widget="number", value=str(most), unit=_("个工作日"),
            help=_("最多 %(most)d 个。") % {"most": most},
        ),
        _text("reason", _("补充说明"), required=False, most=200),
    ]  # fmt: skip


def _extend_values(act: Act) -> dict[str, Any]:
    days = act.text("days")
    if not days.isdecimal():
        act.errors["days"] = _("请填几个工作日，例如 3。")
    return {"ground": act.text("ground"), "days": int(days) if days.isdecimal() else 0, "reason": act.text("reason")}


def _forwarding(act: Act) -> list[str]:
    case, matter = act.sheet.case, act.sheet.matter
    desk = desk_of(matter.step(case.step + 1), case.area)
    return [_("交给%(who)s，期限不变。") % {"who": desk_names([desk]).get(desk, "")}, _("申请人会看到办到了下一步。")]


# Decide, finish


def _deciding(act: Act) -> list[str]:
    name = act.sheet.matter.result.name
    return [
        _("决定作出以后不能改。请再看一遍申请和材料。"),
        _("系统马上生成《%(name)s》，带有可以核对真伪的二维码。") % {"name": name}
        if act.sheet.matter.result.kind == "document"
        else _("结果会告诉申请人。"),
    ]


def _decide_fields(act: Act) -> list[Field]:
    asked = on_one_page(cases.result_form_of(act.sheet.matter), act.answers)
    return questions(
        asked,
        act.answers,
        errors=act.errors,
        files=held(asked, act.answers, viewer=act.viewer),
        typed=posted(act.request) if act.typed else None,
    )


def _decide_values(act: Act) -> dict[str, Any]:
    form, words = cases.result_form_of(act.sheet.matter), posted(act.request)
    for one in form.fields:
        if one.kind is Kind.FILE:
            kept = act.request.POST.getlist(f"held-{one.name}")
            words.setlist(
                one.name, [*kept, *keep(act.request, one.name, by=act.viewer, at=act.at, area=act.sheet.case.area)]
            )
    cleaned = form.clean(words, on=act.on)
    act.answers, act.errors = cleaned.data, dict(cleaned.errors)
    return {"answers": cleaned.data}


# What the applicant does at the window


def _supply_fields(act: Act) -> list[Field]:
    papers = [row for row in act.sheet.materials if row.asked]
    shown = [Option(row.code, row.name) for row in papers]
    on_paper = Field(name="on_paper", label=_("当面看过或收下的纸质件"), widget="checks", options=shown, required=False)
    uploads = [
        Field(
            name=f"paper-{row.code}",
            label=_("上传：%(paper)s") % {"paper": row.name},
            widget="file",
            required=False,
            multiple=True,
            accept=ACCEPT,
        )
        for row in papers
    ]
    return [*([on_paper] if shown else []), *uploads, _text("answer", _("申请人说"), required=not shown)]


def _supply_values(act: Act) -> dict[str, Any]:
    files = {
        row.code: [
            int(number)
            for number in keep(act.request, f"paper-{row.code}", by=act.viewer, at=act.at, area=act.sheet.case.area)
        ]
        for row in act.sheet.materials
        if row.asked
    }
    return {"answer": act.text("answer"), "files": files, "on_paper": act.request.POST.getlist("on_paper")}


def _rate_values(act: Act) -> dict[str, Any]:
    level = act.text("level")
    if level not in {str(each.value) for each in RatingLevel}:
        act.errors["level"] = _("请申请人从五个等级里选一个。")
        return {}
    return {"level": int(level), "comment": act.text("comment"), "channel": RatingChannel.WINDOW}


def _said(act: Act) -> list[str]:
    rating = act.sheet.ratings[-1] if act.sheet.ratings else None
    return [
        _("申请人说：%(words)s") % {"words": rating["comment"]}
        if rating and rating["comment"]
        else _("申请人没有写原因。"),
        _("答复会发给申请人，也记在这件事上。"),
    ]


def _plain(*names: str) -> Callable[[Act], dict[str, Any]]:
    return lambda act: {name: act.text(name) for name in names}


SPECS: Mapping[str, Spec] = {
    Verb.ACCEPT: Spec(_accepting),
    Verb.RETURN: Spec(
        _returning, _return_fields, lambda act: {"missing": act.lines("missing"), "note": act.text("note")}
    ),
    Verb.REFUSE: Spec(_refusing, _refuse_fields, _plain("ground", "reason"), style="danger"),
    Verb.BEGIN: Spec(lambda _act: [_("申请人会看到已经有人在办。"), _("期限不变。")]),
    Verb.ASK: Spec(
        _asking, _ask_fields, lambda act: {"question": act.text("question"), "materials": act.lines("materials")}
    ),
    Verb.HAND_OVER: Spec(_passing, _pass_fields, _pass_values),
    Verb.ANSWER_HAND_OVER: Spec(lambda _act: [_("提问的岗位马上能看到。")], _answer_fields, _answer_values),
    Verb.EXTEND: Spec(
        lambda _act: [_("只能延长一次。"), _("申请人会收到新的日子和原因。")], _extend_fields, _extend_values
    ),
    Verb.FORWARD: Spec(_forwarding, lambda _act: [_text("opinion", _("审核意见"))], _plain("opinion")),
    Verb.DECIDE: Spec(_deciding, _decide_fields, _decide_values),
    Verb.FINISH: Spec(
        lambda _act: [
            _("请先把结果送到：网上的已经能看，当面的请打印给申请人。"),
            _("这件事办结，停止计时。"),
            _("申请人会收到评价的请求。"),
        ]
    ),
    Verb.SUPPLY: Spec(lambda _act: [_("补来以后接着计时，回到办理的岗位。")], _supply_fields, _supply_values),
    Verb.RATE: Spec(
        lambda _act: [_("请让申请人自己选，可以把屏幕转过去。"), _("不满意的，办理的岗位要在期限内答复。")],
        lambda _act: [_text("comment", _("想说的话"), required=False, most=500)],
        _rate_values,
        rates=True,
    ),
    Verb.ANSWER_RATING: Spec(
        _said,
        lambda _act: [_text("answer", _("答复"), _("查到了什么、怎么改的、下一步怎么办。"))],
        _plain("answer"),
    ),
    Verb.REOPEN: Spec(
        lambda _act: [
            _("从今天起重新计时，交给最后一步的岗位再办一次。"),
            _("只能重新办一次。理由就是给申请人的答复。"),
        ],
        lambda _act: [_text("reason", _("为什么重新办理、这次要办成什么样"), most=500)],
        _plain("reason"),
    ),
    Verb.WITHDRAW: Spec(
        lambda _act: [_("停止办理，不能恢复；以后可以重新申请。"), _("请确认是申请人本人的意思。")],
        lambda _act: [_text("reason", _("申请人为什么撤回"), required=False, most=200)],
        _plain("reason"),
        style="danger",
    ),
}
"""What the desk does with a case, verb by verb. Putting a returned application right has a page of its own."""
