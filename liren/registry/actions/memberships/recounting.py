"""Works lists out anew: everybody of an area at night and when a rule has changed, thousands of people after an import.

The rules are those of ``keeping``, compiled from the same text. A proof works an area out beside the work of the day; what it
finds otherwise than it was kept is put right under the locks of ``refresh``, and reported.
"""
# ruff: noqa: S608 - the texts are our own, the words of rules are checked before they become text

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from liren.base.action import Event
from liren.base.clock import day_of
from liren.base.ids import new_id, reserve
from liren.base.jobs import publish
from liren.base.rows import applied, rescoped
from liren.base.scopes import Scope
from liren.registry.actions.memberships.keeping import LOCK, Turned, count, events_of, refresh, turned, withdrawn
from liren.registry.events import CategoryEntered, CategoryLeft
from liren.registry.models import CategoryDifference, CategoryMembership, CategoryRun, Person
from liren.registry.queries import evaluating
from liren.registry.queries.categories import all_rules, first_loaded_after, rule_sets
from liren.registry.queries.laying import laid_out, laid_out_for, lay_asked, lay_members
from liren.registry.rules.categories import HORIZON_DAYS, Rule

CHUNK = 500
MOST_REPORTED = 2_000
MANY = 200
"""From so many people on, one pass over all of them is quicker than a few at a time."""
PART = 50_000
"""So many people of neighbouring communities are worked out together: their tables fit into ``BUFFERS``, and most of them into caches."""
BUFFERS = "128MB"
AT_ONCE = 20_000
"""So many people are worked out in one pass: others who write facts wait for its commit, a second or two."""

