"""Searches are sent in the body of a request: an identity number or a phone stands in no address, no history and no access log."""

import re
import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

NUMBER = re.compile(r"\d{7}")
UNSAID = frozenset({"csrfmiddlewaretoken", "once", "next"})
"""What is no part of a search, whoever sends it; where to go next least of all."""


def is_private(typed: str) -> bool:
    """Say whether typed words may be somebody's number or a part of one: seven digits in a row, however they are spaced."""
    return bool(NUMBER.search(re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed))))


def searched(*names: str, shown: bool = False) -> Callable[[View], View]:
    """Let a page that reads what is typed from ``request.GET`` take it from the body of a POST as well, which changes nothing.

    ``names`` are the fields in which people type, by default ``q``. Ordinary words lead on to their address, which can be kept,
    shared and paged; a number is answered in place. A part that htmx asks for is answered at once; with ``shown`` the browser's
    address then says the words, unless there is a number in them.
    """
    fields = names or ("q",)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST":
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

        return require_http_methods(["GET", "HEAD", "POST"])(answer)  # type: ignore[return-value]

    return decorate
