"""A place takes a pack up, and lays it down."""

from datetime import date, datetime
from uuid import uuid4

from django.db.models import Q
from django.utils.translation import gettext as _

from liren.base.action import action
from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import subtree
from liren.foundation.policies.models import Adoption, Pack, Stamp
from liren.foundation.policies.permissions import ADOPT
from liren.foundation.policies.queries.shelf import STAMP_ID, forget


@action(ADOPT, on="area")
def adopt(
    *, by: Viewer, at: datetime, level: int, area: int, pack: str, valid_from: date, valid_until: date | None = None
) -> Adoption:
    """Let the place (level, area) go by the pack of that code in ``[valid_from, valid_until)``.

    Raises ``NotFound`` for a pack that is not loaded, ``Conflict`` when the place goes by it already in some of these days.
    """
    _covers(by, level, area)
    if not Pack.objects.filter(code=pack).exists():
        raise NotFound(_("还没有载入政策包“%(code)s”，请先请管理员载入。") % {"code": pack})
    if valid_until is not None and valid_until <= valid_from:
        raise Refusal(_("结束的日期要晚于开始的日期。"), field="valid_until")
    overlapping = Adoption.objects.filter(level=level, area=area, pack=pack).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from)
    )
    if valid_until is not None:
        overlapping = overlapping.filter(valid_from__lt=valid_until)
    if overlapping.exists():
        raise Conflict(_("这个地方在这段时间已经采用了这个政策包。"))
    adoption = Adoption(
        level=level, area=area, pack=pack, valid_from=valid_from, valid_until=valid_until, changed_at=at
    )
    adoption.save(force_insert=True)
    _stamp()
    return adoption


@action(ADOPT, on="adoption")
def end_adoption(*, by: Viewer, at: datetime, adoption: Adoption, on: date) -> Adoption:
    """End an adoption before the day ``on``; what was done under it stays as it was done."""
    _covers(by, adoption.level, adoption.area)
    if adoption.valid_until is not None and adoption.valid_until <= on:
        raise Conflict(_("这个政策包已经停止采用。"))
    if on <= adoption.valid_from:
        raise Refusal(_("停止采用的日期要晚于开始采用的日期。"), field="on")
    adoption.valid_until, adoption.changed_at = on, at
    adoption.save(update_fields=["valid_until", "changed_at"])
    _stamp()
    return adoption


def _covers(by: Viewer, level: int, area: int) -> None:
    """Refuse a post that holds only a part of the place: a township cannot adopt for its county."""
    if by.mode == "system":
        return
    whole = subtree(level, area)
    if not any(
        ADOPT.code in seat.capabilities and seat.range.lo <= whole.lo and whole.hi <= seat.range.hi for seat in by.seats
    ):
        raise Forbidden(_("只能为本级和下级采用政策包。"))


def _stamp() -> None:
    Stamp.objects.update_or_create(pk=STAMP_ID, defaults={"stamp": uuid4()})
    forget()
