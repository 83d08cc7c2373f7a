"""A file goes from one community to another: proposed by the one, accepted or refused by the other, then moved in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Max
from django.utils.translation import gettext as _

from liren.base.action import action, announce, remark
from liren.base.clock import day_of
from liren.base.codes import mask_id
from liren.base.errors import Conflict, Forbidden, Refusal
from liren.base.ids import new_id
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.base.words import full_day
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer
from liren.foundation.places.models import PlacedModel
from liren.foundation.places.queries.tree import names
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry.actions.households import join_household, open_household
from liren.registry.actions.lines import close, hold, lines_of, not_later, open_line, recount, write
from liren.registry.enums import HEAD, FactKind, MoveSide, MoveState, ResidenceKind, Source
from liren.registry.events import MoveDecided, MoveProposed, MoveWithdrawn, PersonMoved
from liren.registry.models import Move, Person
from liren.registry.permissions import EDIT
from liren.registry.rules import is_community

COUNTED_THERE = frozenset(
    {ResidenceKind.REGISTERED, ResidenceKind.ABSENT, ResidenceKind.INCOMER, ResidenceKind.OVERSEAS}
)


@action(EDIT, on="person")
def propose_move(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    people: Sequence[int] = (),
    area: int,
    on: date,
    residence: str,
    address: str = "",
    reason: str,
) -> Move:
    """Ask another community to take the files of a person and of ``people`` beside them; nothing moves before it accepts.

    ``residence`` is the kind under which they will be counted there; with an ``address`` they keep house together there.
    """
    _need(reason)
    not_later(on, at, "on")
    giving = ancestor(person.area, COMMUNITY)
    if not is_community(area) or ancestor(area, COMMUNITY) == giving:
        raise Refusal(_("请选择要转去的另一个村（社区）。"), field="area")
    if residence not in COUNTED_THERE:
        raise Refusal(_("请从列表里选一项。"), field="residence")
    movers = [person, *Person.objects.filter(pk__in=set(people) - {person.pk}, county=person.county).order_by("pk")]
    if any(one.deceased_on for one in movers):
        raise Refusal(_("已去世的人不能转出，请去掉。"), field="people")
    area = ancestor(area, COMMUNITY)
    known = names([(COMMUNITY, giving), (COMMUNITY, area)])
    if (COMMUNITY, area) not in known:
        raise Refusal(_("没有这个村（社区），请重新选择。"), field="area")
    ids = [one.pk for one in movers]
    waiting = Move.objects.filter(people__overlap=ids, side=MoveSide.GIVING, state=MoveState.PROPOSED)
    if waiting.exists():
        raise Conflict(_("其中有人已经在等别的村（社区）接收，请先撤回那一次。"), field="people")
    with rescoped(Scope.everything()):
        _refuse_backwards(ids, on)
    said: dict[str, Any] = {
        "event": new_id(), "people": ids, "who": [_card(one) for one in movers], "on": on, "residence": residence,
        "address": address.strip(), "reason": reason.strip(), "proposed_at": at, "proposed_by": actor(by),
        "proposed_account": by.account_id or None,
    }  # fmt: skip
    here, there = known.get((COMMUNITY, giving), ""), known[COMMUNITY, area]
    giver = Move(area=giving, other_area=area, side=MoveSide.GIVING, place=here, other_place=there, **said)
    receiver = Move(area=area, other_area=giving, side=MoveSide.RECEIVING, place=there, other_place=here, **said)
    with rescoped(Scope.everything()):
        Move.objects.bulk_create([giver, receiver])
    remark(people=len(ids), to=area)
    announce(MoveProposed(area=area, move=receiver.pk))
    return giver


@action(EDIT, on="move")
def accept_move(*, by: Viewer, at: datetime, move: Move, answer: str = "") -> Move:
    """Take the files over: every row of these people goes to the receiving community, what was counted before stays with the giver."""
    _answerable(move, MoveSide.RECEIVING)
    with rescoped(Scope.everything()):
        move = _locked(move)
        people = {one.pk: one for one in Person.objects.filter(pk__in=move.people)}
        _refuse_unknown(move, people)
        _refuse_backwards(move.people, move.on)
        hold(*people.values())
        relations = [people[pk].relation for pk in move.people]
        for pk in move.people:
            _hand_over(people[pk], move.area, by=by, at=at, on=move.on, residence=move.residence)
        _settle(move, MoveState.ACCEPTED, by=by, at=at, answer=answer)
        for pk in move.people:
            announce(PersonMoved(area=move.area, person=pk, giver=move.other_area))
        if move.address:
            _keep_house([people[pk] for pk in move.people], relations, move, by=by, at=at)
        announce(MoveDecided(area=move.other_area, move=_other_side(move)))
    remark(people=len(move.people), giver=move.other_area)
    return move


@action(EDIT, on="move")
def refuse_move(*, by: Viewer, at: datetime, move: Move, answer: str) -> Move:
    """Refuse to take the files, and say why; they stay where they are."""
    _need(answer, "answer")
    _answerable(move, MoveSide.RECEIVING)
    with rescoped(Scope.everything()):
        refused = _settle(_locked(move), MoveState.REFUSED, by=by, at=at, answer=answer)
        announce(MoveDecided(area=refused.other_area, move=_other_side(refused)))
    return refused


@action(EDIT, on="move")
def withdraw_move(*, by: Viewer, at: datetime, move: Move, answer: str = "") -> Move:
    """Take a proposal back that nobody has answered."""
    _answerable(move, MoveSide.GIVING)
    with rescoped(Scope.everything()):
        withdrawn = _settle(_locked(move), MoveState.WITHDRAWN, by=by, at=at, answer=answer)
        announce(MoveWithdrawn(area=withdrawn.other_area, move=_other_side(withdrawn)))
    return withdrawn


@action(EDIT, on="person")
def move_person(*, by: Viewer, at: datetime, person: Person, area: int, reason: str) -> Person:
    """Hand a file over at once, by somebody who may write on both sides; the household stays behind."""
    _need(reason)
    if not is_community(area) or area // 10**9 != person.county:
        raise Refusal(_("只能转到本县（市、区）的村（社区）。"), field="area")
    if not by.may(EDIT, area):
        raise Forbidden(_("您的岗位管不到要转去的地方。请从居民档案发起“转到别的村（社区）”，由对方接收。"))
    on = day_of(at)
    move = propose_move(
        by=by,
        at=at,
        person=person,
        area=area,
        on=on,
        residence=person.residence or ResidenceKind.REGISTERED,
        reason=reason,
    )
    with rescoped(Scope.everything()):
        accept_move(by=by, at=at, move=Move.objects.get(event=move.event, side=MoveSide.RECEIVING))
        person.refresh_from_db()
    remark(reason=reason)
    return person


def _card(person: Person) -> dict[str, Any]:
    return {
        "id": person.pk, "name": person.name, "sex": person.sex, "birth_on": person.birth_on.isoformat() if person.birth_on else "",
        "number": mask_id(person.id_number or ""), "relation": person.relation,
    }  # fmt: skip


def _answerable(move: Move, side: MoveSide) -> None:
    if move.side != side:
        raise Conflict(_("这一步要由对方村（社区）办理。"))


def _locked(move: Move) -> Move:
    """Return the row as it stands now, both sides held until the end of the transaction."""
    rows = list(Move.objects.select_for_update().filter(event=move.event).order_by("pk"))
    found = next(row for row in rows if row.pk == move.pk)
    if found.state != MoveState.PROPOSED:
        raise Conflict(_("这次转移%(state)s，请刷新页面查看。") % {"state": MoveState(found.state).label})
    return found


def _other_side(move: Move) -> int:
    return Move.objects.exclude(pk=move.pk).values_list("pk", flat=True).get(event=move.event)


def _settle(move: Move, state: MoveState, *, by: Viewer, at: datetime, answer: str) -> Move:
    answered = {"state": state, "answered_at": at, "answered_by": actor(by), "answer": answer.strip()}
    Move.objects.filter(event=move.event).update(**answered)
    for name, value in answered.items():
        setattr(move, name, value)
    return move


def _refuse_unknown(move: Move, people: dict[int, Person]) -> None:
    """Refuse a move that the files have overtaken: merged, moved on, dead, or known in the receiving county already."""
    here = [pk for pk in move.people if pk in people and ancestor(people[pk].area, COMMUNITY) == move.other_area]
    if here != list(move.people) or any(one.deceased_on for one in people.values()):
        raise Conflict(_("提出之后档案有了变化（合并、转走或去世）。请退回，由对方重新提出。"))
    blinds = [one.id_blind for one in people.values() if one.id_blind is not None]
    twins = Person.objects.filter(county=move.county, id_blind__in=blinds).exclude(pk__in=move.people)
    if move.county != next(iter(people.values())).county and twins.exists():
        raise Conflict(_("其中有人在本县（市、区）已有档案。请先退回，核对是不是同一个人。"))


def _refuse_backwards(people: Sequence[int], on: date) -> None:
    """Refuse a day before the last move of one of the files: where it was on which day would no longer be told."""
    done = Move.objects.filter(people__overlap=list(people), state=MoveState.ACCEPTED, side=MoveSide.GIVING)
    last = done.aggregate(last=Max("on"))["last"]
    if last is not None and on < last:
        raise Refusal(_("上一次转移是 %(day)s，这一次不能更早。") % {"day": full_day(last)}, field="on")


def _hand_over(person: Person, area: int, *, by: Viewer, at: datetime, on: date, residence: str) -> None:
    """Close what ties a person to the former community, then give every row of theirs the new place."""
    lines = lines_of(person)
    leaves_register = residence == ResidenceKind.REGISTERED or area // 10**9 != person.county
    kinds = [FactKind.MEMBER, *([FactKind.REGISTER] if leaves_register else [])]
    for kind in kinds:
        line = open_line(lines, kind, on)
        if line is not None:
            close(person, lines, line, by=by, at=at, on=max(on, line.valid_from + timedelta(days=1)))
            recount(line.household, without=person)
    giver = person.county
    person.area, person.county = area, area // 10**9
    Person.objects.filter(pk=person.pk).update(area=person.area, county=person.county)
    for model in followers():
        rows: Any = model._default_manager
        rows.filter(county=giver, subject=person.pk).update(area=person.area, county=person.county)
    for line in lines:
        line.area, line.county = person.area, person.county
    before = open_line(lines, FactKind.RESIDENCE, on)
    if before is not None and before.code == residence:
        return
    if before is not None:
        close(person, lines, before, by=by, at=at, on=on)
    write(person, lines, by=by, at=at, kind=FactKind.RESIDENCE, code=residence, valid_from=on, source=Source.SHARED)


@cache
def followers() -> tuple[type[PlacedModel], ...]:
    """Return the tables of the registry whose rows go with a person's file; ``stays_behind`` on a model says that they do not."""
    found: Iterable[Any] = apps.get_app_config("registry").get_models()
    return tuple(
        model
        for model in found
        if issubclass(model, PlacedModel)
        and model is not Person
        and not getattr(model, "stays_behind", False)
        and any(field.attname == "subject" for field in model._meta.concrete_fields)
    )


def _keep_house(people: list[Person], relations: list[str], move: Move, *, by: Viewer, at: datetime) -> None:
    """Open a household at the new address and let all join; the head is who was head before, else the first."""
    home = open_household(by=by, at=at, area=move.area, address=move.address)
    head = next((place for place, relation in enumerate(relations) if relation == HEAD), 0)
    order = [head, *(place for place in range(len(people)) if place != head)]
    for place in order:
        relation = HEAD if place == head else relations[place] if relations[place] not in {"", HEAD} else OTHER_KIN
        join_household(by=by, at=at, person=people[place], household=home, relation=relation, since=move.on)


OTHER_KIN = "97"
"""GB/T 4761: other kin, where the former relation is not known."""


def _need(reason: str, field: str = "reason") -> None:
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明原因，这会记入日志。"), field=field)
