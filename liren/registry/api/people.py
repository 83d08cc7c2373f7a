"""Search as one types, one person's file."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query

from liren.base.api import Id, answer, cursor, read_cursor
from liren.base.clock import now, today
from liren.registry import actions
from liren.registry.api.router import router
from liren.registry.permissions import EDIT, VIEW
from liren.registry.queries import people_page, person_for, search_people
from liren.registry.queries.population import gone_since, ledger, month_of
from liren.registry.schemas import FactOut, PeopleFound, PeopleSought, PersonOut, line
from liren.registry.schemas.homes import FactIn, GoneOut, HouseholdDetail, PopulationOut, ResidentsOut


@router.post("/people/search", response=PeopleFound, capability=VIEW, who="staff", summary="Search for people")
def people(request: HttpRequest, body: PeopleSought) -> HttpResponse:
    """Return the people inside the caller's scope who fit, exact matches first; numbers are masked.

    What is typed travels in the body, so that it stands in no log.
    """
    on = today()
    found = search_people(request.viewer, body.q, body.limit)  # type: ignore[attr-defined]
    return answer(
        {"kind": found.kind, "has_more": found.has_more, "items": [line(person, on) for person in found.people]}
    )


@router.get("/people/{person_id}", response=PersonOut, capability=VIEW, who="staff", summary="One person's file")
def person(request: HttpRequest, person_id: Id) -> PersonOut:
    """Return a person inside the caller's scope with household and standing facts; 404 for anybody else."""
    viewer = request.viewer  # type: ignore[attr-defined]
    file = actions.look_at_person(by=viewer, at=now(), pk=person_id, why={"why": "api"}, journal=0)
    return PersonOut.of(file, today())


@router.post(
    "/people/{person_id}/facts", response={201: FactOut}, capability=EDIT, who="staff", summary="Record a statement"
)
def add_fact(request: HttpRequest, person_id: Id, body: FactIn) -> FactOut:
    """Write a dated line into a file; the line of its sort that held until then ends on its first day."""
    viewer = request.viewer  # type: ignore[attr-defined]
    line = actions.record(
        by=viewer, at=now(), person=person_for(viewer, person_id), statement=body.statement(), since=body.since,
        until=body.until, source=body.source, authority=body.authority,
    )  # fmt: skip
    return FactOut.of(line)


@router.get(
    "/households/{household_id}", response=HouseholdDetail, capability=VIEW, who="staff", summary="One household"
)
def household(request: HttpRequest, household_id: Id) -> HouseholdDetail:
    """Return a household inside the caller's scope with its members; 404 for any other."""
    viewer = request.viewer  # type: ignore[attr-defined]
    file = actions.look_at_household(by=viewer, at=now(), pk=household_id, why={"why": "api"})
    return HouseholdDetail.of(file, today())


@router.get(
    "/population", response=PopulationOut, capability=VIEW, who="staff", summary="The population ledger of a month"
)
def population(
    request: HttpRequest, month: Annotated[str | None, Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] = None
) -> PopulationOut:
    """Return the month's figures for each place below the caller's seat, by residence kind and sex; this month without ``month``."""
    viewer = request.viewer  # type: ignore[attr-defined]
    first = date.fromisoformat(f"{month}-01") if month and month[:4] != "0000" else today()
    return PopulationOut.of(ledger(viewer, *month_of(first)))


@router.get("/residents", response=ResidentsOut, capability=VIEW, who="staff", summary="Who was counted here on a day")
def residents(
    request: HttpRequest,
    on: Annotated[date | None, Query(description="the day; today without it")] = None,
    after: Annotated[str | None, Query(max_length=400, description="``next`` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> HttpResponse:
    """Return who was counted in the places of the caller's seat on a day, by pinyin; ``gone`` are those whose files others keep now.

    ``gone`` comes with the first page only.
    """
    viewer, day = request.viewer, on or today()  # type: ignore[attr-defined]
    key = read_cursor(after, str, int)
    found = people_page(viewer, after=key, size=limit, on=day)
    return answer(
        {
            "on": day.isoformat(),
            "items": [line(person, day) for person in found.people],
            "next": cursor(*found.after) if found.after else None,
            "gone": [] if key else [GoneOut.of(one).model_dump(mode="json") for one in gone_since(viewer, day)],
        }
    )
