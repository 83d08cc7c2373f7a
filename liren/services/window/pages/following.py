"""What a resident sees of their own cases: the list, the way of one, what they still owe, the result, the rating."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liren.base import clock
from liren.base.doors import page
from liren.base.screen import Field as Question
from liren.base.screen import Option
from liren.base.uploads import ACCEPT
from liren.engines.cases import actions
from liren.engines.cases import queries as cases
from liren.engines.cases.enums import RatingLevel, State, Verb
from liren.engines.cases.models import Case
from liren.engines.cases.permissions import RATE, SUBMIT, VIEW, WITHDRAW
from liren.engines.cases.queries import Sheet
from liren.foundation.commons.queries import content, file_for
from liren.foundation.policies.queries import called
from liren.services.window.forms import answer_lines
from liren.services.window.pages.here import here, viewer_of
from liren.services.window.pages.papers import pdf_answer, receipt_pdf
from liren.services.window.pages.story import moments, present
from liren.services.window.pages.uploads import attach, keep

PAGE = 20


@page(VIEW, who="resident")
@require_GET
def my_cases(request: HttpRequest) -> HttpResponse:
    """List the resident's cases and drafts, the newest first."""
    after = request.GET.get("after", "")
    here(request)
    found = cases.my_cases(viewer_of(request), limit=PAGE + 1, after=int(after) if after.isdecimal() else None)
    older = f"?after={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    shown = [(one, cases.kept_until(one) if one.state == State.DRAFT else None) for one in found[:PAGE]]
    return render(request, "window/portal/cases.html", {"cases": shown, "older": older, "later": bool(after)})


def sheet_of(request: HttpRequest, pk: int) -> Sheet:
    """Return everything about one of the viewer's cases."""
    return cases.case_sheet(viewer_of(request), pk, on=clock.today())


@page(VIEW, who="resident")
@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Tell how a case goes, and offer what its applicant can do now."""
    sheet = sheet_of(request, pk)
    here(request)
    if sheet.case.state == State.DRAFT:
        step = sheet.case.draft_step or cases.form_of(sheet.matter).steps[0].code
        return redirect("window:review", pk=pk) if step == "review" else redirect("window:step", pk=pk, code=step)
    return render(request, "window/portal/case.html", case_context(request, sheet))


def case_context(request: HttpRequest, sheet: Sheet, errors: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what the page of a case shows."""
    verbs = {move.verb for move in sheet.moves}
    form = cases.form_of(sheet.matter)
    rated = sheet.ratings[-1] if sheet.ratings else None
    return {
        "case": sheet.case,
        "matter": sheet.matter,
        "moments": moments(sheet),
        "present": present(sheet),
        "done": request.GET.get("done") == "1",
        "can_supply": Verb.SUPPLY in verbs,
        "can_correct": Verb.RESUBMIT in verbs,
        "can_withdraw": Verb.WITHDRAW in verbs,
        "can_rate": Verb.RATE in verbs,
        "question": sheet.question,
        "supply": supply_questions(sheet, errors or {}),
        "parts": answer_lines(form, sheet.case.answers),
        "materials": sheet.materials,
        "missing": sheet.case.missing or [],
        "result": cases.result_form_of(sheet.matter).summary(sheet.case.result) if shows_result(sheet.case) else [],
        "proof": cases.document_token(sheet.case) if sheet.case.document else "",
        "rating": rated,
        "rating_words": str(RatingLevel(rated["level"]).label) if rated else "",
        "delegation": sheet.delegation,
    }


def shows_result(one: Case) -> bool:
    """Say whether a case has a result to show."""
    return bool(one.result) and one.state in {State.DECIDED, State.FINISHED, State.RATED}


