"""A community's grids: the list with its figures, one grid with what lies in it, and what can be done to one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.errors import NotFound
from liren.foundation.access.rules import Viewer
from liren.foundation.places.actions import add_grid, order_grid, rename_grid
from liren.foundation.places.models import Grid, Place
from liren.foundation.places.permissions import EDIT_UNITS
from liren.foundation.places.queries.tree import communities, place_at
from liren.foundation.places.queries.units import grids_that_ended
from liren.foundation.places.rules import COMMUNITY, ancestor, code_of
from liren.registry import actions
from liren.registry.enums import GridChangeKind, PartKind
from liren.registry.forms.grids import GridEndForm, GridForm, GridNameForm, GridWorkerForm, WorkerEndForm
from liren.registry.models import GridPart
from liren.registry.pages.forming import done, show_form
from liren.registry.permissions import VIEW
from liren.registry.queries import grids as asked
from liren.registry.queries.allotting import words_of
from liren.registry.queries.categories import title_of
from liren.registry.queries.grids import NONE, Carer, Figures, grids_on
from liren.registry.queries.lists import key_rules, people_by_list


@page(VIEW)
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """Lead to the grids of the community of the post in use; a wider post chooses one."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    seat = viewer.current
    if seat is not None and seat.level >= COMMUNITY:
        return HttpResponseRedirect(f"/desk/communities/{code_of(COMMUNITY, ancestor(seat.area, COMMUNITY))}/grids")
    place = place_at(seat.level, seat.area)
    number: dict[int, int] = {}
    for grid in asked.grids_in(viewer, place, today()):
        number[grid.community] = number.get(grid.community, 0) + 1
    rows = [(code_of(COMMUNITY, one.area), one.name, number.get(one.area, 0)) for one in communities(place)]
    shown = sorted(rows, key=lambda row: (not row[2], row[0]))[:MOST_SHOWN]
    return render(
        request, "registry/grids/places.html", {"rows": shown, "place": seat.place, "left": len(rows) - len(shown)}
    )


MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A grid in a table: who looks after it, how many households, people and people on key lists."""

    grid: Grid | None
    workers: list[Carer]
    households: int
    people: int
    key_people: int


def grid_rows(community: int, figures: Figures, *, on: date) -> list[Row]:
    """Return a community's grids on a day in order, with a last row for what lies in none."""
    workers = asked.workers_of(community, on=on)
    rows = [Row(grid, workers.get(grid.pk, []), *figures.of(grid.pk)) for grid in grids_on(community, on)]
    return [*rows, Row(None, [], *figures.of(NONE))]


def told(changes: Any, names: dict[int, str]) -> list[tuple[Any, str]]:
    """Return changes of grids with what they did in words."""
    sentences = {
        GridChangeKind.PUT: _("把 %(parts)d 处划入“%(grid)s”，%(homes)d 户 %(people)d 人"),
        GridChangeKind.TAKEN: _("把 %(parts)d 处划出网格，%(homes)d 户 %(people)d 人"),
        GridChangeKind.CLOSED: _("停用“%(grid)s”，%(parts)d 处 %(homes)d 户 %(people)d 人离开"),
    }
    return [
        (
            change,
            sentences[GridChangeKind(change.kind)]
            % {
                "parts": change.parts, "homes": change.households, "people": change.people,
                "grid": names.get(change.grid or NONE, ""),
            },
        )
        for change in changes
    ]  # fmt: skip


def said_changes(community: int) -> list[tuple[Any, str]]:
    """Return what was done to a community's grids last, in words."""
    changes = asked.last_changes(community)
    return told(changes, asked.names_of({change.grid for change in changes if change.grid}))


def _grids(request: HttpRequest, place: Place, form: django_forms.Form | None) -> HttpResponse:
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    on = today()
    rules = key_rules(viewer, place.area, on)
    figures = asked.figures(place.area, on=on, rules=rules)
    rows = grid_rows(place.area, figures, on=on)
    may_edit = viewer.may(EDIT_UNITS, place.area)
    numbers = [row.grid.number for row in rows if row.grid is not None]
    initial = {"number": max(numbers, default=0) + 1, "valid_from": on}
    context = {
        "place": place,
        "code": place.code,
        "rows": rows[:-1],
        "none": rows[-1],
        "sees_key": bool(rules),
        "key": sorted({title_of(rule) for rule in rules if rule.group in asked.KEY_GROUPS}),
        "ended": list(grids_that_ended(viewer, place, on=on)[:50]),
        "changes": said_changes(place.area),
        "form": (form or GridForm(initial=initial)) if may_edit else None,
        "may_edit": may_edit,
    }
    return render(request, "registry/grids/list.html", context, status=422 if form is not None else 200)


