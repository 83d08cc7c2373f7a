"""Lists under another version of a rule, or with other numbers in it: figures side by side, and who would be on them.

Where so few people are asked about that it takes about a second, both are worked out at once and nothing is kept. Of more the figures
are worked out by a job, part by part (``actions.trials``), and kept for some days as a ``CategoryTrial``; it says in which communities
anybody is on the list, so that a page of it asks few of them. Both ways call ``counted``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.foundation.access.queries import find
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import place_at
from liren.foundation.places.rules import ancestor
from liren.registry.models import CategoryTrial, Person
from liren.registry.permissions import LISTS
from liren.registry.queries.categories import rule_by_key, trial, versions_of
from liren.registry.queries.laying import laid_out, lay_members
from liren.registry.queries.lists import (
    PAGE,
    Listed,
    Sight,
    Wanted,
    add,
    ages_between,
    category_at,
    in_grid,
    listed,
    overview_of,
)
from liren.registry.rules.categories import Rule, read_by

MOST_AT_ONCE = 100_000
MOST_AT_ONCE_WITH_KIN = 40_000
"""So many people are worked out in about a second, by rules that read their own lines alone and by those that ask for kin (docs/performance.md)."""
PART = 50_000
"""So many people of neighbouring communities a job works out in one step: as in a recount, their tables fit into memory."""
KEPT = timedelta(days=7)
STUCK = timedelta(minutes=15)
"""A trial that has not moved for so long may be begun again by who asks the same."""
MOST_OPENED = 12
"""So many communities are worked out for one page of a list, at most: a page of a list on which hardly anybody is may be short."""
_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Trial:
    """What another rule would make of the people of an area: both figures by area, and who would change."""

    before: Mapping[int, int]
    after: Mapping[int, int]
    entering: int
    leaving: int


_TRIED = """
WITH now AS (SELECT DISTINCT area, subject FROM rule_fresh WHERE rule = %(now)s AND valid_from <= %(on)s
                AND (valid_until IS NULL OR valid_until > %(on)s)),
     new AS (SELECT DISTINCT area, subject FROM rule_fresh WHERE rule = %(new)s AND valid_from <= %(on)s
                AND (valid_until IS NULL OR valid_until > %(on)s))
SELECT area, count(now.subject), count(new.subject), count(*) FILTER (WHERE now.subject IS NULL),
       count(*) FILTER (WHERE new.subject IS NULL)
  FROM now FULL JOIN new USING (area, subject) GROUP BY 1
"""
_WHO = """
{homes} SELECT m.subject, m.area, m.category, m.rule, m.valid_from, m.valid_until, coalesce(e.evidence, '[]'::jsonb),
       p.name, p.sex, p.birth_on, p.deceased_on, coalesce(h.address, '')
  FROM rule_fresh m LEFT JOIN rule_evidence e USING (n) JOIN registry_person p ON p.id = m.subject
  LEFT JOIN registry_household h ON h.id = p.household_id {at_home}
 WHERE m.valid_from <= %(on)s AND (m.valid_until IS NULL OR m.valid_until > %(on)s)
   AND (m.area, m.subject) > (%(after_area)s, %(after)s) {ages} {in_grid}
 ORDER BY m.area, m.subject LIMIT %(limit)s
"""
_HOW_MANY = """
{homes} SELECT count(DISTINCT m.subject) FROM rule_fresh m JOIN registry_person p ON p.id = m.subject {at_home}
 WHERE m.valid_from <= %(on)s AND (m.valid_until IS NULL OR m.valid_until > %(on)s) {in_grid}
