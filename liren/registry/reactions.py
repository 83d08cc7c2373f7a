"""What follows from events: workers hear that somebody asks, residents hear what was decided."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from liren.base.action import at_once
from liren.base.jobs import reaction
from liren.base.rows import apply
from liren.base.scopes import Scope
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import NewMessage, send_messages
from liren.foundation.commons.rules import once_key
from liren.registry import actions
from liren.registry.actions.memberships import refresh
from liren.registry.enums import CorrectionState
from liren.registry.events import (
    CorrectionAsked,
    CorrectionDecided,
    DuplicatesWanted,
    FactRecorded,
    MergeUndone,
    PersonChanged,
    PersonMoved,
    PersonRegistered,
    PersonsMerged,
)
from liren.registry.queries.corrections import correction_by_id, deciders

SYSTEM = Viewer.system("registry")


@reaction(CorrectionAsked)
def tell_deciders(event: CorrectionAsked, at: datetime) -> None:
    """Tell those who decide that a resident asks for something to be put right."""
    request = correction_by_id(event.request)
    if request is None or request.state != CorrectionState.WAITING:
        return
    body = _("有居民申请更正自己的档案，请在%(day)s以前核实、答复。") % {"day": request.due_on.isoformat()}
    send_messages(
        by=SYSTEM,
        at=at,
        area=request.area,
        messages=[
            NewMessage(
                account,
                _("有一件更正申请"),
                body,
                once_key("registry", "correction-asked", request.pk, account),
                link=f"/desk/corrections/{request.pk}",
                about=request,
            )
            for account in deciders(request.area, timezone.localtime(at).date())
        ],
    )


@reaction(CorrectionDecided)
def tell_asker(event: CorrectionDecided, at: datetime) -> None:
    """Tell the resident what was decided, in plain words."""
    request = correction_by_id(event.request)
    if request is None:
        return
    if request.state == CorrectionState.ACCEPTED:
        title, body = _("您的档案已经更正"), _("您申请更正的内容，社区核实后已经改好，可以去看一看对不对。")
        if request.reason:
            body += "\n" + _("工作人员的话：%(words)s") % {"words": request.reason}
    else:
        title = _("您申请的更正没有办成")
        body = _("社区核实后没有改动档案。原因：%(why)s") % {"why": request.reason or ""}
        body += "\n" + _("如果您不同意，可以补充材料重新申请，或者带证件到社区窗口当面说明。")
    send_messages(
        by=SYSTEM,
        at=at,
        area=request.area,
        messages=[
            NewMessage(
                event.person,
                title,
                body,
                once_key("registry", "correction-decided", request.pk),
                link="/me/record#requests",
                about=request,
            )
        ],
    )


@reaction(DuplicatesWanted)
def compare_files(event: DuplicatesWanted, at: datetime) -> None:
    """Compare the files of a range that somebody asked about."""
    apply(Scope.staff(event.first, event.last))
    actions.find_duplicates(by=SYSTEM, at=at, area=event.area, lo=event.first, hi=event.last)


@at_once(FactRecorded, PersonRegistered, PersonChanged, PersonMoved, PersonsMerged, MergeUndone)
def keep_lists(events: list[Any], at: datetime) -> None:
    """Bring the memberships of everybody up to date who depends on what was just written, in the same transaction."""
    people = {event.person for event in events} | {event.gone for event in events if hasattr(event, "gone")}
    refresh(people, at=at)
