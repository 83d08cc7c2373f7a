"""Imports as jobs: each goes on where it was when its worker was killed, and tells who started it how it ended."""

from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.errors import Conflict
from liren.base.jobs import job
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.exchange.actions.batches import sweep_batches
from liren.exchange.actions.fetching import begin_run, go_on, hold_feed, run_fetching
from liren.exchange.actions.running import run_applying, run_staging, run_undoing
from liren.exchange.enums import BatchState, RunState
from liren.exchange.models import Batch, Feed, FeedRun
from liren.exchange.queries.batches import figures
from liren.exchange.queries.sources import due
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import NewMessage, send_messages


@job("exchange.stage", scope=False)
def stage(*, at: datetime, batch: str) -> None:
    """Read every row of a batch and hold it against the registry."""
    run_staging(int(batch))
    if not go_on(int(batch), at):
        _tell(int(batch), at)


@job("exchange.apply", scope=False)
def apply(*, at: datetime, batch: str) -> None:
    """Bring a batch in."""
    run_applying(int(batch))
    _tell(int(batch), at)


@job("exchange.undo", scope=False)
def undo(*, at: datetime, batch: str) -> None:
    """Take a batch back."""
    run_undoing(int(batch))
    _tell(int(batch), at)


@job("exchange.fetch", scope=False)
def fetch(*, at: datetime, run: str) -> None:
    """Read a source for a run, and tell who has charge of it when it begins to fail and when it is well again."""
    with applied(Scope.everything()):
        before = FeedRun.objects.select_related("feed").get(pk=int(run))
    if before.ended_at is not None:
        return
    run_fetching(int(run))
    _tell_of_run(int(run), failures=before.feed.failures, at=at)


@job("exchange.sources", cron="*/5 * * * *", scope=False)
def read_sources(*, at: datetime) -> None:
    """Begin to read the sources whose time has come; one whose last batch still waits is left out, and told of once."""
    with applied(Scope.everything()):
        pks = [feed.pk for feed in due(at)]
    for pk in pks:
        try:
            with applied(Scope.everything()):
                feed = Feed.objects.select_related("mapping").select_for_update(of=("self",)).get(pk=pk)
                if feed.next_at is not None and feed.next_at <= at and not feed.is_paused and feed.removed_at is None:
                    begin_run(by=Viewer.system("exchange"), at=at, feed=feed, is_scheduled=True)
        except Conflict as conflict:
            _hold(pk, conflict.message, at)


def _hold(pk: int, reason: str, at: datetime) -> None:
    with applied(Scope.everything()):
        feed = Feed.objects.select_for_update().get(pk=pk)
        if not feed.is_held:
            _tell_of_feed(feed, _("“%(name)s”这次没有读取") % {"name": feed.name[:30]}, reason, at)
        hold_feed(by=Viewer.system("exchange"), at=at, feed=feed, reason=reason)


@job("exchange.sweep", cron="40 3 * * *")
def sweep(*, at: datetime) -> None:
    """Remove the drafts of batches that are long done with."""
    sweep_batches(by=Viewer.system("exchange"), at=at, area=0)


def _tell(pk: int, at: datetime) -> None:
    """Put into the inbox of whoever brings a list in how far it is, once for each end."""
    with applied(Scope.everything()):
        batch = Batch.objects.get(pk=pk)
        if batch.state in {BatchState.STAGING, BatchState.APPLYING, BatchState.UNDOING}:
            return
        now = figures(batch)
        words = {
            BatchState.STAGED: _(
                "共 %(rows)s 行：可以导入 %(ready)s 行，没有变化 %(same)s 行，待定 %(queued)s 行，退回 %(refused)s 行。"
            ),
            BatchState.APPLIED: _(
                "已写入 %(applied)s 行，没有变化 %(same)s 行，待定 %(queued)s 行，退回 %(refused)s 行。"
            ),
            BatchState.UNDONE: _("整批已撤销，档案回到了导入以前。"),
        }.get(BatchState(batch.state), batch.problem or _("工作停下了，可以接着做。"))
        body = words % {"rows": now.rows, "ready": now.ready, "applied": now.applied, "same": now.unchanged, "queued": now.queued, "refused": now.refused} if "%(" in words else words  # fmt: skip
        message = NewMessage(
            batch.account_id, _("导入“%(title)s”：%(state)s") % {"title": batch.title[:30], "state": batch.get_state_display()}, body,
            f"exchange:{pk}:{batch.state}:{int(at.timestamp())}", link=f"/desk/imports/{pk}", about=batch,
        )  # fmt: skip
        send_messages(by=Viewer.system("exchange"), at=at, area=batch.area, messages=[message])


def _tell_of_run(pk: int, *, failures: int, at: datetime) -> None:
    """Tell of a first failure, and of the reading that ends a row of them; a batch tells of itself when it is staged."""
    with applied(Scope.everything()):
        run = FeedRun.objects.select_related("feed").get(pk=pk)
        name = {"name": run.feed.name[:30]}
        if run.state == RunState.FAILED and not failures:
            _tell_of_feed(run.feed, _("“%(name)s”没有读成") % name, run.problem, at)
        elif run.state not in {RunState.FAILED, RunState.RUNNING} and failures:
            _tell_of_feed(
                run.feed, _("“%(name)s”又能读取了") % name, _("这次读到 %(rows)s 行。") % {"rows": run.rows}, at
            )


def _tell_of_feed(feed: Feed, title: str, body: str, at: datetime) -> None:
    message = NewMessage(
        feed.account_id, title, body, f"exchange:feed:{feed.pk}:{int(at.timestamp())}", link=f"/desk/imports/sources/{feed.pk}", about=feed
    )  # fmt: skip
    send_messages(by=Viewer.system("exchange"), at=at, area=feed.area, messages=[message])
