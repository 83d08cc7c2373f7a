"""The list of cases at the desk: filters, pages by key, the table file."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liren.base import clock, sheets, words
from liren.base.clock import day_of
from liren.base.codes import mask_name
from liren.base.doors import page
from liren.base.giving import Outgoing, Purpose, give
from liren.base.screen import Cell, Chip, Column, Entry, Line, Option
from liren.base.screen import State as StateChip
from liren.engines.cases import actions
from liren.engines.cases import queries as cases
from liren.engines.cases.enums import Channel, State
from liren.engines.cases.permissions import TAKE_IN, VIEW
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import community_names
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.foundation.policies.queries import called
from liren.registry.queries import person_for
from liren.services.window.pages.desk.words import Deadline, deadline_of, state_words
from liren.services.window.pages.here import viewer_of
from liren.services.window.queries.desk import Choices, places_below

PAGE = 50
SHOWN_BESIDE = 5
MOST_EXPORTED = 5000
BATCH = 200
SHOWN_STATES = (
    State.SUBMITTED, State.ACCEPTED, State.IN_HAND, State.ASKED, State.RETURNED, State.DECIDED, State.FINISHED, State.RATED,
    State.REFUSED, State.WITHDRAWN,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; ``area`` 0 is the whole place of the seat in use."""

    state: str
    matter: str
    area: int
    level: int
    late: bool = False

    def words(self, **changed: Any) -> str:
        """Return the filter as an address asks for it, with some of it changed."""
        given = {"state": self.state, "late": int(self.late), "matter": self.matter, "area": self.area} | changed
        return "?" + urlencode({name: value for name, value in given.items() if value})


def asked_for(request: HttpRequest, viewer: Viewer, choices: Choices) -> Filter:
    """Read the filter of an address; what is no filter is left out, a place outside the seat in use too."""
    state, area, seat = request.GET.get("state", ""), request.GET.get("area", ""), viewer.current
    here = int(area) if area.isdecimal() and seat is not None and int(area) in seat.range else 0
    level = choices.level if any(place.area == here for place in choices.places) else COMMUNITY
    if here and level == COMMUNITY:
        here = ancestor(here, COMMUNITY)
    late = request.GET.get("late") == "1"
    state = state if state in SHOWN_STATES and not late else ""
    return Filter(state, request.GET.get("matter", "")[:80], here, level, late)


def found(viewer: Viewer, wanted: Filter, *, after: int | None, limit: int) -> list[cases.Listed]:
    """Return a page of the list."""
    return cases.case_list(
        viewer, state=wanted.state, matter=wanted.matter, area=wanted.area or None, level=wanted.level,
        late_on=clock.today() if wanted.late else None, after=after, limit=limit,
    )  # fmt: skip


def columns(*, wide: bool) -> list[Column]:
    """Return the columns of the list, the place where there is more than one."""
    return [
        Column(_("事项")),
        Column(_("申请人"), "nowrap"),
        *([Column(_("地方"), "nowrap")] if wide else []),
        Column(_("状态")),
        Column(_("期限")),
        Column(_("提交"), "nowrap"),
        Column(_("编号"), "number"),
    ]


def lines(viewer: Viewer, listed: list[cases.Listed], on: date, *, wide: bool) -> list[Line]:
    """Return cases as the list shows them."""
    seat = viewer.current
    places = community_names({case.area for case in listed}) if wide else {}
    calendar = cases.calendar_of(seat.area if seat else 0, on=on)
    stands: dict[tuple[object, ...], Cell] = {}  # many cases stand alike, and counting working days takes time
    chips: dict[str, Cell] = {}
    days: dict[date, str] = {}

    def deadline(case: cases.Listed) -> Cell:
        alike = (case.state, case.due_on, case.due_provisional, case.answer_due_on)
        if alike not in stands:
            stands[alike] = _deadline(deadline_of(case, on, calendar))
        return stands[alike]

    def state(case: cases.Listed) -> Cell:
        if case.state not in chips:
            chips[case.state] = StateChip(case.state, state_words(case.state))
        return chips[case.state]

    def submitted(case: cases.Listed) -> str:
        if case.submitted_at is None:
            return ""
        day = day_of(case.submitted_at)
        if day not in days:
            days[day] = words.day(day, on)
        return days[day]

    return [
        Line(
            f"/desk/cases/{case.pk}",
            (
                called(case.matter_name),
                case.applicant_name,
                *((places[case.area],) if wide else ()),
                state(case),
                deadline(case),
                submitted(case),
                case.number,
            ),
        )
        for case in listed
    ]


def _deadline(stands: Deadline | None) -> Cell:
    if stands is None:
        return ""
    return Chip(stands.short, stands.tone, stands.icon) if stands.tone else stands.short


