"""One person, one file; one household, one file: everything known, with sources, in few queries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from liren.base.codes import age_on
from liren.base.reads import first, within
from liren.base.rows import asked, rescoped
from liren.base.scopes import Scope
from liren.foundation.access.models import JournalLine
from liren.foundation.access.queries import find
from liren.foundation.access.rules import Viewer
from liren.registry.enums import FactKind, HouseholdKind
from liren.registry.models import Fact, Household, Person, PersonMerge, Phone
from liren.registry.permissions import CONFIDENTIAL, VIEW
from liren.registry.rules import PresentState, holds_on, present_state, standing


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a household, as far as a list of its people says."""

    pk: int
    name: str
    sex: str
    birth_on: date | None
    relation: str
    away_since: date | None
    deceased_on: date | None

    def age_on(self, on: date) -> int | None:
        """Return the age in full years on a day, or nothing when the birth is not known."""
        return None if self.birth_on is None else age_on(self.birth_on, min(on, self.deceased_on or on))


@dataclass(frozen=True, slots=True)
class Reached:
    """A number under which somebody is reached, in full."""

    number: str
    is_main: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of the journal, as far as a file tells it."""

    at: datetime
    actor: str
    verb: str
    changes: dict[str, Any]


@dataclass(slots=True)
class PersonFile:
    """A person's page: who, with whom, reachable where, what is known since when, who did what."""

    person: Person
    members: list[Member]
    phones: list[Reached]
    lines: list[Fact]
    wards: list[Fact]
    journal: list[Deed] = field(default_factory=list)
    memberships: list[dict[str, Any]] = field(default_factory=list)  # of lists, past and coming ones too

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


# Everything around a person in one round trip, as JSON: four queries through the ORM took twice the time of the whole statement.
# What was done to a file that went into this one is told here too; who has only looked is told elsewhere.
_AROUND = """
WITH {beside}lines AS MATERIALIZED (SELECT * FROM registry_fact
       WHERE (subject = %(pk)s OR other = %(pk)s) AND (kind <> 'confidential' OR %(confidential)s)),
     phones AS MATERIALIZED (SELECT * FROM registry_phone WHERE county = %(county)s AND subject = %(pk)s)
SELECT (SELECT json_agg(l) FROM (SELECT * FROM lines ORDER BY valid_from DESC, id DESC) l),
       (SELECT json_agg(json_build_array(number, is_main) ORDER BY is_main DESC, recorded_at DESC) FROM phones),
       (SELECT json_agg(json_build_array(id, name, sex, birth_on, relation, away_since, deceased_on) ORDER BY relation, birth_on, id)
          FROM registry_person WHERE household_id = %(household)s),
       (SELECT json_agg(j) FROM (
          SELECT at, actor, verb, changes FROM access_journalline
           WHERE (changes->>'kind' IS DISTINCT FROM 'confidential' OR %(confidential)s)
             AND verb <> 'registry.look_at_person'
             AND object_id = ANY(ARRAY[%(pk)s] || ARRAY(SELECT id FROM lines WHERE subject = %(pk)s) || ARRAY(SELECT id FROM phones)
                                 || ARRAY(SELECT unnest(ARRAY[id, gone]) FROM registry_personmerge WHERE subject = %(pk)s AND undone_at IS NULL))
           ORDER BY id DESC LIMIT %(journal)s) j),
       (SELECT json_agg(m ORDER BY m.category) FROM (
          SELECT subject, area, category, rule, valid_from, valid_until, evidence FROM registry_categorymembership
           WHERE subject = %(pk)s AND withdrawn_at IS NULL) m)
"""

_AROUND_ALONE = _AROUND.format(beside="")
Beside = Callable[[Person], tuple[str, Mapping[str, Any]]]


@cache
def _with(statement: str) -> str:
    return _AROUND.format(beside=f"{statement},\n     ")


def person_file(viewer: Viewer, pk: int, *, journal: int = 20, beside: Beside | None = None) -> PersonFile:
    """Return everything on a person's page, in two queries; ``beside`` is a statement that travels with the second."""
    person = person_for(viewer, pk)
    pk = person.pk  # of the file into which the one that was asked for has gone
    around: dict[str, Any] = {"pk": pk, "county": person.county, "household": person.household_id, "journal": journal}
    around["confidential"] = viewer.may(CONFIDENTIAL, person.area)
    statement = _AROUND_ALONE
    if beside is not None:
        text, values = beside(person)
        statement = _with(text)
        around |= values
    [found] = asked(statement, around)
    lines, phones, members, deeds, memberships = (part or [] for part in found)
    known = [_fact(line) for line in lines]
    seal: Any = Phone._meta.get_field("number")
    return PersonFile(
        person,
        [_member(member) for member in members],
        [Reached(seal.opened(bytes.fromhex(number[2:])), is_main) for number, is_main in phones],
        [line for line in known if line.subject == pk],
        [line for line in standing(known) if line.other == pk and line.kind == FactKind.GUARDIAN],
        [Deed(datetime.fromisoformat(deed["at"]), deed["actor"], deed["verb"], deed["changes"]) for deed in deeds],
        [
            one | {"valid_from": date.fromisoformat(one["valid_from"]), "valid_until": _day(one["valid_until"])}
            for one in memberships
        ],
    )


def _fact(found: dict[str, Any]) -> Fact:
    """Return a line from its JSON form: days, the moment and sealed bytes come as text."""
    sealed, health = found.pop("health"), Fact._meta.get_field("health")
    return Fact(
        **found
        | {
            "valid_from": date.fromisoformat(found["valid_from"]),
            "valid_until": _day(found["valid_until"]),
            "recorded_at": datetime.fromisoformat(found["recorded_at"]),
            "health": health.opened(bytes.fromhex(sealed[2:])) if sealed else None,
        }
    )


def _member(found: list[Any]) -> Member:
    pk, name, sex, birth_on, relation, away_since, deceased_on = found
    return Member(pk, name, sex, _day(birth_on), relation, _day(away_since), _day(deceased_on))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


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
