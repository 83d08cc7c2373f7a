"""Imports as jobs: each goes on where it was when its worker was killed, and tells who started it how it ended."""

from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.jobs import job
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.exchange.actions.batches import sweep_batches
from liren.exchange.actions.running import run_applying, run_staging, run_undoing
from liren.exchange.enums import BatchState
from liren.exchange.models import Batch
from liren.exchange.queries.batches import figures
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import NewMessage, send_messages


@job("exchange.stage", scope=False)
def stage(*, at: datetime, batch: str) -> None:
    """Read every row of a batch and hold it against the registry."""
    run_staging(int(batch))
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
