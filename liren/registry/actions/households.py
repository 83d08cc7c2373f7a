"""Households: opened, joined, left; membership is a dated fact of the member."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.errors import Conflict, Refusal
from liren.foundation.access.rules import Viewer
from liren.registry.actions.lines import close, count, lines_of, not_later, open_line, recount, write
from liren.registry.enums import HEAD, FactKind, Source
from liren.registry.models import Fact, Household, Person
from liren.registry.permissions import EDIT
from liren.registry.rules import is_community


@action(EDIT, on="area")
def open_household(
    *, by: Viewer, at: datetime, area: int, address: str, number: str = "", dwelling: int | None = None
) -> Household:
    """Open a household at an address; the head joins it like everybody else."""
    if not is_community(area):
        raise Refusal(_("家庭要登记在村（社区），请先选定是哪个村（社区）。"), field="area")
    if not address.strip():
        raise Refusal(_("请填写这一户的住址。"), field="address")
    household = Household(
        area=area, address=address.strip(), number=number.strip(), dwelling_id=dwelling, recorded_at=at
    )
    try:
        with transaction.atomic():
            household.save(force_insert=True)
    except IntegrityError as error:
        if "number_is_used_once" not in str(error):
            raise
        raise Conflict(_("这个户号已经用过了，请核对户口簿。"), field="number") from error
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

    The membership before ends on that day.
    """
    not_later(since, at)
    if household.county != person.county:
        raise Refusal(_("这一户在别的县（市、区），请在那里办理。"))
    if relation == HEAD and household.head not in {None, person.pk}:
        raise Conflict(_("这一户的户主是%(name)s。请先更换户主。") % {"name": household.head_name}, field="relation")
    lines = lines_of(person)
    before = open_line(lines, FactKind.MEMBER, since)
    if before is not None:
        if (before.household, before.code) == (household.pk, relation):
            raise Conflict(_("已经是这一户的成员。"))
        close(person, lines, before, by=by, at=at, on=since)
    fact = write(
        person, lines, by=by, at=at, kind=FactKind.MEMBER, code=relation, household=household.pk, valid_from=since, source=source,
        authority=authority,
    )  # fmt: skip
    count(household, head=person if relation == HEAD else None)
    if before is not None and before.household != household.pk:
        recount(before.household, without=person)
    return fact


@action(EDIT, on="person")
def leave_household(*, by: Viewer, at: datetime, person: Person, on: date, reason: str = "") -> Fact:
    """End somebody's membership on a day."""
    not_later(on, at, "on")
    lines = lines_of(person)
    before = open_line(lines, FactKind.MEMBER, on)
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
    if head.household_id != household.pk:
        raise Refusal(_("新户主要先是这一户的成员。"), field="head")
    former = Person.objects.filter(pk=household.head).first() if household.head else None
    household.head, household.head_name = None, ""
    household.save(update_fields=["head", "head_name"])
    if former is not None and former.pk != head.pk:
        join_household(by=by, at=at, person=former, household=household, relation=relation, since=since, source=source)
    join_household(by=by, at=at, person=head, household=household, relation=HEAD, since=since, source=source)
    return household
