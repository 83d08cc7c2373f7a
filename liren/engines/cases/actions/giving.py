"""Lists of cases that leave the house, with what for."""

from datetime import datetime

from liren.base.action import action, remark
from liren.base.giving import need_purpose
from liren.engines.cases.permissions import VIEW
from liren.foundation.access.actions import office_of
from liren.foundation.access.rules import Viewer


@action(VIEW, on="area")
def export_cases(
    *, by: Viewer, at: datetime, area: int, filters: str, count: int, purpose: str, words: str = ""
) -> str:
    """Note that a list of cases is taken out, which, how many and what for; return the office that takes it."""
    need_purpose(purpose, words)
    remark(filters=filters, count=count, purpose=purpose, reason=words.strip())
    return office_of(by)
