"""Lists and figures of categories: today from what is kept, any past day, another version of a rule, one person explained."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from liren.base.codes import age_on
from liren.base.errors import NotFound
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.foundation.access.queries import holders_only
from liren.foundation.access.rules import Seat, Viewer
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry.enums import FactKind
from liren.registry.models import Fact
from liren.registry.permissions import CONFIDENTIAL, FIGURES, LISTS
from liren.registry.queries import evaluating
from liren.registry.queries.categories import rule_at, rules_at
from liren.registry.queries.grids import AT_HOME, IN_GRID, WITHIN, grids_of_people, members_by_grid, names_of
from liren.registry.rules import standing
from liren.registry.rules.categories import Rule
from liren.registry.rules.protection import Protected, protect

PAGE = 50


@dataclass(frozen=True, slots=True)
class Sight:
    """What a viewer may see of lists at the seat in use: people, or figures with small numbers hidden; confidential ones or not."""

    seat: Seat
    may_open: bool
    may_confide: bool

    @property
    def child_level(self) -> int:
        """Return the level by which figures are shown side by side."""
        return min(self.seat.level + 1, COMMUNITY)


def sight_of(viewer: Viewer) -> Sight:
    """Return what the viewer may see; the seat in use when it may see lists, else the first that may."""
    for capability in (LISTS, FIGURES):
        holding = holders_only(viewer, capability)
        seat = holding.current
        if seat is not None:
            may_open = LISTS.code in seat.capabilities
            return Sight(seat, may_open, may_open and CONFIDENTIAL.code in seat.capabilities)
    raise NotFound(_("没有可以查看的名单。"))


def categories_at(sight: Sight, on: date) -> tuple[Rule, ...]:
    """Return the rules whose lists the viewer may know of."""
    return rules_at(sight.seat.area, on, level=sight.seat.level, confidential=sight.may_confide)


def category_at(sight: Sight, code: str, on: date) -> Rule:
    """Return one of them; raise ``NotFound`` for all others alike, hidden or not there."""
    return rule_at(code, sight.seat.area, on, level=sight.seat.level, confidential=sight.may_confide)


# Figures


@dataclass(frozen=True, slots=True)
class Line:
    """One category's figures by area."""

    rule: Rule
    cells: Mapping[int, int | None]
    total: int | None


_COUNTED = """
SELECT area, category, sum(members) FROM registry_categorycount
 WHERE area BETWEEN %(lo)s AND %(hi)s AND day <= %(on)s GROUP BY area, category
"""
_MEMBERS_ON = """
SELECT area, category, count(*) FROM registry_categorymembership
 WHERE withdrawn_at IS NULL AND area BETWEEN %(lo)s AND %(hi)s AND valid_from <= %(on)s
   AND (valid_until IS NULL OR valid_until > %(on)s) {only} GROUP BY area, category
"""


def overview(sight: Sight, *, on: date, today: date) -> list[Line]:
    """Return every category's figures by the areas below the seat: today's from the maintained counts."""
    here, rules = sight.seat.range, categories_at(sight, on)
    found: dict[str, dict[int, int]] = {rule.code: {} for rule in rules}
    with rescoped(Scope.staff(here.lo, here.hi)), connection.cursor() as cursor:
        cursor.execute(
            _COUNTED if on == today else _MEMBERS_ON.format(only=""), {"lo": here.lo, "hi": here.hi, "on": on}
        )
        for area, category, number in cursor.fetchall():
            if category in found and number:
                add(found[category], sight, area, int(number))
    hidden = [rule for rule in rules if rule.is_confidential]
    for member in confidential_members(hidden, lo=here.lo, hi=here.hi, on=on):
        add(found[member.category], sight, member.area, 1)
    return [_line(sight, rule, found[rule.code]) for rule in rules]


def community_lines(viewer: Viewer, community: int, *, on: date) -> list[Line]:
    """Return every category's figure in one community, for who may open its lists there; nothing for anybody else.

    Who sees figures only sees them side by side, with small ones hidden (``overview``): one by one they would give them away.
    """
    sight = _at(viewer, community)
    return [] if sight is None else overview(sight, on=on, today=on)


