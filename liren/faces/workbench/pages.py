"""The staff's home page, the omnibox and the change of post."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from liren.base.doors import page


@page(who="staff")
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits for the viewer, by deadline."""
    return render(request, "workbench/today.html")


@page(who="staff")
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Search everything the viewer may see."""
    template = "workbench/found.html" if request.headers.get("HX-Request") else "workbench/find.html"
    return render(request, template, {"groups": [], "query": request.GET.get("q", "").strip()})


@page(who="staff")
@require_POST
def seat(request: HttpRequest) -> HttpResponse:
    """Sit down at another of the viewer's posts."""
    chosen = request.POST.get("seat", "")
    if chosen.isdigit() and int(chosen) < len(request.viewer.seats):  # type: ignore[attr-defined]
        request.session["seat"] = int(chosen)
    return HttpResponseRedirect("/desk/")
