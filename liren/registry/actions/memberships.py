"""Keeps the lists: after a fact the few who depend on it, at night and after an import everybody of an area.

Both ways run the same compiled rules. ``refresh`` is part of the action that wrote the fact: when the fact is there, the lists are
right. ``recount`` works an area out anew, beside the work of the day, and proves what was kept; what it finds otherwise is put
right by ``refresh`` under its locks and reported.
"""
# ruff: noqa: S608 - the texts are our own, the words of rules are checked before they become text

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from liren.base.action import Event, action, remark
from liren.base.errors import Refusal
from liren.base.ids import new_id, reserve
from liren.base.jobs import publish
from liren.base.rows import applied, planned_cursor, rescoped
from liren.base.scopes import Scope
from liren.foundation.access.rules import Viewer
from liren.registry.actions.lines import day_of
from liren.registry.events import CategoryEntered, CategoryLeft
from liren.registry.models import CategoryCount, CategoryDifference, CategoryMembership, CategoryRun, Person
from liren.registry.permissions import EXPORT
from liren.registry.queries import evaluating
from liren.registry.queries.categories import national_rules, rule_sets
from liren.registry.rules.categories import HORIZON_DAYS, Rule

LOCK = 4_202_611_220
"""Held shared by everyone who keeps a few, alone by who writes a whole area."""
CHUNK = 500
MOST_BY_ONE = 5_000
MOST_REPORTED = 2_000

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


def _turned(row: Sequence[Any]) -> Turned:
    sign, area, subject, category, rule, valid_from, valid_until, evidence = row
    return Turned(sign, area, subject, category, rule, valid_from, valid_until, json.loads(evidence))


@dataclass(slots=True)
class Refreshed:
    """What a refresh changed."""

    rows: list[Turned] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@action(EXPORT, on="area")
def export_list(*, by: Viewer, at: datetime, area: int, category: str, on: date, count: int, purpose: str) -> None:
    """Note that a list was taken out of the house, by whom and what for; of a confidential one neither which nor how many."""
    if len(purpose.strip()) < 2:
        raise Refusal(_("请写明名单做什么用，这会记入日志。"), field="purpose")
    if category:
        remark(category=category, on=on.isoformat(), count=count, purpose=purpose.strip()[:200])


def refresh(subjects: Iterable[int], *, at: datetime, tell: bool = True) -> Refreshed:
    """Bring the memberships of everybody who depends on the facts of ``subjects`` up to date, in the transaction that is open.

    Returns the rows that came and went; with ``tell`` those who entered or left a category on the day of ``at`` are announced.
    """
    done = Refreshed()
    on = day_of(at)
    with rescoped(Scope.everything()):
        affected = _locked(subjects)
        if not affected:
            return done
        areas = dict(Person.objects.filter(pk__in=affected).values_list("pk", "area"))
        by_area: dict[int, list[int]] = {}
        for subject, area in areas.items():
            by_area.setdefault(area, []).append(subject)
        for rules, where in rule_sets(by_area, on).items():
            if rules:
                done.rows += _kept_anew(rules, [one for area in where for one in by_area[area]], at=at, on=on)
        missing = set(affected) - set(areas)
        if missing:  # the file is gone, merged into another
            done.rows += _withdrawn(sorted(missing), at)
        _count(done.rows, on)
        done.events = events_of(done.rows, on)
        if tell and done.events:
            publish(done.events)
    return done


def _locked(subjects: Iterable[int]) -> list[int]:
    """Hold everybody who depends on ``subjects`` until the transaction ends, in the order of ids, and return them."""
    asked, held = sorted(set(subjects)), set[int]()
    while True:
        found = evaluating.depending(asked)
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
    with planned_cursor() as cursor:
        cursor.execute(
            _statement(rules),
            {"subjects": subjects, "horizon": evaluating.horizon(on), "at": at, "first": first, "step": step},
        )
        return [_turned(row) for row in cursor.fetchall()]


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


