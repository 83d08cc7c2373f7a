"""The API of cases: apply, list, follow, and every verb of the flow as an operation of its own."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query

from liren.base import clock
from liren.base.api import Id, Page, Router, answer, cursor, read_cursor, written_page
from liren.engines.cases import actions, queries
from liren.engines.cases.actions import BY_VERB, HelpGiven
from liren.engines.cases.enums import State, Verb
from liren.engines.cases.permissions import CAPABILITY_OF, SUBMIT, VIEW
from liren.engines.cases.rules.routing import Desk
from liren.engines.cases.schemas import (
    BODIES,
    CODE,
    CaseIn,
    CaseOut,
    DeskIn,
    MatterOut,
    MatterSheetOut,
    MattersOut,
    SheetOut,
    VerbIn,
    written,
)
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import place_by_code
from liren.registry import queries as registry

router = Router()
Area = Annotated[str, Query(pattern=CODE, description="code of the community, 12 digits")]


def _today() -> date:
    return clock.today()


@router.get("/matters", response=MattersOut, who="public", summary="What can be applied for in a community")
def list_matters(request: HttpRequest, area: Area, q: Annotated[str, Query(max_length=60)] = "") -> MattersOut:
    """Return the matters of a community; ``q`` are everyday words, the best match comes first."""
    found = queries.matters(queries.community(area), on=_today(), words=q)
    return MattersOut(items=[MatterOut.of(one) for one in found])


@router.get("/matters/{code}", response=MatterSheetOut, by_alias=True, who="public", summary="A matter with its form")
def show_matter(request: HttpRequest, code: str, area: Area) -> MatterSheetOut:
    """Return a matter as the caller meets it: a linked resident's known answers filled in, papers held ticked off."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = queries.matter(code, queries.community(area), on=_today())
    person = registry.own_person(viewer) if viewer.mode == "resident" else None
    facts = queries.known_facts(viewer, one, person, on=_today())
    return MatterSheetOut.sheet(queries.prepared(one, {}, facts))


@router.post("/", response={201: CaseOut}, capability=SUBMIT, summary="Submit a case")
def submit(request: HttpRequest, body: CaseIn) -> HttpResponse:
    """Submit an application in one go: a resident's own, or one that staff take in for a person."""
    by: Viewer = request.viewer  # type: ignore[attr-defined]
    if body.once is not None:
        by = by.with_once(body.once)
    at, area = clock.now(), queries.community(body.area)
    one = queries.matter(body.matter, area, on=clock.day_of(at))
    case = queries.blank_case(by, one, area, at=at, person_id=body.person)
    if by.is_staff:
        given = body.help_given
        helped = HelpGiven(given.for_name, given.proof, given.relation, tuple(given.proof_files)) if given else None
        made = actions.take_in_case(
            by=by, at=at, case=case, answers=body.answers, on_paper=body.on_paper, phone=body.phone, help_given=helped,
            accept=body.accept,
        )  # fmt: skip
    else:
        made = actions.submit_case(
            by=by, at=at, case=case, answers=body.answers, on_paper=body.on_paper, phone=body.phone
        )
    return answer(written(made), status=201)


@router.get("/", response=Page[CaseOut], capability=VIEW, summary="List cases")
def list_cases(
    request: HttpRequest,
    state: State | None = None,
    matter: Annotated[str, Query(max_length=80)] = "",
    area: Annotated[str, Query(pattern=r"^\d{2,12}$", description="code of a place of any level")] | None = None,
    after: Annotated[str, Query(max_length=80)] | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> HttpResponse:
    """Return cases, the newest first: a resident's own, or those of the places where staff may see cases."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    key = read_cursor(after, int)
    place = place_by_code(area) if area and len(area) < 12 else None
    lines = queries.case_lines(
        viewer,
        state=state or "",
        matter=matter,
        area=place.area if place else queries.community(area) if area else None,
        level=place.level if place else 5,
        after=key[0] if key else None,
        limit=limit,
    )
    return written_page([line for _id, line in lines], cursor(lines[-1][0]) if len(lines) == limit else None)


@router.get("/{case}", response=SheetOut, capability=VIEW, summary="A case with everything about it")
def show_case(request: HttpRequest, case: Id) -> SheetOut:
    """Return a case with its papers, its time line and what the caller may do next."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    sheet = queries.case_sheet(viewer, case, on=_today())
    return SheetOut.sheet(sheet, staff=viewer.is_staff)


def _verb(verb: Verb) -> None:
    """Add the operation of a verb: its body, its capability and its action come from the tables."""
    body_type = BODIES[verb]

    def act(request: HttpRequest, case: Id, body: VerbIn) -> HttpResponse:
        by: Viewer = request.viewer  # type: ignore[attr-defined]
        values = {name: _value(given) for name, given in body if name != "version"}
        found = queries.case_for(by, case, version=body.version)
        return answer(written(BY_VERB[verb](by=by, at=clock.now(), case=found, **values)))

    act.__name__ = f"{verb.value}_case_now"
    act.__annotations__["body"] = body_type
    router.post(
        f"/{{case}}/{verb.value}",
        response=CaseOut,
        capability=CAPABILITY_OF[verb],
        summary=str(verb.name.replace("_", " ").capitalize()),
        description=(body_type.__doc__ or "").strip(),
    )(act)


def _value(given: Any) -> Any:
    return Desk(given.post, given.level, int(given.area) * 1000) if isinstance(given, DeskIn) else given


for _each in Verb:
    _verb(_each)
