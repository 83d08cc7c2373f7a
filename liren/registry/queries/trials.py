"""Lists under another version of a rule, or with other numbers in it: figures side by side, and who would be on them; nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.registry.queries.categories import trial, versions_of
from liren.registry.queries.laying import laid_out, lay_members
from liren.registry.queries.lists import PAGE, Listed, Sight, Wanted, add, ages_between, in_grid, listed, overview_of
from liren.registry.rules.categories import Rule


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
SELECT coalesce(now.area, new.area), count(now.subject), count(new.subject), count(*) FILTER (WHERE now.subject IS NULL),
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
    here = sight.seat.range
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    entering = leaving = 0
    if rule.key == other.key:
        total = overview_of(sight, rule, on=on)
        return Trial(total, total, 0, 0)
    with rescoped(Scope.everything()), laid_out([rule, other], here.lo, here.hi, on) as of:
        lay_members([rule, other], of=of, horizon=on, told=False)
        with connection.cursor() as cursor:
            cursor.execute(_TRIED, {"now": rule.key, "new": other.key, "on": on})
            for area, was, will, comes, goes in cursor.fetchall():
                add(before, sight, area, was)
                add(after, sight, area, will)
                entering, leaving = entering + comes, leaving + goes
    return Trial(before, after, entering, leaving)


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
