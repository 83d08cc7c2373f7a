"""Households: opened, joined, left, split, merged, settled in a dwelling; membership is a dated fact of the member."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base.action import action, announce, remark
from liren.base.errors import Conflict, Refusal
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer
from liren.registry.actions.kinship import relate
from liren.registry.actions.lines import (
    close,
    count,
    hold,
    hold_home,
    lines_of,
    members_by,
    not_later,
    open_line,
    recount,
    unchanged_since,
    write,
)
from liren.registry.enums import HEAD, FactKind, HouseholdKind, Source
from liren.registry.events import FactRecorded
from liren.registry.models import Dwelling, Fact, Household, Person
from liren.registry.permissions import EDIT
from liren.registry.rules import is_community


@action(EDIT, on="area")
def open_household(
    *,
    by: Viewer,
    at: datetime,
    area: int,
    address: str,
    number: str = "",
    kind: str = HouseholdKind.LIVING,
    tenure: str = "",
    dwelling: int | None = None,
) -> Household:
    """Open a household at an address: one that lives together, or one of the register; the head joins it like everybody else."""
    if not is_community(area):
        raise Refusal(_("家庭要登记在村（社区），请先选定是哪个村（社区）。"), field="area")
    if not address.strip():
        raise Refusal(_("请填写这一户的住址。"), field="address")
    household = Household(
        area=area,
        address=address.strip(),
        number=number.strip(),
        kind=kind,
        tenure=tenure,
        dwelling_id=dwelling,
        recorded_at=at,
    )
    _save_once(household, force_insert=True)
    return household


@action(EDIT, on="household")
def correct_household(
    *,
    by: Viewer,
    at: datetime,
    household: Household,
    address: str | None = None,
    number: str | None = None,
    tenure: str | None = None,
    reason: str,
    shown: Mapping[str, str] | None = None,
) -> Household:
    """Correct address, number or tenure of a household; ``shown`` is what a form showed of what it changes."""
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明原因，这会记入日志。"), field="reason")
    if address is not None and not address.strip():
        raise Refusal(_("请填写这一户的住址。"), field="address")
    unchanged_since(household, shown or {})
    said = {"address": address, "number": number, "tenure": tenure}
    changed = {column: value.strip() for column, value in said.items() if value is not None}
    for column, value in changed.items():
        setattr(household, column, value)
    if changed:
        _save_once(household, update_fields=list(changed))
    remark(reason=reason)
    return household


@action(EDIT, on="person")
def join_household(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    household: Household,
    relation: str,
    since: date,
    source: str = Source.DECLARED,
    authority: str = "",
) -> Fact:
    """Make somebody a member of a household from a day on; ``relation`` to the head by GB/T 4761, 02 being the head.

    The membership in another household of the same kind ends on that day.
    """
    not_later(since, at)
    if household.county != person.county:
        raise Refusal(_("这一户在别的县（市、区），请在那里办理。"))
    lines = lines_of(person)
    hold_home(household)
    if household.closed_on is not None:
        raise Conflict(_("这一户已经销户，请选别的一户。"))
    if relation == HEAD and household.head not in {None, person.pk}:
        raise Conflict(_("这一户的户主是%(name)s。请先更换户主。") % {"name": household.head_name}, field="relation")
    kind = membership(household)
    before = open_line(lines, kind, since)
    if before is not None:
        if (before.household, before.code) == (household.pk, relation):
            raise Conflict(_("已经是这一户的成员。"))
        close(person, lines, before, by=by, at=at, on=since, is_last=False)
    fact = write(
        person, lines, by=by, at=at, kind=kind, code=relation, household=household.pk, valid_from=since, source=source,
        authority=authority,
    )  # fmt: skip
    if household.head == person.pk and relation != HEAD:
        household.head, household.head_name = None, ""
    count(household, head=person if relation == HEAD else None)
    if before is not None and before.household != household.pk:
        recount(before.household, without=person)
    _tell_kin(household, person, by=by, at=at, since=since, source=source, authority=authority)
    return fact


@action(EDIT, on="person")
def leave_household(
    *, by: Viewer, at: datetime, person: Person, on: date, reason: str = "", kind: FactKind = FactKind.MEMBER
) -> Fact:
    """End somebody's membership on a day: in the household they live in, or in the register (``kind``)."""
    not_later(on, at, "on")
    lines = lines_of(person)
    before = open_line(lines, kind, on)
    if before is None:
        raise Conflict(_("没有登记在任何一户里。"))
    fact = close(person, lines, before, by=by, at=at, on=on)
    remark(reason=reason)
    recount(before.household, without=person)
    return fact


@action(EDIT, on="household")
def change_head(
    *,
    by: Viewer,
    at: datetime,
    household: Household,
    head: Person,
    relation: str,
    since: date,
    source: str = Source.DECLARED,
) -> Household:
    """Make a member the head from a day on; the head before stays a member with ``relation`` to the new one."""
    if household.pk not in {head.household_id, head.register_id}:
        raise Refusal(_("新户主要先是这一户的成员。"), field="head")
    if household.head == head.pk:
        raise Conflict(_("已经是这一户的户主。"), field="head")
    if relation == HEAD:
        raise Refusal(_("请选原户主是新户主的什么人。"), field="relation")
    former = Person.objects.filter(pk=household.head).first() if household.head else None
    hold(*[one for one in (former, head) if one is not None])
    before = household.head
    hold_home(household)
    if household.head != before or household.pk not in {head.household_id, head.register_id}:
        raise Conflict(_("这一户刚刚有了变化，请刷新页面后再看。"))
    household.head, household.head_name = None, ""
    household.save(update_fields=["head", "head_name"])
    if former is not None and former.deceased_on is None:
        join_household(by=by, at=at, person=former, household=household, relation=relation, since=since, source=source)
    join_household(by=by, at=at, person=head, household=household, relation=HEAD, since=since, source=source)
    return household


