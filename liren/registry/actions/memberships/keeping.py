"""Keeps the lists at once: after a fact the few who depend on it, in the transaction that writes the fact."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from liren.base.action import Event
from liren.base.clock import day_of
from liren.base.ids import reserve
from liren.base.jobs import publish
from liren.base.rows import asked, rescoped
from liren.base.scopes import Scope
from liren.registry.events import CategoryEntered, CategoryLeft
from liren.registry.models import CategoryCount, Person
from liren.registry.queries import evaluating
from liren.registry.queries.categories import rule_sets
from liren.registry.rules.categories import Rule

LOCK = 4_202_611_220
"""Held shared by everyone who keeps a few, alone by who writes a whole area."""

_SAME = (
    "{a}.subject = {b}.subject AND {a}.category = {b}.category AND {a}.valid_from = {b}.valid_from AND {a}.rule = {b}.rule"
    " AND {a}.area = {b}.area AND {a}.valid_until IS NOT DISTINCT FROM {b}.valid_until AND {a}.evidence = {b}.evidence"
)
_FEW = """
WITH {relations},
rule_fresh AS MATERIALIZED (SELECT * FROM ({fresh}) m WHERE subject IN (SELECT subject FROM asked)),
rule_evidence AS MATERIALIZED ({proof}),
due AS MATERIALIZED (SELECT m.*, coalesce(e.evidence, '[]'::jsonb) AS evidence FROM rule_fresh m LEFT JOIN rule_evidence e USING (n)),
kept AS MATERIALIZED (
  SELECT c.* FROM asked JOIN registry_categorymembership c ON c.subject = asked.subject
   WHERE c.withdrawn_at IS NULL AND c.valid_from <= %(horizon)s
),
gone AS (
  UPDATE registry_categorymembership c SET withdrawn_at = %(at)s FROM kept k
   WHERE c.id = k.id AND NOT EXISTS (SELECT FROM due WHERE {same_kept})
  RETURNING c.area, c.subject, c.category, c.rule, c.valid_from, c.valid_until, c.evidence
),
come AS (
  INSERT INTO registry_categorymembership (id, area, county, subject, category, rule, valid_from, valid_until, evidence, recorded_at)
  SELECT %(first)s + (d.n - 1) / 4096 * %(step)s + (d.n - 1) %% 4096, d.area, d.area / 1000000000, d.subject, d.category, d.rule,
         d.valid_from, d.valid_until, d.evidence, %(at)s
    FROM due d WHERE NOT EXISTS (SELECT FROM kept WHERE {same_due})
  RETURNING area, subject, category, rule, valid_from, valid_until, evidence
)
SELECT -1, * FROM gone UNION ALL SELECT 1, * FROM come
"""


@dataclass(frozen=True, slots=True)
class Turned:
    """A membership row that came (1) or went (-1)."""

    sign: int
    area: int
    subject: int
    category: str
    rule: int
    valid_from: date
    valid_until: date | None
    evidence: Any

    def holds_on(self, on: date) -> bool:
        """Say whether the row's period contains a day."""
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


def turned(row: Sequence[Any]) -> Turned:
    """Return a row as the database returned it: the sign first, the evidence as text."""
    sign, area, subject, category, rule, valid_from, valid_until, evidence = row
    return Turned(sign, area, subject, category, rule, valid_from, valid_until, json.loads(evidence))


@dataclass(slots=True)
class Refreshed:
    """What a refresh changed."""

    rows: list[Turned] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def refresh(subjects: Iterable[int], *, at: datetime, tell: bool = True) -> Refreshed:
    """Bring the memberships of everybody who depends on the facts of ``subjects`` up to date, in the transaction that is open.

    Returns the rows that came and went; with ``tell`` those who entered or left a category on the day of ``at`` are announced.
    """
    with rescoped(Scope.everything()):
        return refresh_here(subjects, at=at, tell=tell)