def lines_by_grid(sight: Sight, community: int, *, on: date) -> list[Line]:
    """Return every category's figures by the grids of a community (0: in none), for who may open lists there or sits at it.

    Who sees figures only sees those of the own community, with small ones hidden; in a wider seat the grids would give away what
    is hidden among communities, so they see none.
    """
    if sight.seat.level < COMMUNITY and not sight.may_open:
        return []
    here, rules = sight.seat.range, categories_at(sight, on)
    hidden = [rule for rule in rules if rule.is_confidential]
    with rescoped(Scope.staff(here.lo, here.hi)):
        found = members_by_grid(community, [rule.code for rule in rules], on=on)
        covered = confidential_members(hidden, lo=community, hi=community + 999, on=on)
        grids = grids_of_people({member.subject for member in covered}, on=on)
    for member in covered:
        cells, grid = found[member.category], grids.get(member.subject, 0)
        cells[grid] = cells.get(grid, 0) + 1
    return [_line(sight, rule, found[rule.code]) for rule in rules]


def cells_by_grid(sight: Sight, rule: Rule, community: int, *, on: date) -> dict[int, int]:
    """Return how many of one list lie in which grid of a community (0: in none)."""
    here = sight.seat.range
    with rescoped(Scope.staff(here.lo, here.hi)):
        if not rule.is_confidential:
            return members_by_grid(community, [rule.code], on=on)[rule.code]
        covered = {member.subject for member in confidential_members([rule], lo=community, hi=community + 999, on=on)}
        found = dict[int, int]()
        for grid in grids_of_people(covered, on=on).values():
            found[grid] = found.get(grid, 0) + 1
        return found


def grid_names(sight: Sight, people: Collection[int], *, on: date) -> dict[int, str]:
    """Return the names of the grids in which people of the seat lie, by person; who lies in none is left out."""
    here = sight.seat.range
    with rescoped(Scope.staff(here.lo, here.hi)):
        grids = grids_of_people(people, on=on)
        names = names_of(grids.values())
    return {person: names[grid] for person, grid in grids.items() if grid in names}


def _at(viewer: Viewer, community: int) -> Sight | None:
    """Return what a viewer may see of a community's lists, people and all; nothing for who may not open them there."""
    seat = next((one for one in holders_only(viewer, LISTS).seats if one.range.lo <= community <= one.range.hi), None)
    if seat is None:
        return None
    return Sight(replace(seat, level=COMMUNITY, area=community), True, CONFIDENTIAL.code in seat.capabilities)


def key_rules(viewer: Viewer, community: int, on: date) -> tuple[Rule, ...]:
    """Return the rules of a community's lists that are no secret, for who may open them there; none for anybody else."""
    sight = _at(viewer, community)
    return () if sight is None else tuple(rule for rule in categories_at(sight, on) if not rule.is_confidential)


def people_by_list(viewer: Viewer, community: int, grid: int, *, on: date) -> list[tuple[Rule, int]]:
    """Return the lists on which people of one grid are, with how many, for who may open them there."""
    sight = _at(viewer, community)
    if sight is None:
        return []
    lines = lines_by_grid(sight, community, on=on)
    return [(line.rule, line.cells.get(grid) or 0) for line in lines if line.cells.get(grid)]


def add(cells: dict[int, int], sight: Sight, area: int, number: int) -> None:
    """Count people of a community where they belong among the areas that are shown side by side."""
    below = ancestor(area, sight.child_level)
    cells[below] = cells.get(below, 0) + number


def _line(sight: Sight, rule: Rule, cells: dict[int, int]) -> Line:
    shown = Protected(cells, sum(cells.values())) if sight.may_open else protect(cells)
    return Line(rule, shown.cells, shown.total)


# Lists


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on a list."""

    subject: int
    area: int
    category: str
    rule: int
    valid_from: date
    valid_until: date | None
    evidence: list[Any]
    name: str = ""
    sex: str = ""
    birth_on: date | None = None
    deceased_on: date | None = None
    address: str = ""

    def age_on(self, on: date) -> int | None:
        """Return the age in full years on a day, or nothing when the birth is not known."""
        return None if self.birth_on is None else age_on(self.birth_on, min(on, self.deceased_on or on))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is asked for: an area inside the seat's, ages from and below, one grid of a community (0: those in none)."""

    lo: int
    hi: int
    from_age: int | None = None
    below_age: int | None = None
    grid: int | None = None


