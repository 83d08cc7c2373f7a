"""Dwellings: buildings with their figures, the doors of one, who lives behind each."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from liren.base.api import cursor, read_cursor
from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.searches import searched, shareable, typed
from liren.foundation.access.rules import Viewer
from liren.foundation.places.models import Place
from liren.foundation.places.queries.tree import place_at
from liren.foundation.places.queries.units import units_of
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry import actions
from liren.registry.forms.homes import DwellingForm
from liren.registry.pages.forming import areas_of, done, show_form
from liren.registry.permissions import EDIT, VIEW
from liren.registry.queries.grids import grid_of_dwelling
from liren.registry.queries.homes import buildings, dwelling_for, dwellings_page


@page(VIEW)
@searched()
def dwellings(request: HttpRequest) -> HttpResponse:
    """List the dwellings of the seat in use: all, those of a building, or those that what is typed finds."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    asked, building = typed(request), request.GET.get("building")
    after = read_cursor(request.GET.get("after"), int, str, int)
    found = dwellings_page(viewer, typed=asked, building=building, after=after)
    same = {"q": shareable(request, asked)} | ({"building": building} if building is not None else {})
    context = {
        "q": asked,
        "building": building,
        "buildings": [] if asked or building is not None or after else buildings(viewer),
        "dwellings": found.dwellings,
        "older": "?" + urlencode(same | {"after": cursor(*found.after)}) if found.after else "",
        "newer": "?" + urlencode(same) if after else "",
        "may_edit": viewer.may(EDIT),
    }
    return render(request, "registry/dwellings.html", context)


@page(VIEW)
@require_GET
def dwelling(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a dwelling with the households that live there, now and before."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = dwelling_for(viewer, pk)
    context = {
        "dwelling": found,
        "unit": dict(units_in(viewer, place_at(COMMUNITY, ancestor(found.area, COMMUNITY)))).get(found.unit or 0, ""),
        "grid": grid_of_dwelling(found.pk, on=today()),
        "homes": [one for one in found.households.all() if one.closed_on is None and one.size],
        "before": [one for one in found.households.all() if one.closed_on is not None or not one.size],
        "may_edit": viewer.may(EDIT, found.area),
    }
    part = "#sheet" if request.headers.get("HX-Target") == "sheet-body" else ""
    return render(request, f"registry/dwelling.html{part}", context)


@page(EDIT)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add a dwelling."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    areas = areas_of(viewer)
    seat = viewer.current
    form = DwellingForm(
        request.POST or None, areas=areas, units=units_in(viewer, place_at(seat.level, seat.area)), is_new=True
    )
    if form.is_valid():
        values = dict(form.cleaned_data)
        made = actions.add_dwelling(
            by=viewer, at=now(), area=int(values.pop("area")), unit=int(values.pop("unit") or 0) or None, **values
        )
        return done(request, f"/desk/dwellings/{made.pk}", _("已经登记这处住房。"))
    return show_form(request, form, title=_("登记住房"), button=_("登记"), back="/desk/dwellings")


@page(EDIT)
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a dwelling."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = dwelling_for(viewer, pk)
    before = {name: getattr(found, name) for name in ("building", "entrance", "room", "address", "kind")}
    place = place_at(COMMUNITY, ancestor(found.area, COMMUNITY))
    initial = before | {"unit": str(found.unit or "")}
    form = DwellingForm(request.POST or None, initial=initial, areas=[], units=units_in(viewer, place), is_new=False)
    back = f"/desk/dwellings/{found.pk}"
    if form.is_valid():
        actions.correct_dwelling(by=viewer, at=now(), dwelling=found, shown=form.shown(), **form.changes())
        return done(request, back, _("已经更正。原来的内容留在日志里。"))
    return show_form(request, form, title=_("更正住房"), button=_("更正"), back=back)


def units_in(viewer: Viewer, place: Place) -> list[tuple[int, str]]:
    """Return the units of a place with their names."""
    return [(unit.pk, unit.name) for unit in units_of(viewer, place, on=today())]
