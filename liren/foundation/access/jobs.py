"""Work by the clock: sealing the journal, clearing what has run out."""

from datetime import datetime, timedelta

from liren.base.jobs import job
from liren.foundation.access import actions


@job("access.seal_journal", cron="* * * * *")
def seal(at: datetime) -> None:
    """Seal every minute what finished transactions have written."""
    actions.seal_journal(at=at)


@job("access.clear_out", cron="17 * * * *")
def clear_out(at: datetime) -> None:
    """Remove sessions, codes, counters and demo texts that have run out."""
    actions.clear_out(before=at - timedelta(days=2), at=at)