_OTHERWISE = """
CREATE TEMP TABLE rule_otherwise ON COMMIT DROP AS
SELECT k.id AS kept, d.n, coalesce(d.subject, k.subject) AS subject, d.area, d.category, d.rule, d.valid_from, d.valid_until, d.evidence
  FROM (SELECT * FROM registry_categorymembership WHERE withdrawn_at IS NULL AND {of} AND valid_from <= %(horizon)s) k
  FULL JOIN (SELECT m.*, coalesce(e.evidence, '[]'::jsonb) AS evidence FROM rule_fresh m LEFT JOIN rule_evidence e USING (n)) d
    ON d.subject = k.subject AND d.category = k.category AND d.valid_from = k.valid_from AND d.rule = k.rule
   AND d.area = k.area AND coalesce(d.valid_until, 'infinity') = coalesce(k.valid_until, 'infinity') AND d.evidence = k.evidence
 WHERE k.id IS NULL OR d.n IS NULL
"""
_WITHDRAW = """
UPDATE registry_categorymembership SET withdrawn_at = %(at)s WHERE id IN (SELECT kept FROM rule_otherwise WHERE n IS NULL)
"""
_WRITE = """
INSERT INTO registry_categorymembership (id, area, county, subject, category, rule, valid_from, valid_until, evidence, recorded_at)
SELECT %(first)s + (n - 1) / 4096 * %(step)s + (n - 1) %% 4096, area, area / 1000000000, subject, category, rule, valid_from, valid_until,
       evidence, %(at)s
  FROM (SELECT o.*, row_number() OVER (ORDER BY area, subject) AS n FROM (
    SELECT subject, area, category, rule, valid_from, valid_until, evidence FROM rule_otherwise WHERE kept IS NULL) o) m
"""
_TELL = " RETURNING {sign}, area, subject, category, rule, valid_from, valid_until, evidence"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of an area that is worked out by itself: its people go by the same rules."""

    rules: tuple[Rule, ...]
    lo: int
    hi: int


@dataclass(frozen=True, slots=True)
class Found:
    """What working a part out says: its people, its members, and whose lists are kept otherwise."""

    people: int
    members: int
    suspects: tuple[int, ...]


def recount(*, lo: int, hi: int, level: int, at: datetime, prove: bool = False) -> CategoryRun:
    """Work out all lists of an area anew; with ``prove`` what was kept otherwise is reported. Opens its own transactions.

    A proof works the area's parts out two at a time, beside the work of the day. Without it, or where a rule is new or has changed,
    part after part is written at once, and others who write facts wait for the one that is at work, a few seconds.
    """
    begun, on = time.monotonic(), day_of(at)
    run = CategoryRun(id=new_id(), area=lo, level=level, started_at=at, on=on, is_proof=prove)
    with applied(Scope.everything()):
        spans = _spans(lo, hi)
        run.is_proof = prove and _is_kept_by(spans)
    if run.is_proof:
        found = _side_by_side(spans, on)
        run.people, run.members = sum(one.people for one in found), sum(one.members for one in found)
        run.differences = _mend(run, [subject for one in found for subject in one.suspects], at=at)
    else:
        for span in spans:
            with applied(Scope.everything()):
                _alone()
                with laid_out(span.rules, span.lo, span.hi, evaluating.horizon(on)) as of:
                    run.members += _compare(span.rules, of, on)
                    run.people += _people(of)
                    _write(at, tell=False)
    with applied(Scope.everything()):
        recount_figures(lo, hi, on)
        run.seconds = round(time.monotonic() - begun, 3)
        run.save(force_insert=True)
    return run


def _spans(lo: int, hi: int) -> list[Span]:
    """Return the parts of an area: together all of it, each of communities that go by the same rules and hold about ``PART`` people."""
    counted = (
        Person.objects.filter(area__gte=lo, area__lte=hi).values_list("area").annotate(n=Count("id")).order_by("area")
    )
    sizes = dict(counted)
    rules_of = {area: rules for rules, areas in rule_sets(sizes).items() for area in areas}
    starts: list[tuple[int, tuple[Rule, ...]]] = []
    filled = 0
    for area, size in sizes.items():
        if not starts or filled + size > PART or rules_of[area] != starts[-1][1]:
            starts.append((area if starts else lo, rules_of[area]))
            filled = 0
        filled += size
    if not starts:  # nobody lives there
        return [Span(all_rules(), lo, hi)]
    ends = [start - 1 for start, _rules in starts[1:]] + [hi]
    return [Span(rules, start, end) for (start, rules), end in zip(starts, ends, strict=True)]


def _is_kept_by(spans: Sequence[Span]) -> bool:
    """Say whether the lists are kept by the rules that count now: if not, nothing can be proved, all is counted for the first time."""
    kept = 0
    with connection.cursor() as cursor:
        for span in spans:
            cursor.execute(
                "SELECT DISTINCT category, rule FROM registry_categorymembership WHERE withdrawn_at IS NULL AND area BETWEEN %s AND %s",
                [span.lo, span.hi],
            )
            found = set(cursor.fetchall())
            if found - {(rule.code, rule.key) for rule in span.rules}:
                return False
            kept += len(found)
    return kept > 0


def _side_by_side(spans: Sequence[Span], on: date) -> list[Found]:
    """Work parts out on connections of their own, as many at a time as there are processors, at most four."""

    def apart(span: Span) -> Found:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET temp_buffers = '{BUFFERS}'")
            return _looked_at(span, on)
        finally:
            connection.close()

    with ThreadPoolExecutor(min(len(spans), os.cpu_count() or 2, 4)) as hands:
        return list(hands.map(apart, spans))


def _looked_at(span: Span, on: date) -> Found:
    with applied(Scope.everything()), laid_out(span.rules, span.lo, span.hi, evaluating.horizon(on)) as of:
        members = _compare(span.rules, of, on)
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT subject FROM rule_otherwise")
            return Found(_people(of), members, tuple(row[0] for row in cursor.fetchall()))


def _compare(rules: tuple[Rule, ...], of: str, on: date) -> int:
    """Work the lists of the people whom ``of`` finds out, and lay out as ``rule_otherwise`` what is kept otherwise; return all members."""
    horizon = evaluating.horizon(on)
    members = lay_members(rules, of=of, horizon=horizon)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.rule_otherwise")
        cursor.execute(_OTHERWISE.format(of=of), {"horizon": horizon})
    return members


def _write(at: datetime, *, tell: bool) -> list[Turned]:
    """Withdraw and write what ``rule_otherwise`` holds; with ``tell`` return these rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rule_otherwise WHERE kept IS NULL")
        first, step = reserve(int(cursor.fetchone()[0]) + 1)
        rows: list[Turned] = []
        for text, sign in ((_WITHDRAW, -1), (_WRITE, 1)):
            cursor.execute(text + (_TELL.format(sign=sign) if tell else ""), {"at": at, "first": first, "step": step})
            rows += [turned(row) for row in cursor.fetchall()] if tell else []
    return rows


