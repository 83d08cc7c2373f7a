"""Taking a batch back as a whole: every line it wrote is withdrawn, what it ended goes on, whom it registered has no file any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from liren.base.action import action, announce, remark
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
from liren.registry.actions.lines import day_of
from liren.registry.actions.memberships import recount_people
from liren.registry.rules import present_state, standing


@dataclass(frozen=True, slots=True)
class BuiltOn:
    """What was built on a batch since: how many files have later lines, cases, or an account, or were merged."""

    lines: int
    cases: int
    accounts: int
    merged: int

    @property
    def any(self) -> bool:
        """Say whether somebody has built on it."""
        return bool(self.lines or self.cases or self.accounts or self.merged)


_PEOPLE = "(SELECT person FROM exchange_row WHERE batch = %(batch)s AND applied_at IS NOT NULL AND person IS NOT NULL)"
_NEW = "(SELECT person FROM exchange_row WHERE batch = %(batch)s AND applied_at IS NOT NULL AND made ? 'new')"
_LINES = f"SELECT count(DISTINCT f.subject) FROM registry_fact f WHERE f.subject IN {_PEOPLE} AND f.recorded_by <> %(mark)s AND f.recorded_at > %(since)s"  # noqa: S608  our own words
_CASES = f"SELECT count(DISTINCT c.subject) FROM cases_case c WHERE c.subject IN {_NEW}"  # noqa: S608  our own words
_ACCOUNTS = f"SELECT count(*) FROM access_account a WHERE a.person_id IN {_NEW}"  # noqa: S608  our own words
_MERGED = f"SELECT count(*) FROM registry_personmerge m WHERE m.undone_at IS NULL AND (m.kept IN {_PEOPLE} OR m.gone IN {_PEOPLE})"  # noqa: S608  our own words


def built_on(batch: Batch) -> BuiltOn:
    """Return what has been built on a batch since it was brought in."""
    since = batch.applied_at or batch.staged_at or batch.created_at
    first = (
        Part.objects.filter(batch=batch, applied_at__isnull=False)
        .order_by("applied_at")
        .values_list("applied_at", flat=True)
        .first()
    )
    values = {"batch": batch.pk, "mark": batch.mark, "since": first or since}
    with rescoped(Scope.everything()), connection.cursor() as cursor:
        counts = []
        for query in (_LINES, _CASES, _ACCOUNTS, _MERGED):
            cursor.execute(query, values)
            counts.append(cursor.fetchone()[0])
    return BuiltOn(*counts)


@action(IMPORT, on="batch")
def undo_part(*, by: Viewer, at: datetime, batch: Batch, part: Part) -> Part:
    """Take back what a part has written, once."""
    locked = Part.objects.select_for_update().get(pk=part.pk)
    if locked.undone_at is not None:
        return locked
    rows = list(Row.objects.filter(batch=batch.pk, part=part.number, applied_at__isnull=False))
    people = untell_kin(batch, part, at) | _undo(batch, rows, at)
    locked.undone_at = at
    locked.save(update_fields=["undone_at"])
    remark(part=part.number, rows=len(rows))
    recount_people(people, at=at)
    return locked


@action(IMPORT, on="batch")
def finish_undoing(*, by: Viewer, at: datetime, batch: Batch) -> Batch:
    """Remove the households that the batch had made and nobody is in, with the dwellings it had registered, and say that it is undone."""
    remove_households(list(Home.objects.filter(batch=batch.pk, is_new=True).values_list("household", flat=True)))
    forget_doors(batch)
    batch.state, batch.undone_at = BatchState.UNDONE, at
    batch.save(update_fields=["state", "undone_at"])
    announce(BatchUndone(area=batch.area, batch=batch.pk))
    return batch


def _undo(batch: Batch, rows: Sequence[Row], at: datetime) -> set[int]:
    people = held.by_ids({row.person for row in rows if row.person})
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
    write_facts(facts, at=at, recorded_by=f"撤销{batch.mark}"[:128])
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
        if line.id not in ours:
            continue
        before = lines.get(closers.get(line.id, 0))
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


def undoable(batch: Batch) -> None:
    """Raise ``Conflict`` where a batch was not brought in, or somebody has built on it."""
    if batch.state not in {BatchState.APPLIED, BatchState.APPLYING, BatchState.UNDOING}:
        raise Conflict(_("这一批没有导入，不用撤销。"))
    since = built_on(batch)
    if since.any:
        raise Conflict(
            _(
                "导入以后已经有人在这些档案上办了事：%(lines)s 份有新的记录，%(cases)s 份有办件，%(accounts)s 份关联了账号，%(merged)s 份合并过。不能整批撤销，请逐条更正。"
            )
            % {"lines": since.lines, "cases": since.cases, "accounts": since.accounts, "merged": since.merged}
        )
