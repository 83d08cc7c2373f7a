"""Putting homes into grids: chosen in a list, looked at before it happens, taken back."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liren.base.api import cursor, read_cursor
from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.errors import Refusal
from liren.base.searches import searched, shareable, typed
from liren.foundation.places.models import Grid, Place
from liren.foundation.places.permissions import EDIT_UNITS
from liren.foundation.places.queries.tree import place_at
from liren.foundation.places.rules import COMMUNITY, ancestor, code_of
from liren.registry import actions
from liren.registry.enums import PartKind
from liren.registry.forms.grids import AllotForm
from liren.registry.pages.forming import done
from liren.registry.pages.grids import said_changes
from liren.registry.permissions import VIEW
from liren.registry.queries import person_for
from liren.registry.queries.allotting import ANY_GRID, Asked, Part, choices, every_part, foreseen
from liren.registry.queries.grids import (
    NONE,
    change_for,
    community_for,
    grid_for,
    grids_on,
    home_of,
    names_of,
)

OUT = "none"
"""What stands for no grid in addresses and forms."""


def _asked(given: Any, words: str, grids: list[Grid]) -> Asked:
    """Return which parts are asked for."""
    kind, grid = given.get("by", ""), given.get("in", "")
    known = {str(one.pk): one.pk for one in grids} | {OUT: NONE}
    return Asked(kind if kind in PartKind.values else PartKind.BUILDING, words, known.get(grid, ANY_GRID))


def _target(grids: list[Grid]) -> list[tuple[str, Any]]:
    return [*((str(one.pk), f"{one.number:03d} {one.name}") for one in grids), (OUT, _("不划入任何网格"))]


@page(EDIT_UNITS)
@searched()
def homes(request: HttpRequest, code: str) -> HttpResponse:
    """List what can be put into a community's grids, to be chosen: buildings, units, dwellings, or households without one."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    place, on = community_for(viewer, code), today()
    grids = grids_on(place.area, on)
    words = typed(request)
    what = _asked(request.GET, words, grids)
    after = read_cursor(request.GET.get("after"), str, int)
    found = choices(place.area, what, on=on, after=after)
    within = request.GET.get("in", "") if what.grid != ANY_GRID else ""
    said = shareable(request, words)
    same = {"by": str(what.kind), "in": within, "q": said}
    names = {one.pk: one.name for one in grids}
    context = {
        "place": place,
        "code": code,
        "grids": grids,
        "kinds": [(kind, label, kind == what.kind) for kind, label in PartKind.choices],
        "kind": what.kind,
        "within": within,
        "q": words,
        "said": said,
        "rows": [(row, names.get(row.grid, "")) for row in found.rows],
        "form": AllotForm(initial={"on": on, "grid": request.GET.get("to", "")}, grids=_target(grids)),
        "older": "?" + urlencode(same | {"after": cursor(*found.after)}) if found.after else "",
        "newer": "?" + urlencode(same) if after else "",
        "many": found.after is not None or after is not None,
        "undoable": next(
            ((change, said) for change, said in said_changes(place.area)[:1] if change.undone_at is None), None
        ),
    }
    return render(request, "registry/grids/homes.html", context)


@page(EDIT_UNITS)
@require_POST
def put(request: HttpRequest, code: str) -> HttpResponse:
    """Show what would follow if what was chosen went into a grid; when that was seen, put it there."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    place = community_for(viewer, code)
    grids = grids_on(place.area, today())
    form = AllotForm(request.POST, grids=_target(grids))
    if not form.is_valid():
        raise Refusal(_("请选划到哪个网格，并填完整的日期。"), field="grid")
    what = _asked(request.POST, request.POST.get("q", ""), grids)
    if request.POST.get("every"):
        parts = every_part(place.area, what, on=today())
    else:
        parts = [Part.read(what.kind, said) for said in request.POST.getlist("part")]
    target = form.cleaned_data["grid"]
    grid = None if target == OUT else next(one for one in grids if str(one.pk) == target)
    back = f"/desk/communities/{code}/grids/homes?" + urlencode(
        {"by": str(what.kind), "in": request.POST.get("in", ""), "to": target}
    )
    if request.POST.get("sure"):
        change = actions.allot(by=viewer, at=now(), area=place.area, grid=grid, parts=parts, on=form.cleaned_data["on"])
        said = _("已经划好：%(parts)d 处，%(homes)d 户 %(people)d 人。划错了可以撤回。") % {
            "parts": change.parts, "homes": change.households, "people": change.people,
        }  # fmt: skip
        return done(request, back, said)
    return _seen(request, place, parts, what, grid, form, back)


def _seen(
    request: HttpRequest, place: Place, parts: list[Part], what: Asked, grid: Grid | None, form: AllotForm, back: str
) -> HttpResponse:
    """Show what would follow, with the button that does it."""
    if not parts:
        raise Refusal(_("请先勾选要划的楼栋、住房或户。"), field="part")
    seen = foreseen(place.area, parts, grid=grid.pk if grid else NONE, on=form.cleaned_data["on"])
    names = names_of(seen.households) | {NONE: _("未划入网格")}
    homes, people = seen.totals
    context = {
        "place": place, "code": place.code, "grid": grid, "parts": parts, "kind": PartKind(what.kind).label, "by": what.kind,
        "homes": homes, "people": people, "kept": seen.kept, "on": form.cleaned_data["on"], "back": back,
        "within": request.POST.get("in", ""),
        "before": [(names.get(before, ""), number, seen.people[before]) for before, number in sorted(seen.households.items())],
    }  # fmt: skip
    return render(request, "registry/grids/seen.html", context)


@page(EDIT_UNITS)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a change of grids back."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    change = actions.undo_allotment(by=viewer, at=now(), change=change_for(viewer, pk))
    back = f"/desk/communities/{code_of(COMMUNITY, change.area)}/grids"
    return done(request, back, _("已经撤回，和没有划过一样。"))


@page(VIEW)
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to where somebody's home can be put into a grid, or to what has to be known of it first."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    who = person_for(viewer, pk)
    place = place_at(COMMUNITY, ancestor(who.area, COMMUNITY))
    home = home_of(who.pk)
    if home is None:
        return done(request, f"/desk/people/{who.pk}", _("还不知道这个人住在哪一户。先加入一户，再划网格。"))
    kind, words = home
    query = urlencode({"by": kind, "q": shareable(request, words)})
    return HttpResponseRedirect(f"/desk/communities/{place.code}/grids/homes?{query}")


def grid_named(viewer: Any, given: str) -> int | None:
    """Return the grid that an address asks for: an id, ``NONE`` for ``none``, nothing for anything else."""
    if given == OUT:
        return NONE
    return grid_for(viewer, int(given)).pk if given.isdigit() and len(given) < 20 else None