def refresh_here(subjects: Iterable[int], *, at: datetime, tell: bool = True) -> Refreshed:
    """Do the same where the scope of the whole installation is set already."""
    done = Refreshed()
    on = day_of(at)
    affected = _locked(subjects)
    if not affected:
        return done
    areas = dict(Person.objects.filter(pk__in=affected).values_list("pk", "area"))
    by_area: dict[int, list[int]] = {}
    for subject, area in areas.items():
        by_area.setdefault(area, []).append(subject)
    for rules, where in rule_sets(by_area).items():
        if rules:
            done.rows += _kept_anew(rules, [one for area in where for one in by_area[area]], at=at, on=on)
    missing = set(affected) - set(areas)
    if missing:  # the file is gone, merged into another
        done.rows += withdrawn(sorted(missing), at)
    count(done.rows, on)
    done.events = events_of(done.rows, on)
    if tell and done.events:
        publish(done.events)
    return done


def _locked(subjects: Iterable[int]) -> list[int]:
    """Hold everybody who depends on ``subjects`` until the transaction ends, in the order of ids, and return them."""
    wanted, held = sorted(set(subjects)), set[int]()
    while True:
        found = evaluating.depending(wanted)
        more = [one for one in found if one not in held]
        if not more:
            return found
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(%s); SELECT pg_advisory_xact_lock(one) FROM unnest(%s::bigint[]) AS one",
                [LOCK, more],
            )
        held.update(more)


def _kept_anew(rules: tuple[Rule, ...], subjects: list[int], *, at: datetime, on: date) -> list[Turned]:
    first, step = reserve(len(subjects) * len(rules) * 4)
    values = {"subjects": subjects, "horizon": evaluating.horizon(on), "at": at, "first": first, "step": step}
    return [turned(row) for row in asked(_statement(rules), values)]


_STATEMENTS: dict[tuple[int, ...], str] = {}


def _statement(rules: Sequence[Rule]) -> str:
    key = tuple(rule.key for rule in rules)
    if key not in _STATEMENTS:
        if len(_STATEMENTS) > 100:
            _STATEMENTS.clear()
        _STATEMENTS[key] = _FEW.format(
            relations=evaluating.few(rules),
            fresh=evaluating.fresh(rules),
            proof=evaluating.proof(rules),
            same_kept=_SAME.format(a="due", b="k"),
            same_due=_SAME.format(a="kept", b="d"),
        )
    return _STATEMENTS[key]


def withdrawn(subjects: list[int], at: datetime) -> list[Turned]:
    """Withdraw whatever is kept for people and return it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_categorymembership SET withdrawn_at = %s WHERE subject = ANY(%s) AND withdrawn_at IS NULL"
            " RETURNING -1, area, subject, category, rule, valid_from, valid_until, evidence",
            [at, subjects],
        )
        return [turned(row) for row in cursor.fetchall()]


def count(rows: Iterable[Turned], on: date) -> None:
    """Write how the counts change: from today, and on the days of the coming weeks on which a row begins or ends by itself."""
    last = evaluating.horizon(on)
    changed: dict[tuple[int, str, date], int] = {}
    for row in rows:
        if row.valid_until is not None and row.valid_until <= on:
            continue
        key = (row.area, row.category)
        changed[*key, max(row.valid_from, on)] = changed.get((*key, max(row.valid_from, on)), 0) + row.sign
        if row.valid_until is not None and row.valid_until <= last:
            changed[*key, row.valid_until] = changed.get((*key, row.valid_until), 0) - row.sign
    CategoryCount.objects.bulk_create(
        CategoryCount(area=area, category=category, day=day, members=members)
        for (area, category, day), members in changed.items()
        if members
    )


def events_of(rows: Iterable[Turned], on: date) -> list[Event]:
    """Return who entered and who left on a day; a row that only tells another reason is neither."""
    came = {(row.subject, row.category): row for row in rows if row.sign > 0 and row.holds_on(on)}
    went = {(row.subject, row.category): row for row in rows if row.sign < 0 and row.holds_on(on)}
    entered = [
        CategoryEntered(area=row.area, person=row.subject, category=row.category, rule=row.rule)
        for key, row in came.items()
        if key not in went
    ]
    left = [
        CategoryLeft(area=row.area, person=row.subject, category=row.category, rule=row.rule)
        for key, row in went.items()
        if key not in came
    ]
    return [*entered, *left]
