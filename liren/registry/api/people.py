"""Search as one types, one person's file."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query

from liren.base.api import Id, answer
from liren.base.clock import now, today
from liren.registry import actions
from liren.registry.api.router import router
from liren.registry.permissions import VIEW
from liren.registry.queries import search_people
from liren.registry.schemas import PeopleFound, PersonOut, line


@router.get("/people", response=PeopleFound, capability=VIEW, who="staff", summary="Search for people")
def people(
    request: HttpRequest,
    q: Annotated[
        str,
        Query(max_length=64, description="name, part of it, pinyin, initials, whole identity number or whole phone"),
    ],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> HttpResponse:
    """Return the people inside the caller's scope who fit, exact matches first; numbers are masked."""
    on = today()
    found = search_people(request.viewer, q, limit)  # type: ignore[attr-defined]
    return answer(
        {"kind": found.kind, "has_more": found.has_more, "items": [line(person, on) for person in found.people]}
    )


@router.get("/people/{person_id}", response=PersonOut, capability=VIEW, who="staff", summary="One person's file")
def person(request: HttpRequest, person_id: Id) -> PersonOut:
    """Return a person inside the caller's scope with household and standing facts; 404 for anybody else."""
    viewer = request.viewer  # type: ignore[attr-defined]
    file = actions.look_at_person(by=viewer, at=now(), pk=person_id, why={"why": "api"}, journal=0)
    return PersonOut.of(file, today())
