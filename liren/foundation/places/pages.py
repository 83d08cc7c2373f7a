"""The place picker: what a form shows while somebody types a place."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from liren.base.doors import page
from liren.base.errors import NotFound
from liren.foundation.places.enums import Level
from liren.foundation.places.queries.near import near
from liren.foundation.places.queries.search import search
from liren.foundation.places.queries.tree import place_by_code

SHOWN = 8
MOST_LETTERS = 64


@page(who="public")
def pick(request: HttpRequest) -> HttpResponse:
    """Show the places that fit what was typed, each as a choice of the field ``name``; ``levels`` and ``under`` restrict."""
    typed = request.GET.get("q", "").strip()[:MOST_LETTERS]
    wanted = [int(level) for level in request.GET.get("levels", "") if level in "12345"]
    under = None
    if code := request.GET.get("under", ""):
        try:
            under = place_by_code(code).subtree
        except NotFound:
            typed = ""
    hits = search(
        typed,
        under=under,
        near=near(request.viewer),  # type: ignore[attr-defined]
        levels=wanted or Level.values[:5],
        limit=SHOWN,
        registered=request.GET.get("registered") == "1",
    )
    name = request.GET.get("name", "place")
    return render(
        request,
        "places/found.html",
        {"hits": hits, "typed": typed, "name": name if name.isidentifier() else "place"},
    )