@action(EDIT, on="household")
def split_household(
    *,
    by: Viewer,
    at: datetime,
    household: Household,
    members: Mapping[int, str],
    since: date,
    address: str,
    number: str = "",
    tenure: str = "",
    source: str = Source.DECLARED,
) -> Household:
    """Let some members (person → relation to the new head, one of them the head) begin a household of their own; return it."""
    people = _members_of(household, members)
    if sorted(members.values()).count(HEAD) != 1:
        raise Refusal(_("新的一户要有一位户主。"), field="head")
    if len(people) >= household.size:
        raise Refusal(_("至少要有一个人留在原来的户里。整户搬走，请改住址或转到别的村（社区）。"), field="members")
    new = open_household(
        by=by, at=at, area=household.area, address=address, number=number, kind=household.kind, tenure=tenure
    )
    for person in sorted(people, key=lambda one: members[one.pk] != HEAD):
        join_household(
            by=by, at=at, person=person, household=new, relation=members[person.pk], since=since, source=source
        )
    remark(people=len(people), new=str(new.pk))
    return new


@action(EDIT, on="household")
def merge_households(
    *,
    by: Viewer,
    at: datetime,
    household: Household,
    into: Household,
    relations: Mapping[int, str],
    since: date,
    source: str = Source.DECLARED,
) -> Household:
    """Let all members join another household (person → relation to its head) and close this one; return the other."""
    if into.pk == household.pk or into.kind != household.kind:
        raise Refusal(_("请选同一类的另一户。"), field="into")
    everybody = [one.pk for one in _living_members(household)]
    if set(relations) != set(everybody):
        raise Refusal(_("请写明每个人和新户主的关系。"), field="relations")
    for person in _members_of(household, relations):
        join_household(
            by=by, at=at, person=person, household=into, relation=relations[person.pk], since=since, source=source
        )
    close_household(by=by, at=at, household=household, on=since)
    remark(people=len(everybody), into=str(into.pk))
    return into


@action(EDIT, on="household")
def close_household(*, by: Viewer, at: datetime, household: Household, on: date) -> Household:
    """Close a household in which nobody is left; it stays to be read."""
    not_later(on, at, "on")
    hold_home(household)
    if _living_members(household):
        raise Conflict(_("这一户还有成员，请先迁出或并入别的户。"))
    household.size, household.head, household.head_name, household.closed_on = 0, None, "", on
    household.save(update_fields=["size", "head", "head_name", "closed_on"])
    return household


@action(EDIT, on="household")
def settle_household(
    *, by: Viewer, at: datetime, household: Household, dwelling: Dwelling, tenure: str = "", address: str = ""
) -> Household:
    """Say in which dwelling a household lives and by which right; the address follows the dwelling unless one is given."""
    if dwelling.county != household.county:
        raise Refusal(_("住房在别的县（市、区），请重新选择。"), field="dwelling")
    household.dwelling, household.tenure = dwelling, tenure
    household.address = address.strip() or dwelling.address
    household.save(update_fields=["dwelling", "tenure", "address"])
    return household


def _tell_kin(
    household: Household, person: Person, *, by: Viewer, at: datetime, since: date, source: str, authority: str
) -> None:
    """Write down what follows for the kinship of somebody who has joined; what contradicts a line that is held is left to people."""
    told = relate(
        [household.pk], household.kind, at=at, on=since, recorded_by=actor(by), source=source, authority=authority, about={person.pk}
    )  # fmt: skip
    for line in told.facts:
        announce(FactRecorded(area=line.area, person=line.subject, fact=line.id, kind=line.kind))
    if told.facts or told.clashes:
        remark(kin=len(told.facts), against=len(told.clashes))


def membership(household: Household) -> FactKind:
    """Return the kind of line that makes somebody a member of a household of its kind."""
    return FactKind.REGISTER if household.kind == HouseholdKind.REGISTER else FactKind.MEMBER


def _living_members(household: Household) -> list[Person]:
    return list(Person.objects.filter(**{members_by(household): household.pk}, deceased_on=None))


def _members_of(household: Household, wanted: Mapping[int, str]) -> list[Person]:
    people = [one for one in _living_members(household) if one.pk in wanted]
    if not people or len(people) != len(wanted):
        raise Refusal(_("有人已经不在这一户，请刷新页面后再选。"), field="members")
    hold(*people)
    if any(getattr(one, f"{members_by(household)}_id") != household.pk for one in people):
        raise Conflict(_("有人刚刚离开了这一户，请刷新页面后再选。"), field="members")
    return people


def _save_once(household: Household, *, force_insert: bool = False, update_fields: Sequence[str] | None = None) -> None:
    try:
        with transaction.atomic():
            household.save(force_insert=force_insert, update_fields=update_fields)
    except IntegrityError as error:
        if "number_is_used_once" not in str(error):
            raise
        raise Conflict(_("这个户号已经用过了，请核对户口簿。"), field="number") from error
