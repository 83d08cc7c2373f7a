"""One person, one file; one household, one file: everything known, with sources, in few queries."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from liren.base.reads import first, within
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.foundation.access.models import JournalLine
from liren.foundation.access.queries import find
from liren.foundation.access.rules import Viewer
from liren.registry.enums import FactKind, HouseholdKind
from liren.registry.models import Fact, Household, Person, PersonMerge
from liren.registry.permissions import CONFIDENTIAL, VIEW
from liren.registry.queries.opening import Deed, Member
from liren.registry.rules import PresentState, holds_on, present_state, standing


@dataclass(slots=True)
class HouseholdFile:
    """A household's page: its people now and what is known of them, who was in it before, who did what."""

    household: Household
    members: list[Member]
    lines: list[Fact]
    journal: list[Deed]
    known: list[Fact] = field(default_factory=list)
    others: list[tuple[Household, list[str]]] = field(default_factory=list)
    """The households of the other kind to which members belong, with their names."""

    def about(self, pk: int, on: date) -> list[Fact]:
        """Return what holds of a member on a day."""
        return [line for line in self.known if line.subject == pk and holds_on(line, on)]


def person_for(viewer: Viewer, pk: int) -> Person:
    """Return a person where one of the viewer's posts may read files; raise NotFound otherwise.

    The id of a file that went into another leads to the other.
    """
    return find(
        viewer,
        lambda here: first(Person, {"id = %s": pk, **within(here.scope)}, related="household") or _into_whom(here, pk),
        otherwise=_("没有找到这个人的档案，可能不在您的管辖范围。"),
        capability=VIEW,
    )


def _into_whom(viewer: Viewer, gone: int) -> Person | None:
    merge = PersonMerge.objects.visible_to(viewer).filter(gone=gone, undone_at=None).only("subject").first()
    return first(Person, {"id = %s": merge.subject, **within(viewer.scope)}, related="household") if merge else None


def household_for(viewer: Viewer, pk: int) -> Household:
    """Return a household where one of the viewer's posts may read files; raise NotFound otherwise."""
    return find(
        viewer,
        lambda here: Household.objects.visible_to(here).select_related("dwelling").filter(pk=pk).first(),
        otherwise=_("没有找到这一户，可能不在您的管辖范围。"),
        capability=VIEW,
    )


def fact_for(viewer: Viewer, pk: int) -> Fact:
    """Return a line of a file that the viewer's posts may read, with its person; raise NotFound otherwise."""

    def ask(here: Viewer) -> Fact | None:
        line = Fact.objects.visible_to(here).select_related("person__household").filter(pk=pk).first()
        return line if line is None or may_read(viewer, line) else None

    return find(
        viewer,
        ask,
        otherwise=_("没有找到这条记录，可能不在您的管辖范围。"),
        capability=VIEW,
    )


def may_read(viewer: Viewer, line: Fact) -> bool:
    """Say whether a line that the viewer's range holds may be shown: confidential ones only to named posts."""
    return line.kind != FactKind.CONFIDENTIAL or viewer.may(CONFIDENTIAL, line.area)


def own_person(viewer: Viewer) -> Person | None:
    """Return the resident's own file, when the account is linked to one."""
    return Person.objects.filter(pk=viewer.person_id).first() if viewer.person_id else None


def person_facts(person: Person, kind: str = "") -> list[Fact]:
    """Return the standing lines of a file that no wall hides, the youngest period first, of one kind if asked."""
    rows = Fact.objects.filter(county=person.county, subject=person.pk).exclude(kind=FactKind.CONFIDENTIAL)
    return [line for line in standing(rows) if not kind or line.kind == kind]


def state_on(person: Person, on: date) -> PresentState:
    """Return what the file says about any day, past ones included."""
    return present_state(Fact.objects.filter(county=person.county, subject=person.pk), on)


def household_file(viewer: Viewer, pk: int, *, journal: int = 20) -> HouseholdFile:
    """Return everything on a household's page."""
    household = household_for(viewer, pk)
    lines = list(Fact.objects.filter(household=household.pk).select_related("person").order_by("-valid_from", "-id"))
    people = list(_people_in(household))
    members = [
        Member(one.pk, one.name, one.sex, one.birth_on, kin, one.away_since, one.deceased_on)
        for one in people
        for kin in [one.register_relation if household.kind == HouseholdKind.REGISTER else one.relation]
    ]
    known = Fact.objects.filter(county=household.county, subject__in=[one.pk for one in people])
    if not viewer.may(CONFIDENTIAL, household.area):
        known = known.exclude(kind=FactKind.CONFIDENTIAL)
    seen = [household.pk, *(line.pk for line in lines)]
    return HouseholdFile(
        household, members, standing(lines), _journal(seen, journal), standing(known), _other_homes(household, people)
    )


def _people_in(household: Household) -> QuerySet[Person]:
    """Return the members, the head first."""
    column, kin = (
        ("register", "register_relation") if household.kind == HouseholdKind.REGISTER else ("household", "relation")
    )
    rows = Person.objects.filter(**{column: household.pk}).select_related("household", "register")
    return rows.order_by(kin, "birth_on", "id")


def _other_homes(household: Household, people: list[Person]) -> list[tuple[Household, list[str]]]:
    """Return the households of the other kind to which these people belong: one reads that they stand in two."""
    found: dict[int, tuple[Household, list[str]]] = {}
    for one in people:
        other = one.household if household.kind == HouseholdKind.REGISTER else one.register
        if other is not None:
            found.setdefault(other.pk, (other, []))[1].append(one.name)
    return list(found.values())


def _journal(objects: list[int], limit: int) -> list[Deed]:
    lines = JournalLine.objects.filter(object_id__in=objects).exclude(verb="registry.look_at_household").order_by("-id")
    return [Deed(*row) for row in lines.values_list("at", "actor", "verb", "changes")[:limit]]


def household_of(person: Person) -> Household | None:
    """Return the household a person belongs to, also for a resident, who sees no other household."""
    if person.household_id is None:
        return None
    county = person.county * 10**9
    with rescoped(Scope.staff(county, county + 10**9 - 1)):
        return Household.objects.filter(pk=person.household_id).first()
