"""Lists of households, dwellings and organisations: each one query a page, by key."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from liren.base.natural import natural
from liren.foundation.access.queries import find
from liren.foundation.access.rules import Viewer
from liren.registry.enums import FactKind, HouseholdKind
from liren.registry.models import CategoryMembership, Dwelling, Fact, Household, Organisation
from liren.registry.permissions import VIEW
from liren.registry.queries.categories import rules_at, title_of
from liren.registry.queries.search import may_list

MOST_TYPED = 64
EMPTY = "empty"
"""The households that nobody is in: closed, left by the last one, or not filled in yet."""
Key = tuple[int, str, int]
"""(area, address as it is ordered or name, id): the order of these lists, which an index holds."""


@dataclass(frozen=True, slots=True)
class Homes:
    """One page of households, with the key at which the next one starts."""

    homes: list[Household]
    after: Key | None


def households_page(
    viewer: Viewer, *, typed: str = "", kind: str = "", after: Key | None = None, size: int = 50
) -> Homes:
    """Return a page of the households of the seat in use in which somebody is, by community and address; those without with ``EMPTY``.

    ``typed`` is part of an address, the beginning of the head's name, or the beginning of a number.
    """
    if not may_list(viewer):
        return Homes([], None)
    rows = Household.objects.visible_to(viewer)
    rows = rows.filter(size=0) if kind == EMPTY else rows.filter(closed_on=None, size__gt=0)
    if kind in HouseholdKind.values:
        rows = rows.filter(kind=kind)
    typed = typed.strip()[:MOST_TYPED]
    if typed:
        rows = rows.filter(Q(address__contains=typed) | Q(head_name__startswith=typed) | Q(number__startswith=typed))
    if after is not None:
        area, ordered, pk = after
        rows = rows.filter(
            Q(area__gt=area) | Q(area=area, ordered__gt=ordered) | Q(area=area, ordered=ordered, pk__gt=pk),
            area__gte=area,
        )
    found = list(rows.order_by("area", "ordered", "pk")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Homes(found[:size], (last.area, last.ordered, last.pk) if last else None)


@dataclass(frozen=True, slots=True)
class Building:
    """A building with its doors: how many dwellings, how many of them lived in, how many households rent."""

    area: int
    building: str
    dwellings: int
    lived_in: int
    rented: int


def buildings(viewer: Viewer, limit: int = 500) -> list[Building]:
    """Return the buildings of the seat in use with their figures, by community and name."""
    if not may_list(viewer):
        return []
    rows = (
        Dwelling.objects.visible_to(viewer)
        .values("area", "building")
        .annotate(
            dwellings=Count("pk", distinct=True),
            lived_in=Count("pk", filter=Q(households__size__gt=0), distinct=True),
            rented=Count("households", filter=Q(households__tenure="rented", households__size__gt=0), distinct=True),
        )
        .order_by("area", natural("building"), "building")
    )
    return [Building(**row) for row in rows[:limit]]


@dataclass(frozen=True, slots=True)
class Dwellings:
    """One page of dwellings with who lives there, and the key at which the next one starts."""

    dwellings: list[Dwelling]
    after: Key | None


def dwellings_page(
    viewer: Viewer, *, typed: str = "", building: str | None = None, after: Key | None = None, size: int = 50
) -> Dwellings:
    """Return a page of dwellings by community and address, with their households; of one building when it is named."""
    if not may_list(viewer):
        return Dwellings([], None)
    rows = Dwelling.objects.visible_to(viewer)
    if building is not None:
        rows = rows.filter(building=building)
    typed = typed.strip()[:MOST_TYPED]
    if typed:
        rows = rows.filter(Q(address__contains=typed) | Q(room__startswith=typed))
    if after is not None:
        area, ordered, pk = after
        rows = rows.filter(
            Q(area__gt=area) | Q(area=area, ordered__gt=ordered) | Q(area=area, ordered=ordered, pk__gt=pk),
            area__gte=area,
        )
    found = list(rows.order_by("area", "ordered", "pk").prefetch_related("households")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Dwellings(found[:size], (last.area, last.ordered, last.pk) if last else None)


def dwelling_for(viewer: Viewer, pk: int) -> Dwelling:
    """Return a dwelling with its households; raise NotFound for one that the viewer's posts do not see."""
    return find(
        viewer,
        lambda here: Dwelling.objects.visible_to(here).prefetch_related("households").filter(pk=pk).first(),
        otherwise=_("没有找到这处住房，可能不在您的管辖范围。"),
        capability=VIEW,
    )


