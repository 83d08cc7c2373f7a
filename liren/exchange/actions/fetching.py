"""Reading a source: all its rows are looked at, and those that are new or say something else become a batch like an uploaded list."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import IO

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from liren.base import clock, ids
from liren.base.action import action, remark
from liren.base.errors import Conflict, Forbidden, Refusal
from liren.base.jobs import defer
from liren.base.remote.stops import RemoteRefusal
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.exchange.actions.batches import begin_applying, begin_staging, keep_table, open_batch
from liren.exchange.actions.running import importer
from liren.exchange.enums import BatchState, RunState
from liren.exchange.models import Batch, Feed, FeedRow, FeedRun
from liren.exchange.permissions import CONNECT
from liren.exchange.queries import sources as queries
from liren.exchange.rules.sources import Fingerprints, next_reading, next_try
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer
from liren.registry.actions.bulk.copying import blind, copy_beside, copy_in, line, sealed

LONGEST = timedelta(hours=12)
"""A reading ends in half an hour, and a killed one is taken up again: what is open after this will not end."""


@action(CONNECT, on="feed")
def begin_run(*, by: Viewer, at: datetime, feed: Feed, is_scheduled: bool = False) -> FeedRun:
    """Have a source read; refused while it is being read, or while its last batch waits for somebody."""
    if feed.mapping is None:
        raise Conflict(_("请先对应好每一列，再读取。"))
    before = queries.running(feed)
    if before is not None:
        if before.began_at > at - LONGEST:
            raise Conflict(_("正在读取这个来源，请等它读完。"))
        fail_run(by=by, at=at, feed=feed, run=before, problem=_("没有读完，原因不明。"), passing=True)
    if queries.waiting_batch(feed) is not None:
        raise Conflict(_("上一批还没有处理完：请先导入或放弃，再取新的变化。"))
    run = FeedRun(area=feed.area, feed=feed, is_scheduled=is_scheduled, began_at=at, began_by=actor(by))
    run.save(force_insert=True)
    if is_scheduled:
        plan_next(feed, at)
    defer(SimpleNamespace(name="exchange.fetch"), run=str(run.pk))  # by its name: jobs stand on a shelf above
    return run


def plan_next(feed: Feed, at: datetime) -> None:
    """Set the next regular reading."""
    feed.next_at = next_reading(feed.every, hour=feed.hour, day=feed.day, after=at.astimezone(clock.CHINA))
    feed.save(update_fields=["next_at"])


@action(CONNECT, on="feed")
def hold_feed(*, by: Viewer, at: datetime, feed: Feed, reason: str) -> Feed:
    """Leave a scheduled reading out, because the last batch still waits for somebody."""
    feed.is_held = True
    feed.save(update_fields=["is_held"])
    plan_next(feed, at)
    remark(reason=reason)
    return feed


@action(CONNECT, on="feed")
def fail_run(*, by: Viewer, at: datetime, feed: Feed, run: FeedRun, problem: str, passing: bool) -> FeedRun:
    """Write down that a reading came to nothing, and when it is tried again."""
    run.state, run.ended_at, run.problem = RunState.FAILED, at, problem[:300]
    run.save(update_fields=["state", "ended_at", "problem"])
    feed.failures += 1
    if feed.every and not feed.is_paused:
        regular = next_reading(feed.every, hour=feed.hour, day=feed.day, after=at.astimezone(clock.CHINA))
        feed.next_at = next_try(regular, failures=feed.failures, passing=passing, at=at)
    feed.save(update_fields=["failures", "next_at"])
    remark(problem=problem[:300], failures=feed.failures)
    return run


@dataclass(slots=True)
class Spool:
    """All rows of a reading, in a file without a name: they are read again twice, and gone when it is closed."""

    file: IO[str]
    heads: list[str]
    rows: int

    def __iter__(self) -> Iterator[tuple[int, list[str | None]]]:
        """Yield the rows with their number, from 1."""
        self.file.seek(0)
        for number, text in enumerate(self.file, 1):
            yield number, json.loads(text)


def run_fetching(pk: int) -> str:
    """Read a source for a run and take its changes in; return the state it came to. A second time does nothing."""
    with applied(Scope.everything()):
        run = FeedRun.objects.select_related("feed", "feed__mapping").get(pk=pk)
    if run.ended_at is not None:
        return run.state
    feed = run.feed
    try:
        with applied(Scope.everything()):
            viewer = importer(feed)
        folder = settings.HOME / "imports"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile("w+", dir=folder, encoding="utf-8") as file:
            found, rows = queries.reading_of(feed, queries.WHOLE), 0
            for row in found:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                rows += 1
            with applied(viewer.scope):
                take_changes(by=viewer, at=clock.now(), feed=feed, run=run, spool=Spool(file, found.heads, rows))
    except Refusal as refusal:
        _failed(run, refusal)
    with applied(Scope.everything()):
        return FeedRun.objects.values_list("state", flat=True).get(pk=pk)


def _failed(run: FeedRun, refusal: Refusal) -> None:
    passing = isinstance(refusal, RemoteRefusal) and refusal.passing
    problem = _("负责人已没有导入的岗位，请由别人接手。") if isinstance(refusal, Forbidden) else refusal.message
    with applied(Scope.everything()):
        feed = Feed.objects.select_for_update().get(pk=run.feed_id)
        fail_run(by=Viewer.system("exchange"), at=clock.now(), feed=feed, run=run, problem=problem, passing=passing)


@action(CONNECT, on="feed")
def take_changes(*, by: Viewer, at: datetime, feed: Feed, run: FeedRun, spool: Spool) -> FeedRun:
    """Tell what is new, changed, as it was, and gone; make a batch of the changes and remember all of it, in one transaction."""
    run = FeedRun.objects.select_for_update().get(pk=run.pk)
    if run.ended_at is not None:
        return run
    assert feed.mapping is not None
    prints = Fingerprints(spool.heads, feed.mapping.columns, feed.key)
    if spool.rows and prints.missing:
        raise Refusal(
            _("来源里没有这些列了：%(names)s。请重新对应每一列。") % {"names": "、".join(prints.missing)[:150]}
        )
    _set_beside(feed, spool, prints)
    staged = _differing()
    run.rows, run.unchanged = spool.rows, spool.rows - len(staged)
    run.fresh = sum(is_new for is_new in staged.values())
    run.changed = len(staged) - run.fresh
    if staged:
        run.batch = _batch(by, at, feed, spool, prints, staged)
        _remember(feed, run.batch, spool, prints, staged)
    run.gone = _mark_gone(feed, at) if spool.rows else 0
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE seen")
    run.state, run.ended_at = (RunState.TAKEN if staged else RunState.NOTHING), at
    run.save(update_fields=["rows", "fresh", "changed", "unchanged", "gone", "batch", "state", "ended_at"])
    feed.failures, feed.is_held = 0, False
    feed.save(update_fields=["failures", "is_held"])
    remark(rows=run.rows, fresh=run.fresh, changed=run.changed, unchanged=run.unchanged, gone=run.gone)
    return run


def _set_beside(feed: Feed, spool: Spool, prints: Fingerprints) -> None:
    """Make the table ``seen`` of the transaction: number, key, mark and place of each row, and whether it is known or known otherwise."""

    def lines() -> Iterator[str]:
        for number, row in spool:
            key = blind(FeedRow, "key", f"{feed.pk}:{prints.key_of(row)}")
            yield line((number, key, blind(FeedRow, "mark", f"{feed.pk}:{prints.mark(row)}")))

    copy_beside("default", "read", "number integer, key bytea, mark bytea", lines())
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE seen ON COMMIT DROP AS"
            " WITH placed AS (SELECT number, key, mark, row_number() OVER (PARTITION BY key ORDER BY number) AS place FROM read)"
            " SELECT p.number, p.key, p.mark, p.place::integer AS place, k.id IS NULL OR b.state = ANY(%(lost)s) AS is_new,"
            " k.mark IS DISTINCT FROM p.mark OR b.state = ANY(%(lost)s) AS differs FROM placed p"
            " LEFT JOIN exchange_feedrow k ON k.county = %(county)s AND k.feed = %(feed)s AND k.key = p.key AND k.place = p.place"
            " LEFT JOIN exchange_batch b ON b.id = k.batch",
            {"lost": [str(one) for one in queries.LOST], "county": feed.county, "feed": feed.pk},
        )
        cursor.execute("DROP TABLE read")


def _differing() -> dict[int, bool]:
    """Return the numbers of the rows that are to come in, each with whether it is new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, is_new FROM seen WHERE differs ORDER BY number")
        return dict(cursor.fetchall())


