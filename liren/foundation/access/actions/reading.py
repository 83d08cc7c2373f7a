"""Reading that is itself worth a line in the journal."""

from datetime import datetime
from typing import Any

from liren.base.action import action, remark
from liren.foundation.access import permissions
from liren.foundation.access.rules import Viewer


@action(permissions.READ_JOURNAL, on="area")
def export_journal(*, area: int, filters: dict[str, Any], count: int, by: Viewer, at: datetime) -> None:
    """Note that lines of the journal were taken out, which ones and how many."""
    remark(filters=filters, count=count)