def _withdrawn(subjects: list[int], at: datetime) -> list[Turned]:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_categorymembership SET withdrawn_at = %s WHERE subject = ANY(%s) AND withdrawn_at IS NULL"
            " RETURNING -1, area, subject, category, rule, valid_from, valid_until, evidence",
            [at, subjects],
        )
        return [_turned(row) for row in cursor.fetchall()]


def _count(rows: Iterable[Turned], on: date) -> None:
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


# Whole areas


_DUE = """
CREATE TEMP TABLE rule_due ON COMMIT DROP AS
SELECT m.n, m.subject, m.area, m.category, m.rule, m.valid_from, m.valid_until, coalesce(e.evidence, '[]'::jsonb) AS evidence
  FROM rule_fresh m LEFT JOIN rule_evidence e USING (n)
"""
_MISSING = f"""
SELECT d.* FROM rule_due d LEFT JOIN registry_categorymembership k
    ON k.withdrawn_at IS NULL AND k.area BETWEEN %(lo)s AND %(hi)s AND {_SAME.format(a="k", b="d")}
 WHERE k.id IS NULL
"""
_EXTRA = f"""
SELECT k.* FROM registry_categorymembership k LEFT JOIN rule_due d ON {_SAME.format(a="d", b="k")}
 WHERE k.withdrawn_at IS NULL AND k.area BETWEEN %(lo)s AND %(hi)s AND k.valid_from <= %(horizon)s AND d.n IS NULL
"""


def recount(*, lo: int, hi: int, level: int, at: datetime, prove: bool = False) -> CategoryRun:
    """Work out all lists of an area anew; with ``prove`` what was kept otherwise is reported. Opens its own transactions.

    Without ``prove``, or where a rule is new or has changed, everything is written at once, and others who write facts wait.
    """
    begun, on = time.monotonic(), day_of(at)
    run = CategoryRun(id=new_id(), area=lo, level=level, started_at=at, on=on, is_proof=prove)
    if prove:
        suspects = _suspects(run, lo=lo, hi=hi, on=on)
        if suspects is None:
            run.is_proof = False
        else:
            run.differences = _mend(run, suspects, at=at)
    if not run.is_proof:
        with applied(Scope.everything()):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            for rules, low, high in _spans(lo, hi, on):
                _write_all(run, rules, lo=low, hi=high, at=at)
    with applied(Scope.everything()):
        recount_figures(lo, hi, on)
        run.seconds = round(time.monotonic() - begun, 3)
        run.save(force_insert=True)
    return run


def _spans(lo: int, hi: int, on: date) -> list[tuple[tuple[Rule, ...], int, int]]:
    """Return the parts of an area that go by the same rules: all of it, as long as no place has adopted rules of its own."""
    communities = sorted(Person.objects.filter(area__gte=lo, area__lte=hi).values_list("area", flat=True).distinct())
    sets = rule_sets(communities, on)
    if len(sets) <= 1:
        return [(next(iter(sets), national_rules(on)), lo, hi)]
    rules_of = {area: rules for rules, areas in sets.items() for area in areas}
    return [(rules_of[area], area, area) for area in communities]


def _lay(run: CategoryRun, rules: tuple[Rule, ...], *, lo: int, hi: int) -> None:
    run.members += evaluating.lay_members(rules, lo=lo, hi=hi, horizon=evaluating.horizon(run.on))
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        cursor.execute("ANALYZE rule_due; SELECT count(*) FROM rule_person WHERE area BETWEEN %s AND %s", [lo, hi])
        cursor.nextset()
        row = cursor.fetchone()
    run.people += row[0] if row else 0


