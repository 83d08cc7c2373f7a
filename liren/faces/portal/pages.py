"""The residents' home page."""

from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liren.base import clock
from liren.base.doors import page
from liren.base.screen import Link
from liren.faces.look.queries.frame import works
from liren.faces.portal.queries import NextStep, next_steps
from liren.foundation.access.rules import Viewer


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page shows."""

    greeting: str
    search: str
    cases: str
    tiles: list[Link]
    steps: list[NextStep] = field(default_factory=list)


def tiles(*, known: bool) -> list[Link]:
    """Return the ways to begin something, those that work now."""
    links = [
        Link("/matters", _("办事"), "file-text", _("看条件、备材料、在线申请")),
        Link("/matters/public-repair", _("上报问题"), "tool", _("路灯、道路、管道坏了，拍张照片告诉我们")),
    ]
    if not known:
        links.append(Link("/check", _("查办件"), "search", _("凭编号看办到哪一步")))
    return [link for link in links if works(link.url)]


def greeting(name: str, hour: int) -> str:
    """Greet by the time of day."""
    good = (
        _("早上好")
        if 5 <= hour < 11
        else _("中午好")
        if 11 <= hour < 13
        else _("下午好")
        if 13 <= hour < 18
        else _("晚上好")
    )
    return _("%(name)s，%(good)s") % {"name": name, "good": good} if name else good


@page(who="public")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Greet, ask what the person wants to do, and show what waits for them."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    shown = Home(
        greeting=greeting(viewer.name, localtime(clock.now()).hour),
        search="/matters" if works("/matters") else "",
        cases="/cases",
        tiles=tiles(known=viewer.is_known),
        steps=next_steps(viewer, clock.today()) if viewer.mode == "resident" else [],
    )
    return render(request, "portal/home.html", {"home": shown})
