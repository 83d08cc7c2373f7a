"""What the home page of the desk shows: the tasks that wait, by deadline, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liren.base.screen import Chip, Entry, Tone
from liren.engines.cases.permissions import VIEW
from liren.engines.cases.queries.desks import Inbox, Waiting, inbox
from liren.engines.cases.queries.matters import calendar_of
from liren.faces.workbench.queries.waiting import MOST, Queues, queues
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import community_names
from liren.foundation.places.rules import COMMUNITY
from liren.foundation.policies.queries import called

_DANGER: Tone = "danger"
_SOON: Tone = "soon"
_PLAIN: Tone = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks whose deadlines stand alike; ``count`` says how many, ``100+`` where not all are listed."""

    title: str
    tone: Tone
    rows: list[Entry]
    count: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number at the top of the page and, where they are not on it, the way to what it counts."""

    words: str
    said: str
    tone: Tone = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Today:
    """Everything on the home page of the desk."""

    on: date
    groups: list[Group]
    numbers: list[Number]
    has_more: bool
    unread: int | None
    decides: bool = False
    late_cases: str = ""


def today_for(viewer: Viewer, on: date) -> Today:
    """Return what waits for the viewer on a day."""
    seat = viewer.current
    waiting = inbox(viewer, on=on, calendar=calendar_of(seat.area, on=on)) if seat else Inbox((), (), ())
    tasks = (*waiting.overdue, *waiting.soon, *waiting.later)
    wide = any(seat.level < COMMUNITY for seat in viewer.seats)
    names = community_names({one.area for one in tasks}) if wide else {}
    due_today = sum(one.days_left == 0 for one in waiting.soon)
    last = tasks[-1] if waiting.has_more else None  # what is not listed is due no earlier
    late_are_cut = last is not None and not (waiting.soon or waiting.later)
    today_is_cut = last is not None and last.days_left is not None and last.days_left <= 0
    groups = [
        Group(title, tone, rows(listed, tone, names), counted(len(listed), last is not None and last in listed))
        for title, tone, listed in (
            (_("已超期"), _DANGER, waiting.overdue),
            (_("快到期"), _SOON, waiting.soon),
            (_("期限内"), _PLAIN, waiting.later),
        )
        if listed
    ]
    decided = queues(viewer, on) if viewer.seats else Queues([], None)
    numbers = [Number(_("等我办"), counted(len(tasks), waiting.has_more))]
    if due_today or not today_is_cut:  # else nobody knows it: so much is overdue that the list ends before
        numbers.append(Number(_("今天到期"), counted(due_today, today_is_cut), _SOON if due_today else ""))
    numbers += [
        Number(_("已超期"), counted(len(waiting.overdue), late_are_cut), _DANGER if waiting.overdue else ""),
        *(
            Number(str(kind.words), counted(min(count, MOST), count > MOST), _DANGER if kind.is_late else "", kind.url)
            for kind, count in decided.counts
            if count
        ),
    ]
    return Today(
        on,
        groups,
        numbers,
        waiting.has_more,
        decided.unread,
        any(count for _kind, count in decided.counts),
        _late(viewer),
    )


def _late(viewer: Viewer) -> str:
    """Return where the late cases of a whole place above a community are listed, for posts that may see cases."""
    seat = viewer.current
    return "/desk/cases?late=1" if seat is not None and seat.level < COMMUNITY and viewer.may(VIEW) else ""


def counted(number: int, is_cut: bool) -> str:
    """Say a number, ``100+`` where there is more of it than was counted."""
    return f"{number}+" if is_cut else str(number)


def rows(waiting: Iterable[Waiting], tone: Tone, places: dict[int, str]) -> list[Entry]:
    """Say tasks in words."""
    return [
        Entry(
            url=f"/desk/cases/{one.case_id}",
            title=called(one.matter_name),
            beside=str(one.kind.label),
            below=" · ".join(
                part
                for part in (
                    one.applicant_name,
                    places.get(one.area, ""),
                    one.number,
                    one.asked_by and _("%(who)s转来") % {"who": one.asked_by},
                )
                if part
            ),
            chip=Chip(left(one.days_left), tone, "clock") if one.days_left is not None else None,
        )
        for one in waiting
    ]


def left(days: int | None) -> str:
    """Say how many working days are left; nothing where no clock runs."""
    if days is None:
        return ""
    if days == 0:
        return _("今天到期")
    if days < 0:
        return ngettext("超期 %(days)d 个工作日", "超期 %(days)d 个工作日", -days) % {"days": -days}
    return ngettext("还剩 %(days)d 个工作日", "还剩 %(days)d 个工作日", days) % {"days": days}
