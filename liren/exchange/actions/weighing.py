"""Rows that no sure key has found: weighed against everybody of the county, then held against whom they are."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from liren.base.codes import normal_phone
from liren.base.rows import rescoped, whole
from liren.base.scopes import Scope
from liren.exchange.actions.housekeeping import hold_heads
from liren.exchange.actions.kin import KIN, hold_kin
from liren.exchange.actions.staging import WEIGHED, Staged, Stager, as_json, compare_rows, days, judge, unpacked
from liren.exchange.enums import NOTED, Fault, Verdict
from liren.exchange.models import Batch, Home, Row
from liren.exchange.queries import findings, matching
from liren.exchange.queries import registry as held
from liren.exchange.queries.people import known_people
from liren.exchange.rules.cleaning import Wrong
from liren.exchange.rules.comparing import Compared
from liren.exchange.rules.deciding import Way
from liren.exchange.rules.weighing import Outcome
from liren.foundation.places.rules import COUNTY, ancestor, subtree
from liren.registry.actions.bulk.copying import blind, copy_beside, drop, line, sealed
from liren.registry.models import Phone

K = TypeVar("K")

AT_ONCE = 2_000
MISCOPIED = frozenset({Fault.ID_CHECK, Fault.ID_DATE})
"""What is wrong with a number that was miscopied: somebody who is found all the same has the right one in the registry."""
SETTLED = MISCOPIED | {Fault.TWO_HEADS}
"""What is looked at anew once it is known who a row is about: it may be the head himself."""


def weigh(batch: Batch, stager: Stager, ready: Sequence[pa.Table] = ()) -> dict[str, int]:
    """Weigh what is left over and return how many rows were found, doubted and said twice; ``ready`` are rows that were opened by who staged them."""
    left = Row.objects.filter(batch=batch.pk, person=None, verdict__in=WEIGHED)
    counts = {"matched": 0, "likely": 0, "twice": 0}
    if not left.exists():
        return counts
    with rescoped(Scope.everything()):
        for county in sorted(set(left.values_list("county", flat=True).distinct())):
            rows = left.filter(county=county).exclude(faults__contains=[[Fault.UNKNOWN_PLACE.value]])
            people = known_people(subtree(COUNTY, ancestor(county * 10**9, COUNTY)))
            homes = rows.exclude(home="").values(
                "home"
            )  # who else was found matters for the households of these rows alone
            placed = Row.objects.filter(batch=batch.pk, county=county, person__isnull=False, home__in=homes)
            beside = ((home, person) for home, person in placed.values_list("home", "person").iterator() if person)
            opened, closed = _split(ready, set(rows.values_list("pk", flat=True).iterator()))
            incoming = (row for refs in _batches(closed) for row in _incoming(rows.filter(pk__in=refs)))
            with whole():
                matches = matching.matched(incoming, people, beside=beside, ready=opened)
                found = [one for one in matches if one.outcome is not Outcome.NEW or one.repeats is not None]
            _settle(stager, found, counts)
    return counts


def _split(ready: Iterable[pa.Table], refs: Collection[int]) -> tuple[list[pa.Table], set[int]]:
    """Return of the rows that were opened already those that are left, and who of those left is to be opened: the parts of an earlier run."""
    wanted, closed, opened = pa.array(refs, pa.int64()), set(refs), []
    for table in ready:
        kept = table.filter(pc.is_in(table["ref"], value_set=wanted))
        closed.difference_update(kept["ref"].to_pylist())
        opened.append(kept)
    return opened, closed


def _incoming(rows: Any) -> Iterator[findings.Row]:
    columns = rows.values_list("pk", "name", "birth_on", "area", "home", "content")
    for pk, name, birth_on, area, home, content in columns.iterator(chunk_size=AT_ONCE):
        said = content["row"]
        yield findings.Row(
            pk, name, said.get("sex", "0") or "0", birth_on, said.get("number", ""), tuple(said.get("phones", ())), area, home
        )  # fmt: skip


def _settle(stager: Stager, found: Sequence[findings.Found], counts: dict[str, int]) -> None:
    sure = {one.ref: one for one in found if one.outcome is Outcome.MATCH}
    doubted = {one.ref: one for one in found if one.outcome is Outcome.UNSURE}
    twice = {one.ref for one in found if one.repeats is not None}
    for refs in _batches(sure):
        _adopt(stager, [(row, sure[row.pk]) for row in Row.objects.filter(pk__in=refs)])
    for refs in _batches(doubted):
        rows = list(Row.objects.filter(pk__in=refs))
        for row in rows:
            one = doubted[row.pk]
            row.person = one.candidates[0].person if len(one.candidates) == 1 else None
            row.likelihood = one.probability
            row.faults = [
                *row.faults,
                [-1, (Fault.LIKELY if row.person else Fault.SEVERAL).value, "；".join(one.words)[:60]],
            ]
            row.verdict = Verdict.UNSURE
        _write_down(rows)
    for refs in _batches(twice):
        again = Row.objects.filter(pk__in=refs, applied_at=None).exclude(verdict=Verdict.SAME)
        rows = [
            row
            for row in again
            if not any(fault in {Fault.TWICE, Fault.REPEATED} for _column, fault, _shown in row.faults)
        ]
        for row in rows:
            row.faults, row.verdict = [*row.faults, [-1, Fault.TWICE.value, ""]], Verdict.UNSURE
        _write_down(rows)
    _ask_kin_anew(stager, sure)
    counts["matched"] += len(sure)
    counts["likely"] += len(doubted)
    counts["twice"] += len(twice)


def _adopt(stager: Stager, pairs: Sequence[tuple[Row, findings.Found]]) -> None:
    """Hold rows against the people whom they were found to be, and write down what differs."""
    people = held.by_ids({found.person for _row, found in pairs if found.person})
    homes = {
        home.key: home.household
        for home in Home.objects.filter(batch=stager.batch.pk, key__in={row.home for row, _found in pairs})
    }
    found_by = {row.pk: "；".join(found.words)[:60] for row, found in pairs}
    rows: list[tuple[Row, Staged]] = []
    for row, found in pairs:
        known = people.get(found.person or 0)
        if known is None:
            continue
        said = unpacked(row.content["row"])
        wrong = [Wrong(column, fault, shown) for column, fault, shown in row.faults if fault not in SETTLED]
        if known.has_number:
            said.number = ""  # the registry has the right one, or another: only a person changes a number
        staged = Staged(
            row.number,
            0,
            [],
            said,
            row.area,
            None,
            _phones(said.phones),
            known,
            row.home,
            homes.get(row.home),
            Verdict.NEW,
            wrong,
        )
        staged.likelihood = found.probability
        rows.append((row, staged))
    compare_rows(stager, [staged for _row, staged in rows])
    hold_heads(stager, [staged for _row, staged in rows])
    for row, staged in rows:
        judge(stager, staged)
        changes = days(staged.compared.changes) if staged.compared else []
        row.person = staged.known.id if staged.known else None
        row.likelihood, row.verdict, row.changes = staged.likelihood, staged.verdict, changes or None
        row.faults = [
            *([one.column, one.fault, one.shown] for one in staged.wrong),
            [-1, Fault.FOUND.value, found_by[row.pk]],
        ]
    _write_down([row for row, _staged in rows])


def _ask_kin_anew(stager: Stager, found: Iterable[int]) -> None:
    """Ask again what a household contradicts of kinship, where somebody of it was found only by weighing.

    While a part was staged they were nobody yet: a wife's held husband and the head of the list, the same man, were two.
    """
    batch = Row.objects.filter(batch=stager.batch.pk).exclude(home="")
    asked = batch.filter(verdict=Verdict.UNSURE, faults__contains=[[Fault.KIN_DIFFERS.value]])
    homes = set(asked.values_list("home", flat=True).distinct())
    if not homes:
        return
    known = {home for refs in _batches(found) for home in batch.filter(pk__in=refs).values_list("home", flat=True)}
    for keys in _batches(sorted(homes & known)):
        rows = list(batch.filter(home__in=keys).exclude(verdict=Verdict.REFUSED).order_by("number"))
        people = held.by_ids({row.person for row in rows if row.person})
        staged = [
            Staged(row.number, 0, [], unpacked(row.content["row"]), row.area, known=people.get(row.person or 0), home=row.home, compared=Compared())
            for row in rows
        ]  # fmt: skip
        hold_kin(stager, staged)
        for row, one in zip(rows, staged, strict=True):
            _tell_kin_anew(row, one)
        _write_down(rows)


def _tell_kin_anew(row: Row, one: Staged) -> None:
    """Put what a row contradicts of kinship in the place of what it did before, and give it the verdict that is left."""
    assert one.compared is not None
    if not one.wrong and not any(fault == Fault.KIN_DIFFERS for _column, fault, _shown in row.faults):
        return
    changes = [*(change for change in row.changes or () if change["field"] != KIN), *days(one.compared.changes)]
    faults = [fault for fault in row.faults if fault[1] not in {Fault.KIN_DIFFERS, Fault.CONFLICT}]
    faults += [[wrong.column, wrong.fault, wrong.shown] for wrong in one.wrong]
    ways = {change["way"] for change in changes}
    stops = any(fault not in NOTED for _column, fault, _shown in faults)
    if Way.ASK in ways and not stops:
        faults.append([-1, Fault.CONFLICT.value, ""])
    row.faults, row.changes = faults, changes or None
    if stops or Way.ASK in ways:
        row.verdict = Verdict.UNSURE
    else:
        row.verdict = Verdict.CHANGED if Way.TAKE in ways else Verdict.SAME


def _write_down(rows: Sequence[Row]) -> None:
    """Write what was found of rows, in one statement."""
    if not rows:
        return
    lines = (
        line(
            (row.pk, row.person, row.likelihood, row.verdict, as_json(row.faults), sealed(Row, "changes", row.changes))
        )
        for row in rows
    )
    columns = "id bigint, person bigint, likelihood float8, verdict text, faults jsonb, changes bytea"
    copy_beside("default", "weighed", columns, lines)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exchange_row r SET person = w.person, likelihood = w.likelihood, verdict = w.verdict, faults = w.faults,"
            " changes = w.changes FROM weighed w WHERE w.id = r.id"
        )
    drop("default", "weighed")


def _phones(given: Iterable[str]) -> dict[str, bytes]:
    return {normal: blind(Phone, "number_blind", normal) or b"" for normal in map(normal_phone, given)}


def _batches(refs: Iterable[K]) -> Iterator[list[K]]:
    waiting = iter(refs)
    while part := list(islice(waiting, AT_ONCE)):
        yield part
