"""For which community a page speaks: the resident's own, the clerk's, or the one that somebody chose."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from liren.base import clock
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.engines.cases.permissions import ACCEPT
from liren.foundation.access.queries import communities_named, served
from liren.foundation.access.queries.people import Communities
from liren.foundation.access.rules import Viewer
from liren.foundation.places.enums import Level
from liren.foundation.places.queries.near import near
from liren.foundation.places.queries.search import Hit
from liren.foundation.places.queries.tree import path_of, place_by_code
from liren.foundation.places.rules import COMMUNITY, code_of

CHOSEN = "community"  # in the session: the area key of the community somebody chose
SHOWN = 8
MOST_LETTERS = 64
NOT_YET = gettext_lazy("这个村（社区）还不能在网上办，请到那里的窗口。")


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
    typed, error, hits = request.POST.get("q", "").strip()[:MOST_LETTERS], "", list[Hit]()
    if request.method == "POST":
        try:
            request.session[CHOSEN] = _served(request.POST.get("place", ""))
        except Refusal as refusal:
            error, hits = refusal.message, _found(request, typed).served
            if hits and "place" not in request.POST:  # sent without having chosen, or without scripts
                error = _("请在下面选您住的那一个。")
        else:
            return HttpResponseRedirect(target)
    area = here(request)
    context = {
        "next": target,
        "error": error,
        "code": code_of(COMMUNITY, area) if area else "",
        "text": path_of(COMMUNITY, area).text() if area else "",
        "hits": hits,
        "typed": typed,
        "name": "place",
    }
    return render(request, "window/portal/choose.html", context, status=422 if error else 200)


@page(who="public")
@require_GET
def pick(request: HttpRequest) -> HttpResponse:
    """Show the communities that fit what was typed and take applications here, each as a choice."""
    typed = request.GET.get("q", "").strip()[:MOST_LETTERS]
    found = _found(request, typed)
    others = str(NOT_YET) if found.are_others else ""
    return render(
        request, "places/found.html", {"hits": found.served, "typed": typed, "name": "place", "others": others}
    )


def _found(request: HttpRequest, typed: str) -> Communities:
    return communities_named(typed, ACCEPT, on=clock.today(), near=near(viewer_of(request)), limit=SHOWN)


def _served(code: str) -> int:
    """Return the area key of a community that somebody answers for; refuse every other."""
    try:
        place = place_by_code(code)
    except NotFound:
        raise Refusal(_("请先输入村（社区）的名字，再从下面选一个。"), field="place") from None
    if place.level != Level.COMMUNITY:
        raise Refusal(_("请选到村（社区）这一级。"), field="place")
    if not served([path_of(COMMUNITY, place.area).places], ACCEPT, on=clock.today()):
        raise Refusal(str(NOT_YET), field="place")
    return place.area


def to_choose(target: str) -> HttpResponse:
    """Lead to the question where somebody lives, and from there to a page."""
    return HttpResponseRedirect(f"/here?next={target}")
