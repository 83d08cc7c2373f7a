"""Searches are sent in the body of a request: an identity number or a phone stands in no address, no history and no access log.

Where an address has to carry on what was searched for, to the next page or to an export, a number stands in it sealed: only whose
search it was can open it again.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from liren.base.crypto import BrokenSealError, ring

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

NUMBER = re.compile(r"\d{7}")
UNSAID = frozenset({"csrfmiddlewaretoken", "once", "next"})
"""What is no part of a search, whoever sends it; where to go next least of all."""


SEALED = "~"
"""What sealed words begin with in an address."""


def typed(request: HttpRequest, name: str = "q") -> str:
    """Return what was typed: the words of an address, opened where they are sealed; nothing where somebody else sealed them."""
    words = request.GET.get(name, "").strip()
    return _opened(words, _whose(request)) if words.startswith(SEALED) else words


def shareable(request: HttpRequest, words: str) -> str:
    """Return words as they may stand in an address: a number sealed for who searches."""
    if not is_private(words):
        return words
    return SEALED + base64.urlsafe_b64encode(ring().seal(words.encode(), _whose(request))).rstrip(b"=").decode()


def _opened(words: str, whose: str) -> str:
    try:
        sealed = base64.urlsafe_b64decode(words[1:] + "=" * (-len(words[1:]) % 4))
        return ring().open(sealed, whose).decode()
    except (BrokenSealError, binascii.Error, ValueError):
        return ""


def _whose(request: HttpRequest) -> str:
    viewer: Any = getattr(request, "viewer", None)
    return f"search.{viewer.account_id if viewer is not None else 0}"


def is_private(typed: str) -> bool:
    """Say whether typed words may be somebody's number or a part of one: seven digits in a row, however they are spaced."""
    return bool(NUMBER.search(re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed))))


def searched(*names: str, shown: bool = False) -> Callable[[View], View]:
    """Let a page that reads what is typed from ``request.GET`` take it from the body of a POST as well, which changes nothing.

    ``names`` are the fields in which people type, by default ``q``. Ordinary words lead on to their address, which can be kept,
    shared and paged; a number is answered in place. A part that htmx asks for is answered at once; with ``shown`` the browser's
    address then says the words, unless there is a number in them. An address in which somebody wrote a number leads on to one
    where it stands sealed; the view reads its words by ``typed``.
    """
    fields = names or ("q",)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST":
                given = {name: request.GET.get(name, "") for name in fields}
                bare = {name for name, words in given.items() if is_private(words) and not words.startswith(SEALED)}
                if bare:
                    closed = {name: shareable(request, given[name]) for name in bare}
                    return HttpResponseRedirect(f"{request.path}?{urlencode(request.GET.dict() | closed)}")
                return view(request, *args, **kwargs)
            sent = request.POST.copy()
            for name in UNSAID:
                sent.pop(name, None)
            said = {name: value for name, value in sent.items() if isinstance(value, str) and value}
            private = {name: "" for name in fields if is_private(said.get(name, ""))}
            address = f"{request.path}?{urlencode(said | private)}".rstrip("?")
            is_part = "HX-Request" in request.headers
            if not (is_part or private):
                return HttpResponseRedirect(address)
            request.GET = sent  # type: ignore[assignment]  # a copy that may be changed
            response = view(request, *args, **kwargs)
            if is_part and shown:
                response["HX-Replace-Url"] = address
            return response

        answer.searched = fields  # type: ignore[attr-defined]  # where the house's tests look
        return require_http_methods(["GET", "HEAD", "POST"])(answer)  # type: ignore[return-value]

    return decorate
