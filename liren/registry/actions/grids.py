"""Grids: what is put into them and taken out, taking that back, closing one, and who looks after it.

To make, name and order grids is the business of ``places``; here stands what touches homes.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict, Refusal
from liren.base.words import full_day
from liren.foundation.access.actions import actor
from liren.foundation.access.models import Account
from liren.foundation.access.rules import Viewer
from liren.foundation.places.actions import end_grid, reopen_grid
from liren.foundation.places.models import Grid
from liren.foundation.places.permissions import EDIT_UNITS
from liren.registry.actions.lines import not_later
from liren.registry.enums import GridChangeKind
from liren.registry.models import GridChange, GridPart, GridWorker
from liren.registry.queries.allotting import Part, checked_parts, foreseen, lying
from liren.registry.queries.grids import NONE, at_posts, ended_by, made_by, parts_of


@action(EDIT_UNITS, on="area")
def allot(
    *, by: Viewer, at: datetime, area: int, grid: Grid | None, parts: Sequence[Part], on: date | None = None
) -> GridChange:
    """Put parts of a community into a grid from a day on (today if none is given), or take them out of theirs with ``grid`` None.

    What lay elsewhere until then stays readable. Raise ``Refusal`` for a day before a part came to lie where it lies, and where
    nothing would change.
    """
    on = _day(on, at)
    if grid is not None and (grid.community != area or not grid.exists_on(on) or grid.valid_until is not None):
        raise Refusal(_("这个网格在那一天还没有启用，或者已经停用，请换一个。"), field="grid")
    wanted = checked_parts(area, parts)
    into = grid.pk if grid is not None else NONE
    held = [row for row in lying(area, wanted) if row.valid_until is None or row.valid_until > on]
    _not_before(held, on)
    there = {(row.kind, row.building, row.part) for row in held if row.grid == into}
    moving = [one for one in wanted if one.key not in there]
    leaving = [row for row in held if row.grid != into]
    if not moving or (grid is None and not leaving):
        raise Refusal(
            _("选中的都已经是这样，不用再划。") if grid else _("选中的都没有单独划入网格，不用划出。"), field="part"
        )
    kind = GridChangeKind.PUT if grid is not None else GridChangeKind.TAKEN
    change = _change(by, at, area, kind, into or None, on, moving)
    _end(leaving, change, on, at)
    if grid is not None:
        _put(moving, change, area, grid.pk, on)
    remark(
        grid=grid.name if grid else "",
        parts=change.parts,
        households=change.households,
        people=change.people,
        on=on.isoformat(),
    )
    return change


@action(EDIT_UNITS, on="grid")
def close_grid(*, by: Viewer, at: datetime, grid: Grid, on: date | None = None, into: Grid | None = None) -> GridChange:
    """Close a grid from a day on; what lies in it goes into another one, or into none. Its past stays readable."""
    on = _day(on, at)
    if into is not None and (
        into.pk == grid.pk or into.community != grid.community or into.valid_until is not None or not into.exists_on(on)
    ):
        raise Refusal(_("这个网格在那一天还没有启用，或者已经停用，请换一个。"), field="into")
    held = parts_of(grid, on=day_of(at))
    _not_before(held, on)
    parts = [Part(row.kind, row.building, row.part) for row in held]
    end_grid(by=by, at=at, grid=grid, until=on)
    change = _change(by, at, grid.community, GridChangeKind.CLOSED, grid.pk, on, parts, into.pk if into else NONE)
    _end(held, change, on, at)
    if into is not None:
        _put(parts, change, grid.community, into.pk, on)
    remark(
        grid=grid.name, into=into.name if into else "", parts=change.parts, households=change.households, people=change.people, on=on.isoformat()
    )  # fmt: skip
    return change


@action(EDIT_UNITS, on="change")
def undo_allotment(*, by: Viewer, at: datetime, change: GridChange) -> GridChange:
    """Take a change of grids back as if it had never been; raise ``Conflict`` where a later one builds on it."""
    if change.undone_at is not None:
        raise Conflict(_("这次变动已经撤回。"))
    made, ended = made_by(change), ended_by(change)
    if any(row.withdrawn_at is not None or row.valid_until is not None for row in made):
        raise Conflict(_("这些地方后来又划过，请先撤回后来的那一次。"))
    if change.kind == GridChangeKind.CLOSED:
        reopen_grid(by=by, at=at, grid=Grid.objects.get(pk=change.grid or NONE))
    gone = Grid.objects.filter(pk__in={row.grid for row in ended}).exclude(valid_until=None)
    if gone.exists():
        raise Conflict(_("原来的网格已经停用，请先恢复它，或者直接划到别的网格。"))
    for row in made:
        row.withdrawn_at = at
    for row in ended:
        row.withdrawn_at, row.valid_until, row.ended_by = None, None, None
    try:
        with transaction.atomic():
            GridPart.objects.bulk_update(made, ["withdrawn_at"], batch_size=500)
            GridPart.objects.bulk_update(ended, ["withdrawn_at", "valid_until", "ended_by"], batch_size=500)
    except IntegrityError as error:
        raise Conflict(_("这些地方后来又划过，请先撤回后来的那一次。")) from error
    change.undone_at, change.undone_by = at, actor(by)
    change.save(update_fields=["undone_at", "undone_by"])
    remark(parts=change.parts, households=change.households, people=change.people)
    return change


@action(EDIT_UNITS, on="grid")
def name_grid_worker(
    *, by: Viewer, at: datetime, grid: Grid, account: Account, since: date | None = None
) -> GridWorker:
    """Say that somebody looks after a grid from a day on; they hold a post at its community already, and get no rights by this."""
    since = _day(since, at)
    if not grid.exists_on(since):
        raise Refusal(_("这个网格在那一天还没有启用，或者已经停用，请换一个。"), field="since")
    if account.pk not in {one.account_id for one in at_posts(grid.community, since)}:
        raise Refusal(_("这个人那一天在本村（社区）没有岗位。请先请安全管理员任命。"), field="account")
    named = GridWorker(area=grid.community, grid=grid.pk, account_id=account.pk, name=account.name, valid_from=since)
    try:
        with transaction.atomic():
            GridWorker.objects.bulk_create([named])
    except IntegrityError as error:
        raise Conflict(_("%(name)s已经是这个网格的网格员。") % {"name": account.name}, field="account") from error
    remark(grid=grid.name, account=account.pk)
    return named


@action(EDIT_UNITS, on="worker")
def end_grid_worker(*, by: Viewer, at: datetime, worker: GridWorker, until: date | None = None) -> GridWorker:
    """Say from which day somebody does not look after a grid any more."""
    until = _day(until, at)
    if worker.valid_until is not None:
        raise Conflict(_("已经不是这个网格的网格员。"))
    if until < worker.valid_from:
        raise Refusal(_("结束的日子要晚于开始的日子，请改一改。"), field="until")
    worker.valid_until = until
    worker.save(update_fields=["valid_until"])
    return worker


def _day(on: date | None, at: datetime) -> date:
    """Return the day that is meant; refuse one that has not come."""
    chosen = on or day_of(at)
    not_later(chosen, at, field="on")
    return chosen


def _not_before(held: Sequence[GridPart], on: date) -> None:
    """Refuse a day before which a part came to lie where it lies, or on which it lay elsewhere: that past would be written anew."""
    latest = max((row.valid_until or row.valid_from for row in held), default=on)
    if any(row.valid_until is not None for row in held) or latest > on:
        raise Refusal(
            _("选中的里面有的 %(day)s才划到现在的网格，日期不能早于那一天。") % {"day": full_day(latest)}, field="on"
        )


def _change(
    by: Viewer,
    at: datetime,
    area: int,
    kind: str,
    grid: int | None,
    on: date,
    parts: Sequence[Part],
    into: int | None = None,
) -> GridChange:
    """Write down a change with the households and people whom it touches, counted before it happens."""
    goes = grid or NONE if into is None else into
    households, people = foreseen(area, parts, grid=goes, on=on).totals if parts else (0, 0)
    change = GridChange(
        area=area, kind=kind, grid=grid, on=on, parts=len(parts), households=households, people=people, made_at=at, made_by=actor(by)
    )  # fmt: skip
    GridChange.objects.bulk_create([change])
    return change


def _end(rows: Sequence[GridPart], change: GridChange, on: date, at: datetime) -> None:
    """Let parts leave their grids on a day; one that came on that very day was never there."""
    for row in rows:
        row.ended_by = change.pk
        if row.valid_from < on:
            row.valid_until = on
        else:
            row.withdrawn_at = at
    GridPart.objects.bulk_update(rows, ["ended_by", "valid_until", "withdrawn_at"], batch_size=500)


def _put(parts: Sequence[Part], change: GridChange, area: int, grid: int, on: date) -> None:
    rows = [
        GridPart(
            area=area, grid=grid, kind=one.kind, building=one.building, part=one.part, valid_from=on, change=change.pk
        )
        for one in parts
    ]
    try:
        with transaction.atomic():
            GridPart.objects.bulk_create(rows, batch_size=500)
    except IntegrityError as error:
        raise Conflict(_("刚才别人也在划这些地方，请刷新页面再看。")) from error