"""


def version_at(sight: Sight, rule: Rule, version: int | None, values: dict[str, int]) -> Rule:
    """Return the rule that is asked for: a version of ``rule`` by its key, or ``rule`` itself, with other numbers where given.

    It holds at any time, so that it can be asked for a day on which another one counted. Raise ``NotFound`` for no such version,
    ``Refusal`` for numbers that its pack does not let anybody try.
    """
    if rule.is_confidential:
        raise NotFound(_("这个类别没有可以换的口径。"))
    if version is None or version == rule.key:
        found = rule
    else:
        known = {one.key: one for one in versions_of(rule.code, sight.seat.area, level=sight.seat.level)}
        if version not in known:
            raise NotFound(_("这个类别没有这个版本。"))
        found = known[version]
    other = trial(found, values) if values else found
    return other if other.key == rule.key else other.at_any_time()


def tried(sight: Sight, rule: Rule, other: Rule, *, on: date) -> Trial:
    """Return the figures of two rules side by side on a day, worked out over everybody of the seat."""
    if rule.key == other.key:
        total = overview_of(sight, rule, on=on)
        return Trial(total, total, 0, 0)
    here = sight.seat.range
    return side_by_side(sight, counted(rule, other, here.lo, here.hi, on=on))


def side_by_side(sight: Sight, figures: Iterable[Sequence[int]]) -> Trial:
    """Return figures of communities by the areas that a seat sees side by side."""
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    entering = leaving = 0
    for area, was, will, comes, goes in figures:
        add(before, sight, area, was)
        add(after, sight, area, will)
        entering, leaving = entering + comes, leaving + goes
    return Trial(before, after, entering, leaving)


def counted(rule: Rule, other: Rule, lo: int, hi: int, *, on: date) -> list[tuple[int, int, int, int, int]]:
    """Work two rules out over everybody of an area: of each community with members how many before, after, entering, leaving.

    This is the one place where that is done.
    """
    with rescoped(Scope.everything()), laid_out([rule, other], lo, hi, on) as of:
        lay_members([rule, other], of=of, horizon=on, told=False)
        with connection.cursor() as cursor:
            cursor.execute(_TRIED, {"now": rule.key, "new": other.key, "on": on})
            return sorted(cursor.fetchall())


def reads_kin(rules: Iterable[Rule]) -> bool:
    """Say whether rules ask for anybody beside the person."""
    return any(whose != "self" for rule in rules for whose, _kind in read_by(rule.when))


def members_under(
    sight: Sight, other: Rule, wanted: Wanted, *, on: date, after: tuple[int, int] = (0, 0), limit: int = PAGE
) -> tuple[list[Listed], int]:
    """Return a page of the list as another rule would make it on a day, by community and file, and how many it would have."""
    here = sight.seat.range
    lo, hi = max(wanted.lo, here.lo), min(wanted.hi, here.hi)
    ages, values = ages_between(wanted, on)
    values |= {"on": on, "lo": lo, "hi": hi, "after_area": after[0], "after": after[1], "limit": limit}
    grid = in_grid(wanted, values)
    with rescoped(Scope.everything()), laid_out([other], lo, hi, on) as of:
        lay_members([other], of=of, horizon=on)
        with connection.cursor() as cursor:
            cursor.execute(_WHO.format(ages=ages, **grid), values)
            found = [listed(row[:6], row[6], *row[7:]) for row in cursor.fetchall()]
            cursor.execute(_HOW_MANY.format(**grid), values)
            return found, int(cursor.fetchone()[0])


# More people than can be answered for at once


def is_wide(rules: Iterable[Rule], lo: int, hi: int) -> bool:
    """Say whether more people live in an area than rules are worked out for at once."""
    most = MOST_AT_ONCE_WITH_KIN if reads_kin(rules) else MOST_AT_ONCE
    with rescoped(Scope.everything()), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM registry_person WHERE area BETWEEN %s AND %s LIMIT %s) p",
            [lo, hi, most + 1],
        )
        return int(cursor.fetchone()[0]) > most


class TrialPart(NamedTuple):
    """A part of a trial that is worked out in one step: in which of the areas below the seat it lies, how many people, whether it is done."""

    below: int
    lo: int
    hi: int
    people: int
    is_done: bool = False


def parts_of(kept: CategoryTrial) -> list[TrialPart]:
    """Return the parts of a trial as far as they are known."""
    return [TrialPart(*part) for part in kept.parts]


def cut(level: int, lo: int, hi: int) -> list[TrialPart]:
    """Cut an area into parts of neighbouring communities: none reaches over the border between two areas of ``level``."""
    found: list[TrialPart] = []
    with rescoped(Scope.everything()):
        rows = Person.objects.filter(area__gte=lo, area__lte=hi).values_list("area").annotate(n=Count("id"))
        sizes = sorted((area // 1000 * 1000, number) for area, number in rows)
    for area, number in sizes:
        below = ancestor(area, level)
        last = found[-1] if found else None
        if last is not None and last.below == below and (last.people + number <= PART or last.hi >= area):
            found[-1] = last._replace(hi=area + 999, people=last.people + number)
        else:
            found.append(TrialPart(below, area, area + 999, number))
    return found


def kept_trial(sight: Sight, rule: Rule, other: Rule, *, on: date, at: datetime) -> CategoryTrial | None:
    """Return the trial that answers a question asked from a seat, or is about to, as long as it is kept."""
    return (
        _kept(at)
        .filter(
            area=sight.seat.area, level=sight.seat.level, category=rule.code, on=on, rule=rule.key, other=other.key
        )
        .first()
    )  # fmt: skip


def trials_of(sight: Sight, code: str, *, at: datetime, limit: int = 10) -> list[CategoryTrial]:
    """Return what was tried of a category from a seat and is still kept, the last one first."""
    found = _kept(at).filter(area=sight.seat.area, level=sight.seat.level)
    return list((found.filter(category=code) if code else found).order_by("-asked_at")[:limit])


def trial_for(viewer: Viewer, pk: int, *, at: datetime) -> tuple[CategoryTrial, Sight]:
    """Return a trial with what its seat sees, where one of the viewer's posts may open lists of all of it; raise ``NotFound`` for all others."""

    def ask(here: Viewer) -> tuple[CategoryTrial, Sight] | None:
        found, seat = _kept(at).filter(pk=pk).first(), here.current
        if found is None or seat is None or found.area not in seat.range or found.level < seat.level:
            return None
        place = place_at(found.level, found.area)
        return found, Sight(replace(seat, level=found.level, area=found.area, place=place.name), True, False)

    said = _("没有找到这次试算：可能已过保留的 %(days)s 天，或不在您的管辖范围。") % {"days": KEPT.days}
    return find(viewer, ask, otherwise=said, capability=LISTS)


