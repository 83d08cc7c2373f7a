"""An application in short steps: begun, saved at every step, looked over on one page, submitted, put right when returned."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from liren.base import clock
from liren.base.clock import day_of
from liren.base.doors import page
from liren.base.jsonform import Cleaned, Form, Kind, Step
from liren.base.screen import Field as Question
from liren.engines.cases import actions
from liren.engines.cases import queries as cases
from liren.engines.cases.enums import State
from liren.engines.cases.models import Case
from liren.engines.cases.permissions import SUBMIT
from liren.engines.cases.rules.eligibility import papers
from liren.engines.cases.rules.matter import Matter
from liren.foundation.access.rules import Viewer
from liren.foundation.policies.queries import said
from liren.registry import queries as registry
from liren.registry.models import Person
from liren.registry.queries import Prefilled
from liren.services.window.forms import answer_lines, on_one_page, posted, questions
from liren.services.window.pages.catalogue import answered, shown_paper
from liren.services.window.pages.here import here, to_choose, viewer_of
from liren.services.window.pages.uploads import attach, held, named, with_files


def applicant(viewer: Viewer) -> Person | None:
    """Return the person whom the registry knows behind a resident's account."""
    return registry.own_person(viewer) if viewer.person_id else None


@page(SUBMIT, who="resident")
def begin(request: HttpRequest, code: str) -> HttpResponseBase:
    """Open a draft with everything that is already known, and lead to its first step."""
    if request.method != "POST":  # back from signing in: the button is on the matter's page
        return redirect("window:matter", code=code)
    viewer, at, area = viewer_of(request), clock.now(), here(request)
    if not area:
        return to_choose(f"/matters/{code}")
    matter = cases.matter(code, area, on=day_of(at))
    if matter.identity_required and not viewer.person_id:
        return redirect(f"/me/link?next=/matters/{code}")
    facts = cases.known_facts(viewer, matter, applicant(viewer), on=clock.today())
    given = answered(request, matter).answers
    prepared = cases.prepared(matter, given, facts)
    if not prepared.verdict.may_apply:  # the matter's page says why not, with the answers to think over
        told = urlencode({question: "yes" if said else "no" for question, said in given.items()})
        return redirect(f"{reverse('window:matter', args=[code])}?{told}#verdict")
    form = cases.form_of(matter)
    case = actions.save_draft(
        by=viewer,
        at=at,
        case=cases.blank_case(viewer, matter, area, at=at),
        answers={name: value for name, value in prepared.answers.items() if form.field(name)},
        step=form.steps[0].code,
    )
    return redirect("window:step", pk=case.pk, code=case.draft_step or form.steps[0].code)


@dataclass(frozen=True)
class Opened:
    """A draft that is being filled in."""

    case: Case
    matter: Matter
    form: Form
    known: dict[str, Prefilled]

    @property
    def held(self) -> dict[str, Any]:
        """Return the answers that the platform knows, which stand in read-only fields."""
        return {name: fact.value for name, fact in self.known.items()}

    def steps(self) -> list[Step]:
        """Return the steps that have something to ask."""
        return [step for step in self.form.steps if self.form.asked(self.case.answers, step.code)]


def opened(request: HttpRequest, pk: int) -> Opened:
    """Return a draft with its matter, form and what is known of the applicant."""
    viewer = viewer_of(request)
    case = cases.case_for(viewer, pk)
    matter = cases.matter_of(case)
    here(request)
    facts = cases.known_facts(viewer, matter, applicant(viewer), on=clock.today())
    known = {name: facts[path] for name, path in matter.prefill.items() if path in facts}
    return Opened(case, matter, cases.form_of(matter), known)


def read(request: HttpRequest, draft: Opened, *, on: date, step: str | None = None) -> Cleaned:
    """Read one step, or the whole form, over the answers so far; files are not words and stay as they were."""
    words = posted(request)
    fields = draft.form.fields if step is None else next(s for s in draft.form.steps if s.code == step).fields
    for field in fields:
        if field.kind is Kind.FILE and draft.case.answers.get(field.name):
            words.setlist(field.name, draft.case.answers[field.name])
    return draft.form.clean(words, on=on, step=step, known=draft.case.answers, held=draft.held)


@page(SUBMIT, who="resident")
def step(request: HttpRequest, pk: int, code: str) -> HttpResponseBase:
    """Ask one step's questions; save what was answered, whatever comes next."""
    viewer, at = viewer_of(request), clock.now()
    draft = opened(request, pk)
    if draft.case.state != State.DRAFT:
        return redirect("window:case", pk=pk)
    shown = draft.form.step(code)
    if shown is None:
        return redirect("window:step", pk=pk, code=draft.form.steps[0].code)
    errors: dict[str, str] = {}
    answers = draft.case.answers
    if request.method == "POST":
        with_files(request, shown.fields, answers, by=viewer, at=at, case=draft.case)
        cleaned = read(request, draft, on=clock.today(), step=code)
        answers, errors = cleaned.data, cleaned.errors
        steps = [one for one in draft.form.steps if draft.form.asked(answers, one.code)]
        following = next((one for one in steps[index(steps, code) + 1 :]), None)
        goes_on = not errors and "remove" not in request.POST and request.POST.get("then") != "stay"
        actions.save_draft(
            by=viewer.with_once(
                None
            ),  # a page that was gone back to is sent again with other answers: the last ones count
            at=at,
            case=draft.case,
            answers=answers,
            step=(following.code if following else "review") if goes_on else code,
        )
        attach(draft.case, named(shown.fields, answers), by=viewer, at=at)
        if request.POST.get("then") == "later":
            return redirect("window:cases")
        if goes_on:
            return (
                redirect("window:step", pk=pk, code=following.code) if following else redirect("window:review", pk=pk)
            )
        if not errors:
            return redirect("window:step", pk=pk, code=code)
    return _step_page(request, draft, shown, answers, errors)


