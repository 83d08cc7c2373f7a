"""Doors of the look: the size and language switches, and the living style guide."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_GET, require_POST

from liren.base.doors import page
from liren.faces.look.pages.samples import samples
from liren.faces.look.queries.frame import ELDER_COOKIE

A_YEAR = 365 * 24 * 60 * 60


def back(request: HttpRequest) -> HttpResponse:
    """Lead back to the page where a switch was pressed, never to another host."""
    target = request.POST.get("next", "/")
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if allowed else "/")


@page(who="public")
@require_POST
def elder(request: HttpRequest) -> HttpResponse:
    """Switch large type on or off on this device."""
    response = back(request)
    wanted = "1" if request.POST.get("elder") == "1" else "0"
    response.set_cookie(ELDER_COOKIE, wanted, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    return response


@page(who="public")
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language on this device."""
    response = back(request)
    wanted = request.POST.get("language", "")
    if check_for_language(wanted) and wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=A_YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response


@page(who="public")
@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """Show every component in all its states; only on machines for development and demonstration."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    return render(request, "look/guide.html", samples())