def _kept(at: datetime) -> QuerySet[CategoryTrial]:
    return CategoryTrial.objects.filter(asked_at__gt=at - KEPT)


def rules_of_trial(sight: Sight, kept: CategoryTrial) -> tuple[Rule, Rule]:
    """Return the rule that counted and the one that is tried; raise ``NotFound`` when a pack no longer has them, or has them in confidence."""
    now, base = rule_by_key(kept.rule), rule_by_key(kept.version)
    if now is None or base is None or now.is_confidential or base.is_confidential:
        raise NotFound(_("这次试算用的规则已经不在了，请重新试算。"))
    counting = category_at(sight, kept.category, kept.on)
    other = trial(base, {code: int(value) for code, value in kept.values.items()})
    return counting if counting.key == now.key else now, other.at_any_time()


def members_by_community(
    sight: Sight,
    other: Rule,
    wanted: Wanted,
    kept: CategoryTrial,
    *,
    on: date,
    after: tuple[int, int] = (0, 0),
    limit: int = PAGE,
) -> tuple[list[Listed], int, tuple[int, int] | None]:
    """Return a page of the list of a wide area under another rule, how many it has, and after which key the next page begins, if any.

    The trial ``kept``, which is done, says in which communities anybody is: only these are worked out, a few for each page, so that
    a page of a list on which hardly anybody is may be short.
    """
    here = sight.seat.range
    lo, hi = max(wanted.lo, here.lo), min(wanted.hi, here.hi)
    there = [(area, will) for area, _was, will, _comes, _goes in kept.figures if will and lo <= area <= hi]
    total = sum(will for _area, will in there)
    left = [area for area, _will in there if area + 999 >= after[0]]
    found: list[Listed] = []
    for area in left[:MOST_OPENED]:
        some, _total = members_under(
            sight, other, replace(wanted, lo=area, hi=area + 999), on=on, after=after, limit=limit + 1 - len(found)
        )
        found += some
        if len(found) > limit:
            last = found[limit - 1]
            return found[:limit], total, (last.area, last.subject)
    return found, total, (left[MOST_OPENED - 1] + 999, _LAST) if len(left) > MOST_OPENED else None
