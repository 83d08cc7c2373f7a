"""What the API gives of households and the population, and takes as a statement."""

from datetime import date
from typing import Annotated, Literal, Self

import ninja
import pydantic

from liren.base.api import Id
from liren.registry.enums import Source
from liren.registry.queries import HouseholdFile
from liren.registry.queries.population import Flow, Gone, Ledger
from liren.registry.rules.statements import (
    Belongs,
    Benefit,
    Certificate,
    Contact,
    Designation,
    Education,
    Employer,
    Marriage,
    Relation,
    School,
    Statement,
)
from liren.registry.schemas import HouseholdOut, MemberOut, PersonFound


class FactIn(ninja.Schema):
    """One statement: ``kind`` says which fields count (``rules.statements``); days are half-open, an amount is in fen."""

    model_config = {"extra": "forbid"}

    kind: Literal[
        "relation",
        "marriage",
        "education",
        "school",
        "employer",
        "belongs",
        "certificate",
        "benefit",
        "designation",
        "contact",
    ]
    code: Annotated[str, pydantic.Field(max_length=24)] = ""
    words: Annotated[str, pydantic.Field(max_length=200)] = ""
    number: Annotated[str, pydantic.Field(max_length=200)] = ""
    name: Annotated[str, pydantic.Field(max_length=64)] = ""
    other: Id | None = None
    organisation: Id | None = None
    amount: Annotated[int, pydantic.Field(ge=0, le=10**15)] | None = None
    since: date
    until: date | None = None
    source: Source = Source.SHARED
    authority: Annotated[str, pydantic.Field(max_length=64)] = ""

    def statement(self) -> Statement:
        """Return what is said."""
        says: dict[str, Statement] = {
            "relation": Relation(self.code, self.other, self.name, self.words),
            "marriage": Marriage(self.code, self.other, self.name),
            "education": Education(self.code, self.words),
            "school": School(self.words),
            "employer": Employer(self.words, self.organisation),
            "belongs": Belongs(self.organisation or 0, self.words),
            "certificate": Certificate(self.code, self.number),
            "benefit": Benefit(self.code, self.amount, self.words),
            "designation": Designation(self.code, self.words),
            "contact": Contact(self.code, self.number, self.name),
        }
        return says[self.kind]


class HouseholdDetail(HouseholdOut):
    """One household, one file."""

    area: str
    kind: str
    tenure: str
    dwelling: Id | None
    closed_on: date | None

    @classmethod
    def of(cls, file: HouseholdFile, on: date) -> Self:
        """Return the output of a file."""
        home = file.household
        return cls(
            id=home.pk, area=str(home.area), number=home.number, address=home.address, head_name=home.head_name, size=home.size,
            kind=home.kind, tenure=home.tenure, dwelling=home.dwelling_id, closed_on=home.closed_on,
            members=[
                MemberOut(
                    id=one.pk, name=one.name, relation=one.relation, sex=one.sex, age=one.age_on(on), is_away=one.away_since is not None
                )
                for one in file.members
            ],
        )  # fmt: skip


class FlowOut(ninja.Schema):
    """A group's month: counted at the start, what was added and lost, counted at the end."""

    area: str
    name: str
    residence: str
    sex: str
    start: int
    born: int
    moved_in: int
    handed_in: int
    listed: int
    changed_to: int
    died: int
    moved_out: int
    handed_out: int
    struck: int
    changed_from: int
    end: int


class PopulationOut(ninja.Schema):
    """The population ledger of a month."""

    month: str
    balances: bool
    items: list[FlowOut]

    @classmethod
    def of(cls, found: Ledger) -> Self:
        """Return the output of a ledger: a line for each place, residence kind and sex."""
        names = list(Flow.__dataclass_fields__)
        return cls(
            month=f"{found.first:%Y-%m}",
            balances=all(flow.balances for place in found.places for flow in place.groups.values()),
            items=[
                FlowOut(
                    area=str(place.area),
                    name=place.name,
                    residence=kind,
                    sex=sex,
                    **{name: getattr(flow, name) for name in names},
                )
                for place in found.places
                for (kind, sex), flow in sorted(place.groups.items())
            ],
        )


class GoneOut(ninja.Schema):
    """Somebody who was counted on the day and whose file another community keeps now."""

    name: str
    sex: str
    residence: str
    valid_from: date
    valid_until: date

    @classmethod
    def of(cls, gone: Gone) -> Self:
        """Return the output of a row."""
        return cls(
            name=gone.name,
            sex=gone.sex,
            residence=gone.residence,
            valid_from=gone.valid_from,
            valid_until=gone.valid_until,
        )


class ResidentsOut(ninja.Schema):
    """A page of those who were counted on a day."""

    on: date
    items: list[PersonFound]
    next: str | None
    gone: list[GoneOut]
