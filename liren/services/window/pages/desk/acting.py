"""Doing something with a case at the desk: one page for all verbs, in the sheet or on its own."""

from http import HTTPStatus
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liren.base import clock
from liren.base.doors import attempt, page
from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.engines.cases import queries as cases
from liren.engines.cases.actions import BY_VERB
from liren.engines.cases.enums import Verb
from liren.engines.cases.models import Case
from liren.engines.cases.permissions import CAPABILITY_OF, VIEW
from liren.engines.cases.queries import Sheet
from liren.foundation.policies.queries import called
from liren.services.window.pages.desk.correcting import correct
from liren.services.window.pages.desk.refusals import Beside
from liren.services.window.pages.desk.sheet import sheet_context
from liren.services.window.pages.desk.verbs import SPECS, Act
from liren.services.window.pages.desk.words import button_words, done_words, state_words
from liren.services.window.pages.following import rating_options
from liren.services.window.pages.here import viewer_of
from liren.services.window.queries.desk import desk_names, held_by, next_task

SHEET = "sheet-body"


@page(VIEW)
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Say what a verb leads to and ask what it needs; then do it."""
    viewer, on = viewer_of(request), clock.today()
    if verb == Verb.RESUBMIT:
        return correct(request, pk)
    if verb not in SPECS:
        raise NotFound(_("没有这一页，请从办件重新打开。"))
    what = Verb(verb)
    sheet = cases.case_sheet(viewer, pk, on=on)
    deed = Act(what, sheet, viewer, clock.now(), on, request)
    if request.method == "GET":
        check_open(request, sheet, what)
        return show(request, deed, [])
    values = SPECS[what].read(deed)
    if deed.errors:
        return show(request, deed, others(deed.errors), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    seen = request.POST.get("version", "")
    if seen.isdecimal():
        sheet.case.version = int(seen)  # the action says so when somebody was quicker, unless this very request was
    beside = Beside({one.name: one for one in deed.fields})
    if SPECS[what].rates:
        beside.fields["level"] = None
    case, refusal = attempt(beside, lambda: BY_VERB[what](by=viewer, at=deed.at, case=sheet.case, **values))
    if case is None:
        return refused(request, deed, beside, refusal)
    return done(request, case, what)


def check_open(request: HttpRequest, sheet: Sheet, verb: Verb) -> None:
    """Refuse a verb that is not open on a case: for want of the post, or because the case has moved on."""
    if any(move.verb == verb for move in sheet.moves):
        return
    capability = CAPABILITY_OF[verb]
    if not viewer_of(request).may(capability, sheet.case.area):
        raise Forbidden(_("您的岗位不能“%(what)s”。如需办理，请联系本单位安全管理员。") % {"what": capability.title})
    raise Conflict(
        _("这件事现在是“%(state)s”，或者不在您的岗位上，不能“%(verb)s”。")
        % {"state": state_words(sheet.case.state), "verb": verb.label}
    )


def others(errors: dict[str, str]) -> list[str]:
    """Return what is wrong with no field in particular."""
    return [errors[""]] if errors.get("") else []


def refused(request: HttpRequest, deed: Act, beside: Beside, refusal: Refusal | None) -> HttpResponse:
    """Show the form again with everything typed; where the case has moved on, say how it stands now."""
    assert refusal is not None
    deed.errors |= beside.taken(refusal)
    said = beside.others
    status = refusal.status
    if isinstance(refusal, Conflict):
        deed.sheet = cases.case_sheet(deed.viewer, deed.sheet.case.pk, on=deed.on)
        said = [refusal.message, *latest(deed.sheet)]
        if not any(move.verb == deed.verb for move in deed.sheet.moves):
            context = sheet_context(request, deed.sheet) | {"moved_on": said}
            part = "#sheet" if request.headers.get("HX-Request") else ""
            response = render(request, f"window/desk/case.html{part}", context, status=status)
            if part:
                response["HX-Retarget"] = f"#{SHEET}" if in_side_sheet(request, deed.sheet.case.pk) else "#case-sheet"
                response["HX-Reswap"] = "innerHTML"
            return response
    return show(request, deed, said, status=status)


def latest(sheet: Sheet) -> list[str]:
    """Return the last thing that happened to a case, in words."""
    told = cases.time_line(list(sheet.lines))
    return (
        [_("刚刚：%(who)s %(what)s。") % {"who": told[-1].actor.replace("·", " "), "what": told[-1].words}]
        if told
        else []
    )


def show(request: HttpRequest, deed: Act, said: list[str], status: int = HTTPStatus.OK) -> HttpResponse:
    """Show a verb's form: alone in the sheet, or as a page."""
    spec, case = SPECS[deed.verb], deed.sheet.case
    fields = deed.fields
    wait_for_answer = deed.verb in {Verb.RETURN, Verb.REFUSE, Verb.WITHDRAW}
    context = {
        "case": case,
        "matter": deed.sheet.matter,
        "state": state_words(case.state),
        "verb": deed.verb.value,
        "title": button_words(deed.verb),
        "action": str(deed.verb.label),
        "style": spec.style,
        "consequences": spec.consequences(deed),
        "fields": fields,
        "others": said,
        "once": "" if status == HTTPStatus.CONFLICT else request.POST.get("once", ""),
        "ratings": rating_options() if spec.rates else [],
        "level": request.POST.get("level", ""),
        "level_error": deed.errors.get("level", ""),
        "careful": wait_for_answer,
        "held": [(f"held-{one.name}", held.value) for one in fields if one.widget == "file" for held in one.files],
    }
    part = "#act" if request.headers.get("HX-Request") else ""
    return render(request, f"window/desk/verb.html{part}", context, status=status)


def done(request: HttpRequest, case: Case, verb: Verb) -> HttpResponseBase:
    """Say what happened and what comes next; stay with the case, or go on to the next task."""
    viewer, on = viewer_of(request), clock.today()
    desk = held_by(case)
    who = desk_names([desk]).get(desk, "") if verb in {Verb.ACCEPT, Verb.FORWARD, Verb.REOPEN} else ""
    messages.success(request, f"{called(case.matter_name)} {case.number}：{done_words(verb, case, who, on)}")
    target = f"/desk/cases/{case.pk}"
    if request.POST.get("then") == "next":
        following = next_task(viewer, but=case.pk, on=on)
        if following is None:
            messages.info(request, _("您的待办都办完了。"))
        target = f"/desk/cases/{following}" if following else "/desk/"
    elif in_side_sheet(request, case.pk):
        context = sheet_context(request, cases.case_sheet(viewer, case.pk, on=on))
        response = render(request, "window/desk/case.html#sheet", context)
        response["HX-Retarget"], response["HX-Reswap"] = f"#{SHEET}", "innerHTML"
        response["HX-Trigger"] = "case-changed"
        return response
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
        response["HX-Redirect"] = target
        return response
    return HttpResponseRedirect(target)


def in_side_sheet(request: HttpRequest, pk: int) -> bool:
    """Say whether the case lies open over another page, such as the list."""
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return bool(request.headers.get("HX-Request")) and here != f"/desk/cases/{pk}"