def _batch(
    by: Viewer, at: datetime, feed: Feed, spool: Spool, prints: Fingerprints, staged: Mapping[int, bool]
) -> Batch:
    """Make a batch of the rows that differ, and have it staged."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(prints.heads)
    for number, row in spool:
        if number in staged:
            writer.writerow(prints.cells(row))
    batch = open_batch(
        by=by, at=at, area=feed.area, level=feed.level, title=f"{feed.name} {at.astimezone(clock.CHINA):%Y-%m-%d %H:%M}", digest=keep_table(made.getvalue().encode("utf-8-sig")),
        authority=feed.authority, source=feed.source, as_of=clock.day_of(at), kind=feed.kind, feed=feed, heads=prints.heads, mapping=feed.mapping,
    )  # fmt: skip
    return begin_staging(by=by, at=at, batch=batch)


def _remember(feed: Feed, batch: Batch, spool: Spool, prints: Fingerprints, staged: Mapping[int, bool]) -> None:
    """Remember the rows that came in: the next reading finds them unchanged while this batch stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, key, mark, place FROM seen WHERE differs ORDER BY number")
        seen = {number: (bytes(key), bytes(mark), place) for number, key, mark, place in cursor.fetchall()}

    def lines() -> Iterator[str]:
        at_line = 1
        for number, row in spool:
            if number in staged:
                at_line += 1
                key, mark, place = seen[number]
                label = sealed(FeedRow, "label", prints.label(row))
                yield line(
                    (ids.new_id(), feed.area, feed.county, feed.pk, key, place, mark, batch.pk, at_line, label, None)
                )

    columns = ("id", "area", "county", "feed", "key", "place", "mark", "batch", "number", "label", "gone_at")
    kept = "ON CONFLICT (county, feed, key, place) DO UPDATE SET mark = EXCLUDED.mark, batch = EXCLUDED.batch, number = EXCLUDED.number, label = EXCLUDED.label, gone_at = NULL"
    copy_in("default", "exchange_feedrow", columns, lines(), conflict=kept)


