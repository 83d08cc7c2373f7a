"""What the registry's API gives: numbers always masked, ids as strings."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

import ninja
from pydantic import Field

from liren.base.api import Id, Sent
from liren.base.codes import mask_id, mask_phone
from liren.registry.enums import CorrectionState, FactKind, PairState, Source
from liren.registry.models import CorrectionRequest, Fact
from liren.registry.queries import Found, PersonFile
from liren.registry.queries.duplicates import ListedPair
from liren.registry.queries.origins import writer
from liren.registry.queries.own import Look, OwnRecord


class PersonFound(ninja.Schema):
    """Somebody found by a search."""

    id: Id
    area: str
    name: str
    sex: str
    age: int | None
    id_number: str
    residence: str
    away_since: date | None
    deceased_on: date | None
    address: str


def line(found: Found, on: date) -> dict[str, Any]:
    """Return a hit as a ``PersonFound`` would say it; ready to be sent, since people search as they type."""
    return {
        "id": str(found.pk),
        "area": str(found.area),
        "name": found.name,
        "sex": found.sex,
        "age": found.age_on(on),
        "id_number": found.number,
        "residence": found.residence,
        "away_since": found.away_since and found.away_since.isoformat(),
        "deceased_on": found.deceased_on and found.deceased_on.isoformat(),
        "address": found.address,
    }


class PeopleSought(Sent):
    """Whom a search is for."""

    q: str = Field(
        max_length=64, description="name, part of it, pinyin, initials, whole identity number or whole phone"
    )
    limit: int = Field(default=10, ge=1, le=50)


class PeopleFound(ninja.Schema):
    """The answer to a search; ``kind`` says how the text was understood."""

    kind: str
    has_more: bool
    items: list[PersonFound]


class FactOut(ninja.Schema):
    """One standing line of a file."""

    id: Id
    kind: FactKind
    code: str
    valid_from: date
    valid_until: date | None
    words: str
    other: Id | None
    other_name: str
    place: str | None
    organisation: Id | None
    amount: int | None
    health: dict[str, str] | None
    source: Source
    authority: str
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, line: Fact) -> Self:
        """Return the output of a line; of numbers of certificates only the ends."""
        health = dict(line.health) if line.health else None
        for secret in ("certificate", "number"):
            if health and health.get(secret):
                health[secret] = mask_id(health[secret])
        return cls(
            id=line.pk,
            kind=FactKind(line.kind),
            code=line.code,
            valid_from=line.valid_from,
            valid_until=line.valid_until,
            words=line.words,
            other=line.other,
            other_name=line.other_name,
            place=str(line.place) if line.place else None,
            organisation=line.organisation,
            amount=line.amount,
            health=health,
            source=Source(line.source),
            authority=line.authority,
            recorded_at=line.recorded_at,
            recorded_by=line.recorded_by,
        )


class MemberOut(ninja.Schema):
    """A member of the person's household."""

    id: Id
    name: str
    relation: str
    sex: str
    age: int | None
    is_away: bool


class HouseholdOut(ninja.Schema):
    """The person's household."""

    id: Id
    number: str
    address: str
    head_name: str
    size: int
    members: list[MemberOut]


class PersonOut(ninja.Schema):
    """One person, one file."""

    id: Id
    area: str
    name: str
    sex: str
    birth_on: date | None
    age: int | None
    ethnicity: str
    document: str
    id_number: str
    phones: list[str]
    deceased_on: date | None
    residence: str
    away_since: date | None
    household: HouseholdOut | None
    facts: list[FactOut]

    @classmethod
    def of(cls, file: PersonFile, on: date) -> Self:
        """Return the output of a file."""
        person, home = file.person, file.person.household
        return cls(
            id=person.pk,
            area=str(person.area),
            name=person.name,
            sex=person.sex,
            birth_on=person.birth_on,
            age=person.age_on(on),
            ethnicity=person.ethnicity,
            document=person.document,
            id_number=mask_id(person.id_number or ""),
            phones=[mask_phone(phone.number) for phone in file.phones],
            deceased_on=person.deceased_on,
            residence=person.residence,
            away_since=person.away_since,
            household=HouseholdOut(
                id=home.pk,
                number=home.number,
                address=home.address,
                head_name=home.head_name,
                size=home.size,
                members=[
                    MemberOut(
                        id=member.pk,
                        name=member.name,
                        relation=member.relation,
                        sex=member.sex,
                        age=member.age_on(on),
                        is_away=member.away_since is not None,
                    )
                    for member in file.members
                ],
            )
            if home
            else None,
            facts=[FactOut.of(line) for line in file.standing],
        )


class OwnRecordOut(ninja.Schema):
    """What residents read of themselves: numbers masked, the names of those at home and nothing else of them."""

    id: Id
    name: str
    sex: str
    birth_on: date | None
    ethnicity: str
    document: str
    id_number: str
    phones: list[str]
    address: str
    at_home: list[str]
    facts: list[FactOut]
    requests: list["CorrectionOut"]

    @classmethod
    def of(cls, own: OwnRecord) -> Self:
        """Return the output of a resident's own file."""
        who = own.file.person
        facts = [FactOut.of(one) for one in own.file.standing]
        for fact in facts:
            fact.recorded_by = writer(fact.recorded_by, by_name=False, between="·")
        return cls(
            id=who.pk,
            name=who.name,
            sex=who.sex,
            birth_on=who.birth_on,
            ethnicity=who.ethnicity,
            document=who.document,
            id_number=mask_id(who.id_number or ""),
            phones=[mask_phone(phone.number) for phone in own.file.phones],
            address=own.address,
            at_home=[member.name for member in own.file.members],
            facts=facts,
            requests=[CorrectionOut.of(one) for one in own.requests],
        )


