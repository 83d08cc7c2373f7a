"""Lists of people that follow from rules: all of them with figures, one with its people, trials, what a recount found, one person."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liren.base.api import cursor, read_cursor
from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.errors import Conflict, NotFound, Refusal
from liren.base.giving import Outgoing, give
from liren.base.sheets import Cell, Column
from liren.foundation.access.rules import Viewer
from liren.foundation.places.permissions import EDIT_UNITS
from liren.foundation.places.queries.tree import children, community_paths, place_at
from liren.foundation.places.rules import COMMUNITY, code_of, subtree
from liren.registry import actions
from liren.registry.enums import TrialState
from liren.registry.models import CategoryRun
from liren.registry.pages import words
from liren.registry.pages.allotting import OUT, grid_named
from liren.registry.pages.listing import about, day_asked, opening, sight_in_use
from liren.registry.pages.trying import Asked, asked_for, called
from liren.registry.pages.why import way_of
from liren.registry.permissions import EXPORT, FIGURES, LISTS
from liren.registry.queries import explaining, lists, reasons, trials
from liren.registry.queries.categories import rule_by_key, title_of, versions_of
from liren.registry.queries.differences import differences, last_runs
from liren.registry.queries.grids import NONE, grids_on, names_of
from liren.registry.queries.lists import Listed, Sight, Wanted
from liren.registry.rules.categories import Rule

MOST_EXPORTED = 20_000


def groups() -> dict[str, str]:
    """Return the headings under which lists stand."""
    return {
        "left-behind": _("三留守"),
        "elders": _("老年人"),
        "children": _("儿童"),
        "mobile": _("流动人口"),
        "assistance": _("困难群体"),
        "others": _("其他"),
    }


def _side_by_side(
    request: HttpRequest, sight: Sight, on: date
) -> tuple[list[lists.Line], list[tuple[int, str, str]], str, str]:
    """Return the figures, the areas that stand side by side with how a list is narrowed to each, of which place, and its part of an address.

    They are those just below the seat; of one community, the own or one that is asked for, its grids with what lies in none.
    """
    place, kept = place_at(sight.seat.level, sight.seat.area), ""
    if (given := request.GET.get("area", "")) and sight.may_open:
        _part, level, area = _wanted(request, sight)
        if level == COMMUNITY:
            place, kept = place_at(level, area), f"area={given}&"
    if place.level < COMMUNITY:
        found = lists.overview(sight, on=on, today=today())
        return (
            found,
            [(one.area, one.short or one.name, f"area={one.code}") for one in children(place)],
            place.name,
            kept,
        )
    grids = grids_on(place.area, on)
    if not grids and not kept:
        return lists.overview(sight, on=on, today=today()), [], place.name, kept
    columns = [(grid.pk, grid.name, f"{kept}grid={grid.pk}") for grid in grids]
    return (
        lists.lines_by_grid(sight, place.area, on=on),
        [*columns, (NONE, _("未划入网格"), f"{kept}grid={OUT}")],
        place.name,
        kept,
    )


@page(FIGURES)
@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show every list with its figures, by the areas below the post's."""
    sight = sight_in_use(request)
    on = day_asked(request, sight)
    found, every, place, kept = _side_by_side(request, sight, on)
    areas = [one for one in every if any(line.cells.get(one[0], 0) != 0 for line in found)]
    lines: list[dict[str, Any]] = [
        {
            "rule": line.rule,
            "title": title_of(line.rule),
            "total": line.total,
            "cells": [(query, name, line.cells.get(area, 0)) for area, name, query in areas],
        }
        for line in found
    ]
    context = {
        "groups": [
            (heading, [line for line in lines if line["rule"].group == code]) for code, heading in groups().items()
        ],
        "areas": [name for _area, name, _query in areas],
        "bare": [name for area, name, _query in every if (area, name, _query) not in areas and area != NONE]
        if areas
        else [],
        "by_grid": any(area == NONE for area, _name, _query in every),
        "kept": kept,
        "code": request.GET.get("area", ""),
        "on": on,
        "is_today": on == today(),
        "may_open": sight.may_open,
        "place": place,
        "query": "?" + kept + ("" if on == today() else f"on={on.isoformat()}"),
    }
    return render(request, "registry/lists/overview.html", context)


