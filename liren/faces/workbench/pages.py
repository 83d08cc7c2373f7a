"""The staff's home page, the omnibox and the change of post."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from liren.base import clock
from liren.base.doors import page
from liren.base.searches import searched, typed
from liren.faces.look.queries.frame import Frame
from liren.faces.workbench.queries.finding import found_for, hint
from liren.faces.workbench.queries.inbox import today_for
from liren.foundation.access.rules import Viewer

LONGEST = 60


@page(who="staff")
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits for the viewer, by deadline."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    shown = today_for(viewer, clock.today())
    request.unread = shown.unread  # type: ignore[attr-defined]
    return render(request, "workbench/today.html", {"today": shown})


@page(who="staff")
@searched()
def find(request: HttpRequest) -> HttpResponse:
    """Search everything the viewer may see."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    query = typed(request)[:LONGEST]
    duties = [link for _group, links in Frame(request).duties for link in links]
    groups = found_for(viewer, query, duties, clock.today())
    context = {"groups": groups, "query": query, "hint": "" if groups else hint(viewer, query)}
    template = "workbench/found.html" if request.headers.get("HX-Request") else "workbench/find.html"
    return render(request, template, context)


@page(who="staff")
@require_POST
def seat(request: HttpRequest) -> HttpResponse:
    """Sit down at another of the viewer's posts."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    chosen = request.POST.get("seat", "")
    if chosen.isdecimal() and int(chosen) < len(viewer.seats):
        request.session["seat"] = int(chosen)
    return HttpResponseRedirect("/desk/")
