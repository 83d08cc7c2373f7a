"""For which community a page speaks: the resident's own, the clerk's, or the one that somebody chose."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from liren.base.doors import page
from liren.base.errors import NotFound
from liren.foundation.access.rules import Viewer
from liren.foundation.places.enums import Level
from liren.foundation.places.queries.tree import path_of, place_by_code
from liren.foundation.places.rules import COMMUNITY, code_of

CHOSEN = "community"  # in the session: the area key of the community somebody chose


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who looks."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def here(request: HttpRequest) -> int:
    """Return the area key of the community the page speaks for, 0 when nobody has said; and name it in the frame."""
    viewer = viewer_of(request)
    area = int(request.session.get(CHOSEN, 0)) or viewer.area
    if not area and viewer.current is not None and viewer.current.level >= COMMUNITY:
        area = viewer.current.area
    if area:
        try:
            request.place_name = path_of(COMMUNITY, area).place.name  # type: ignore[attr-defined]
        except NotFound:
            return 0
    return area


def own_path(request: HttpRequest, otherwise: str) -> str:
    """Return the address within this installation to which a form asked to return."""
    target = request.POST.get("next") or request.GET.get("next") or otherwise
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else otherwise


@page(who="public")
def choose(request: HttpRequest) -> HttpResponseBase:
    """Ask where somebody lives, and remember it for this visit."""
    target = own_path(request, "/")
    error = ""
    if request.method == "POST":
        try:
            place = place_by_code(request.POST.get("place", ""))
        except NotFound:
            error = _("请先输入村（社区）的名字，再从下面选一个。")
        else:
            if place.level == Level.COMMUNITY:
                request.session[CHOSEN] = place.area
                return HttpResponseRedirect(target)
            error = _("请选到村（社区）这一级。")
    area = here(request)
    context = {
        "next": target,
        "error": error,
        "code": code_of(COMMUNITY, area) if area else "",
        "text": path_of(COMMUNITY, area).text() if area else "",
    }
    return render(request, "window/portal/choose.html", context, status=422 if error else 200)


def to_choose(target: str) -> HttpResponse:
    """Lead to the question where somebody lives, and from there to a page."""
    return HttpResponseRedirect(f"/here?next={target}")