def _wanted(request: HttpRequest, sight: Sight) -> tuple[Wanted, int, int]:
    """Return the part of a list that is asked for, with the level and key of the area."""
    given = request.GET if request.method == "GET" else request.POST
    text, level, area = given.get("area", "").strip(), sight.seat.level, sight.seat.area
    if text.isdigit() and len(text) in {6, 9, 12}:
        level, area = {6: 3, 9: 4, 12: COMMUNITY}[len(text)], int(text.ljust(15, "0"))
        if area not in sight.seat.range:
            raise NotFound(_("这个地方不在您的管辖范围。"))
    here = subtree(level, area)
    grid = grid_named(request.viewer, given.get("grid", "")) if level == COMMUNITY else None  # type: ignore[attr-defined]
    return Wanted(here.lo, here.hi, _number(given.get("from", "")), _number(given.get("below", "")), grid), level, area


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) <= 3 else None


def _below(level: int, area: int) -> list[tuple[str, str]]:
    """Return the areas to which a list can be narrowed: code and name."""
    if level < COMMUNITY:
        return [(code_of(level + 1, one.area), one.short or one.name) for one in children(place_at(level, area))]
    return []


def _by_grid(
    request: HttpRequest, sight: Sight, rule: Rule, asked: Asked, area: int, on: date, chosen: int | None
) -> list[dict[str, Any]]:
    """Return the grids of a community with how many of a list lie in each; nothing where it has none. What is only tried is not counted."""
    grids = grids_on(area, on)
    if not grids:
        return []
    cells = lists.cells_by_grid(sight, rule, area, on=on) if asked.rule.key == rule.key else None
    kept = {key: request.GET[key] for key in ("on", "area", "from", "below") if request.GET.get(key)} | asked.kept
    named = [*((grid.pk, str(grid.pk), grid.name) for grid in grids), (NONE, OUT, _("未划入网格"))]
    return [
        {
            "given": given,
            "name": name,
            "number": None if cells is None else cells.get(pk, 0),
            "is_chosen": pk == chosen,
            "query": "?" + urlencode(kept | {"grid": given}),
        }
        for pk, given, name in named
        if pk != NONE or cells is None or cells.get(NONE) or chosen == NONE
    ]


@page(LISTS)
@never_cache
@require_GET
def listing(request: HttpRequest, code: str) -> HttpResponse:
    """Show the people of one list on a day, with why each is on it."""
    sight = opening(request)
    on = day_asked(request, sight)
    rule = lists.category_at(sight, code, on)
    wanted, level, area = _wanted(request, sight)
    after = read_cursor(request.GET.get("after"), int, int)
    asked = asked_for(request, sight, rule)
    _fit(asked)
    told = None
    is_wide = asked.rule.key != rule.key and trials.is_wide([asked.rule], wanted.lo, wanted.hi)
    if is_wide:
        told = trials.kept_trial(sight, rule, asked.rule, on=on, at=now())
        if told is None or told.state != TrialState.DONE:
            return HttpResponseRedirect(
                f"/desk/categories/{code}/what-if?" + urlencode({**asked.kept, "on": on.isoformat()})
            )
        found, total, more = trials.members_by_community(
            sight, asked.rule, wanted, told, on=on, after=after or (0, 0), limit=lists.PAGE
        )
    else:
        found, total = _people(sight, rule, asked, wanted, on, after=after or (0, 0), limit=lists.PAGE + 1)
        last = found[lists.PAGE - 1] if len(found) > lists.PAGE else None
        more = (last.area, last.subject) if last else None
    kept = _kept(request, asked)
    rows = _rows(sight, found[: lists.PAGE], asked.rule, on)
    by_grid = _by_grid(request, sight, rule, asked, area, on, wanted.grid) if level == COMMUNITY else []
    context = {
        **about(asked.rule),
        "rows": rows,
        "total": total,
        "older": "?" + urlencode({**kept, "after": cursor(*more)}) if more else "",
        "newer": "?" + urlencode(kept) if after else "",
        "on": on,
        "is_today": on == today(),
        "area": code_of(level, area),
        "by_grid": by_grid,
        "in_grid": next((one["name"] for one in by_grid if one["is_chosen"]), ""),
        "in_none": wanted.grid == NONE,
        "shows_grids": bool(by_grid) or any(row["grid"] for row in rows),
        "may_allot": request.viewer.may(EDIT_UNITS, area),  # type: ignore[attr-defined]
        "place": sight.seat.place if area == sight.seat.area else "",
        "below": _below(level, area),
        "is_narrowed": area != sight.seat.area,
        "from_age": wanted.from_age,
        "below_age": wanted.below_age,
        "kept": kept,
        "export": f"/desk/categories/{rule.code}/export?{urlencode(kept)}".rstrip("?"),
        "may_export": not is_wide and request.viewer.may(EXPORT, sight.seat.area),  # type: ignore[attr-defined]
        "worked_out_at": told.ended_at if told else None,
        "may_try": not rule.is_confidential
        and (bool(rule.parameters) or len(versions_of(code, sight.seat.area, level=sight.seat.level)) > 1),
        "tried": called(asked.rule, on) if asked.kept else "",
        "tried_as": asked.kept,
    }
    return render(request, "registry/lists/list.html", context)


