"""Sources as pages and jobs ask for them: in reach, due, tried, with their runs and the rows that are gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from liren.base.remote import Api, Database, Limits, Paging, PagingStyle, Remote, read
from liren.base.remote.reading import Rows
from liren.exchange.enums import BatchState, FeedKind, Verdict
from liren.exchange.models import Batch, Feed, FeedRow, FeedRun, Row
from liren.exchange.permissions import CONNECT
from liren.exchange.rules import headers
from liren.foundation.access.queries import each_range, find
from liren.foundation.access.rules import Viewer

PAGE = 50
LAST_RUNS = 20
LOOK = Limits(rows=20, size=4 * 2**20, seconds=12, stops=True)
WHOLE = Limits()
OPEN = (
    BatchState.UPLOADED, BatchState.STAGING, BatchState.STAGED, BatchState.APPLYING, BatchState.UNDOING, BatchState.FAILED,
)  # fmt: skip
"""A batch of a source in one of these has somebody or something to wait for: the next one comes after it."""
LOST = (BatchState.CANCELLED, BatchState.UNDONE)
"""What came with one of these comes again."""


def feeds(viewer: Viewer) -> list[Feed]:
    """Return the sources in reach, by name."""

    def ask(who: Viewer) -> list[Feed]:
        return list(Feed.objects.visible_to(who).filter(removed_at=None).select_related("mapping").order_by("name"))

    return sorted(each_range(viewer, ask, capability=CONNECT), key=lambda one: one.name)


def feed_for(viewer: Viewer, pk: int) -> Feed:
    """Return a source in reach; raise ``NotFound``."""

    def ask(who: Viewer) -> Feed | None:
        return Feed.objects.visible_to(who).filter(pk=pk, removed_at=None).select_related("mapping").first()

    return find(viewer, ask, otherwise=_("没有找到这个数据来源。"), capability=CONNECT)


def run_for(viewer: Viewer, pk: int) -> FeedRun:
    """Return a run in reach; raise ``NotFound``."""

    def ask(who: Viewer) -> FeedRun | None:
        return FeedRun.objects.visible_to(who).filter(pk=pk).select_related("feed", "batch").first()

    return find(viewer, ask, otherwise=_("没有找到这次读取。"), capability=CONNECT)


def runs_of(feed: Feed, *, before: int | None = None, size: int = LAST_RUNS) -> list[FeedRun]:
    """Return the runs of a source, the last one first; one more than ``size`` when there are more."""
    runs = FeedRun.objects.filter(feed=feed).select_related("batch").order_by("-id")
    return list((runs.filter(id__lt=before) if before else runs)[: size + 1])


def last_runs(viewer: Viewer, feeds: Sequence[Feed]) -> dict[int, FeedRun]:
    """Return the last run of each source."""
    pks = [feed.pk for feed in feeds]

    def ask(who: Viewer) -> list[FeedRun]:
        runs = FeedRun.objects.visible_to(who).filter(feed__in=pks)
        return list(runs.order_by("feed", "-id").distinct("feed"))

    return {run.feed_id: run for run in each_range(viewer, ask, capability=CONNECT)}


def running(feed: Feed) -> FeedRun | None:
    """Return the run that is not at its end."""
    return FeedRun.objects.filter(feed=feed, ended_at=None).first()


def waiting_batch(feed: Feed) -> Batch | None:
    """Return the batch of a source that has to be done with before the next one."""
    return Batch.objects.filter(feed=feed, state__in=OPEN).order_by("-id").first()


def remembered(feed: Feed) -> int:
    """Return how many rows of a source are known and there."""
    return FeedRow.objects.filter(feed=feed.pk, gone_at=None).count()


def gone_rows(feed: Feed, *, after: int = 0, size: int = PAGE) -> list[FeedRow]:
    """Return the rows that are gone from a source, by id; one more than ``size`` when there are more."""
    rows = FeedRow.objects.filter(feed=feed.pk, gone_at__isnull=False, id__gt=after).order_by("id")
    return list(rows[: size + 1])


def gone_count(feed: Feed) -> int:
    """Return how many rows are gone from a source."""
    return FeedRow.objects.filter(feed=feed.pk, gone_at__isnull=False).count()


def people_of(rows: Sequence[FeedRow]) -> dict[tuple[int, int], int]:
    """Return whose files rows of a source were found to be about, by batch and line, while the rows of the batch are kept."""
    lines = Row.objects.filter(batch__in={row.batch for row in rows}, number__in={row.number for row in rows})
    found = lines.filter(person__isnull=False).exclude(verdict=Verdict.REFUSED).values_list("batch", "number", "person")
    return {(batch, number): person for batch, number, person in found if person}


def due(at: datetime) -> Sequence[Feed]:
    """Return the sources whose time has come; needs the scope of everything."""
    return list(Feed.objects.filter(next_at__lte=at, is_paused=False, removed_at=None).order_by("next_at", "id"))


def remote_of(kind: str, settings: Mapping[str, Any], secret: Mapping[str, Any], *, folder: str) -> Remote:
    """Return what is to be read."""
    if kind == FeedKind.DATABASE:
        plain = {name: settings.get(name, "") for name in ("dialect", "host", "database", "user", "table", "query")}
        return Database(**plain, port=int(settings.get("port") or 0), password=secret.get("password", ""), folder=folder)  # fmt: skip
    paging = Paging(
        PagingStyle(settings.get("style") or PagingStyle.NONE), settings.get("parameter", ""), int(settings.get("first") or 0),
        settings.get("size_parameter", ""), int(settings.get("size") or 0), settings.get("path", ""),
    )  # fmt: skip
    return Api(settings.get("address", ""), dict(secret.get("headers", {})), settings.get("rows", ""), paging)


def reading_of(feed: Feed, limits: Limits) -> Rows:
    """Begin to read a source."""
    remote = remote_of(feed.kind, feed.settings, feed.secret, folder=str(settings.SOURCE_FILES))
    return read(remote, reach=settings.SOURCES, limits=limits)


@dataclass(frozen=True, slots=True)
class Look:
    """The first rows of a source, with what its columns probably mean."""

    heads: list[str]
    rows: list[list[Any]]
    targets: list[str]


def look_at(feed: Feed) -> Look:
    """Try a source: return its first rows; raise ``RemoteRefusal`` in at most 12 seconds."""
    found = reading_of(feed, LOOK)
    rows: list[list[Any]] = list(found)
    saved = feed.mapping.columns if feed.mapping else None
    if saved is not None:
        targets = [saved.get(headers.plain_head(head), "") for head in found.heads]
    else:
        targets = [str(one.target) for one in headers.propose([head.rpartition(".")[2] for head in found.heads], rows)]
    return Look(found.heads, rows, targets)