def _write_all(run: CategoryRun, rules: tuple[Rule, ...], *, lo: int, hi: int, at: datetime) -> None:
    run.members = run.people = 0
    values: dict[str, Any] = {"lo": lo, "hi": hi, "horizon": evaluating.horizon(run.on), "at": at}
    with evaluating.laid_out(rules, lo, hi, evaluating.horizon(run.on)):
        _lay(run, rules, lo=lo, hi=hi)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE rule_missing ON COMMIT DROP AS {_MISSING}", values)
            cursor.execute(
                f"UPDATE registry_categorymembership SET withdrawn_at = %(at)s WHERE id IN (SELECT id FROM ({_EXTRA}) x)",
                values,
            )
            cursor.execute("SELECT count(*) FROM rule_missing")
            first, step = reserve(int(cursor.fetchone()[0]) + 1)
            cursor.execute(
                "INSERT INTO registry_categorymembership"
                " (id, area, county, subject, category, rule, valid_from, valid_until, evidence, recorded_at)"
                " SELECT %(first)s + (n - 1) / 4096 * %(step)s + (n - 1) %% 4096, area, area / 1000000000, subject, category, rule,"
                " valid_from, valid_until, evidence, %(at)s FROM (SELECT *, row_number() OVER () AS n FROM"
                " (SELECT subject, area, category, rule, valid_from, valid_until, evidence FROM rule_missing ORDER BY area, subject) o) m",
                {**values, "first": first, "step": step},
            )
            cursor.execute("DROP TABLE rule_missing")


def _suspects(run: CategoryRun, *, lo: int, hi: int, on: date) -> set[int] | None:
    """Return whose lists differ from what the rules say now; nothing when a rule is not the one they were kept by.

    Rows that begin beyond what the run before could see are no difference: they are added in the same way.
    """
    found: set[int] = set()
    with applied(Scope.everything()):
        for rules, low, high in _spans(lo, hi, on):
            values: dict[str, Any] = {"lo": low, "hi": high, "horizon": evaluating.horizon(on)}
            with evaluating.laid_out(rules, low, high, evaluating.horizon(on)), connection.cursor() as cursor:
                _lay(run, rules, lo=low, hi=high)
                cursor.execute(
                    "SELECT DISTINCT category, rule FROM registry_categorymembership"
                    " WHERE withdrawn_at IS NULL AND area BETWEEN %(lo)s AND %(hi)s",
                    values,
                )
                kept = set(cursor.fetchall())
                wanted = {(rule.code, rule.key) for rule in rules}
                if kept - wanted or not kept:
                    return None
                cursor.execute(
                    f"SELECT subject FROM ({_MISSING}) x UNION SELECT subject FROM ({_EXTRA}) y LIMIT %(most)s",
                    {**values, "most": MOST_BY_ONE + 1},
                )
                found.update(row[0] for row in cursor.fetchall())
                if len(found) > MOST_BY_ONE:
                    return None
    return found


def _mend(run: CategoryRun, suspects: set[int], *, at: datetime) -> int:
    """Refresh the suspects, each few in a transaction of their own, and report what had been kept otherwise."""
    listed, differences = sorted(suspects), 0
    known = _known_until(run)
    for start in range(0, len(listed), CHUNK):
        with applied(Scope.everything()):
            done = refresh(listed[start : start + CHUNK], at=at)
            faults = [row for row in done.rows if row.sign < 0 or row.valid_from <= known]
            pairs: dict[tuple[int, str], list[Turned]] = {}
            for row in faults:
                pairs.setdefault((row.subject, row.category), []).append(row)
            differences += len(pairs)
            CategoryDifference.objects.bulk_create(
                CategoryDifference(
                    area=rows[0].area,
                    subject=subject,
                    run=run.pk,
                    category=category,
                    found_at=at,
                    kept=_told(row for row in rows if row.sign < 0),
                    counted=_told(row for row in rows if row.sign > 0),
                )
                for (subject, category), rows in list(pairs.items())[:MOST_REPORTED]
            )
    return differences


def _known_until(run: CategoryRun) -> date:
    """Return up to which beginning rows the run before has seen; without one everything new is only now counted for the first time."""
    with applied(Scope.everything()):
        before = (
            CategoryRun.objects.filter(area__lte=run.area, started_at__lt=run.started_at, is_turn=False)
            .order_by("-started_at")
            .first()
        )
    return before.on + timedelta(days=HORIZON_DAYS) if before else date.min