def _fit(asked: Asked) -> None:
    """Refuse what is asked for where a number is none or is not one to be tried."""
    if asked.error or asked.wrong:
        raise Refusal(asked.error or _("请填整数。"))


def _people(
    sight: Sight, rule: Rule, asked: Asked, wanted: Wanted, on: date, *, after: tuple[int, int] = (0, 0), limit: int
) -> tuple[list[Listed], int]:
    """Return a page of the list, from what is kept or, under another rule, worked out, and how many are on it, ages left aside."""
    if asked.rule.key != rule.key:
        return trials.members_under(sight, asked.rule, wanted, on=on, after=after, limit=limit)
    found = lists.members(sight, rule, wanted, on=on, after=after, limit=limit)
    return found, lists.members_total(sight, rule, wanted, on=on)


def _rows(sight: Sight, found: list[Listed], rule: Rule, on: date) -> list[dict[str, Any]]:
    paths = community_paths({one.area for one in found})
    grids = lists.grid_names(sight, {one.subject for one in found}, on=on)
    return [
        {
            "one": one,
            "who": words.who(one.sex, one.age_on(on)),
            "place": paths[one.area].place.name if one.area in paths else "",
            "grid": grids.get(one.subject, ""),
            "reason": reasons.reason(rule_by_key(one.rule) or rule, one, on),
        }
        for one in found
    ]


