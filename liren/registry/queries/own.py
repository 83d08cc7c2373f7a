"""What residents see of themselves: their own file, their requests for correction, who has looked at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.foundation.access.models import JournalLine
from liren.foundation.access.rules import Viewer
from liren.registry.enums import FactKind
from liren.registry.models import CorrectionRequest, Disclosure, Fact, Person, PersonMerge, Phone
from liren.registry.queries.files import household_of, own_person
from liren.registry.queries.opening import Member, PersonFile, Reached
from liren.registry.rules import standing

LOOKS = ("registry.look_at_person", "registry.look_at_household", "registry.unmask")
FACE_TO_FACE = frozenset({"confidential"})
"""Kinds of lines that are told face to face only: a phone is often in the hands of the family."""


@dataclass(slots=True)
class OwnRecord:
    """A resident's own file, and what was asked to be put right in it."""

    file: PersonFile
    address: str
    requests: list[CorrectionRequest]

    @property
    def waiting(self) -> dict[str, CorrectionRequest]:
        """Return the requests that nobody has decided yet, by what they are about."""
        return {one.item: one for one in self.requests if one.state == "waiting"}


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at the file, or took something out of it: when, which office and post, what, and why."""

    pk: int
    at: datetime
    actor: str
    verb: str
    details: Mapping[str, Any]


def linked_person(viewer: Viewer) -> Person:
    """Return the person behind the resident's account; raise ``NotFound`` while nobody has confirmed who it is."""
    person = own_person(viewer) if viewer.mode == "resident" else None
    if person is None:
        raise NotFound(_("您的手机号还没有和档案连起来。请先在“我”里办理身份核对。"))
    return person


def own_record(viewer: Viewer, *, requests: int = 30) -> OwnRecord:
    """Return the resident's own file: facts, phones, the names of those in the same household, own requests."""
    person = linked_person(viewer)
    lines = Fact.objects.filter(county=person.county, subject=person.pk).exclude(kind__in=FACE_TO_FACE)
    phones = Phone.objects.filter(county=person.county, subject=person.pk).order_by("-is_main", "-recorded_at")
    home = household_of(person)
    members: list[Member] = []
    if home is not None:
        county = person.county * 10**9
        with rescoped(Scope.staff(county, county + 10**9 - 1)):  # they live under one roof and know each other's names
            rows = Person.objects.filter(county=person.county, household=home.pk).exclude(pk=person.pk)
            members = [
                Member(pk, name, "", None, relation, None, None)
                for pk, name, relation in rows.order_by("relation", "birth_on", "id").values_list(
                    "pk", "name", "relation"
                )
            ]
    asked = CorrectionRequest.objects.filter(subject=person.pk).order_by("-id")[:requests]
    return OwnRecord(
        PersonFile(person, members, [Reached(one.number, one.is_main) for one in phones], list(lines)),
        home.address if home else "",
        list(asked),
    )


def own_fact(person: Person, pk: int) -> Fact:
    """Return a line of the resident's own file; raise ``NotFound`` for any other."""
    found = Fact.objects.filter(county=person.county, subject=person.pk, pk=pk).exclude(kind__in=FACE_TO_FACE).first()
    if found is None:
        raise NotFound(_("没有找到这条记录，可能刚刚更正过。请回到档案再看。"))
    return found


def own_correction(viewer: Viewer, pk: int) -> CorrectionRequest:
    """Return one of the resident's own requests; raise ``NotFound`` for any other."""
    found = CorrectionRequest.objects.filter(subject=linked_person(viewer).pk, pk=pk).first()
    if found is None:
        raise NotFound(_("没有找到这条申请。"))
    return found


def own_looks(viewer: Viewer, *, before: int | None = None, limit: int = 30) -> list[Look]:
    """Return who looked at the resident's file or took something out of it, the newest first; ``before`` is the last id seen.

    What was done to a file that went into this one, or to the household's sheet while the person belongs to it, counts too.
    """
    person = linked_person(viewer)
    with rescoped(Scope.everything()):  # a household's line belongs to nobody; what is asked for is named one by one
        gone = list(PersonMerge.objects.filter(subject=person.pk, undone_at=None).values_list("gone", flat=True))
        own = [person.pk, *gone]
        about = Q(object_id__in=own)
        if person.household_id is not None:
            about |= Q(object_id=person.household_id, at__date__gte=_member_since(person))
        lines = JournalLine.objects.filter(about, verb__in=LOOKS)
        given = Disclosure.objects.filter(subject__in=own)
        if before is not None:
            lines, given = lines.filter(pk__lt=before), given.filter(pk__lt=before)
        found = [
            Look(*row) for row in lines.order_by("-id").values_list("pk", "at", "actor", "verb", "changes")[:limit]
        ]
        found += [
            Look(pk, at, office, f"registry.gave_{form}", {"purpose": purpose, "reason": words})
            for pk, at, office, form, purpose, words in given.order_by("-id").values_list(
                "pk", "at", "office", "form", "purpose", "words"
            )[:limit]
        ]
    return sorted(found, key=lambda look: -look.pk)[:limit]


def _member_since(person: Person) -> date:
    """Return the day on which the person came into the present household: who looked at it before looked at others."""
    lines = Fact.objects.filter(
        county=person.county, subject=person.pk, kind=FactKind.MEMBER, household=person.household_id
    )
    return max((line.valid_from for line in standing(lines)), default=date.max)
