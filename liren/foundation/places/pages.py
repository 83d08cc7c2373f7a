"""The place picker, which a form shows while somebody types a place; the units below communities."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.foundation.places.actions import add_unit, end_unit
from liren.foundation.places.enums import Level, UnitKind
from liren.foundation.places.forms import EndForm, UnitForm
from liren.foundation.places.models import Place
from liren.foundation.places.permissions import EDIT_UNITS, VIEW
from liren.foundation.places.queries.near import near
from liren.foundation.places.queries.search import search
from liren.foundation.places.queries.tree import communities, community_paths, place_at, place_by_code
from liren.foundation.places.queries.units import unit_for, units_of
from liren.foundation.places.rules import COMMUNITY

SHOWN = 8
MOST_LETTERS = 64
MOST_UNITS = 1000


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


@page(VIEW)
@require_GET
def units(request: HttpRequest) -> HttpResponse:
    """List the units of the seat in use by community."""
    may_edit = request.viewer.may(EDIT_UNITS)  # type: ignore[attr-defined]
    return _listed(request, UnitForm(areas=_areas(_here(request))) if may_edit else None)


@page(EDIT_UNITS)
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a unit to a community."""
    form = UnitForm(request.POST, areas=_areas(_here(request)))
    if not form.is_valid():
        return _listed(request, form)
    values = dict(form.cleaned_data)
    there = place_at(COMMUNITY, int(values.pop("area")))
    made = add_unit(by=request.viewer, at=now(), place=there, **values)  # type: ignore[attr-defined]
    messages.success(request, _("已经加上“%(name)s”。") % {"name": made.name})
    return HttpResponseRedirect("/desk/units")


def _here(request: HttpRequest) -> Place:
    seat = request.viewer.current  # type: ignore[attr-defined]
    return place_at(seat.level, seat.area)


def _listed(request: HttpRequest, form: UnitForm | None) -> HttpResponse:
    """Show the list, with the form for one more where one may add."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = list(units_of(viewer, _here(request), on=today())[:MOST_UNITS])
    paths = community_paths({unit.area for unit in found})
    shown = [
        (unit, UnitKind(unit.kind).label, paths[unit.area].place.name if unit.area in paths else "") for unit in found
    ]
    status = 422 if form is not None and form.errors else 200
    return render(request, "places/units.html", {"units": shown, "form": form, "today": today()}, status=status)


def _areas(place: Place) -> list[tuple[str, str]]:
    if place.level == COMMUNITY:
        return [(str(place.area), place.name)]
    return [(str(one.area), one.name) for one in communities(place)[:MOST_UNITS]]


@page(EDIT_UNITS)
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a unit on a day."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    form = EndForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("请填完整的日期，例如 2026-09-03。"), field="until")
    ended = end_unit(by=viewer, at=now(), unit=unit_for(viewer, pk), until=form.cleaned_data["until"])
    messages.success(request, _("“%(name)s”已经停用。") % {"name": ended.name})
    return HttpResponseRedirect("/desk/units")