@page(VIEW)
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the cases of the viewer's places, the newest first."""
    viewer, on = viewer_of(request), clock.today()
    choices = places_below(viewer)
    wanted = asked_for(request, viewer, choices)
    given = request.GET.get("after", "")
    after = int(given) if given.isdecimal() and len(given) < 19 else None
    listed = found(viewer, wanted, after=after, limit=PAGE + 1)
    shown = listed[:PAGE]
    seat = viewer.current
    wide = bool(choices.places) or len({seat.area for seat in viewer.seats}) > 1
    context = {
        "columns": columns(wide=wide),
        "lines": lines(viewer, shown, on, wide=wide),
        "wide": bool(choices.places),
        "wanted": wanted,
        "states": [
            (wanted.words(state="", late=0), _("全部"), not wanted.state and not wanted.late),
            (wanted.words(state="", late=1), _("已超期"), wanted.late),
            *(
                (wanted.words(state=each.value, late=0), state_words(each), wanted.state == each)
                for each in SHOWN_STATES
            ),
        ],
        "matters": [Option(one.code, called(one.name)) for one in cases.matters(seat.area, on=on)] if seat else [],
        "places": [Option(str(place.area), place.name) for place in choices.places],
        "older": wanted.words(after=shown[-1].pk) if len(listed) > PAGE else "",
        "newer": wanted.words() if after else "",
        "is_filtered": bool(wanted.state or wanted.late or wanted.matter or wanted.area),
        "export": wanted.words(),
        "may_take_in": viewer.may(TAKE_IN),
    }
    part = "#results" if request.headers.get("HX-Target") == "results" else ""
    return render(request, f"window/desk/cases.html{part}", context)


@page(VIEW)
@never_cache
@require_GET
def of_person(request: HttpRequest, pk: int) -> HttpResponse:
    """List somebody's cases, as a part of the page about them or as a page of its own."""
    viewer, on = viewer_of(request), clock.today()
    who = person_for(viewer, pk)
    is_part = bool(request.headers.get("HX-Request"))
    listed = cases.cases_of(viewer, who.pk, limit=SHOWN_BESIDE + 1 if is_part else PAGE)
    seat = viewer.current
    calendar = cases.calendar_of(seat.area if seat else 0, on=on)
    entries = []
    for case in listed[: SHOWN_BESIDE if is_part else PAGE]:
        stands = deadline_of(case, on, calendar)
        below = [words.day(day_of(case.submitted_at), on)] if case.submitted_at else []
        entries.append(
            Entry(
                f"/desk/cases/{case.pk}",
                called(case.matter_name),
                below=" · ".join([*below, *([stands.short] if stands else [])]),
                chip=Chip(state_words(case.state), stands.tone if stands else ""),
            )
        )
    context = {"who": who, "entries": entries, "more": is_part and len(listed) > SHOWN_BESIDE}
    return render(request, f"window/desk/of_person.html{'#part' if is_part else ''}", context)


@page(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what the current filter is wanted for, then give it as a table: at most 5,000 cases, names masked, no identity number."""
    viewer, on = viewer_of(request), clock.today()
    wanted = asked_for(request, viewer, places_below(viewer))
    listed = _all(viewer, wanted) if request.method == "POST" else []

    def note(purpose: str, words: str) -> str:
        return actions.export_cases(
            by=viewer, at=clock.now(), area=viewer.seats[0].area if viewer.seats else 0, filters=wanted.words(),
            count=len(listed), purpose=purpose, words=words,
        )  # fmt: skip

    notes = [_("姓名已遮盖。期限按导出当天计算，单位是工作日。")]
    if len(listed) >= MOST_EXPORTED:
        notes.append(
            _("只导出最近的 %(most)d 件。要导出更多，请按状态或村（社区）分次导出。") % {"most": MOST_EXPORTED}
        )
    return give(
        request,
        Outgoing(
            name="cases",
            title=_("办件"),
            lead=_("按刚才的条件导出，最多 %(most)d 件，姓名已遮盖。谁、何时、为什么导出，会记入日志。")
            % {"most": MOST_EXPORTED},
            back=f"{reverse('window:desk-cases')}{wanted.words()}",
            columns=[
                sheets.Column(_("编号")), sheets.Column(_("事项")), sheets.Column(_("申请人")), sheets.Column(_("村（社区）")),
                sheets.Column(_("来源")), sheets.Column(_("状态")), sheets.Column(_("提交"), "moment"), sheets.Column(_("最晚办结"), "day"),
                sheets.Column(_("期限")), sheets.Column(_("评价等级"), "number"),
            ],
            note=note,
            filled=lambda: _rows(viewer, listed, on),
            notes=notes,
            purposes=(Purpose.REPORT, Purpose.ASKED, Purpose.OTHER),
            seen=False,
        ),
    )  # fmt: skip


def _all(viewer: Viewer, wanted: Filter) -> list[cases.Listed]:
    listed: list[cases.Listed] = []
    while len(listed) < MOST_EXPORTED:
        more = found(viewer, wanted, after=listed[-1].pk if listed else None, limit=BATCH)
        listed += more
        if len(more) < BATCH:
            break
    return listed[:MOST_EXPORTED]


def _rows(viewer: Viewer, listed: list[cases.Listed], on: date) -> list[list[sheets.Cell]]:
    places = community_names({case.area for case in listed})
    calendar = cases.calendar_of(viewer.seats[0].area if viewer.seats else 0, on=on)
    return [
        [
            case.number,
            called(case.matter_name),
            mask_name(case.applicant_name),
            places[case.area],
            str(Channel(case.channel).label),
            state_words(case.state),
            case.submitted_at,
            case.due_on,
            stands.short if (stands := deadline_of(case, on, calendar)) else "",
            case.rating,
        ]
        for case in listed
    ]