_PEOPLE = """
{homes} SELECT m.subject, m.area, m.category, m.rule, m.valid_from, m.valid_until, m.evidence, p.name, p.sex, p.birth_on, p.deceased_on, h.address
  FROM registry_categorymembership m JOIN registry_person p ON p.id = m.subject LEFT JOIN registry_household h ON h.id = p.household_id {at_home}
 WHERE m.withdrawn_at IS NULL AND m.category = %(category)s AND m.area BETWEEN %(lo)s AND %(hi)s
   AND m.valid_from <= %(on)s AND (m.valid_until IS NULL OR m.valid_until > %(on)s)
   AND (m.area, m.subject) > (%(after_area)s, %(after)s) {ages} {in_grid}
 ORDER BY m.area, m.subject LIMIT %(limit)s
"""
_NAMED = """
SELECT p.id, p.name, p.sex, p.birth_on, p.deceased_on, coalesce(h.address, '')
  FROM registry_person p LEFT JOIN registry_household h ON h.id = p.household_id WHERE p.id = ANY(%(ids)s)
"""


def members(
    sight: Sight, rule: Rule, wanted: Wanted, *, on: date, after: tuple[int, int] = (0, 0), limit: int = PAGE
) -> list[Listed]:
    """Return a page of a list on a day, by community and file; of a rule that was in force then and is not kept, worked out."""
    here = sight.seat.range
    lo, hi = max(wanted.lo, here.lo), min(wanted.hi, here.hi)
    if rule.is_confidential:
        found = _kept_to(confidential_members([rule], lo=lo, hi=hi, on=on), wanted, on)
        return _page(_with_names(found), wanted, on, after, limit)
    ages, values = ages_between(wanted, on)
    values |= {
        "category": rule.code,
        "lo": lo,
        "hi": hi,
        "on": on,
        "after_area": after[0],
        "after": after[1],
        "limit": limit,
    }
    with rescoped(Scope.staff(here.lo, here.hi)), connection.cursor() as cursor:
        cursor.execute(_PEOPLE.format(ages=ages, **in_grid(wanted, values)), values)
        return [listed(row[:6], row[6], *row[7:-1], row[-1] or "") for row in cursor.fetchall()]


def in_grid(wanted: Wanted, values: dict[str, Any]) -> dict[str, str]:
    """Return the parts of a statement about people ``p`` that keep to the grid that is asked for, and set their value; empty for all."""
    if wanted.grid is None:
        return {"homes": "", "at_home": "", "in_grid": ""}
    values["grid"] = wanted.grid
    return {"homes": f"WITH {WITHIN}", "at_home": AT_HOME, "in_grid": IN_GRID}


def listed(columns: Sequence[Any], evidence: str, *who: Any) -> Listed:
    """Return somebody on a list from the columns of a row; the evidence comes as text."""
    subject, area, category, rule, valid_from, valid_until = columns
    return Listed(subject, area, category, rule, valid_from, valid_until, json.loads(evidence), *who)


def ages_between(wanted: Wanted, on: date) -> tuple[str, dict[str, Any]]:
    """Return the condition on ``registry_person p`` for the ages that are asked for, with its values."""
    said, values = "", dict[str, Any]()
    if wanted.from_age is not None:
        said += " AND p.birth_on <= %(born_by)s"
        values["born_by"] = _years_before(on, wanted.from_age)
    if wanted.below_age is not None:
        said += " AND p.birth_on > %(born_after)s"
        values["born_after"] = _years_before(on, wanted.below_age)
    return said, values


def _years_before(on: date, years: int) -> date:
    """Return the latest birthday of somebody who is so old on a day."""
    day = on
    while True:
        try:
            return day.replace(year=on.year - years)
        except ValueError:  # 29 February: whoever was born on the 28th is so old, too
            day = day.replace(day=day.day - 1)


def _page(found: Iterable[Listed], wanted: Wanted, on: date, after: tuple[int, int], limit: int) -> list[Listed]:
    chosen = []
    for one in sorted(found, key=lambda each: (each.area, each.subject)):
        age = one.age_on(on)
        too_young = wanted.from_age is not None and (age is None or age < wanted.from_age)
        too_old = wanted.below_age is not None and (age is None or age >= wanted.below_age)
        if (one.area, one.subject) > after and not too_young and not too_old:
            chosen.append(one)
    return chosen[:limit]


def _kept_to(found: list[Listed], wanted: Wanted, on: date) -> list[Listed]:
    """Return those of the people who are in the grid that is asked for."""
    if wanted.grid is None:
        return found
    grids = grids_of_people({one.subject for one in found}, on=on)
    return [one for one in found if grids.get(one.subject, 0) == wanted.grid]


def _with_names(found: list[Listed]) -> list[Listed]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {"ids": [one.subject for one in found]})
        named = {row[0]: row[1:] for row in cursor.fetchall()}
    return [
        replace(one, name=name, sex=sex, birth_on=birth_on, deceased_on=deceased_on, address=address)
        for one in found
        if one.subject in named
        for name, sex, birth_on, deceased_on, address in [named[one.subject]]
    ]


