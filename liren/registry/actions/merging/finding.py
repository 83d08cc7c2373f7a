"""Pairs of files that look alike: found by a job, judged by a worker, remembered."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.action import action, announce, remark
from liren.base.errors import Conflict, Forbidden
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer
from liren.registry.enums import PairState
from liren.registry.events import DuplicatesWanted
from liren.registry.models import DuplicatePair
from liren.registry.permissions import MERGE
from liren.registry.queries.duplicates import FoundPair, alike, alike_across, counties_of

_AT_ONCE = 1000


@action(MERGE, on="area")
def ask_for_duplicates(*, by: Viewer, at: datetime, area: int, lo: int, hi: int) -> None:
    """Let the files between two areas be compared again, by a job."""
    announce(DuplicatesWanted(area=area, first=lo, last=hi))


@action(MERGE, on="area")
def find_duplicates(*, by: Viewer, at: datetime, area: int, lo: int, hi: int) -> None:
    """Compare the files between two areas, inside the scope that is set, and keep the pairs that look alike.

    A pair that somebody has judged stays judged; an open one gets its new score, one that looks alike no more goes.
    """
    found = _keep([*_sides(alike_across(lo, hi), at)])
    for county in counties_of(lo, hi):
        found += _keep([_pair(one, one.area, one.other_area, at) for one in alike(county, lo, hi)])
        stale = DuplicatePair.objects.filter(
            county=county, state=PairState.OPEN, found_at__lt=at, area__range=(lo, hi), other_area__range=(lo, hi)
        )
        stale.delete()
    remark(pairs=found)


def _sides(found: Iterable[FoundPair], at: datetime) -> Iterator[DuplicatePair]:
    """Yield a row for each of the two counties: what lies with a county says nothing of the other but that there is one."""
    for one in found:
        yield _pair(one, one.area, one.other_area, at)
        yield _pair(one, one.other_area, one.area, at)


def _pair(one: FoundPair, area: int, other_area: int, at: datetime) -> DuplicatePair:
    return DuplicatePair(
        area=area, other_area=other_area, left=one.left, right=one.right, score=one.like.score, reasons=list(one.like.reasons), found_at=at
    )  # fmt: skip


def _keep(fresh: Sequence[DuplicatePair]) -> int:
    DuplicatePair.objects.bulk_create(
        fresh,
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["county", "left", "right"],
        update_fields=["area", "other_area", "score", "reasons", "found_at"],
    )
    return len(fresh)


@action(MERGE, on="pair")
def tell_apart(*, by: Viewer, at: datetime, pair: DuplicatePair, reason: str = "") -> DuplicatePair:
    """Say that two files are of two people; they are not put together again."""
    if not by.may(MERGE, pair.other_area):
        raise Forbidden(_("另一份档案不在您的管辖范围，请由管着两边的上一级判断。"))
    found = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if found.state == PairState.MERGED:
        raise Conflict(_("这两份档案已经合并。要分开的，请撤销合并。"))
    pair.state, pair.reason = PairState.DIFFERENT, reason.strip()[:200]
    pair.decided_at, pair.decided_by = at, actor(by)
    pair.save(update_fields=["state", "reason", "decided_at", "decided_by"])
    mirrored = DuplicatePair.objects.filter(left=pair.left, right=pair.right).exclude(pk=pair.pk)
    mirrored.update(
        state=pair.state, reason=pair.reason, decided_at=pair.decided_at, decided_by=pair.decided_by
    )  # fmt: skip
    remark(reason=pair.reason)
    return pair
