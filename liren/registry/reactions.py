"""What follows from events: workers hear that somebody asks, residents hear what was decided."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base.action import at_once
from liren.base.clock import day_of
from liren.base.jobs import reaction
from liren.base.rows import apply, rescoped
from liren.base.scopes import Scope
from liren.base.words import day
from liren.foundation.access.queries import accounts_of, staff_who_may
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import NewMessage, send_messages
from liren.foundation.commons.rules import once_key
from liren.foundation.places.queries.tree import names
from liren.foundation.places.rules import COMMUNITY, COUNTY, ancestor
from liren.registry import actions
from liren.registry.actions.counting import COUNTING, count_stays
from liren.registry.actions.memberships import refresh_here
from liren.registry.enums import CorrectionState, MoveState
from liren.registry.events import (
    CorrectionAsked,
    CorrectionDecided,
    DuplicatesWanted,
    FactRecorded,
    FileGivenUp,
    MergeUndone,
    MoveDecided,
    MoveProposed,
    MoveWithdrawn,
    PersonChanged,
    PersonMoved,
    PersonRegistered,
    PersonsMerged,
)
from liren.registry.models import Move
from liren.registry.permissions import EDIT
from liren.registry.queries.corrections import asker_of, correction_by_id, deciders
from liren.registry.queries.duplicates import merge_by_gone
from liren.registry.queries.moves import is_at_work, move_by_id, who_answers

SYSTEM = Viewer.system("registry")


@reaction(CorrectionAsked)
def tell_deciders(event: CorrectionAsked, at: datetime) -> None:
    """Tell those who decide that a resident asks for something to be put right."""
    request = correction_by_id(event.request)
    if request is None or request.state != CorrectionState.WAITING:
        return
    name, until = asker_of(request), day(request.due_on, day_of(at))
    body = _("%(name)s申请更正自己的档案，请在%(day)s以前核实、答复。") % {"name": name, "day": until}
    send_messages(
        by=SYSTEM,
        at=at,
        area=request.area,
        messages=[
            NewMessage(
                account,
                _("%(name)s申请更正，请在%(day)s以前答复") % {"name": name[:24], "day": until},
                body,
                once_key("registry", "correction-asked", request.pk, account),
                link=f"/desk/corrections/{request.pk}",
                about=request,
            )
            for account in deciders(request.area, day_of(at))
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


@reaction(MoveProposed)
def tell_receiving(event: MoveProposed, at: datetime) -> None:
    """Tell those who may accept that another community hands files over, and the residents that their files are to go."""
    move = move_by_id(event.move)
    if move is None or move.state != MoveState.PROPOSED:
        return
    values = {"n": len(move.people), "place": move.other_place, "day": day(move.on, day_of(at))}
    body = _("%(place)s请您接收 %(n)d 个人的档案，从 %(day)s起算。请核实人是不是住到了这里，再接收或退回。") % values
    _tell_staff(move, "move-proposed", who_answers(move, day_of(at)), _("有档案等您接收"), body, at)
    _tell_movers(
        move,
        "move-proposed",
        _("您的居民档案正要转走"),
        _("%(here)s已请%(there)s接收您的居民档案，等对方核实。有不对的，请联系%(here)s。")
        % {"here": move.other_place, "there": move.place},
        at,
    )


@reaction(MoveDecided)
def tell_giving(event: MoveDecided, at: datetime) -> None:
    """Tell the sender, or where they are gone the posts that hand files over, what the other side decided; and the residents."""
    move = move_by_id(event.move)
    if move is None or move.state not in {MoveState.ACCEPTED, MoveState.REFUSED}:
        return
    values = {"n": len(move.people), "there": move.other_place, "here": move.place, "why": move.answer}
    if move.state == MoveState.ACCEPTED:
        title, body = _("档案已经转走"), _("%(there)s接收了您转去的 %(n)d 个人的档案，以后由那里更新。") % values
        said = _("您的居民档案已经转走")
        told = _("您的居民档案从%(here)s转到了%(there)s，以后有事请找%(there)s。") % values
    else:
        title, body = _("转去的档案被退回"), _("%(there)s没有接收您转去的 %(n)d 个人的档案。原因：%(why)s") % values
        said = _("您的居民档案没有转走")
        told = _("%(there)s没有接收您的居民档案，档案还在%(here)s。如果您已经搬过去，请联系%(there)s。") % values
    staff = [move.proposed_account] if is_at_work(move) else who_answers(move, day_of(at))
    _tell_staff(move, "move-decided", staff, title, body, at)
    _tell_movers(move, "move-decided", said, told, at)


@reaction(MoveWithdrawn)
def tell_withdrawn(event: MoveWithdrawn, at: datetime) -> None:
    """Tell those who were asked that there is nothing to answer any more, and the residents that their files stay."""
    move = move_by_id(event.move)
    if move is None or move.state != MoveState.WITHDRAWN:
        return
    values = {"n": len(move.people), "giver": move.other_place}
    body = _("%(giver)s撤回了转来的 %(n)d 个人的档案，不用再办。") % values
    _tell_staff(move, "move-withdrawn", who_answers(move, day_of(at)), _("转来的档案已经撤回"), body, at)
    told = _("您的居民档案不转了，还在%(giver)s。") % values
    _tell_movers(move, "move-withdrawn", _("您的居民档案没有转走"), told, at)


def _tell_staff(move: Move, why: str, accounts: Iterable[int | None], title: str, body: str, at: datetime) -> None:
    send_messages(
        by=SYSTEM,
        at=at,
        area=move.area,
        messages=[
            NewMessage(
                account, title, body, once_key("registry", why, move.pk, account), link=f"/desk/moves/{move.pk}", about=move
            )
            for account in accounts
            if account
        ],
    )  # fmt: skip


def _tell_movers(move: Move, why: str, title: str, body: str, at: datetime) -> None:
    """Tell those who have an account linked; nobody else could read it."""
    send_messages(
        by=SYSTEM,
        at=at,
        area=move.area,
        messages=[
            NewMessage(
                person, title, body, once_key("registry", why, move.event, person), link="/me/record", about=move
            )
            for person in accounts_of(move.people)
        ],
    )


@reaction(FileGivenUp)
def tell_giver(event: FileGivenUp, at: datetime) -> None:
    """Tell those who keep a community's register that a file of theirs was a second one of somebody in another county."""
    with rescoped(Scope.everything()):  # what is kept of the merge lies with the other county
        merge = merge_by_gone(event.person)
    if merge is None or merge.kept != event.kept:
        return
    place = names([(COUNTY, ancestor(event.kept_area, COUNTY))]).get((COUNTY, ancestor(event.kept_area, COUNTY)), "")
    body = _("%(name)s在%(place)s也有档案，核对是同一个人，您这里的一份已经并了过去，不再计入这里的人口。原因：%(why)s") % {
        "name": merge.person["name"], "place": place, "why": merge.reason,
    }  # fmt: skip
    on = day_of(at)
    send_messages(
        by=SYSTEM,
        at=at,
        area=event.area,
        messages=[
            NewMessage(
                account, _("有一份档案并到了外县"), body, once_key("registry", "file-given-up", merge.pk, account)
            )
            for account in staff_who_may(EDIT, level=COMMUNITY, area=ancestor(event.area, COMMUNITY), on=on)
        ],
    )


@reaction(DuplicatesWanted)
def compare_files(event: DuplicatesWanted, at: datetime) -> None:
    """Compare the files of a range that somebody asked about."""
    apply(Scope.staff(event.first, event.last))
    actions.find_duplicates(by=SYSTEM, at=at, area=event.area, lo=event.first, hi=event.last)


@at_once(FactRecorded, PersonRegistered, PersonChanged, PersonMoved, PersonsMerged, MergeUndone)
def keep_derived(events: list[Any], at: datetime) -> None:
    """Bring up to date, in the same transaction, where those were counted of whom something was written, and who is on which list."""
    people = {event.person for event in events} | {event.gone for event in events if hasattr(event, "gone")}
    counted = {event.person for event in events if not isinstance(event, FactRecorded) or event.kind in COUNTING}
    counted |= people - {event.person for event in events}
    with rescoped(Scope.everything()):
        if counted:
            count_stays(counted)
        refresh_here(people, at=at)
