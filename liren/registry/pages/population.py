"""The population of places: the month's report with its check, and one community one file."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liren.base.clock import today
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.base.sheets import Column
from liren.foundation.access.queries import holders_only
from liren.foundation.places.permissions import EDIT_UNITS
from liren.foundation.places.queries.tree import Path, path_of
from liren.foundation.places.rules import COMMUNITY, ancestor, code_of
from liren.registry.enums import ResidenceKind, Sex
from liren.registry.pages import words
from liren.registry.pages.grids import Row, grid_rows
from liren.registry.pages.tables import Table, give
from liren.registry.permissions import EXPORT, VIEW
from liren.registry.queries.categories import title_of
from liren.registry.queries.community import CommunityFile, community_file
from liren.registry.queries.grids import figures as grid_figures
from liren.registry.queries.grids import grids_on
from liren.registry.queries.lists import Line, community_lines, key_rules
from liren.registry.queries.population import Flow, Ledger, PlaceLedger, ledger, month_of, months_back

MONTHS_SHOWN = 36
SHOWN_SEXES = (Sex.MALE, Sex.FEMALE)


def figures(flow: Flow) -> list[int]:
    """Return a group's month in the order of the report's columns."""
    return [
        flow.start, flow.born, flow.moved_in, flow.handed_in, flow.listed + flow.changed_to,
        flow.died, flow.moved_out, flow.handed_out, flow.struck + flow.changed_from, flow.end,
    ]  # fmt: skip


def heads() -> list[str]:
    """Return the heads of the report's columns."""
    return [
        _("月初"), _("出生"), _("迁入"), _("转入"), _("其他增加"), _("死亡"), _("迁出"), _("转出"), _("其他减少"), _("月末"),
    ]  # fmt: skip


def rows_of(place: PlaceLedger) -> list[tuple[str, bool, list[int]]]:
    """Return the lines of one place: (what, is it a sum, figures), sums first."""
    rows = [
        (_("户籍人口"), True, figures(place.registered)),
        (_("常住人口"), True, figures(place.living)),
    ]
    for kind in ResidenceKind:
        total = place.total((kind,))
        if any(figures(total)):
            rows.append((str(kind.label), True, figures(total)))
            for sex in SHOWN_SEXES:
                rows.append((f"　{sex.label}", False, figures(place.total((kind,), (sex,)))))
    return rows


def _month(request: HttpRequest) -> tuple[date, date]:
    asked = request.GET.get("month", "")
    try:
        first = date.fromisoformat(f"{asked}-01") if asked else today().replace(day=1)
    except ValueError:
        raise Refusal(_("月份不对，请按 2026-03 的样子填写。"), field="month") from None
    if first > today():
        raise Refusal(_("这个月还没有到。"), field="month")
    return month_of(first)


def _asked(request: HttpRequest) -> Ledger:
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    return ledger(viewer, *_month(request))


@page(VIEW)
@require_GET
def population(request: HttpRequest) -> HttpResponse:
    """Show a month's population report of the seat in use, with a line for each place below it."""
    found = _asked(request)
    whole = found.sum.total()
    context = {
        "found": found,
        "month": f"{found.first:%Y-%m}",
        "months": [f"{first:%Y-%m}" for first in months_back(today(), MONTHS_SHOWN)],
        "heads": heads(),
        "rows": rows_of(found.sum),
        "places": [(place, figures(place.total())) for place in found.places] if len(found.places) > 1 else [],
        "sum": figures(whole),
        "came": whole.came,
        "went": whole.went,
        "balances": all(place.total().balances for place in found.places),
        "goes_on": found.after > today(),
        "may_export": request.viewer.may(EXPORT),  # type: ignore[attr-defined]
    }
    return render(request, "registry/population.html", context)


@page(EXPORT)
@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what the month's report is wanted for, then give it as a table: each place, each residence kind, each sex."""
    found = _asked(request)
    month = f"{found.first:%Y-%m}"
    groups = [
        (place, group, flow) for place in [*found.places, found.sum] for group, flow in sorted(place.groups.items())
    ]
    return give(
        request,
        Table(
            what="population",
            title=_("人口月报"),
            lead=_("%(month)s，只有数字，没有姓名。") % {"month": month},
            back=f"/desk/population?month={month}",
            columns=[
                Column(_("地方")),
                Column(_("人口类别")),
                Column(_("性别")),
                *(Column(head, "number") for head in heads()),
            ],
            count=len(groups),
            filled=lambda: [
                (place.name, str(ResidenceKind(kind).label), str(Sex(sex).label), *figures(flow))
                for place, (kind, sex), flow in groups
            ],
            only=month,
            notes=[month],
        ),
    )