def dwellings_like(viewer: Viewer, typed: str, area: int, limit: int = 20) -> list[Dwelling]:
    """Return the dwellings of a community whose address contains what was typed, those that equal it first."""
    rows = Dwelling.objects.visible_to(viewer).filter(area=area, address__contains=typed.strip()[:MOST_TYPED])
    return sorted(rows.order_by("ordered")[:limit], key=lambda one: one.address != typed.strip())


@dataclass(frozen=True, slots=True)
class Organisations:
    """One page of organisations, each with ``members``, and the key at which the next one starts."""

    organisations: Sequence[Organisation]
    after: Key | None


def organisations_page(
    viewer: Viewer, *, typed: str = "", kind: str = "", on: date, after: Key | None = None, size: int = 50
) -> Organisations:
    """Return a page of the organisations that exist on a day, by community and name, with the number of people in each."""
    if not may_list(viewer):
        return Organisations([], None)
    rows = Organisation.objects.visible_to(viewer).filter(Q(valid_until=None) | Q(valid_until__gt=on))
    rows = rows.filter(kind=kind) if kind else rows
    typed = typed.strip()[:MOST_TYPED]
    if typed:
        rows = rows.filter(Q(name__contains=typed) | Q(code__startswith=typed.upper()))
    if after is not None:
        area, name, pk = after
        rows = rows.filter(Q(area__gt=area) | Q(area=area, name__gt=name) | Q(area=area, name=name, pk__gt=pk))
    belonging = _belonging(on).filter(organisation=OuterRef("pk")).order_by().values("organisation")
    counted = rows.annotate(
        members=Coalesce(Subquery(belonging.annotate(n=Count("subject", distinct=True)).values("n")), Value(0))
    )
    found = list(counted.order_by("area", "name", "pk")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Organisations(found[:size], (last.area, last.name, last.pk) if last else None)


def organisation_for(viewer: Viewer, pk: int) -> Organisation:
    """Return an organisation; raise NotFound for one that the viewer's posts do not see."""
    return find(
        viewer,
        lambda here: Organisation.objects.visible_to(here).filter(pk=pk).first(),
        otherwise=_("没有找到这个组织，可能不在您的管辖范围。"),
        capability=VIEW,
    )


def organisations_like(viewer: Viewer, area: int, limit: int = 300) -> list[Organisation]:
    """Return the organisations of a community that still exist, by name: what somebody can be said to belong to."""
    return list(Organisation.objects.visible_to(viewer).filter(area=area, valid_until=None).order_by("name")[:limit])


def people_of(organisation: Organisation, on: date, limit: int = 500) -> list[Fact]:
    """Return who belongs to an organisation on a day, as lines with the person, by name."""
    rows = (
        _belonging(on).filter(organisation=organisation.pk).select_related("person").order_by("person__sort_key", "pk")
    )
    return list(rows[:limit])


def _belonging(on: date) -> Any:
    """Return the standing lines that say on a day that somebody is of an organisation, or works for it."""
    later = Fact.objects.filter(county=OuterRef("county"), replaces=OuterRef("pk"))
    return Fact.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=on),
        ~Exists(later),
        kind__in=(FactKind.BELONGS, FactKind.EMPLOYER),
        is_void=False,
        valid_from__lte=on,
    )


def categories_of(people: Collection[int], area: int, on: date) -> dict[int, list[str]]:
    """Return the titles of the categories in which each of some people of a community is on a day; confidential ones are not told."""
    titles = {rule.code: title_of(rule) for rule in rules_at(area, on)}
    rows = CategoryMembership.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=on),
        subject__in=people,
        category__in=titles,
        withdrawn_at=None,
        valid_from__lte=on,
    )
    found: dict[int, list[str]] = {}
    for subject, code in rows.order_by("subject", "category").values_list("subject", "category"):
        found.setdefault(subject, []).append(titles[code])
    return found