def index(steps: list[Step], code: str) -> int:
    """Return the place of a step among those asked, the last one for a step that is asked no more."""
    return next((number for number, one in enumerate(steps) if one.code == code), len(steps) - 1)


def _step_page(
    request: HttpRequest, draft: Opened, shown: Step, answers: dict[str, Any], errors: dict[str, str]
) -> HttpResponse:
    steps = draft.steps()
    number = index(steps, shown.code)
    fields = draft.form.asked(answers, shown.code) if errors else visible(draft, shown, answers)
    context = {
        "case": draft.case,
        "matter": draft.matter,
        "step": shown,
        "names": [*(said(one.title) for one in steps), _("核对并提交")],
        "current": number + 1,
        "back": steps[number - 1].code if number else "",
        "fields": asked(request, draft, fields, answers, errors),
        "others": [errors[""]] if errors.get("") else [],
    }
    return render(request, "window/portal/step.html", context, status=422 if errors else 200)


def visible(draft: Opened, shown: Step, answers: dict[str, Any]) -> list[Any]:
    """Return a step's fields: those asked now, and those that another answer on the same page would ask for."""
    return on_one_page(draft.form, answers, shown.fields)


def asked(
    request: HttpRequest, draft: Opened, fields: Any, answers: dict[str, Any], errors: dict[str, str]
) -> list[Question]:
    """Return the questions to draw."""
    return questions(
        fields,
        answers,
        errors=errors,
        known=[name for name, fact in draft.known.items() if answers.get(name) == fact.value],
        files=held(fields, answers, viewer=viewer_of(request)),
        typed=posted(request) if request.method == "POST" else None,
    )


@page(SUBMIT, who="resident")
def review(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show everything on one page, then submit."""
    viewer, at = viewer_of(request), clock.now()
    draft = opened(request, pk)
    if draft.case.state != State.DRAFT:
        return redirect("window:case", pk=pk)
    facts = cases.known_facts(viewer, draft.matter, applicant(viewer), on=clock.today())
    checked = draft.form.check(draft.case.answers, on=clock.today())
    if request.method == "POST" and checked.is_valid:
        case = actions.submit_case(by=viewer, at=at, case=draft.case)
        return HttpResponseRedirect(f"/cases/{case.pk}?done=1")
    needed = papers(draft.matter, draft.case.answers, cases.values(facts))
    context = {
        "case": draft.case,
        "matter": draft.matter,
        "names": [*(said(one.title) for one in draft.steps()), _("核对并提交")],
        "current": len(draft.steps()) + 1,
        "parts": answer_lines(draft.form, draft.case.answers),
        "papers": [shown_paper(paper) for paper in needed if paper.required or not paper.is_missing],
        "wrong": [(one, problem) for name, problem in checked.errors.items() for one in where(draft.form, name)],
        "back": draft.steps()[-1].code,
    }
    return render(request, "window/portal/review.html", context, status=422 if request.method == "POST" else 200)


def where(form: Form, name: str) -> list[Step]:
    """Return the step that asks for a field."""
    return [one for one in form.steps if any(field.name == name for field in one.fields)][:1] or [form.steps[0]]


@page(SUBMIT, who="resident")
def correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put a returned application right: what is missing stands above all its questions."""
    viewer, at = viewer_of(request), clock.now()
    draft = opened(request, pk)
    if draft.case.state != State.RETURNED:
        return redirect("window:case", pk=pk)
    errors: dict[str, str] = {}
    answers = draft.case.answers
    if request.method == "POST":
        with_files(request, draft.form.fields, answers, by=viewer, at=at, case=draft.case)
        cleaned = read(request, draft, on=clock.today())
        answers, errors = cleaned.data, cleaned.errors
        if not errors and "remove" not in request.POST:
            actions.resubmit(by=viewer, at=at, case=draft.case, answers=answers)
            attach(draft.case, named(draft.form.fields, answers), by=viewer, at=at)
            return HttpResponseRedirect(f"/cases/{pk}?done=1")
    parts = [(one, asked(request, draft, visible(draft, one, answers), answers, errors)) for one in draft.form.steps]
    context = {
        "case": draft.case,
        "matter": draft.matter,
        "missing": draft.case.missing or [],
        "parts": [(one, fields) for one, fields in parts if fields],
        "fields": [field for _one, fields in parts for field in fields],
    }
    return render(request, "window/portal/correct.html", context, status=422 if errors else 200)
