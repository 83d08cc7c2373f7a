"""Lists of people: figures, one list, one person explained."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query

from liren.base.api import Id, cursor, read_cursor
from liren.base.clock import now, today
from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.registry import actions
from liren.registry.api.router import router
from liren.registry.enums import TrialState
from liren.registry.models import CategoryTrial
from liren.registry.permissions import FIGURES, LISTS
from liren.registry.queries import explaining, lists, reasons, trials
from liren.registry.queries.categories import rule_by_key, title_of, versions_of
from liren.registry.rules.categories import Rule
from liren.registry.schemas import (
    AreaFigure,
    CategoryComparison,
    CategoryMembers,
    CategoryOut,
    ComparedFigure,
    MemberOfCategory,
    PersonCategory,
    RuleConditionOut,
    RuleVersionOut,
)


@router.get(
    "/categories", response=list[CategoryOut], capability=FIGURES, who="staff", summary="Categories with their figures"
)
def categories(request: HttpRequest, on: date | None = None) -> list[CategoryOut]:
    """Return every category that the caller may know of; small figures are left out for who may not open lists."""
    sight = lists.sight_of(request.viewer)  # type: ignore[attr-defined]
    day = day_of_question(on, sight)
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
    version: str = "",
    parameters: str = "",
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CategoryMembers:
    """Return a page of a list on a day, by community, with the reasons; 404 for a list that the caller may not know of.

    ``version`` is the key of another version of the rule, ``parameters`` other numbers in it, as ``age_below=18,months_away=3``:
    the list is then worked out, nothing is kept. Over many people that takes a trial that is done (POST /registry/trials), else 409;
    a page may then be short, ``next`` says whether there is more.
    """
    sight = lists.sight_of(request.viewer)  # type: ignore[attr-defined]
    day = day_of_question(on, sight)
    rule = lists.category_at(sight, code, day)
    here = sight.seat.range
    last = read_cursor(after, int, int) or (0, 0)
    wanted, other = lists.Wanted(here.lo, here.hi), _other(sight, rule, version, parameters)
    if other.key != rule.key and trials.is_wide([other], here.lo, here.hi):
        kept = _kept(sight, rule, other, day)
        found, _total, more = trials.members_by_community(sight, other, wanted, kept, on=day, after=last, limit=limit)
    else:
        if other.key == rule.key:
            found = lists.members(sight, rule, wanted, on=day, after=last, limit=limit + 1)
        else:
            found, _total = trials.members_under(sight, other, wanted, on=day, after=last, limit=limit + 1)
        more = (found[limit - 1].area, found[limit - 1].subject) if len(found) > limit else None
    grids = lists.grid_names(sight, {one.subject for one in found[:limit]}, on=day)
    return CategoryMembers(
        items=[
            MemberOfCategory(
                person=one.subject,
                name=one.name,
                area=str(one.area),
                grid=grids.get(one.subject, ""),
                age=one.age_on(day),
                valid_from=one.valid_from,
                valid_until=one.valid_until,
                reason=reasons.reason(rule_by_key(one.rule) or other, one, day),
            )
            for one in found[:limit]
        ],
        next=cursor(*more) if more else "",
    )


@router.get(
    "/categories/{code}/comparison",
    response=CategoryComparison,
    capability=LISTS,
    who="staff",
    summary="A list under two rules, side by side",
)
def comparison(
    request: HttpRequest, code: str, on: date | None = None, version: str = "", parameters: str = ""
) -> CategoryComparison:
    """Return the figures of a list on a day under the rule that counted then and under another version, or with other numbers.

    ``version`` is the key of a version, ``parameters`` are written as ``age_below=18,months_away=3``. Nothing is kept. Over many people
    it is what a trial has found (POST /registry/trials); 409 where none is done.
    """
    sight = lists.sight_of(request.viewer)  # type: ignore[attr-defined]
    if not sight.may_open:
        raise Forbidden(_("您的岗位可以看数字，不能打开名单。"))
    day = day_of_question(on, sight)
    rule = lists.category_at(sight, code, day)
    other = _other(sight, rule, version, parameters)
    if other.key != rule.key and trials.is_wide([rule, other], sight.seat.range.lo, sight.seat.range.hi):
        found = trials.side_by_side(sight, _kept(sight, rule, other, day).figures)
    else:
        found = trials.tried(sight, rule, other, on=day)
    return CategoryComparison(
        now=_version(rule),
        other=_version(other),
        before=sum(found.before.values()),
        after=sum(found.after.values()),
        entering=found.entering,
        leaving=found.leaving,
        areas=[
            ComparedFigure(area=str(area), before=found.before.get(area, 0), after=found.after.get(area, 0))
            for area in sorted({*found.before, *found.after})
        ],
        versions=[]
        if rule.is_confidential
        else [_version(one) for one in versions_of(code, sight.seat.area, level=sight.seat.level)],
    )


def _kept(sight: lists.Sight, rule: Rule, other: Rule, on: date) -> CategoryTrial:
    """Return the trial that has answered a question; raise ``Conflict`` where none has."""
    kept = trials.kept_trial(sight, rule, other, on=on, at=now())
    if kept is None or kept.state != TrialState.DONE:
        raise Conflict(_("这里人多，要先试算：请用 POST /api/v1/registry/trials 提出，算好以后再取。"))
    return kept


def _version(rule: Rule) -> RuleVersionOut:
    since, until = rule.force
    return RuleVersionOut(
        key=str(rule.key),
        version=rule.version,
        valid_from=since,
        valid_until=until,
        source=rule.source,
        parameters=dict(rule.bound),
    )


def _other(sight: lists.Sight, rule: Rule, version: str, parameters: str) -> Rule:
    """Return the rule that is asked for; refuse what is no version or no list of numbers."""
    if not version and not parameters:
        return rule
    values: dict[str, int] = {}
    for part in filter(None, parameters.split(",")):
        name, _equals, text = part.partition("=")
        if not text.isdigit() or len(text) > 4:
            raise Refusal(_("参数请写成 age_below=18 这样，几个之间用逗号隔开。"), field="parameters")
        values[name.strip()] = int(text)
    if version and not (version.isdigit() and len(version) < 20):
        raise NotFound(_("这个类别没有这个版本。"))
    return trials.version_at(sight, rule, int(version) if version else None, values)


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
    day = day_of_question(on, lists.sight_of(viewer))
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


def day_of_question(on: date | None, sight: lists.Sight) -> date:
    """Return the day that is asked for; refuse one that has not come. Who sees figures alone sees those of today."""
    if on is not None and on > today():
        raise Refusal(_("还没有到这一天，请选今天或以前的日子。"), field="on")
    return today() if on is None or not sight.may_open else on