class CorrectionIn(ninja.Schema):
    """A request for correction: ``item`` is name, number, sex, birth_on, ethnicity, phone, other, or ``fact-`` and a line's id.

    ``values`` are what should stand there by column, days as ISO text; ``files`` uploads of the caller's that prove it.
    """

    item: Annotated[str, Field(max_length=32)]
    values: dict[str, str] = {}
    never_so: bool = False
    words: Annotated[str, Field(max_length=500)] = ""
    files: Annotated[list[Id], Field(max_length=10)] = []


class CorrectionOut(ninja.Schema):
    """A request for correction as it stands."""

    id: Id
    item: str
    before: str
    values: dict[str, str]
    never_so: bool
    words: str
    state: CorrectionState
    asked_at: datetime
    due_on: date
    due_provisional: bool
    decided_at: datetime | None
    reason: str

    @classmethod
    def of(cls, one: CorrectionRequest) -> Self:
        """Return the output of a request."""
        return cls(
            id=one.pk,
            item=one.item,
            before=one.before,
            values=one.wanted or {},
            never_so=one.never_so,
            words=one.words,
            state=CorrectionState(one.state),
            asked_at=one.asked_at,
            due_on=one.due_on,
            due_provisional=one.due_provisional,
            decided_at=one.decided_at,
            reason=one.reason or "",
        )


class QueuedOut(ninja.Schema):
    """A request in the desk's queue, with who asks."""

    person: Id
    name: str
    request: CorrectionOut


class AcceptIn(ninja.Schema):
    """A consent; without ``values`` what the resident asked for counts."""

    values: dict[str, str] | None = None
    withdraw: bool = False
    note: Annotated[str, Field(max_length=200)] = ""


class RefusedIn(ninja.Schema):
    """Why."""

    reason: Annotated[str, Field(max_length=200)] = ""


class LookOut(ninja.Schema):
    """Somebody looked at the file: which office and post, what, and why."""

    id: Id
    at: datetime
    office: str
    verb: str
    why: dict[str, str]

    @classmethod
    def of(cls, look: Look) -> Self:
        """Return the output of a look, the worker named by office and post only."""
        told = {key: str(value) for key, value in look.details.items() if key in {"why", "purpose", "reason", "what"}}
        return cls(id=look.pk, at=look.at, office="·".join(look.actor.split("·")[:2]), verb=look.verb, why=told)


class PairOut(ninja.Schema):
    """Two files that look like one person's."""

    id: Id
    left: Id
    right: Id
    left_name: str
    right_name: str
    score: int
    reasons: list[str]
    state: PairState

    @classmethod
    def of(cls, one: ListedPair) -> Self:
        """Return the output of a pair."""
        return cls(
            id=one.pair.pk,
            left=one.pair.left,
            right=one.pair.right,
            left_name=one.left.name,
            right_name=one.right.name,
            score=one.pair.score,
            reasons=one.pair.reasons,
            state=PairState(one.pair.state),
        )


class MergeIn(ninja.Schema):
    """Which file stays, what is taken from the other, and which lines are withdrawn; by default those said twice."""

    kept: Id
    take: list[Literal["name", "number", "sex", "birth_on", "ethnicity"]] = []
    drop: Annotated[list[Id], Field(max_length=500)] | None = None
    reason: Annotated[str, Field(max_length=200)]


class MergeOut(ninja.Schema):
    """A merge of two files: ``gone`` leads to ``kept`` wherever a file is asked for by its id."""

    id: Id
    kept: Id
    gone: Id
    reason: str
    merged_at: datetime
    undone_at: datetime | None


class AreaFigure(ninja.Schema):
    """How many of a category live in an area; nothing where so few are not told."""

    area: str
    members: int | None


class CategoryOut(ninja.Schema):
    """A category with its figures: the total and the areas below the caller's."""

    code: str
    name: str
    group: str
    version: str
    source: str
    article: str
    verified: bool
    parameters: dict[str, int]
    members: int | None
    areas: list[AreaFigure]


class MemberOfCategory(ninja.Schema):
    """Somebody on a list, since when, until when as far as is known, and why."""

    person: Id
    name: str
    area: str
    grid: str
    age: int | None
    valid_from: date
    valid_until: date | None
    reason: str


class CategoryMembers(ninja.Schema):
    """A page of a list; ``next`` is what to send as ``after`` for the following one."""

    items: list[MemberOfCategory]
    next: str


class RuleVersionOut(ninja.Schema):
    """A version of a category's rule: its key, from when until when it counts at the caller's place, where it comes from."""

    key: str
    version: str
    valid_from: date | None
    valid_until: date | None
    source: str
    parameters: dict[str, int]


class ComparedFigure(ninja.Schema):
    """One area's figures under two rules."""

    area: str
    before: int
    after: int


class CategoryComparison(ninja.Schema):
    """A list under the rule that counted on a day and under another: figures by area, who would come and go, all versions there are."""

    now: RuleVersionOut
    other: RuleVersionOut
    before: int
    after: int
    entering: int
    leaving: int
    areas: list[ComparedFigure]
    versions: list[RuleVersionOut]


class RuleConditionOut(ninja.Schema):
    """One condition of a rule: whether it is met, and the next day on which that changes by itself."""

    words: str
    holds: bool
    turns_on: date | None


class PersonCategory(ninja.Schema):
    """One category for one person: whether on the list, since when and why, and every condition of the rule."""

    code: str
    name: str
    version: str
    source: str
    is_member: bool
    valid_from: date | None
    valid_until: date | None
    reason: str
    conditions: list[RuleConditionOut]