@page(VIEW)
@require_GET
def grids(request: HttpRequest, code: str) -> HttpResponse:
    """Show a community's grids with their figures."""
    return _grids(request, asked.community_for(request.viewer, code), None)  # type: ignore[attr-defined]


@page(EDIT_UNITS)
@require_POST
def add(request: HttpRequest, code: str) -> HttpResponse:
    """Add a grid."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    place = asked.community_for(viewer, code)
    form = GridForm(request.POST)
    if not form.is_valid():
        return _grids(request, place, form)
    made = add_grid(by=viewer, at=now(), place=place, **form.cleaned_data)
    return done(
        request, f"/desk/communities/{code}/grids", _("已经加上“%(name)s”，可以往里面划楼栋了。") % {"name": made.name}
    )


@page(VIEW)
@require_GET
def grid(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one grid: who looks after it, its people by list, what lies in it and what did."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found, on = asked.grid_for(viewer, pk), today()
    place = place_at(COMMUNITY, found.community)
    is_open = found.exists_on(on)
    parts = asked.parts_of(found, on=on) if is_open else []
    former = asked.former_parts_of(found, on=on)
    words = words_of([*parts, *former])
    rules = key_rules(viewer, place.area, on)
    households, people, key_people = (
        asked.figures(place.area, on=on, rules=rules).of(found.pk) if is_open else (0, 0, 0)
    )
    workers = asked.workers_of(place.area, on=on).get(found.pk, []) if is_open else []
    context = {
        "grid": found,
        "place": place,
        "code": place.code,
        "is_open": is_open,
        "households": households,
        "people": people,
        "key_people": key_people if rules else None,
        "workers": workers,
        "former_workers": asked.former_workers_of(found, on=on),
        "lists": [
            (rule, title_of(rule), number) for rule, number in people_by_list(viewer, place.area, found.pk, on=on)
        ]
        if is_open
        else [],
        "parts": [
            (label, [(words[part.pk], part, _page_of(part)) for part in parts if part.kind == kind])
            for kind, label in PartKind.choices
            if any(part.kind == kind for part in parts)
        ],
        "former": [(words[part.pk], part) for part in former],
        "may_edit": viewer.may(EDIT_UNITS, place.area) and is_open,
    }
    return render(request, "registry/grids/grid.html", context)


def _page_of(part: GridPart) -> str:
    """Return the page of what was put into a grid."""
    if part.kind == PartKind.BUILDING:
        return "/desk/dwellings?" + urlencode({"building": part.building})
    return {PartKind.DWELLING: "/desk/dwellings/%d", PartKind.HOUSEHOLD: "/desk/households/%d"}.get(
        PartKind(part.kind), "/desk/units"
    ).replace("%d", str(part.part))


# What can be done to one


@dataclass(frozen=True, slots=True)
class Verb:
    """What can be done to a grid: address, words, shape (none: at once), act, which returns what to say."""

    code: str
    title: Any
    button: Any
    form: Callable[[Grid, Any], django_forms.Form] | None
    act: Callable[[Viewer, Grid, dict[str, Any]], str]
    lead: Any = ""


def _rename(by: Viewer, grid: Grid, values: dict[str, Any]) -> str:
    rename_grid(by=by, at=now(), grid=grid, name=values["name"])
    return _("已经改名。")


def _up(by: Viewer, grid: Grid, _values: dict[str, Any]) -> str:
    order_grid(by=by, at=now(), grid=grid, up=True)
    return _("已经往前移。")


def _down(by: Viewer, grid: Grid, _values: dict[str, Any]) -> str:
    order_grid(by=by, at=now(), grid=grid, up=False)
    return _("已经往后移。")


def _name(by: Viewer, grid: Grid, values: dict[str, Any]) -> str:
    held = {str(one.account_id): one.account for one in asked.at_posts(grid.community, today())}
    actions.name_grid_worker(by=by, at=now(), grid=grid, account=held[values["account"]], since=values["since"])
    return _("已经登记网格员。")


def _close(by: Viewer, grid: Grid, values: dict[str, Any]) -> str:
    into = asked.grid_for(by, int(values["into"])) if values["into"] else None
    actions.close_grid(by=by, at=now(), grid=grid, on=values["on"], into=into)
    return _("“%(name)s”已经停用。需要的话，在下面“最近的变动”里撤回。") % {"name": grid.name}


def _closing(grid: Grid, data: Any) -> django_forms.Form:
    others = [(str(one.pk), one.name) for one in grids_on(grid.community, today()) if one.pk != grid.pk]
    return GridEndForm(data, initial={"on": today()}, grids=others)


def _naming(grid: Grid, data: Any) -> django_forms.Form:
    held = {
        str(one.account_id): f"{one.account.name}（{one.post.title}）"
        for one in reversed(asked.at_posts(grid.community, today()))
    }
    return GridWorkerForm(data, initial={"since": today()}, accounts=list(reversed(held.items())))


VERBS = {
    verb.code: verb
    for verb in (
        Verb("rename", gettext_lazy("改名"), gettext_lazy("改名"), lambda grid, data: GridNameForm(data, initial={"name": grid.name}), _rename),
        Verb("up", gettext_lazy("往前移"), "", None, _up),
        Verb("down", gettext_lazy("往后移"), "", None, _down),
        Verb("worker", gettext_lazy("登记网格员"), gettext_lazy("登记"), _naming, _name, gettext_lazy("这里只记谁负责哪个网格；能看什么、能办什么，由岗位决定。")),
        Verb("close", gettext_lazy("停用网格"), gettext_lazy("停用"), _closing, _close),
    )
}  # fmt: skip


@page(EDIT_UNITS)
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Let something happen to a grid."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if verb not in VERBS:
        raise NotFound(_("没有这一页，请从网格重新打开。"))
    what, found = VERBS[verb], asked.grid_for(viewer, pk)
    back = f"/desk/communities/{code_of(COMMUNITY, found.community)}/grids"
    if what.form is None:
        return (
            done(request, back, what.act(viewer, found, {})) if request.method == "POST" else HttpResponseRedirect(back)
        )
    form = what.form(found, request.POST or None)
    there = back if verb == "close" else f"/desk/grids/{found.pk}"
    if form.is_valid():
        return done(request, there, what.act(viewer, found, form.cleaned_data))
    return show_form(
        request, form, title=f"{found.name} · {what.title}", button=str(what.button), back=f"/desk/grids/{found.pk}",
        lead=_closes(found) if verb == "close" else str(what.lead),
    )  # fmt: skip


def _closes(grid: Grid) -> str:
    """Say what follows when a grid closes."""
    parts = len(asked.parts_of(grid, on=today()))
    households, people, _key = asked.figures(grid.community, on=today()).of(grid.pk)
    return _(
        "里面的 %(parts)d 处（%(homes)d 户 %(people)d 人）从那一天起离开“%(name)s”。以前的日子仍然按原来的网格看；停用后还可以撤回。"
    ) % {"parts": parts, "homes": households, "people": people, "name": grid.name}


@page(EDIT_UNITS)
@require_http_methods(["GET", "POST"])
def end_worker(request: HttpRequest, pk: int, worker: int) -> HttpResponse:
    """Say from which day somebody does not look after a grid any more."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = asked.grid_for(viewer, pk)
    line = asked.worker_for(found, worker)
    form = WorkerEndForm(request.POST or None, initial={"until": today()})
    back = f"/desk/grids/{found.pk}"
    if form.is_valid():
        actions.end_grid_worker(by=viewer, at=now(), worker=line, until=form.cleaned_data["until"])
        return done(request, back, _("已经记下。"))
    title = _("%(name)s不再负责%(grid)s") % {"name": line.name, "grid": found.name}
    return show_form(request, form, title=title, button=_("记下"), back=back)