def supply_questions(sheet: Sheet, errors: dict[str, str]) -> list[Question]:
    """Return the questions by which an applicant gives what was asked for."""
    if sheet.case.state != State.ASKED:
        return []
    papers = [
        Question(name=f"paper-{one.code}", label=one.name, widget="file", required=False, multiple=True, accept=ACCEPT)
        for one in sheet.materials
        if one.asked
    ]
    return [
        *papers,
        Question(
            name="answer",
            label=_("想说明的话"),
            widget="textarea",
            required=not papers,
            maxlength=1000,
            error=errors.get("answer", ""),
        ),
    ]


@page(SUBMIT, who="resident")
def supply(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give what was asked for."""
    viewer, at, sheet = viewer_of(request), clock.now(), sheet_of(request, pk)
    if request.method != "POST" or sheet.case.state != State.ASKED:
        return redirect("window:case", pk=pk)
    brought = {
        one.code: [int(n) for n in keep(request, f"paper-{one.code}", by=viewer, at=at, area=sheet.case.area)]
        for one in sheet.materials
        if one.asked
    }
    words = request.POST.get("answer", "").strip()
    if not words and not any(brought.values()):
        context = case_context(request, sheet, {"answer": _("请写几句话，或者上传要补充的材料。")})
        return render(request, "window/portal/case.html", context, status=422)
    actions.supply(by=viewer, at=at, case=sheet.case, answer=words, files=brought)
    attach(sheet.case, [number for numbers in brought.values() for number in numbers], by=viewer, at=at)
    messages.success(request, _("收到了，我们接着办理。"))
    return redirect("window:case", pk=pk)


@page(WITHDRAW, who="resident")
def withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take an application back, after saying what that means."""
    viewer, one = viewer_of(request), cases.case_for(viewer_of(request), pk)
    if request.method == "POST":
        actions.withdraw(by=viewer, at=clock.now(), case=one, reason=request.POST.get("reason", "").strip()[:200])
        messages.success(request, _("已经撤回。以后需要时可以重新申请。"))
        return redirect("window:cases")
    context = {
        "extends": "portal/frame.html",
        "title": _("撤回“%(matter)s”？") % {"matter": called(one.matter_name)},
        "lines": [_("工作人员会停止办理。"), _("填过的内容不会用在别处。"), _("以后需要时可以重新申请。")],
        "action": _("撤回申请"),
        "style": "danger",
        "back": f"/cases/{pk}",
    }
    return render(request, "look/confirm.html", context)


def rating_options() -> list[Option]:
    """Return the five levels, best first."""
    return [Option(str(level.value), str(level.label)) for level in reversed(RatingLevel)]


@page(RATE, who="resident")
def rate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask how it was, in one tap and, if somebody likes, a few words."""
    viewer, one = viewer_of(request), cases.case_for(viewer_of(request), pk)
    here(request)
    level = request.POST.get("level", "")
    if request.method == "POST" and level.isdecimal():
        actions.rate_case(
            by=viewer, at=clock.now(), case=one, level=int(level), comment=request.POST.get("comment", "").strip()[:500]
        )
        messages.success(request, thanks(int(level)))
        return redirect("window:case", pk=pk)
    if one.state != State.FINISHED:
        return redirect("window:case", pk=pk)
    error = _("请点一个最接近的感受。") if request.method == "POST" else ""
    context = {"case": one, "options": rating_options(), "error": error, "back": f"/cases/{pk}"}
    return render(request, "window/portal/rate.html", context, status=422 if error else 200)


def thanks(level: int) -> str:
    """Return what somebody reads who has just rated."""
    if level <= RatingLevel.BAD:
        return _("谢谢您说实话。我们会查清楚，给您一个答复。")
    return _("谢谢您的评价。")


@page(VIEW, who="resident")
@require_GET
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the receipt as a PDF."""
    return pdf_answer(receipt_pdf(request, sheet_of(request, pk)), "receipt")


@page(VIEW, who="known")
@require_GET
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the result's document."""
    viewer, one = viewer_of(request), cases.case_for(viewer_of(request), pk)
    if one.document is None:
        return redirect("window:desk-case" if viewer.is_staff else "window:case", pk=pk)
    return pdf_answer(content(file_for(viewer, one.document)), "result")
