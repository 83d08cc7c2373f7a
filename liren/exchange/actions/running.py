"""A batch from its first line to its last: read as a stream, cut into parts, the parts spread over processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import OperationalError, close_old_connections

from liren.base import clock
from liren.base.errors import Forbidden, Refusal
from liren.base.pools import spread
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.exchange.actions.applying import apart, apply_part, finish_applying
from liren.exchange.actions.batches import stopped
from liren.exchange.actions.finishing import finish_staging
from liren.exchange.actions.homes import Overtaken
from liren.exchange.actions.staging import Stager, stage_part
from liren.exchange.actions.undoing import finish_undoing, undo_part, undoable
from liren.exchange.enums import Aside, BatchState
from liren.exchange.models import Batch, Feed, Part
from liren.exchange.queries.batches import table_of
from liren.exchange.rules import headers, layout, values
from liren.foundation.access.queries import account_with_seats
from liren.foundation.access.rules import Viewer

PART = 5_000
TRIES = 4
Line = tuple[int, int, list[Any]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a batch to stage, with the lines beside it that are no rows."""

    batch: int
    number: int
    lines: list[Line]
    asides: list[tuple[int, str, str]]


def importer(batch: Batch | Feed) -> Viewer:
    """Return who brings a batch in, or has charge of a source, with the posts they hold today; raise ``Forbidden`` when they hold none any more."""
    found = account_with_seats(batch.account_id, on=clock.today(), second_factor=True)
    if found is None:
        raise Forbidden("账号已停用")
    viewer = found[1]
    seat = next((index for index, one in enumerate(viewer.seats) if batch.area in one.range), None)
    return viewer if seat is None else viewer.at_seat(seat)


def pieces(batch: Batch, *, size: int = PART) -> Iterator[Piece]:
    """Yield the parts of a batch's table; a household block is never cut."""
    table = table_of(batch.digest)
    lines = islice(enumerate(table.rows(batch.sheet), 1), batch.layout["head_to"], None)
    plain = [headers.plain_head(head) for head in batch.heads]
    blocks = layout.Blocks(batch.targets)
    in_blocks, number = bool(batch.options.get("blocks")), 0
    rows: list[Line] = []
    asides: list[tuple[int, str, str]] = []
    for line, cells in lines:
        why = layout.aside(cells, plain)
        if why is not None:
            if why is not Aside.BLANK:
                asides.append((line, why.value, " ".join(values.text(cell) for cell in cells if cell is not None)[:60]))
            continue
        block, filled = blocks.filled(cells) if in_blocks else (0, cells)
        if len(rows) >= size and (not in_blocks or block != rows[-1][1] or len(rows) >= 2 * size):
            yield Piece(batch.pk, number, rows, asides)
            number, rows, asides = number + 1, [], []
        rows.append((line, block, filled))
    if rows or asides or not number:
        yield Piece(batch.pk, number, rows, asides)


@lru_cache(maxsize=2)
def _stager(batch: int) -> Stager:
    with applied(Scope.everything()):
        return Stager(Batch.objects.get(pk=batch))


def _again(work: Any) -> Any:
    """Do a part again that another one stood in the way of."""
    for turn in range(TRIES):
        try:
            return work()
        except Overtaken:
            if turn == TRIES - 1:
                raise
        except OperationalError as error:
            close_old_connections()
            if "deadlock" not in str(error) or turn == TRIES - 1:
                raise
    return None


def stage_piece(piece: Piece) -> list[tuple[Any, ...]]:
    """Stage one part in a transaction of its own; return the rows that no sure key has found, ready to be weighed."""
    stager = _stager(piece.batch)

    def work() -> list[tuple[Any, ...]]:
        with applied(Scope.everything()):
            batch = Batch.objects.get(pk=piece.batch)
            viewer = importer(batch)
        with applied(viewer.scope):
            return stage_part(
                by=viewer,
                at=clock.now(),
                batch=batch,
                stager=stager,
                number=piece.number,
                lines=piece.lines,
                asides=piece.asides,
            )

    found: list[tuple[Any, ...]] = _again(work)
    return found


def apply_one(part: int) -> int:
    """Write one part in a transaction of its own."""
    return _one(part, apply_part)


