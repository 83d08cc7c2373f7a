"""What waits for a decision beside the tasks of cases: how much of each kind, as far as the viewer's posts decide it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from liren.base.capabilities import Capability
from liren.base.rows import asked
from liren.exchange.permissions import IMPORT
from liren.exchange.queries.waiting import IMPORTS
from liren.faces.look.queries.frame import works
from liren.foundation.access.permissions import ALLOW_TOKENS, LINK_ACCOUNT
from liren.foundation.access.queries import each_range
from liren.foundation.access.queries.links import WAITING as LINKS
from liren.foundation.access.queries.tokens import WAITING as TOKENS
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.queries import UNREAD, unread_values
from liren.registry.permissions import DECIDE, EDIT, MERGE
from liren.registry.queries.waiting import CORRECTIONS, DUPLICATES, LATE_CORRECTIONS, MOVES

MOST = 100
"""Nobody reads a larger number: the count stops there, and the page says so."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A queue: where it is worked off, its words, who decides, the statement of its rows, and whether it is what is late of one."""

    url: str
    words: Any
    capability: Capability
    rows: str
    is_late: bool = False


KINDS = (
    Kind("/desk/corrections", _("更正申请"), DECIDE, CORRECTIONS),
    Kind("/desk/corrections", _("更正申请超期"), DECIDE, LATE_CORRECTIONS, is_late=True),
    Kind("/desk/links", _("核对身份"), LINK_ACCOUNT, LINKS),
    Kind("/desk/moves", _("等接收的转入"), EDIT, MOVES),
    Kind("/desk/imports/", _("没办完的导入"), IMPORT, IMPORTS),
    Kind("/desk/token-requests", _("等批准的接口令牌"), ALLOW_TOKENS, TOKENS),
    Kind("/desk/duplicates", _("重复档案"), MERGE, DUPLICATES),
)


@dataclass(frozen=True, slots=True)
class Queues:
    """How much waits of each kind, at most ``MOST`` + 1; ``unread`` messages where they were counted on the way."""

    counts: list[tuple[Kind, int]]
    unread: int | None


def queues(viewer: Viewer, on: date) -> Queues:
    """Return what waits for the viewer's decision: one statement for who has one post, else one for each kind and range."""
    kinds = [kind for kind in KINDS if viewer.may(kind.capability) and works(kind.url)]
    if len(viewer.seats) == 1:
        *counts, unread = _counted(viewer, on, [*(_bounded(kind.rows) for kind in kinds), UNREAD])
        return Queues(list(zip(kinds, counts, strict=True)), unread)
    return Queues([(kind, _over_ranges(viewer, on, kind)) for kind in kinds], None)


def _over_ranges(viewer: Viewer, on: date, kind: Kind) -> int:
    """Return how much of a kind waits where one of several posts decides it."""
    return sum(each_range(viewer, lambda here: _counted(here, on, [_bounded(kind.rows)]), capability=kind.capability))


def _bounded(rows: str) -> str:
    return f"(SELECT count(*) FROM ({rows} LIMIT {MOST + 1}) rows)"  # noqa: S608  the rooms' own statements


def _counted(here: Viewer, on: date, counts: Iterable[str]) -> list[int]:
    scope = here.scope
    values = {"lo": scope.lo, "hi": scope.hi, "today": on, **unread_values(here)}
    [found] = asked(f"SELECT {', '.join(counts)}", values)
    return list(found)
