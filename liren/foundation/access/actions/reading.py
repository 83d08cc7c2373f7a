"""Reading that is itself worth a line in the journal: who takes something out says what for."""

from datetime import datetime
from typing import Any

from liren.base.action import action, remark
from liren.base.giving import need_purpose
from liren.foundation.access import permissions
from liren.foundation.access.actions.gate import actor
from liren.foundation.access.rules import Viewer


def office_of(by: Viewer) -> str:
    """Return the place and post of who acts, in the journal's form but without the name."""
    return "·".join(actor(by).split("·")[:2])[:128]


@action(permissions.READ_JOURNAL, on="area")
def export_journal(
    *, area: int, filters: dict[str, Any], count: int, purpose: str, words: str = "", by: Viewer, at: datetime
) -> str:
    """Note that lines of the journal were taken out, which ones, how many and what for; return the office that takes them."""
    need_purpose(purpose, words)
    remark(filters=filters, count=count, purpose=purpose, reason=words.strip())
    return office_of(by)