def _people(of: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM rule_person WHERE {of}")
        return int(cursor.fetchone()[0])


def _mend(run: CategoryRun, suspects: Iterable[int], *, at: datetime) -> int:
    """Bring the suspects' lists up to date, some at a time in transactions of their own, and report what had been kept otherwise.

    Rows that begin beyond what the run before could see, or by a rule that was loaded since, are no difference: they are only added.
    """
    before = _run_before(run)
    known = before.on + timedelta(days=HORIZON_DAYS) if before else date.min
    with applied(Scope.everything()):
        new = first_loaded_after(before.started_at) if before else frozenset[int]()
    differences = reported = 0
    for few in _some_at_a_time(suspects):
        with applied(Scope.everything()):
            rows = _brought_up_to_date(few, at)
            faults = {
                (row.subject, row.category)
                for row in rows
                if row.sign < 0 or (row.valid_from <= known and row.rule not in new)
            }
            pairs: dict[tuple[int, str], list[Turned]] = {}
            for row in rows:
                if (row.subject, row.category) in faults:
                    pairs.setdefault((row.subject, row.category), []).append(row)
            told = list(pairs.items())[: MOST_REPORTED - reported]
            differences, reported = differences + len(pairs), reported + len(told)
            CategoryDifference.objects.bulk_create(
                CategoryDifference(
                    area=turns[0].area,
                    subject=subject,
                    run=run.pk,
                    category=category,
                    found_at=at,
                    kept=_told(row for row in turns if row.sign < 0),
                    counted=_told(row for row in turns if row.sign > 0),
                )
                for (subject, category), turns in told
            )
    return differences


def _some_at_a_time(subjects: Iterable[int]) -> Iterator[list[int]]:
    listed = sorted(set(subjects))
    size = AT_ONCE if len(listed) > MANY else CHUNK
    for start in range(0, len(listed), size):
        yield listed[start : start + size]


def _brought_up_to_date(subjects: list[int], at: datetime) -> list[Turned]:
    return _refresh_many(subjects, at=at) if len(subjects) > MANY else refresh(subjects, at=at).rows


def _run_before(run: CategoryRun) -> CategoryRun | None:
    """Return the run before, which saw what begins in the weeks after it; without one everything is counted for the first time."""
    with applied(Scope.everything()):
        return (
            CategoryRun.objects.filter(area__lte=run.area, started_at__lt=run.started_at, is_turn=False)
            .order_by("-started_at")
            .first()
        )


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
    """Bring the lists up to date after facts of many people came at once (a part of an import); return how many were asked about.

    Everybody whom their facts reach is worked out in one pass over tables, ``AT_ONCE`` at a time, each in a transaction of its own or
    in the one that is open. Until it ends, who else writes facts waits: call it last. Whoever entered or left a list is announced.
    """
    asked = 0
    for some in _some_at_a_time(subjects):
        with transaction.atomic():
            _brought_up_to_date(some, at)
        asked += len(some)
    return asked


def _refresh_many(subjects: list[int], *, at: datetime) -> list[Turned]:
    """Do for many what ``refresh`` does for a few: one pass over tables, alone instead of with a lock for everybody."""
    on = day_of(at)
    with rescoped(Scope.everything()):
        _alone()
        areas, missing = lay_asked(subjects)
        rows = withdrawn(missing, at) if missing else []
        for rules, where in rule_sets(areas).items():
            with laid_out_for(rules, where, evaluating.horizon(on)) as of:
                _compare(rules, of, on)
                rows += _write(at, tell=True)
        count(rows, on)
        publish(events_of(rows, on))
    return rows


def _alone() -> None:
    """Wait until nobody keeps lists, and let nobody do so until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def announce_turns(at: datetime) -> int:
    """Announce who has entered and left by the calendar alone since this was done last; return how many."""
    on = day_of(at)
    before = CategoryRun.objects.filter(is_turn=True).order_by("-started_at").first()
    rows = CategoryMembership.objects.filter(withdrawn_at=None)
    day, told = max(before.on if before else on - timedelta(days=1), on - timedelta(days=HORIZON_DAYS)), 0
    while day < on:
        day += timedelta(days=1)
        came = {(one.subject, one.category): one for one in rows.filter(valid_from=day, recorded_at__date__lt=day)}
        went = {(one.subject, one.category): one for one in rows.filter(valid_until=day, recorded_at__date__lt=day)}
        events: list[Event] = [  # who goes on under the next version of a rule has neither entered nor left
            CategoryEntered(area=row.area, person=row.subject, category=row.category, rule=row.rule)
            for key, row in came.items()
            if key not in went
        ]
        events += [
            CategoryLeft(area=row.area, person=row.subject, category=row.category, rule=row.rule)
            for key, row in went.items()
            if key not in came
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
