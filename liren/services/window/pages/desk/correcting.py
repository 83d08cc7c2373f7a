"""A returned application put right at the window: what is missing above all its questions on one page."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from liren.base import clock
from liren.base.doors import attempt
from liren.engines.cases import actions
from liren.engines.cases import queries as cases
from liren.engines.cases.enums import State, Verb
from liren.engines.cases.rules.eligibility import papers
from liren.services.window.pages.desk.filling import Filling
from liren.services.window.pages.desk.refusals import Beside
from liren.services.window.pages.desk.words import day_words, done_words
from liren.services.window.pages.here import viewer_of


def correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put a returned application right for its applicant, and submit it again."""
    viewer, at, on = viewer_of(request), clock.now(), clock.today()
    case = cases.case_for(viewer, pk)
    matter = cases.matter_of(case)
    filling = Filling(request, viewer, matter, case.area, at, on, before=case.answers)
    others: list[str] = []
    if request.method == "POST" and "remove" not in request.POST:
        answers = filling.read()
        if not filling.errors:
            beside = Beside({one.name: one for one in filling.fields()})
            done, refusal = attempt(
                beside,
                lambda: actions.resubmit(by=viewer, at=at, case=case, answers=answers, on_paper=filling.on_paper),
            )
            if done is not None:
                messages.success(request, done_words(Verb.RESUBMIT, done, "", on))
                return HttpResponseRedirect(f"/desk/cases/{pk}")
            filling.errors |= beside.taken(refusal)
            others = beside.others
    elif request.method == "POST":
        filling.read()
        filling.errors.clear()
    if request.method == "GET" and case.state != State.RETURNED:
        return HttpResponseRedirect(f"/desk/cases/{pk}")
    facts = cases.facts_of_applicant(viewer, matter, case.person_id, on=on)
    context = {
        "case": case,
        "matter": matter,
        "missing": case.missing or [],
        "until": day_words(case.answer_due_on, on) if case.answer_due_on else "",
        "parts": filling.parts(),
        "papers": filling.papers(papers(matter, filling.answers, facts, on_paper=filling.on_paper)),
        "kept": filling.kept_files(),
        "fields": filling.fields(),
        "others": others or ([filling.errors[""]] if filling.errors.get("") else []),
        "once": request.POST.get("once", ""),
    }
    wrong = filling.errors or others
    return render(
        request, "window/desk/correct.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    )