def members_total(sight: Sight, rule: Rule, wanted: Wanted, *, on: date) -> int:
    """Return how many a list has on a day inside an area, ages left aside."""
    here = sight.seat.range
    lo, hi = max(wanted.lo, here.lo), min(wanted.hi, here.hi)
    if rule.is_confidential:
        return len(_kept_to(confidential_members([rule], lo=lo, hi=hi, on=on), wanted, on))
    if wanted.grid is not None:
        with rescoped(Scope.staff(here.lo, here.hi)):
            return members_by_grid(lo, [rule.code], on=on)[rule.code].get(wanted.grid, 0)
    with rescoped(Scope.staff(here.lo, here.hi)), connection.cursor() as cursor:
        cursor.execute(
            _MEMBERS_ON.format(only="AND category = %(category)s"),
            {"lo": lo, "hi": hi, "on": on, "category": rule.code},
        )
        return sum(row[2] for row in cursor.fetchall())


# Worked out on the spot

_WORKED_OUT = """
WITH {relations},
rule_fresh AS MATERIALIZED (SELECT * FROM ({fresh}) m WHERE subject IN (SELECT subject FROM asked)),
rule_evidence AS MATERIALIZED ({proof})
SELECT m.subject, m.area, m.category, m.rule, m.valid_from, m.valid_until, coalesce(e.evidence, '[]'::jsonb)
  FROM rule_fresh m LEFT JOIN rule_evidence e USING (n) ORDER BY m.category, m.valid_from
"""


def worked_out(rules: Iterable[Rule], subjects: list[int], *, up_to: date) -> list[Listed]:
    """Return all periods of a few people by the rules as they are given, kept nowhere; confidential lines are opened for it."""
    wanted = list(rules)
    if not wanted or not subjects:
        return []
    values: dict[str, Any] = {"subjects": subjects, "horizon": up_to}
    hidden = any(rule.is_confidential for rule in wanted)
    if hidden:
        values |= unsealed(subjects)
    text = _WORKED_OUT.format(
        relations=evaluating.few(wanted, unsealed=hidden),
        fresh=evaluating.fresh(wanted),
        proof=evaluating.proof(wanted),
    )
    with rescoped(Scope.everything()), connection.cursor() as cursor:
        cursor.execute(text, values)
        return [listed(row[:-1], row[-1]) for row in cursor.fetchall()]


def unsealed(subjects: list[int]) -> dict[str, list[Any]]:
    """Return the standing confidential lines of a few people with what they say, as columns."""
    with rescoped(Scope.everything()):
        lines = standing(Fact.objects.filter(subject__in=subjects, kind=FactKind.CONFIDENTIAL))
    opened = [(line, str((line.health or {}).get("code", ""))) for line in lines]
    return {
        "x_id": [line.pk for line, _code in opened],
        "x_subject": [line.subject for line, _code in opened],
        "x_code": [code for _line, code in opened],
        "x_from": [line.valid_from for line, _code in opened],
        "x_until": [line.valid_until for line, _code in opened],
    }


def confidential_members(rules: Iterable[Rule], *, lo: int, hi: int, on: date) -> list[Listed]:
    """Return who is on confidential lists on a day: worked out each time from the sealed lines, for they are kept nowhere."""
    hidden = [rule for rule in rules if rule.is_confidential]
    if not hidden:
        return []
    with rescoped(Scope.everything()):
        subjects = list(
            Fact.objects.filter(area__gte=lo, area__lte=hi, kind=FactKind.CONFIDENTIAL)
            .values_list("subject", flat=True)
            .distinct()
        )
    found = worked_out(hidden, subjects, up_to=on)
    return [one for one in found if lo <= one.area <= hi and (one.valid_until is None or on < one.valid_until)]


def overview_of(sight: Sight, rule: Rule, *, on: date) -> dict[int, int]:
    """Return one category's figures by the areas below the seat on a day, from the memberships."""
    here, cells = sight.seat.range, dict[int, int]()
    with rescoped(Scope.staff(here.lo, here.hi)), connection.cursor() as cursor:
        cursor.execute(
            _MEMBERS_ON.format(only="AND category = %(category)s"),
            {"lo": here.lo, "hi": here.hi, "on": on, "category": rule.code},
        )
        for area, _category, number in cursor.fetchall():
            add(cells, sight, area, int(number))
    return cells