@page(VIEW)
@require_GET
def own_community(request: HttpRequest) -> HttpResponse:
    """Lead to the community of the post in use; from a wider post to the figures of all."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    seat = viewer.current
    if seat is None or seat.level < COMMUNITY:
        return HttpResponseRedirect("/desk/population")
    return HttpResponseRedirect(f"/desk/communities/{code_of(COMMUNITY, ancestor(seat.area, COMMUNITY))}")


def _community(request: HttpRequest, code: str) -> tuple[Path, CommunityFile, list[Line], list[Row]]:
    """Return a community of the viewer's with its file, the figures of its lists and those of its grids, if it has any."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    area = int(code) * 1000 if len(code) == 12 and code.isascii() and code.isdigit() else 0
    if not any(seat.range.lo <= area <= seat.range.hi for seat in holders_only(viewer, VIEW).seats):
        raise NotFound(_("没有找到这个村（社区），可能不在您的管辖范围。"))
    place = path_of(COMMUNITY, ancestor(area, COMMUNITY))
    lists = [line for line in community_lines(viewer, place.place.area, on=today()) if line.total]
    file = community_file(viewer, area, today())
    return place, file, lists, _by_grid(viewer, place.place.area, bool(lists))


def _by_grid(viewer: Any, community: int, sees_lists: bool) -> list[Row]:
    if not grids_on(community, today()):
        return []
    rules = key_rules(viewer, community, today()) if sees_lists else ()
    return grid_rows(community, grid_figures(community, on=today(), rules=rules), on=today())


@page(VIEW)
@require_GET
def community(request: HttpRequest, code: str) -> HttpResponse:
    """Show one community: its people by age, households, organisations, what changed this week."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    place, file, lists, grids = _community(request, code)
    most = max((count for band in file.bands for count in (band.men, band.women)), default=1) or 1
    context = {
        "place": place,
        "file": file,
        "code": code,
        "on": today(),
        "bands": [
            (band, round(100 * band.men / most), round(100 * band.women / most)) for band in reversed(file.bands)
        ],
        "lists": [(line.rule.code, title_of(line.rule), line.total) for line in lists],
        "rows": grids[:-1],
        "none": grids[-1] if grids else None,
        "sees_key": bool(lists),
        "changes": [(change, words.did(change.verb, change.kind)) for change in file.changes],
        "may_export": viewer.may(EXPORT, place.place.area),
        "may_allot": viewer.may(EDIT_UNITS, place.place.area),
    }
    return render(request, "registry/community.html", context)


@page(EXPORT)
@never_cache
@require_http_methods(["GET", "POST"])
def export_community(request: HttpRequest, code: str) -> HttpResponse:
    """Ask what a community's figures are wanted for, then give them as a table."""
    place, file, lists, grids = _community(request, code)
    by_grid = [(row.grid.name if row.grid else _("未划入网格"), row) for row in grids]
    rows: list[tuple[str, str, int]] = [
        *((_("人口"), str(label), number) for label, number in counted(file)),
        *((_("年龄（男）"), band.words, band.men) for band in file.bands),
        *((_("年龄（女）"), band.words, band.women) for band in file.bands),
        *((_("人群名单"), title_of(line.rule), line.total or 0) for line in lists if not line.rule.is_confidential),
        *((_("网格：户"), name, row.households) for name, row in by_grid),
        *((_("网格：人"), name, row.people) for name, row in by_grid),
        *((_("网格：重点人群"), name, row.key_people) for name, row in by_grid if lists),
    ]
    return give(
        request,
        Table(
            what="community",
            title=_("社区概况"),
            lead=_("%(place)s的人口、年龄、家庭和人群数字，没有姓名。") % {"place": place.place.name},
            back=f"/desk/communities/{code}",
            columns=[Column(_("类别")), Column(_("项目")), Column(_("数量"), "number")],
            count=len(rows),
            filled=lambda: rows,
            area=place.place.area,
            notes=[place.place.name],
        ),
    )


def counted(file: CommunityFile) -> list[tuple[str, int]]:
    """Return a community's figures with their words."""
    return [
        (_("常住人口"), file.living), (_("户籍人口"), file.registered), (_("流入人口"), file.incomers), (_("人不在户在"), file.absent),
        (_("外出务工"), file.away), (_("残疾人"), file.disabled), (_("16岁以下"), file.children), (_("60岁以上"), file.old),
        (_("居住户"), file.households), (_("户籍户"), file.registers), (_("住房"), file.dwellings), (_("租房住的户"), file.rented),
    ]  # fmt: skip
