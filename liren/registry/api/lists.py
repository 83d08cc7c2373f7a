"""Lists of people: figures, one list, one person explained."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query

from liren.base.api import Id, cursor, read_cursor
from liren.base.clock import now, today
from liren.base.errors import Refusal
from liren.registry import actions
from liren.registry.api.router import router
from liren.registry.permissions import FIGURES, LISTS
from liren.registry.queries import explaining, lists, reasons
from liren.registry.queries.categories import rule_by_key, title_of
from liren.registry.schemas import (
    AreaFigure,
    CategoryMembers,
    CategoryOut,
    MemberOfCategory,
    PersonCategory,
    RuleConditionOut,
)


@router.get(
    "/categories", response=list[CategoryOut], capability=FIGURES, who="staff", summary="Categories with their figures"
)
def categories(request: HttpRequest, on: date | None = None) -> list[CategoryOut]:
    """Return every category that the caller may know of; small figures are left out for who may not open lists."""
    sight = lists.sight_of(request.viewer)  # type: ignore[attr-defined]
    day = _day(on, sight)
    return [
        CategoryOut(
            code=line.rule.code,
            name=title_of(line.rule),
            group=line.rule.group,
            version=line.rule.version,
            source=line.rule.source,
            article=line.rule.article,
            verified=line.rule.verified,
            parameters=dict(line.rule.bound),
            members=line.total,
            areas=[AreaFigure(area=str(area), members=number) for area, number in sorted(line.cells.items())],
        )
        for line in lists.overview(sight, on=day, today=today())
    ]


@router.get(
    "/categories/{code}/members",
    response=CategoryMembers,
    capability=LISTS,
    who="staff",
    summary="The people of a list",
)
def members(
    request: HttpRequest,
    code: str,
    on: date | None = None,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CategoryMembers:
    """Return a page of a list on a day, by community, with the reasons; 404 for a list that the caller may not know of."""
    sight = lists.sight_of(request.viewer)  # type: ignore[attr-defined]
    day = _day(on, sight)
    rule = lists.category_at(sight, code, day)
    here = sight.seat.range
    last = read_cursor(after, int, int) or (0, 0)
    found = lists.members(sight, rule, lists.Wanted(here.lo, here.hi), on=day, after=last, limit=limit + 1)
    more = found[limit - 1] if len(found) > limit else None
    return CategoryMembers(
        items=[
            MemberOfCategory(
                person=one.subject,
                name=one.name,
                area=str(one.area),
                age=one.age_on(day),
                valid_from=one.valid_from,
                valid_until=one.valid_until,
                reason=reasons.reason(rule_by_key(one.rule) or rule, one, day),
            )
            for one in found[:limit]
        ],
        next=cursor(more.area, more.subject) if more else "",
    )


@router.get(
    "/people/{person_id}/categories",
    response=list[PersonCategory],
    capability=LISTS,
    who="staff",
    summary="Why somebody is on a list, or not",
)
def person_categories(request: HttpRequest, person_id: Id, on: date | None = None) -> list[PersonCategory]:
    """Return every category for one person, condition by condition."""
    viewer = request.viewer  # type: ignore[attr-defined]
    day = _day(on, lists.sight_of(viewer))
    file = actions.look_at_person(by=viewer, at=now(), pk=person_id, why={"why": "api"}, journal=0)
    answers: list[PersonCategory] = []
    for one in explaining.explained(viewer, file.person, on=day):
        current = one.current(day)
        told = current and replace(current, birth_on=file.person.birth_on, deceased_on=file.person.deceased_on)
        answers.append(
            PersonCategory(
                code=one.rule.code,
                name=title_of(one.rule),
                version=one.rule.version,
                source=one.rule.source,
                is_member=current is not None,
                valid_from=current.valid_from if current else None,
                valid_until=current.valid_until if current else None,
                reason=reasons.reason(one.rule, told, day) if told else "",
                conditions=[
                    RuleConditionOut(
                        words=reasons.condition(one.rule, part.node),
                        holds=part.holds_on(day),
                        turns_on=part.turns_on(day),
                    )
                    for part in one.parts
                ],
            )
        )
    return answers


def _day(on: date | None, sight: lists.Sight) -> date:
    if on is not None and on > today():
        raise Refusal(_("还没有到这一天，请选今天或以前的日子。"), field="on")
    return today() if on is None or not sight.may_open else on
