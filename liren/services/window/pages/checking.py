"""What anybody may see: a case by its number and the phone's last four digits, a document by its seal, a rating by its link."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liren.base import clock
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.engines.cases import actions
from liren.engines.cases import queries as cases
from liren.engines.cases.enums import RatingChannel, State
from liren.foundation.access.actions import count_tries, forget_tries
from liren.foundation.commons.queries import number_of
from liren.services.window.pages.following import rating_options, thanks
from liren.services.window.pages.here import viewer_of


@page(who="public")
@require_GET
def ask(request: HttpRequest) -> HttpResponseBase:
    """Ask for the number of a receipt."""
    typed = request.GET.get("number", "").strip()
    error = ""
    if typed:
        try:
            return redirect("window:check", number=str(number_of(typed)))
        except Refusal as refusal:
            error = refusal.message
    return render(request, "window/portal/check.html", {"typed": typed, "error": error}, status=422 if error else 200)


@page(who="public")
def check(request: HttpRequest, number: str) -> HttpResponseBase:
    """Ask for the phone's last four digits, then tell how far the case is; nothing personal, and not too often."""
    error, followed = "", None
    receipt = number_of(number)
    if request.method == "POST":
        tail = request.POST.get("tail", "")
        if len([sign for sign in tail if sign.isdecimal()]) < 4:
            error = _("请输入申请时所留手机号的后四位。")
        else:
            limit(request, str(receipt))
            try:
                followed = cases.check(str(receipt), tail)
                forget_tries("check.number", str(receipt), at=clock.now())
            except NotFound as refusal:
                error = refusal.message
    context = {"number": str(receipt), "error": error, "followed": followed, "now": words_of(followed)}
    return render(request, "window/portal/check.html", context, status=422 if error else 200)


def limit(request: HttpRequest, number: str) -> None:
    """Hold back who tries too often: ten times in ten minutes from one address, ten in half a day for one number."""
    count_tries(
        {"check.address": viewer_of(request).address, "check.number": number},
        at=clock.now(),
        advice=_("也可以登录后看“我的办件”，或者拿回执到窗口查。"),
    )


def words_of(followed: cases.Followed | None) -> str:
    """Return the state in words."""
    return str(State(followed.state).label) if followed else ""


@page(who="public")
@require_GET
def document(request: HttpRequest, token: str) -> HttpResponse:
    """Say whether a printed result is genuine."""
    return render(request, "window/portal/genuine.html", {"genuine": cases.check_document(token)})


@page(who="public")
def rate_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Let the applicant rate from a link, without signing in."""
    level = request.POST.get("level", "")
    with cases.rated_by_link(viewer_of(request), token) as (case, rater):
        given = request.method == "POST" and level.isdecimal() and case.state == State.FINISHED
        if given:
            actions.rate_case(
                by=rater,
                at=clock.now(),
                case=case,
                level=int(level),
                comment=request.POST.get("comment", "").strip()[:500],
                channel=RatingChannel.LINK,
            )
        error = (
            _("请点一个最接近的感受。")
            if request.method == "POST" and not given and case.state == State.FINISHED
            else ""
        )
        context = {
            "matter_name": case.matter_name,
            "options": rating_options(),
            "error": error,
            "given": thanks(int(level)) if given else "",
            "rated": not given
            and (case.state != State.FINISHED or clock.today() > (cases.rated_until(case) or clock.today())),
            "link": True,
        }
    return render(request, "window/portal/rate.html", context, status=422 if error else 200)