def _mark_gone(feed: Feed, at: datetime) -> int:
    """Mark the rows that are no more there, take the mark from those that are back, and return how many are gone since the last time."""
    there = "EXISTS (SELECT 1 FROM seen WHERE seen.key = exchange_feedrow.key AND seen.place = exchange_feedrow.place)"
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON seen (key, place)")
        cursor.execute("ANALYZE seen")
        cursor.execute(
            f"UPDATE exchange_feedrow SET gone_at = NULL WHERE county = %s AND feed = %s AND gone_at IS NOT NULL AND {there}",  # noqa: S608  our own words
            [feed.county, feed.pk],
        )
        cursor.execute(
            f"UPDATE exchange_feedrow SET gone_at = %s WHERE county = %s AND feed = %s AND gone_at IS NULL AND NOT {there}",  # noqa: S608  our own words
            [at, feed.county, feed.pk],
        )
        found: int = cursor.rowcount
    return found


def go_on(pk: int, at: datetime) -> bool:
    """Write a staged batch of a scheduled reading where its source is trusted; say whether that has begun."""
    with applied(Scope.everything()):
        batch = Batch.objects.select_related("feed", "feed__mapping").filter(pk=pk, state=BatchState.STAGED).first()
        if batch is None or batch.feed is None or not batch.feed.is_trusted:
            return False
        if not FeedRun.objects.filter(batch=batch, is_scheduled=True).exists():
            return False
        viewer = importer(batch)
    with applied(viewer.scope):
        begin_applying(by=viewer, at=at, batch=batch)
    return True
