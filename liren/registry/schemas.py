"""What the registry's API gives: numbers always masked, ids as strings."""

from datetime import date, datetime
from typing import Any, Self

import ninja

from liren.base.api import Id
from liren.base.codes import mask_id, mask_phone
from liren.registry.enums import FactKind, Source
from liren.registry.models import Fact
from liren.registry.queries import Found, PersonFile


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
