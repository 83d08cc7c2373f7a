"""What the home page of the desk shows: the tasks that wait, by deadline, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liren.base.screen import Chip, Entry, Tone
from liren.engines.cases.queries.desks import Inbox, Waiting, inbox
from liren.engines.cases.queries.matters import calendar_of
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import community_names
from liren.foundation.places.rules import COMMUNITY


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks whose deadlines stand alike."""

    title: str
    tone: Tone
    rows: list[Entry]


@dataclass(frozen=True, slots=True)
class Today:
    """Everything on the home page of the desk."""

    on: date
    groups: list[Group]
    numbers: list[tuple[str, int, Tone]]


def today_for(viewer: Viewer, on: date) -> Today:
    """Return what waits for the viewer on a day."""
    seat = viewer.current
    waiting = inbox(viewer, on=on, calendar=calendar_of(seat.area, on=on)) if seat else Inbox((), (), ())
    tasks = (*waiting.overdue, *waiting.soon, *waiting.later)
    wide = any(seat.level < COMMUNITY for seat in viewer.seats)
    names = community_names({one.area for one in tasks}) if wide else {}
    due_today = sum(one.days_left == 0 for one in waiting.soon)
    groups = [
        Group(_("已超期"), "danger", rows(waiting.overdue, "danger", names)),
        Group(_("快到期"), "soon", rows(waiting.soon, "soon", names)),
        Group(_("期限内"), "", rows(waiting.later, "", names)),
    ]
    numbers: list[tuple[str, int, Tone]] = [
        (_("等我办"), len(tasks), ""),
        (_("今天到期"), due_today, "soon" if due_today else ""),
        (_("已超期"), len(waiting.overdue), "danger" if waiting.overdue else ""),
    ]
    return Today(on, [group for group in groups if group.rows], numbers)


def rows(waiting: Iterable[Waiting], tone: Tone, places: dict[int, str]) -> list[Entry]:
    """Say tasks in words."""
    return [
        Entry(
            url=f"/desk/cases/{one.case_id}",
            title=one.matter_name,
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
