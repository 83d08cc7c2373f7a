"""Work on a schedule: deadlines that come near or pass, and deadlines computed anew when a year's days are published."""

from datetime import datetime

from liren.base.jobs import job
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.engines.cases.actions import escalate_tasks, recompute_deadlines, throw_old_drafts_away
from liren.foundation.access.rules import Viewer

SYSTEM = Viewer.system("cases")


@job("cases.watch_deadlines", cron="*/20 7-20 * * *")
def watch_deadlines(at: datetime) -> None:
    """Warn of tasks that are due within a working day and report those that are overdue, each once."""
    escalate_tasks(by=SYSTEM, at=at, area=0)


@job("cases.recompute_deadlines", cron="35 3 * * *", scope=False)
def recompute(at: datetime) -> None:
    """Compute provisional deadlines anew: where a year's days have been published meanwhile, they become final.

    In many small transactions, so that nobody who works at night waits for a million cases.
    """
    last = 0
    while True:
        with applied(Scope.everything()):
            last = recompute_deadlines(by=SYSTEM, at=at, area=0, after=last)
        if not last:
            return


@job("cases.throw_old_drafts_away", cron="50 3 * * *")
def sweep(at: datetime) -> None:
    """Throw away drafts whose term has run out."""
    throw_old_drafts_away(by=SYSTEM, at=at, area=0)
