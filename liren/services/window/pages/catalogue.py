"""The catalogue of matters and the page of one: can I, what do I need, how long, begin."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liren.base import clock
from liren.base.doors import page
from liren.base.screen import Field as Question
from liren.engines.cases import queries as cases
from liren.engines.cases.enums import MaterialState
from liren.engines.cases.rules.eligibility import Paper
from liren.engines.cases.rules.matter import Figure, Matter
from liren.foundation.policies.queries import said
from liren.registry import queries as registry
from liren.services.window.pages.here import here, viewer_of

MOST_WORDS = 60


@page(who="public")
@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """List what can be done here; everyday words find it."""
    words = request.GET.get("q", "").strip()[:MOST_WORDS]
    found = cases.matters(here(request), on=clock.today(), words=words)
    context = {
        "words": words,
        "matters": found,
        "others": [] if found else cases.matters(here(request), on=clock.today()),
    }
    return render(request, "window/portal/catalogue.html", context)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a visitor's answers to the yes/no questions come to."""

    questions: list[Question]
    answers: dict[str, bool]


def answered(request: HttpRequest, matter: Matter) -> Answered:
    """Read the answers to the yes/no questions of a matter."""
    given = request.GET if request.method == "GET" else request.POST
    answers = {c.code: given[c.code] == "yes" for c in matter.conditions if given.get(c.code) in {"yes", "no"}}
    questions = [
        Question(name=c.code, label=said(c.question), widget="yesno", value=answers.get(c.code, ""), help=said(c.help))
        for c in matter.conditions
    ]
    return Answered(questions, answers)


@page(who="public")
@require_GET
def matter_page(request: HttpRequest, code: str) -> HttpResponse:
    """Answer in this order: can I, what do I need, how long and what cost, begin."""
    viewer, area, on = viewer_of(request), here(request), clock.today()
    matter = cases.matter(code, area, on=on)
    person = registry.own_person(viewer) if viewer.mode == "resident" and viewer.person_id else None
    asked = answered(request, matter)
    prepared = cases.prepared(matter, asked.answers, cases.known_facts(viewer, matter, person, on=on))
    context = {
        "matter": matter,
        "questions": asked.questions,
        "answered": bool(asked.answers),
        "complete": len(asked.answers) == len(matter.conditions),
        "findings": [finding for finding in prepared.verdict.findings if finding.words],
        "may": prepared.verdict.may_apply,
        "papers": [shown_paper(paper) for paper in prepared.papers],
        "facts": facts(matter),
        "example": not matter.verified,
        "known": viewer.is_known,
    }
    if request.headers.get("HX-Request"):  # the button goes and comes with the verdict
        parts = (
            render_to_string(f"window/portal/matter.html#{name}", context, request) for name in ("verdict", "begin")
        )
        return HttpResponse("".join(parts))
    return render(request, "window/portal/matter.html", context)


def facts(matter: Matter) -> list[tuple[str, str]]:
    """Return how long, what cost and who decides, in words."""
    return [
        (_("多久办好"), days(matter.promised_days)),
        (_("法定时限"), days(matter.legal_days)),
        (_("收费"), said(matter.fee)),
        (_("谁可以申请"), said(matter.applicants)),
        (_("要跑几次"), _("不用跑，网上就能办") if not matter.visits else _("最多 %(n)d 次") % {"n": matter.visits}),
        (_("办理单位"), said(matter.office)),
        (_("依据"), _("；").join(" ".join(said(part) for part in rule if part) for rule in matter.basis)),
    ]


def days(figure: Figure) -> str:
    """Return a promise in working days, marked where nobody verified it."""
    words = (
        _("%(n)d 个工作日") % {"n": figure.value}
        if figure.unit == "working_days"
        else _("%(n)d 天") % {"n": figure.value}
    )
    return words if figure.verified else _("%(words)s（示例）") % {"words": words}


@dataclass(frozen=True, slots=True)
class ShownPaper:
    """A paper of the list, with the chip that says whether we have it already."""

    name: str
    help: str
    word: str
    tone: str
    required: bool


def shown_paper(paper: Paper) -> ShownPaper:
    """Return a paper as the list shows it."""
    if paper.state is MaterialState.MISSING:
        word, tone = (_("需要准备"), "") if paper.required else (_("看情况需要"), "")
    else:
        word, tone = str(paper.state.label), "good"
    return ShownPaper(said(paper.name), said(paper.help), word, tone, paper.required)
