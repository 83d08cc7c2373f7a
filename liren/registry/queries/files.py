"""One person, one file; one household, one file: everything known, with sources, in few queries."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.foundation.access.models import JournalLine
from liren.foundation.access.queries import find
from liren.foundation.access.rules import Viewer
from liren.registry.enums import FactKind
from liren.registry.models import Fact, Household, Person, Phone
from liren.registry.permissions import VIEW
from liren.registry.rules import PresentState, present_state, standing


@dataclass(slots=True)
class PersonFile:
    """A person's page: who, with whom, reachable where, what is known since when, who did what."""

    person: Person
    members: list[Person]
    phones: list[Phone]
    lines: list[Fact]
    wards: list[Fact]
    journal: list[JournalLine] = field(default_factory=list)

    @property
    def standing(self) -> list[Fact]:
        """Return the lines that nothing corrects, the youngest period first."""
        return standing(self.lines)

    @property
    def corrections(self) -> dict[int, Fact]:
        """Return, by the id of a corrected line, the line that took its place."""
        return {line.replaces: line for line in self.lines if line.replaces is not None}

    def current(self, kind: FactKind, on: date) -> Fact | None:
        """Return the line of a kind that holds on a day."""
        return next(
            (
                x
                for x in self.standing
                if x.kind == kind and x.valid_from <= on and (x.valid_until is None or on < x.valid_until)
            ),
            None,
        )


@dataclass(slots=True)
class HouseholdFile:
    """A household's page: its people now, who was in it before, who did what."""

    household: Household
    members: list[Person]
    lines: list[Fact]
    journal: list[JournalLine]


def person_for(viewer: Viewer, pk: int) -> Person:
    """Return a person inside the viewer's scope; raise NotFound otherwise."""
    return find(
        viewer,
        lambda here: Person.objects.visible_to(here).select_related("household").filter(pk=pk).first(),
        otherwise=_("没有找到这个人的档案，可能不在您的管辖范围。"),
    )


def household_for(viewer: Viewer, pk: int) -> Household:
    """Return a household inside the viewer's scope; raise NotFound otherwise."""
    return find(
        viewer,
        lambda here: Household.objects.visible_to(here).select_related("dwelling").filter(pk=pk).first(),
        otherwise=_("没有找到这一户，可能不在您的管辖范围。"),
    )


def fact_for(viewer: Viewer, pk: int) -> Fact:
    """Return a line of a file inside the viewer's scope, with its person; raise NotFound otherwise."""
    return find(
        viewer,
        lambda here: Fact.objects.visible_to(here).select_related("person__household").filter(pk=pk).first(),
        otherwise=_("没有找到这条记录，可能不在您的管辖范围。"),
    )


def seen_by(viewer: Viewer, area: int) -> None:
    """Raise NotFound where none of the viewer's posts may read files: a scope may be wider than the post that reads."""
    if not viewer.may(VIEW, area):
        raise NotFound(_("没有找到这份档案，可能不在您的管辖范围。"))


def own_person(viewer: Viewer) -> Person | None:
    """Return the resident's own file, when the account is linked to one."""
    return Person.objects.filter(pk=viewer.person_id).first() if viewer.person_id else None


def person_facts(person: Person, kind: str = "") -> list[Fact]:
    """Return the standing lines of a file, the youngest period first, of one kind if asked."""
    rows = Fact.objects.filter(county=person.county, subject=person.pk)
    return [line for line in standing(rows) if not kind or line.kind == kind]


def state_on(person: Person, on: date) -> PresentState:
    """Return what the file says about any day, past ones included."""
    return present_state(Fact.objects.filter(county=person.county, subject=person.pk), on)


def person_file(viewer: Viewer, pk: int, *, journal: int = 20) -> PersonFile:
    """Return everything on a person's page, in five queries."""
    person = person_for(viewer, pk)
    members = _members(person.household) if person.household else []
    lines = list(
        Fact.objects.filter(Q(subject=person.pk) | Q(other=person.pk))
        .select_related(None)
        .order_by("-valid_from", "-id")
    )
    own = [line for line in lines if line.subject == person.pk]
    wards = [line for line in standing(lines) if line.other == person.pk and line.kind == FactKind.GUARDIAN]
    phones = list(Phone.objects.filter(county=person.county, subject=person.pk).order_by("-is_main", "-recorded_at"))
    seen = [person.pk, *(line.pk for line in own), *(phone.pk for phone in phones)]
    return PersonFile(person, members, phones, own, wards, _journal(seen, journal))


def household_file(viewer: Viewer, pk: int, *, journal: int = 20) -> HouseholdFile:
    """Return everything on a household's page."""
    household = household_for(viewer, pk)
    lines = list(Fact.objects.filter(household=household.pk).select_related("person").order_by("-valid_from", "-id"))
    seen = [household.pk, *(line.pk for line in lines)]
    return HouseholdFile(household, _members(household), lines, _journal(seen, journal))


def _members(household: Household) -> list[Person]:
    shown = Person.objects.filter(household=household.pk).only(
        "name", "sex", "birth_on", "relation", "away_since", "deceased_on"
    )
    return list(shown.order_by("relation", "birth_on", "id"))


def _journal(objects: list[int], limit: int) -> list[JournalLine]:
    return list(JournalLine.objects.filter(object_id__in=objects).order_by("-id")[:limit])


def household_of(viewer: Viewer, person: Person) -> Household | None:
    """Return the household a person belongs to, also for a resident, who sees no other household."""
    if person.household_id is None:
        return None
    county = person.county * 10**9
    with rescoped(Scope.staff(county, county + 10**9 - 1), viewer.scope):
        return Household.objects.filter(pk=person.household_id).first()