def _told(rows: Iterable[Turned]) -> Any:
    found = [
        {"from": row.valid_from.isoformat(), "until": row.valid_until.isoformat() if row.valid_until else None, "evidence": row.evidence}
        for row in rows
    ]  # fmt: skip
    return found or None


_FIGURES = """
WITH gone AS (DELETE FROM registry_categorycount WHERE area BETWEEN %(lo)s AND %(hi)s),
now AS (
  SELECT area, category, greatest(valid_from, %(on)s) AS day, 1 AS members FROM registry_categorymembership
   WHERE withdrawn_at IS NULL AND area BETWEEN %(lo)s AND %(hi)s AND valid_from <= %(horizon)s
     AND (valid_until IS NULL OR valid_until > %(on)s)
   UNION ALL
  SELECT area, category, valid_until, -1 FROM registry_categorymembership
   WHERE withdrawn_at IS NULL AND area BETWEEN %(lo)s AND %(hi)s AND valid_from <= %(horizon)s
     AND valid_until > %(on)s AND valid_until <= %(horizon)s
),
together AS (SELECT area, category, day, sum(members)::int AS members, row_number() OVER () AS n FROM now GROUP BY area, category, day)
INSERT INTO registry_categorycount (id, area, county, category, day, members)
SELECT %(first)s + (n - 1) / 4096 * %(step)s + (n - 1) %% 4096, area, area / 1000000000, category, day, members FROM together
"""


def recount_figures(lo: int, hi: int, on: date) -> None:
    """Put the counts of an area together again, from one picture of the memberships: what changes meanwhile adds its own rows."""
    first, step = reserve(2_000_000)
    with connection.cursor() as cursor:
        cursor.execute(
            _FIGURES, {"lo": lo, "hi": hi, "on": on, "horizon": evaluating.horizon(on), "first": first, "step": step}
        )


def recount_people(subjects: Iterable[int], *, at: datetime) -> int:
    """Bring the lists up to date after many facts came at once (an import); return how many people were asked about.

    A few thousand are refreshed one by one; for more the areas in which they live are worked out anew.
    """
    listed = sorted(set(subjects))
    if len(listed) <= MOST_BY_ONE:
        for start in range(0, len(listed), CHUNK):
            with transaction.atomic():
                refresh(listed[start : start + CHUNK], at=at)
        return len(listed)
    with applied(Scope.everything()):
        counties = sorted(Person.objects.filter(pk__in=listed).values_list("county", flat=True).distinct())
    for county in counties:
        recount(lo=county * 10**9, hi=county * 10**9 + 10**9 - 1, level=3, at=at)
    return len(listed)


def announce_turns(at: datetime) -> int:
    """Announce who has entered and left by the calendar alone since this was done last; return how many."""
    on = day_of(at)
    before = CategoryRun.objects.filter(is_turn=True).order_by("-started_at").first()
    rows = CategoryMembership.objects.filter(withdrawn_at=None)
    day, told = max(before.on if before else on - timedelta(days=1), on - timedelta(days=HORIZON_DAYS)), 0
    while day < on:
        day += timedelta(days=1)
        entered = rows.filter(valid_from=day, recorded_at__date__lt=day)
        left = rows.filter(valid_until=day, recorded_at__date__lt=day)
        events: list[Event] = [
            CategoryEntered(area=row.area, person=row.subject, category=row.category, rule=row.rule) for row in entered
        ]
        events += [
            CategoryLeft(area=row.area, person=row.subject, category=row.category, rule=row.rule) for row in left
        ]
        publish(events)
        told += len(events)
    CategoryRun.objects.create(area=0, level=0, started_at=at, on=on, is_turn=True, is_proof=False, members=told)
    return told


def recount_everywhere(at: datetime) -> list[CategoryRun]:
    """Prove the lists of every county in which anybody is registered, one after the other."""
    with applied(Scope.everything()):
        counties = sorted(Person.objects.values_list("county", flat=True).distinct())
    return [
        recount(lo=county * 10**9, hi=county * 10**9 + 10**9 - 1, level=3, at=at, prove=True) for county in counties
    ]
