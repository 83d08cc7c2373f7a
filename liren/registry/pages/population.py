"""The population of places: the month's report with its check, and one community one file."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.base.sheets import Column
from liren.foundation.access.queries import holders_only
from liren.foundation.places.queries.tree import path_of
from liren.foundation.places.rules import COMMUNITY, ancestor, code_of
from liren.registry import actions
from liren.registry.enums import ResidenceKind, Sex
from liren.registry.pages import words
from liren.registry.pages.homes import sheet
from liren.registry.permissions import VIEW
from liren.registry.queries.categories import title_of
from liren.registry.queries.community import community_file
from liren.registry.queries.lists import community_lines
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
    }
    return render(request, "registry/population.html", context)


@page(VIEW)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Give the month's report as an XLSX file: each place, each residence kind, each sex."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = _asked(request)
    columns = [
        Column(_("地方")),
        Column(_("人口类别")),
        Column(_("性别")),
        *(Column(head, "number") for head in heads()),
    ]
    rows = [
        (place.name, str(ResidenceKind(kind).label), str(Sex(sex).label), *figures(flow))
        for place in [*found.places, found.sum]
        for (kind, sex), flow in sorted(place.groups.items())
    ]
    area = holders_only(viewer, VIEW).seats[0].area
    actions.export_table(by=viewer, at=now(), area=area, what=f"population {found.first:%Y-%m}", count=len(rows))
    return sheet(f"{found.first:%Y-%m} {_('人口月报')}", columns, rows, f"population-{found.first:%Y-%m}")


@page(VIEW)
@require_GET
def own_community(request: HttpRequest) -> HttpResponse:
    """Lead to the community of the post in use; from a wider post to the figures of all."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    seat = viewer.current
    if seat is None or seat.level < COMMUNITY:
        return HttpResponseRedirect("/desk/population")
    return HttpResponseRedirect(f"/desk/communities/{code_of(COMMUNITY, ancestor(seat.area, COMMUNITY))}")


@page(VIEW)
@require_GET
def community(request: HttpRequest, code: str) -> HttpResponse:
    """Show one community: its people by age, households, organisations, what changed this week."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    area = int(code) * 1000 if len(code) == 12 and code.isascii() and code.isdigit() else 0
    if not any(seat.range.lo <= area <= seat.range.hi for seat in holders_only(viewer, VIEW).seats):
        raise NotFound(_("没有找到这个村（社区），可能不在您的管辖范围。"))
    place = path_of(COMMUNITY, ancestor(area, COMMUNITY))
    file = community_file(viewer, area, today())
    most = max((count for band in file.bands for count in (band.men, band.women)), default=1) or 1
    context = {
        "place": place,
        "file": file,
        "code": code,
        "bands": [
            (band, round(100 * band.men / most), round(100 * band.women / most)) for band in reversed(file.bands)
        ],
        "lists": [
            (line.rule.code, title_of(line.rule), line.total)
            for line in community_lines(viewer, place.place.area, on=today())
            if line.total
        ],
        "changes": [(change, words.VERBS.get(change.verb, change.verb)) for change in file.changes],
    }
    return render(request, "registry/community.html", context)