@page(EXPORT)
@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, code: str) -> HttpResponse:
    """Ask what a list is wanted for, then give it as a table; of a confidential one the journal keeps neither name nor length."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    sight = opening(request)
    on = day_asked(request, sight)
    rule = lists.category_at(sight, code, on)
    wanted, _level, _area = _wanted(request, sight)
    asked = asked_for(request, sight, rule)
    _fit(asked)
    if asked.rule.key != rule.key and trials.is_wide([asked.rule], wanted.lo, wanted.hi):
        raise Conflict(_("这里人多，试算的名单请先选定一个镇（街道）或村（社区），再导出。"))
    found, _total = _people(sight, rule, asked, wanted, on, limit=MOST_EXPORTED)
    kept = _kept(request, asked)
    grid = "" if wanted.grid is None else _grid_name(wanted.grid)

    def note(purpose: str, said: str) -> str:
        return actions.export_list(
            by=viewer, at=now(), area=sight.seat.area, category="" if rule.is_confidential else rule.code, on=on,
            count=len(found), people=[(one.subject, one.area) for one in found], purpose=purpose, words=said,
            tried=_tried(asked), grid=grid,
        )  # fmt: skip

    return give(
        request,
        Outgoing(
            rule.code,
            title_of(rule),
            _lead(rule, len(found)),
            f"/desk/categories/{rule.code}?{urlencode(kept)}".rstrip("?"),
            _columns(),
            note,
            lambda: _cells(sight, found, asked, on),
            notes=_notes(rule, asked, on, grid),
            seen=not rule.is_confidential,
            kept=kept,
        ),
    )


def _kept(request: HttpRequest, asked: Asked) -> dict[str, str]:
    """Return what the address or the form says of which part of a list is wanted."""
    given = request.GET if request.method == "GET" else request.POST
    return {key: given[key] for key in ("on", "area", "from", "below", "grid") if given.get(key)} | asked.kept


def _lead(rule: Rule, count: int) -> str:
    said = ngettext("表格里有 %(n)d 个人的姓名、住址和理由。", "表格里有 %(n)d 个人的姓名、住址和理由。", count) % {
        "n": count
    }
    if rule.is_confidential:
        return said + _("这是保密名单，只给指定岗位的人看。")
    return said + _("名单里的每个人都能看到：什么时候、哪个单位、为了什么导出。")


def _columns() -> list[Column]:
    return [
        Column(_("姓名")), Column(_("性别和年龄")), Column(_("出生日期"), "day"), Column(_("村（社区）")), Column(_("网格")), Column(_("住址")),
        Column(_("开始"), "day"), Column(_("到期"), "day"), Column(_("理由")),
    ]  # fmt: skip


def _cells(sight: Sight, found: list[Listed], asked: Asked, on: date) -> list[list[Cell]]:
    return [
        [
            row["one"].name, row["who"], row["one"].birth_on, row["place"], row["grid"], row["one"].address, row["one"].valid_from,
            row["one"].valid_until, row["reason"],
        ]
        for row in _rows(sight, found, asked.rule, on)
    ]  # fmt: skip


def _notes(rule: Rule, asked: Asked, on: date, grid: str) -> list[str]:
    """Return what the second sheet says of a list: which day and part, by which rule."""
    tried = _("按另一个口径试算，不是现行名单：%(rule)s") % {"rule": reasons.condition(asked.rule, asked.rule.when)}
    return [
        _("%(title)s，%(day)s") % {"title": title_of(rule), "day": on.isoformat()},
        *([_("只有这个网格的：%(grid)s") % {"grid": grid}] if grid else []),
        _("规则版本 %(version)s；依据：%(source)s") % {"version": asked.rule.version, "source": asked.rule.source},
        *([tried] if asked.kept else []),
    ]


def _grid_name(pk: int) -> str:
    return names_of([pk]).get(pk, "") if pk != NONE else _("未划入网格")


def _tried(asked: Asked) -> str:
    """Return how the journal names the rule by which a list was tried: its version and its numbers; nothing for the one in force."""
    if not asked.kept:
        return ""
    return " ".join([asked.rule.version, *(f"{code}={value}" for code, value in asked.rule.bound)])


@page(LISTS)
@never_cache
@require_GET
def found_otherwise(request: HttpRequest) -> HttpResponse:
    """Show when the lists were last recounted, and what had been kept otherwise."""
    sight = opening(request)
    after = read_cursor(request.GET.get("after"), int)
    rows = differences(sight, after=after[0] if after else 0, limit=51)
    known = {rule.code: title_of(rule) for rule in lists.categories_at(sight, today())}
    runs: list[CategoryRun] = last_runs(sight)
    context = {
        "runs": runs,
        "rows": [(row, name, known.get(row.category, row.category)) for row, name in rows[:50]],
        "older": "?" + urlencode({"after": cursor(rows[49][0].pk)}) if len(rows) > 50 else "",
        "newer": "/desk/categories/differences" if after else "",
    }
    return render(request, "registry/lists/differences.html", context)


@page(LISTS)
@never_cache
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why somebody is on a list or not: since when, by which rule and clause, what would end it."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    sight = opening(request)
    on = day_asked(request, sight)
    file = actions.look_at_person(by=viewer, at=now(), pk=pk, why=way_of(request), journal=0)
    who = file.person
    if who.pk != pk:
        return HttpResponseRedirect(f"/desk/people/{who.pk}/categories")
    found = explaining.explained(viewer, who, on=on)
    told = [_told(one, who, on) for one in found]
    context = {
        "who": who,
        "sex_age": words.who(who.sex, who.age_on(on)),
        "on": on,
        "is_today": on == today(),
        "members": [one for one in told if one["current"]],
        "former": [one for one in told if not one["current"] and one["periods"]],
        "others": [
            one for one in told if not one["current"] and not one["periods"] and not one["rule"].is_confidential
        ],
    }
    return render(request, "registry/lists/person.html", context)


def _told(one: explaining.Explained, who: Any, on: date) -> dict[str, Any]:
    current = one.current(on)
    shown = None
    if current is not None:
        named = Listed(
            current.subject, current.area, current.category, current.rule, current.valid_from, current.valid_until,
            current.evidence, who.name, who.sex, who.birth_on, who.deceased_on,
        )  # fmt: skip
        shown = {
            "reason": reasons.reason(one.rule, named, on),
            "since": current.valid_from,
            "end": reasons.end_of(named, one.parts, one.rule, on),
        }
    return {
        "rule": one.rule,
        "title": title_of(one.rule),
        "current": shown,
        "periods": [(each.valid_from, each.valid_until) for each in one.periods if each.valid_from <= on],
        "parts": [(part.holds_on(on), reasons.condition(one.rule, part.node), part.turns_on(on)) for part in one.parts],
        "withdrawn": [(row.valid_from, row.valid_until, row.withdrawn_at) for row in one.withdrawn[:5]],
    }
