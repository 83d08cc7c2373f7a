"""What both frames need to know: who looks, which size and language, where one can go."""

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from os import urandom
from secrets import token_hex
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, get_token
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liren.base.screen import Link
from liren.base.searches import typed
from liren.faces.look.queries.duties import DUTIES, home_of
from liren.foundation.access.rules import Seat, Viewer
from liren.foundation.commons.queries import unread_count
from liren.foundation.places.queries.tree import paths_of
from liren.foundation.places.rules import COMMUNITY

ELDER_COOKIE = "elder"
SIGNS = CSRF_ALLOWED_CHARS
PLACES = {sign: place for place, sign in enumerate(SIGNS)}
UNEVEN = bytes(range(256 // len(SIGNS) * len(SIGNS), 256))  # would make the first signs likelier than others
MARKS = {name: token_hex(16) for name in ("token", "path", "query")}
"""What stands in a drawn top for the words of one page; nobody can write them, because no other process and no page knows them."""
CHOSEN_COMMUNITY = "community"  # in the session: the area key that somebody chose when asked where they live


@cache
def works(url: str) -> bool:
    """Say whether an address leads to a page now; links to what is not built yet are not shown."""
    try:
        resolve(url)
    except Resolver404:
        return False
    return True


@lru_cache(maxsize=256)
def links_to(urls: frozenset[str], _language: str | None) -> list[tuple[str, list[Link]]]:
    """Return the duties at some addresses, by group, in the language that is in force."""
    groups: dict[str, list[Link]] = {}
    for duty in DUTIES:
        if duty.url in urls and works(duty.url):
            groups.setdefault(str(duty.group), []).append(Link(duty.url, str(duty.words), duty.icon))
    return list(groups.items())


@lru_cache(maxsize=4096)
def side(held: frozenset[str], in_community: bool, here: str, is_staff: bool, language: str | None) -> SafeString:
    """Draw the side of the workbench once for each set of capabilities, duty and language: it is the same on page after page."""
    groups = links_to(allowed(held, in_community), language) if is_staff else []
    urls = [link.url for _group, links in groups for link in links]
    duty = next((url for url in urls if url.rstrip("/") == here), "")
    return render_to_string("look/parts/side.html", {"groups": groups, "here": duty})


@lru_cache(maxsize=256)
def allowed(held: frozenset[str], in_community: bool) -> frozenset[str]:
    """Return the addresses of the duties that posts with these capabilities may do, in a community or above."""
    return frozenset(
        duty.url
        for duty in DUTIES
        if (in_community or not duty.in_community) and (not duty.capabilities or not held.isdisjoint(duty.capabilities))
    )


@dataclass(frozen=True, slots=True)
class Top:
    """What the top of the workbench shows on page after page; what differs from page to page stands in it as marks."""

    name: str
    staff: bool
    seats: tuple[Seat, ...]
    at: int
    unread: int
    elder: bool
    path: str = MARKS["path"]
    query: str = MARKS["query"]

    @property
    def seat(self) -> Seat | None:
        """Return the post and place in use."""
        return self.seats[self.at] if self.seats else None

    @property
    def other_seats(self) -> list[Link]:
        """Return the viewer's other posts; the address is the seat's index."""
        return [Link(str(i), seat.title, note=seat.place) for i, seat in enumerate(self.seats) if i != self.at]

    @property
    def account_links(self) -> list[Link]:
        """Return the pages about the viewer's own account."""
        links = [Link("/desk/account", _("账号与安全"), "lock")]
        return [link for link in links if works(link.url)]

    @property
    def can_find(self) -> bool:
        """Say whether the omnibox is offered."""
        return self.staff and works("/desk/find")

    @property
    def messages(self) -> str:
        """Return where a worker reads messages, when it works."""
        return "/desk/messages" if self.staff and works("/desk/messages") else ""

    @property
    def sign_out(self) -> str:
        """Return where signing out is asked for, when it works."""
        return "/sign-out" if works("/sign-out") else ""


@lru_cache(maxsize=1024)
def drawn_top(top: Top, _language: str | None) -> str:
    """Draw the top of the workbench once for each person at a post, number of messages and language."""
    return render_to_string("look/parts/top.html", {"frame": top, "csrf_token": MARKS["token"]})


def masked(secret: str) -> str:
    """Return a token for the secret of a browser's cookie under a mask of its own, as Django's ``get_token`` does.

    Django draws and shifts each sign by calls of its own, several hundred for a page, and sends the cookie again with each answer.
    """
    mask = b""
    while len(mask) < len(secret):
        mask += urandom(2 * len(secret)).translate(None, UNEVEN)
    hidden = [SIGNS[(PLACES[sign] + place) % len(SIGNS)] for sign, place in zip(secret, mask, strict=False)]
    return "".join([SIGNS[place % len(SIGNS)] for place in mask[: len(secret)]] + hidden)


@dataclass(frozen=True)
class Frame:
    """The frame around one page."""

    request: HttpRequest

    @cached_property
    def viewer(self) -> Viewer:
        """Return who looks; nobody when an error struck before that was known."""
        viewer: Viewer = getattr(self.request, "viewer", None) or Viewer.nobody()
        return viewer

    @cached_property
    def unread(self) -> int:
        """Return how many messages wait to be read: what the page's own statement counted, else it is asked; never by error pages."""
        counted: int | None = getattr(self.request, "unread", None)
        if counted is not None:
            return counted
        return 0 if getattr(self.request, "in_trouble", False) else unread_count(self.viewer)

    @property
    def elder(self) -> bool:
        """Say whether large type is asked for."""
        return self.request.COOKIES.get(ELDER_COOKIE) == "1"

    @property
    def path(self) -> str:
        """Return the page's own address when it can be shown again, else the face's home."""
        return self.request.get_full_path() if self.request.method == "GET" else "/desk/" if self.is_desk else "/"

    @property
    def is_desk(self) -> bool:
        """Say whether the page belongs to the staff's face."""
        return self.request.path.startswith("/desk/")

    @cached_property
    def place(self) -> str:
        """Return the name of the community that this page speaks for: what the page says, what was chosen, or one's own."""
        said: str = getattr(self.request, "place_name", "")
        if said or getattr(self.request, "in_trouble", False):
            return said
        session = getattr(self.request, "session", {})
        area = int(session.get(CHOSEN_COMMUNITY, 0)) or self.viewer.area
        path = paths_of([(COMMUNITY, area)]).get((COMMUNITY, area)) if area else None
        return path.place.name if path else ""

    @property
    def choose_place(self) -> str:
        """Return where one says which community one lives in, when it works."""
        return f"/here?next={self.request.path}" if works("/here") else ""

    @cached_property
    def tabs(self) -> list[Link]:
        """Return the residents' main ways: home, my cases, messages, me."""
        links = [
            Link("/", _("首页"), "home"),
            Link("/cases", _("我的办件"), "clipboard-text"),
            Link("/me/messages", _("消息"), "mail", count=self.unread),
            Link("/me", _("我"), "user"),
        ]
        return [link for link in links if works(link.url)]

    @cached_property
    def tab(self) -> str:
        """Return the address of the tab this page belongs to."""
        path = self.request.path
        found = [link.url for link in self.tabs if path == link.url or path.startswith(f"{link.url}/")]
        return max(found, key=len, default="")

    @cached_property
    def foot(self) -> list[Link]:
        """Return the quiet links at the bottom."""
        links = [Link("/check", _("凭编号查办件")), Link("/desk/", _("工作人员入口"))]
        return [link for link in links if works(link.url)]

    @cached_property
    def held(self) -> frozenset[str]:
        """Return the capabilities of all posts of the viewer."""
        seats = self.viewer.seats
        return seats[0].capabilities if len(seats) == 1 else frozenset().union(*(seat.capabilities for seat in seats))

    @property
    def in_community(self) -> bool:
        """Tell whether the post in use is one of a community, not of a place above it."""
        seat = self.viewer.current
        return seat is not None and seat.level >= COMMUNITY

    @property
    def duties(self) -> list[tuple[str, list[Link]]]:
        """Return what this viewer's posts may do at the desk, by group."""
        return links_to(allowed(self.held, self.in_community), get_language()) if self.viewer.is_staff else []

    @property
    def side(self) -> SafeString:
        """Return the side of the workbench: the duties by group, with the one this page belongs to marked."""
        here = home_of(self.request.path)
        return side(self.held, self.in_community, here, self.viewer.is_staff, get_language())

    @cached_property
    def token(self) -> str:
        """Return the token that the forms of this page carry, the same in each."""
        secret = self.request.META.get("CSRF_COOKIE")
        return masked(secret) if secret and len(secret) == CSRF_SECRET_LENGTH else get_token(self.request)

    @property
    def top(self) -> SafeString:
        """Return the top of the workbench: the omnibox, the bell, and who sits here at which post."""
        viewer = self.viewer
        name, staff = viewer.name if viewer.is_known else "", viewer.is_staff
        top = Top(name, staff, viewer.seats, viewer.seat, self.unread if staff else 0, self.elder)
        drawn = drawn_top(top, get_language())
        for mark, words in (("token", self.token), ("path", self.path), ("query", self.query)):
            drawn = drawn.replace(MARKS[mark], escape(words))
        return mark_safe(drawn)  # noqa: S308  drawn by a template, the words of the page escaped just now

    @property
    def query(self) -> str:
        """Return the words in the omnibox on its own page."""
        return typed(self.request) if self.request.path == "/desk/find" else ""

    @property
    def sign_in(self) -> str:
        """Return where a resident signs in, when it works."""
        return "/sign-in" if works("/sign-in") else ""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template its frame, and all forms of a page one token."""
    drawn = Frame(request)
    return {"frame": drawn, "csrf_token": SimpleLazyObject(lambda: drawn.token)}
