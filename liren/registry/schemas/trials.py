"""What the API says and takes of trials."""

from datetime import date, datetime
from typing import Annotated

import ninja
from pydantic import Field

from liren.base.api import Id
from liren.registry.schemas import ComparedFigure


class TrialIn(ninja.Schema):
    """A question what if: a category on a day (today where none is given), another version of its rule, other numbers in it.

    ``afresh`` has what was worked out before worked out anew.
    """

    category: Annotated[str, Field(max_length=80)]
    on: date | None = None
    version: Annotated[str, Field(max_length=20)] = ""
    parameters: dict[str, Annotated[int, Field(ge=0, le=9999)]] = {}
    afresh: bool = False


class TrialArea(ninja.Schema):
    """How far one of the areas below is: its people, and whether they have been worked out."""

    area: str
    people: int
    done: bool


class TrialOut(ninja.Schema):
    """A trial: what was asked, by whom and when, how far it is, and its figures once its state is ``done``."""

    id: Id
    category: str
    on: date
    area: str
    level: int
    version: str
    parameters: dict[str, int]
    state: str
    asked_at: datetime
    asked_by: str
    ended_at: datetime | None
    kept_until: datetime
    progress: list[TrialArea]
    before: int | None
    after: int | None
    entering: int | None
    leaving: int | None
    areas: list[ComparedFigure]


class TrialsOut(ninja.Schema):
    """Trials that are kept, the last one first."""

    items: list[TrialOut]
