"""Taking a batch back as a whole: every line it wrote is withdrawn, what it ended goes on, whom it registered has no file any more."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base.action import action, announce, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict
from liren.base.ids import new_id
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.exchange.actions.doors import forget_doors
from liren.exchange.actions.kin import untell_kin
from liren.exchange.enums import BatchState
from liren.exchange.events import BatchUndone
from liren.exchange.models import Batch, Home, Part, Row
from liren.exchange.permissions import IMPORT
from liren.exchange.queries import registry as held
from liren.exchange.queries.built import built_on
from liren.foundation.access.rules import Viewer
from liren.registry.actions.bulk import (
    FactRow,
    PersonRow,
    announce_changes,
    change_people,
    recount_households,
    remove_households,
    remove_people,
    remove_phones,
    write_facts,
    write_stays,
)
from liren.registry.actions.counting import COUNTING
from liren.registry.actions.memberships import recount_people
from liren.registry.queries.evaluating import depending
from liren.registry.rules import present_state, standing

LEFT = "left"
"""Under this word a part counts the rows that were not taken back."""


@action(IMPORT, on="batch")
def undo_part(*, by: Viewer, at: datetime, batch: Batch, part: Part) -> Part:
    """Take back what a part has written, once; a file on which somebody has built since the undoing began stays as it is."""
    locked = Part.objects.select_for_update().get(pk=part.pk)
    if locked.undone_at is not None:
        return locked
    rows = list(Row.objects.filter(batch=batch.pk, part=part.number, applied_at__isnull=False))
    people = held.by_ids({row.person for row in rows if row.person}, lock=True)
    built = built_on(batch, people=people).blocked if people else set()
    left = [row for row in rows if row.person not in people or row.person in built]
    rows = [row for row in rows if row.person in people and row.person not in built]
    with rescoped(Scope.everything()):
        reached = set(depending(sorted(people)))  # asked while their lines still say with whom they live
    touched = reached | untell_kin(batch, part, at, but=built) | _undo(batch, rows, people, at)
    locked.undone_at, locked.counts = at, locked.counts | {LEFT: len(left)}
    locked.save(update_fields=["undone_at", "counts"])
    remark(part=part.number, rows=len(rows), left=len(left))
    recount_people(touched, at=at)
    return locked


@action(IMPORT, on="batch")
def finish_undoing(*, by: Viewer, at: datetime, batch: Batch) -> Batch:
    """Remove the households that the batch had made and nobody is in, with the dwellings it had registered, and say that it is undone."""
    remove_households(list(Home.objects.filter(batch=batch.pk, is_new=True).values_list("household", flat=True)))
    forget_doors(batch)
    left = sum(part.counts.get(LEFT, 0) for part in Part.objects.filter(batch=batch))
    batch.state, batch.undone_at = BatchState.UNDONE, at
    if left:
        batch.problem = _("撤销的同时有人在 %(n)d 份档案上办了事，这些没有撤销，请逐条更正。") % {"n": left}
    batch.save(update_fields=["state", "undone_at", "problem"])
    announce(BatchUndone(area=batch.area, batch=batch.pk))
    return batch


def _undo(batch: Batch, rows: Sequence[Row], people: dict[int, held.Known], at: datetime) -> set[int]:
    held.add_lines(people.values())
    facts: list[FactRow] = []
    gone: list[int] = []
    phones: list[int] = []
    back: list[PersonRow] = []
    counted: list[tuple[PersonRow, list[Any]]] = []
    renamed: set[int] = set()
    touched: list[tuple[int, int]] = []
    households: set[int] = set()
    for row in rows:
        known = people.get(row.person or 0)
        if known is None:
            continue
        made = row.made or {}
        touched.append((known.area, known.id))
        households |= {one for one in (known.household, known.register) if one}
        if made.get("new"):
            gone.append(known.id)
            continue
        wrote = _withdrawn(known, made, batch)
        facts += wrote
        phones += [int(one) for one in made.get("phones", ())]
        person = _as_before(known, row, [*known.lines, *wrote], at)
        households |= {one for one in (person.state.household, person.state.register) if one}
        back.append(person)
        if any(fact.kind in COUNTING for fact in wrote):
            counted.append((person, [*known.lines, *wrote]))
        if "name" in made.get("columns", ()):
            renamed.add(known.id)
    write_facts(facts, at=at, recorded_by=batch.undo_mark)
    remove_phones(phones)
    change_people(back, renamed=renamed)
    write_stays(counted, fresh=False)
    remove_people(gone)
    recount_households(households)
    announce_changes(touched)
    return {person for _area, person in touched}


def _withdrawn(known: held.Known, made: dict[str, Any], batch: Batch) -> list[FactRow]:
    """Return the lines that withdraw what a row has written, and let what it had ended go on as before."""
    ours = {int(one) for one in made.get("lines", ())}
    closers = {int(closer): int(line) for line, closer in made.get("closed", ())}
    lines = {line.id: line for line in known.lines}
    reason = _("撤销导入：%(title)s") % {"title": batch.title[:120]}
    found = []
    for line in standing(known.lines):
        origin = _origin(line, lines, ours)
        if origin is None:
            continue
        before = lines.get(closers.get(origin, 0))
        kept = before or line
        found.append(
            FactRow(
                new_id(), known.area, known.id, kept.kind, kept.valid_from, code=kept.code, valid_until=kept.valid_until, household=kept.household,
                other=kept.other, other_name=kept.other_name, place_level=kept.place_level, place=kept.place, words=kept.words,
                organisation=kept.organisation, amount=kept.amount, health=kept.health, source=kept.source, authority=kept.authority,
                replaces=line.id, is_void=before is None, reason=reason,
            )
        )  # fmt: skip
    return found


def _origin(line: held.HeldLine, lines: dict[int, held.HeldLine], ours: set[int]) -> int | None:
    """Return which of our lines a standing one is, or stands for since a later list that had ended it was taken back."""
    back: held.HeldLine | None = line
    while back is not None and back.id not in ours:
        back = lines.get(back.replaces or 0)
    return None if back is None else back.id


def _as_before(known: held.Known, row: Row, lines: list[Any], at: datetime) -> PersonRow:
    columns: dict[str, Any] = {
        "name": known.name, "sex": known.sex, "birth_on": known.birth_on, "ethnicity": known.ethnicity, "document": known.document,
        "number": known.number(),
    }  # fmt: skip
    wrote = set((row.made or {}).get("columns", ()))
    for change in row.changes or ():
        name = change["field"]
        if name not in wrote:
            continue
        if name == "birth_on":
            columns[name] = date.fromisoformat(change["held"]) if change["held"] else None
        elif name == "number":
            columns["number"], columns["document"] = None, "none"
        elif name == "sex":
            columns[name] = change["held"] or "0"
        else:
            columns[name] = change["held"]
    state = present_state(lines, day_of(at))
    return PersonRow(
        known.id, known.area, columns["name"], state, columns["sex"], columns["birth_on"], columns["ethnicity"], columns["document"],
        columns["number"], known.source,
    )  # fmt: skip


def is_begun(batch: Batch) -> bool:
    """Say whether anything of a batch has been written: the whole of it, or what came before it was stopped."""
    return (
        batch.state in {BatchState.APPLIED, BatchState.UNDOING}
        or Part.objects.filter(batch=batch, applied_at__isnull=False).exists()
    )


def undoable(batch: Batch) -> None:
    """Raise ``Conflict`` where a batch was not brought in, where its rows are kept no more, or where somebody has built on it."""
    if batch.state == BatchState.UNDONE or not is_begun(batch):
        raise Conflict(_("这一批没有导入，不用撤销。"))
    if Part.objects.filter(batch=batch).exists() and not Row.objects.filter(batch=batch.pk).exists():
        raise Conflict(_("导入的明细已经过了保存的日子，不能整批撤销，请逐条更正。"))
    since = built_on(batch)
    if since.any:
        words = since.words()
        raise Conflict(
            _("导入以后又有人办了事，不能整批撤销，请逐条更正。%(what)s。") % {"what": "；".join(words)}, details=words
        )