def undo_one(part: int) -> int:
    """Take one part back in a transaction of its own."""
    return _one(part, undo_part)


def _one(pk: int, act: Any) -> int:
    def work() -> int:
        with applied(Scope.everything()):
            part = Part.objects.select_related("batch").get(pk=pk)
            viewer = importer(part.batch)
        with applied(viewer.scope):
            act(by=viewer, at=clock.now(), batch=part.batch, part=part)
        return 1

    found: int = _again(work)
    return found


def _load(pk: int) -> tuple[Batch, Viewer]:
    with applied(Scope.everything()):
        batch = Batch.objects.get(pk=pk)
        return batch, importer(batch)


def _is_to_stop(pk: int) -> bool:
    with applied(Scope.everything()):
        return Batch.objects.filter(pk=pk, stop_asked=True).exists()


def _stop(batch: Batch, viewer: Viewer, state: BatchState, problem: str = "") -> None:
    with applied(viewer.scope):
        stopped(by=viewer, at=clock.now(), batch=batch, state=state, problem=problem)


def run_staging(pk: int, *, size: int = PART) -> str:
    """Stage a batch from where it stopped; return the state it came to."""
    batch, viewer = _load(pk)
    if batch.state != BatchState.STAGING:
        return batch.state
    _stager.cache_clear()
    with applied(Scope.everything()):
        there = set(Part.objects.filter(batch=batch).values_list("number", flat=True))

    def left() -> Iterator[Piece]:
        for piece in pieces(batch, size=size):
            if piece.number not in there:
                if _is_to_stop(pk):
                    return
                yield piece

    from liren.exchange.queries.matching import ready_table  # noqa: PLC0415  a web process, which only defers this, needs no DuckDB

    ready = []
    try:
        for rows in spread(stage_piece, left()):
            ready.append(ready_table(rows))
    except Refusal as refusal:
        _stop(batch, viewer, BatchState.FAILED, refusal.message)
        return BatchState.FAILED
    if _is_to_stop(pk):
        _stop(batch, viewer, BatchState.CANCELLED)
        return BatchState.CANCELLED
    with applied(viewer.scope):
        finish_staging(by=viewer, at=clock.now(), batch=Batch.objects.get(pk=pk), stager=_stager(pk), ready=ready)
    return BatchState.STAGED


def run_applying(pk: int) -> str:
    """Write a batch from where it stopped; return the state it came to."""
    batch, viewer = _load(pk)
    if batch.state != BatchState.APPLYING:
        return batch.state
    with applied(Scope.everything()):
        parts = list(Part.objects.filter(batch=batch).order_by("number").values_list("pk", flat=True))

    def left() -> Iterator[int]:
        for part in apart(parts):
            if _is_to_stop(pk):
                return
            yield part

    try:
        for _part in spread(apply_one, left()):
            pass
    except Refusal as refusal:
        _stop(batch, viewer, BatchState.FAILED, refusal.message)
        return BatchState.FAILED
    if _is_to_stop(pk):
        _stop(batch, viewer, BatchState.STAGED)
        return BatchState.STAGED
    with applied(viewer.scope):
        finish_applying(by=viewer, at=clock.now(), batch=Batch.objects.get(pk=pk))
    return BatchState.APPLIED


def run_undoing(pk: int) -> str:
    """Take a batch back from where it stopped; what somebody has built on by now stops it before anything is taken."""
    batch, viewer = _load(pk)
    if batch.state != BatchState.UNDOING:
        return batch.state
    with applied(Scope.everything()):
        parts = list(Part.objects.filter(batch=batch).order_by("number"))
    try:
        if not any(part.undone_at for part in parts):
            with applied(viewer.scope):
                undoable(batch)
        for _part in spread(undo_one, apart([part.pk for part in parts if part.undone_at is None])):
            pass
    except Refusal as refusal:
        _stop(batch, viewer, BatchState.APPLIED, refusal.message)
        return BatchState.APPLIED
    with applied(viewer.scope):
        finish_undoing(by=viewer, at=clock.now(), batch=Batch.objects.get(pk=pk))
    return BatchState.UNDONE
