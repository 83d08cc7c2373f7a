"""The residents' home page."""

from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liren.base.doors import page
from liren.base.screen import Link
from liren.faces.look.context import works


@dataclass(frozen=True, slots=True)
class NextStep:
    """One of the resident's open cases: where it is, what it is about, what comes next, and the state as a chip."""

    url: str
    title: str
    sentence: str
    state: str
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page shows."""

    name: str = ""
    cases: list[NextStep] = field(default_factory=list)
    unread: int = 0
    search: str = "/matters"
    tiles: list[Link] = field(default_factory=list)


def tiles() -> list[Link]:
    """Return the ways to begin something, those that work now."""
    links = [
        Link("/matters", _("办事"), "file-text", _("看条件、备材料、在线申请")),
        Link("/matters/repair/start", _("上报问题"), "tool", _("路灯、道路、管道坏了，拍张照片告诉我们")),
        Link("/check", _("查办件"), "search", _("凭编号看办到哪一步")),
    ]
    return [link for link in links if works(link.url)]


@page(who="public")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Greet, ask what the person wants to do, and show what waits for them."""
    viewer = request.viewer  # type: ignore[attr-defined]
    return render(request, "portal/home.html", {"home": Home(name=viewer.name, tiles=tiles())})
