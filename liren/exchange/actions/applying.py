"""From staged rows to the registry: part by part, each in one transaction with its journal line; what has moved on meanwhile waits."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from pydantic_core import from_json, to_json

from liren.base.action import action, announce, remark
from liren.base.clock import day_of
from liren.base.codes import normal_phone
from liren.base.errors import Conflict
from liren.base.ids import new_id
from liren.base.pools import processes
from liren.exchange.actions.again import look_again
from liren.exchange.actions.doors import COMMUNITY, DWELLING, settle_doors, write_doors
from liren.exchange.actions.homes import homes_of, unwritten, write_homes
from liren.exchange.actions.housekeeping import keep_house
from liren.exchange.actions.kin import KIN, tell_kin
from liren.exchange.actions.staging import COUNTY, unpacked
from liren.exchange.enums import Answer, BatchState, Fault, Verdict
from liren.exchange.events import BatchApplied
from liren.exchange.models import Batch, Home, Part, Row
from liren.exchange.permissions import IMPORT
from liren.exchange.queries import registry as held
from liren.exchange.rules.cleaning import Cleaned, Line
from liren.exchange.rules.comparing import ONE_OF_A_CODE
from liren.exchange.rules.deciding import Way
from liren.foundation.access.rules import Viewer
from liren.registry.actions.bulk import (
    FactRow,
    PersonRow,
    PhoneRow,
    announce_changes,
    change_people,
    recount_households,
    write_facts,
    write_people,
    write_phones,
    write_stays,
)
from liren.registry.actions.bulk.copying import copy_beside, drop, line, opened_as_is
from liren.registry.actions.bulk.writing import named
from liren.registry.actions.counting import COUNTING
from liren.registry.actions.memberships import recount_people
from liren.registry.queries.evaluating import concerned
from liren.registry.rules import PresentState, present_state

RESIDED_SINCE = date(2000, 1, 1)
READY = (
    Q(verdict__in=[Verdict.NEW, Verdict.CHANGED])
    | Q(verdict=Verdict.UNSURE, answer__in=[Answer.TAKE, Answer.KEEP, Answer.NEW])
) & Q(applied_at=None)
"""Rows that are to be written and are not yet."""
LISTED_BY = frozenset({"sex", "birth_on"})
"""Columns of a person that rules of lists read."""
COLUMNS = frozenset({"name", "sex", "birth_on", "ethnicity", "document", "number"})
"""Fields of a change that are columns of the person."""
PLAIN = COLUMNS | {"phone", KIN, DWELLING}
"""Fields of a change for which no dated line of the file is looked at."""


ASKED = ("id", "number", "area", "county", "person", "home", "answer", "faults", "content", "changes")


class Ready(NamedTuple):
    """A row that is to be written, as far as writing looks at it: what the list says, and what differs from the registry."""

    pk: int
    number: int
    area: int
    county: int
    person: int | None
    home: str
    answer: str
    faults: list[Any]
    said: dict[str, Any]
    changes: list[dict[str, Any]] | None


@dataclass(slots=True)
class Work:
    """A row on its way into the registry."""

    row: Ready
    said: Cleaned
    area: int
    is_new: bool
    subject: int = 0
    person: PersonRow | None = None
    known: held.Known | None = None
    facts: list[FactRow] = field(default_factory=list)
    closed: list[tuple[int, int]] = field(default_factory=list)
    phones: list[PhoneRow] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    households: set[int] = field(default_factory=set)
    moved_on: bool = False
    why: Fault = Fault.MOVED_ON

    @property
    def looks_at_lines(self) -> bool:
        """Say whether any of the changes is about a dated line."""
        return any(change["field"] not in PLAIN for change in self.row.changes or ())

    @property
    def adds_phone(self) -> bool:
        """Say whether any of the changes is a phone."""
        return any(change["field"] == "phone" for change in self.row.changes or ())

    @property
    def is_listed(self) -> bool:
        """Say whether lists of people may change with the columns that the row writes: no rule reads a name, a number or a phone."""
        return self.is_new or not LISTED_BY.isdisjoint(self.columns)

    @property
    def made(self) -> dict[str, Any]:
        """Return what the row writes, for undoing it."""
        found: dict[str, Any] = {"lines": [str(fact.id) for fact in self.facts]}
        if self.is_new:
            found["new"] = True
        if self.closed:
            found["closed"] = [[str(one), str(two)] for one, two in self.closed]
        if self.phones:
            found["phones"] = [str(phone.id) for phone in self.phones]
        if self.columns:
            found["columns"] = self.columns
        return found


@action(IMPORT, on="batch")
def apply_part(*, by: Viewer, at: datetime, batch: Batch, part: Part) -> Part:
    """Write what is ready of a part: new people, completed and changed files, households; one journal line for all of it.

    A row whose file has changed since it was held against it goes to the queue. Running it again finds nothing left to do.
    """
    Part.objects.select_for_update().get(pk=part.pk)  # a second worker waits here, and then finds the rows done
    ready = Row.objects.select_for_update().filter(  # by their numbers: the index leads there, however long the list
        READY, batch=batch.pk, part=part.number, number__gte=part.first, number__lte=part.last
    )
    works = [_work(row) for row in _read(ready.order_by("number").values(*ASKED))]
    homes = homes_of(batch, works)
    making = unwritten(batch, homes.values())
    _prepare(batch, works, homes, at)
    keep_house(batch, works, homes, making)
    made = _write(batch, works, list(homes.values()), making, at)
    _mark(batch, works, at)
    look_again(batch, [work.row.pk for work in works if work.moved_on])
    done = [work for work in works if not work.moved_on]
    lived_in = [home for home in homes.values() if home.household not in making or home.household in made]
    fresh = {work.subject: work.facts for work in done if work.is_new}
    related = tell_kin(batch, part, [(work.row, work.subject) for work in done], at, fresh=fresh, made=made)
    people = related.people | {(work.area, work.subject) for work in done}
    announce_changes(people)
    if part.applied_at is None:
        part.applied_at = at
        part.save(update_fields=["applied_at"])
    remark(
        part=part.number,
        new=sum(work.is_new for work in done),
        changed=sum(not work.is_new for work in done),
        waiting=len(works) - len(done),
        kin=len(related.facts),
        against=len(related.clashes),
    )
    # Last, for from here on others wait for the commit: parts that register the same door, and who writes facts.
    write_doors(batch, lived_in)
    settle_doors(lived_in, made)
    lines = [*related.facts, *(fact for work in done for fact in work.facts)]
    recount_people(concerned(lines) | {work.subject for work in done if work.is_listed}, at=at)
    return part


def apart(parts: Sequence[int]) -> list[int]:
    """Return the parts of a batch in the order in which they are handed out: those that are written at once lie far apart.

    Neighbours share families and doors, and the second one would wait for the commit of the first.
    """
    strands = max(1, min(len(parts), processes()))
    length = -(-len(parts) // strands)
    return [part for place in range(length) for part in parts[place::length]] if length else []


@action(IMPORT, on="batch")
def finish_applying(*, by: Viewer, at: datetime, batch: Batch) -> Batch:
    """Say that the batch has been brought in, but for what waits in the queue."""
    batch.state, batch.applied_at = BatchState.APPLIED, batch.applied_at or at
    batch.save(update_fields=["state", "applied_at"])
    announce(BatchApplied(area=batch.area, batch=batch.pk))
    return batch


def _read(rows: Any) -> Iterator[Ready]:
    """Yield rows past the ORM, which looks at each of ten columns of thousands for how to read it."""
    query, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        for pk, number, area, county, person, home, answer, faults, content, changes in cursor.fetchall():
            said = from_json(opened_as_is(Row, "content", content))["row"]
            differs = None if changes is None else from_json(opened_as_is(Row, "changes", changes))
            yield Ready(pk, number, area, county, person, home, answer, json.loads(faults), said, differs)


def _work(row: Ready) -> Work:
    is_new = row.answer == Answer.NEW or row.person is None
    return Work(row, unpacked(row.said), row.area, is_new)


def _prepare(batch: Batch, works: Sequence[Work], homes: dict[str, Home], at: datetime) -> None:
    """Build everything that is to be written, in memory."""
    matched = [work for work in works if not work.is_new and work.row.person is not None]
    known = held.by_ids({work.row.person for work in matched if work.row.person}, lock=True)
    of = {work.row.person for work in matched if work.looks_at_lines}
    held.add_lines(one for pk, one in known.items() if pk in of)
    of = {work.row.person for work in matched if work.adds_phone}
    held.add_phones(one for pk, one in known.items() if pk in of)
    met = _registered_meanwhile(batch, works)
    for work in works:
        home = homes.get(work.row.home)
        if work.is_new:
            if work.row.pk in met:
                work.moved_on = True
                continue
            _new(batch, work, home, at)
        else:
            work.known = known.get(work.row.person or 0)
            if work.known is None:
                work.moved_on = True
                continue
            if not work.row.answer and work.known.area // COMMUNITY != work.area // COMMUNITY:
                work.moved_on = True  # to another community of the same scope
                continue
            work.area, work.subject = work.known.area, work.known.id
            _changed(batch, work, home, at)


def _registered_meanwhile(batch: Batch, works: Sequence[Work]) -> set[int]:
    """Return which rows are about somebody of the same name and birthday who has come into the registry since; a number speaks for itself."""
    by_county: dict[int, list[Work]] = {}
    for work in works:
        if work.is_new and not work.row.answer and not work.said.number and work.said.birth_on:
            by_county.setdefault(work.area // COUNTY, []).append(work)
    found = set[int]()
    for county, loose in by_county.items():
        wanted = {(named(one.said.name)[0], one.said.name, one.said.birth_on) for one in loose if one.said.birth_on}
        alike = held.by_names(county, wanted)
        here = {one.id for them in alike.values() for one in them}
        ours = (
            set(Row.objects.filter(batch=batch.pk, person__in=here).values_list("person", flat=True)) if here else set()
        )
        for one in loose:
            if one.said.birth_on and {person.id for person in alike.get((one.said.name, one.said.birth_on), ())} - ours:
                found.add(one.row.pk)
    return found


def _fact(batch: Batch, work: Work, subject: int, kind: str, since: date, **values: Any) -> FactRow:
    fact = FactRow(new_id(), work.area, subject, kind, since, source=batch.source, authority=batch.authority, **values)
    work.facts.append(fact)
    return fact


def _new(batch: Batch, work: Work, home: Home | None, at: datetime) -> None:
    said, pk = work.said, new_id()
    work.subject = pk
    since = said.since or max(said.birth_on or RESIDED_SINCE, RESIDED_SINCE)
    since = min(since, batch.as_of)
    _fact(batch, work, pk, "residence", since, code=said.residence or "registered", words=said.registered)
    if home is not None:
        _fact(batch, work, pk, _member(batch), since, code=said.relation, household=home.household)
        work.households.add(home.household)
    if said.deceased_on:
        _fact(batch, work, pk, "death", said.deceased_on)
    for one in said.lines:
        _offered(batch, work, pk, one)
    state = present_state(work.facts, day_of(at))
    work.person = PersonRow(
        pk, work.area, said.name, state, said.sex or "0", said.birth_on, said.ethnicity, said.document or ("resident" if said.number else "none"),
        said.number or None, batch.source,
    )  # fmt: skip
    for place, phone in enumerate(said.phones):
        work.phones.append(PhoneRow(new_id(), work.area, pk, normal_phone(phone), place == 0, batch.source))


def _member(batch: Batch) -> str:
    return "register" if batch.options.get("household") == "register" else "member"


def _offered(batch: Batch, work: Work, subject: int, one: Line) -> FactRow:
    since = one.valid_from or batch.as_of
    return _fact(
        batch, work, subject, one.kind, since, code=one.code, words=one.words, other_name=one.other_name, amount=one.amount, health=one.health
    )  # fmt: skip


def _changed(batch: Batch, work: Work, home: Home | None, at: datetime) -> None:
    known, said = work.known, work.said
    assert known is not None
    lines: list[Any] = list(known.lines)
    columns: dict[str, Any] = {}
    before = len(work.facts)
    for change in work.row.changes or ():
        way = change["way"]
        if way == Way.ASK and work.row.answer == Answer.TAKE:
            way = Way.TAKE
        if way != Way.TAKE:
            continue
        name = change["field"]
        if name in COLUMNS:
            if not _still(known, name, change["held"]):
                work.moved_on = True
                return
            columns[name] = said.birth_on if name == "birth_on" else getattr(said, name)
            if name == "number":
                columns["document"] = said.document or "resident"
            work.columns.append(name)
        elif name in {KIN, DWELLING}:
            continue  # written with the household
        elif name == "phone":
            if change["offered"] not in {phone.number for phone in work.phones}:
                first = not known.has_main and not work.phones
                work.phones.append(PhoneRow(new_id(), work.area, known.id, change["offered"], first, batch.source))
        elif not _take_line(batch, work, change, home, lines):
            work.moved_on = True
            return
    lines += work.facts[before:]
    state = present_state(lines, day_of(at)) if len(work.facts) > before else known.state
    if state != known.state:
        work.households |= {one for one in (known.household, known.register, state.household, state.register) if one}
    if state != known.state or columns:
        work.person = _as_changed(known, state, columns)


def _as_changed(known: held.Known, state: PresentState, columns: dict[str, Any]) -> PersonRow:
    """Return how somebody is to look from now on."""
    kept = {name: getattr(known, name) for name in ("name", "sex", "birth_on", "ethnicity", "document")}
    told = {**kept, **columns}
    number = columns["number"] if "number" in columns else known.number()
    return PersonRow(
        known.id, known.area, told["name"], state, told["sex"], told["birth_on"], told["ethnicity"], told["document"], number, known.source
    )  # fmt: skip


def _still(known: held.Known, name: str, before: str) -> bool:
    if name == "number":
        return not known.has_number
    value = getattr(known, name)
    now = value.isoformat() if isinstance(value, date) else value
    return bool(now == before or (name == "sex" and not before and now in {"0", "9"}))


def _take_line(batch: Batch, work: Work, change: dict[str, Any], home: Home | None, lines: list[Any]) -> bool:
    """End the line that is held and write the offered one; nothing (false) when the held one is no longer as it was."""
    known, said, kind = work.known, work.said, change["field"]
    assert known is not None
    place = change["offer"]
    offered = said.lines[place] if place >= 0 else None
    lookup = "away" if kind == "back" else kind
    code = offered.code if offered is not None and kind in ONE_OF_A_CODE else None
    current = held.standing_of(known, lookup, batch.as_of, code=code)
    if (current.id if current else None) != change["line"]:
        return False
    since = (offered.valid_from if offered else None) or batch.as_of
    if current is not None:
        if current.valid_from >= since:
            since = current.valid_from + timedelta(days=1)
        if since > day_of(batch.created_at):
            return False
        closer = FactRow(
            new_id(), work.area, known.id, current.kind, current.valid_from, code=current.code, valid_until=since, household=current.household,
            other=current.other, other_name=current.other_name, place_level=current.place_level, place=current.place, words=current.words,
            organisation=current.organisation, amount=current.amount, health=current.health, source=current.source,
            authority=current.authority, replaces=current.id,
        )  # fmt: skip
        work.facts.append(closer)
        work.closed.append((current.id, closer.id))
    if offered is not None:
        fact = _offered(batch, work, known.id, offered)
        fact.valid_from = since if current is not None else fact.valid_from
    elif kind == "residence":
        _fact(batch, work, known.id, "residence", since, code=said.residence, words=said.registered)
    elif kind == "death":
        assert said.deceased_on is not None
        _fact(batch, work, known.id, "death", said.deceased_on)
    elif kind in {"member", "register"} and home is not None:
        _fact(batch, work, known.id, kind, since, code=said.relation, household=home.household)
    return True


def _write(
    batch: Batch, works: Sequence[Work], homes: Sequence[Home], making: Collection[int], at: datetime
) -> dict[int, int | None]:
    """Write what has been built; return the households that were made, with the dwelling in which each lives."""
    fresh = [work for work in works if work.is_new and not work.moved_on]
    written = write_people([work.person for work in fresh if work.person], at=at)
    for work in fresh:
        if work.person is not None and work.person.id not in written:
            work.moved_on = True
    done = [work for work in works if not work.moved_on]
    changed = [work for work in done if not work.is_new and work.person is not None]
    change_people(
        [work.person for work in changed if work.person],
        renamed={work.person.id for work in changed if work.person and "name" in work.columns},
    )
    write_phones([phone for work in done for phone in work.phones], at=at)
    write_facts([fact for work in done for fact in work.facts], at=at, recorded_by=batch.mark)
    write_stays([(work.person, work.facts) for work in fresh if work.person and not work.moved_on], fresh=True)
    write_stays(
        [
            (work.person or _as_changed(work.known, work.known.state, {}), [*work.known.lines, *work.facts])
            for work in done
            if not work.is_new and work.known and any(fact.kind in COUNTING for fact in work.facts)
        ],
        fresh=False,
    )
    made = write_homes(batch, homes, making, [work.person for work in done if work.person], at)
    recount_households({household for work in done for household in work.households} - made.keys())
    return made


def _mark(batch: Batch, works: Sequence[Work], at: datetime) -> None:
    """Write down what became of each row, in one statement."""
    if not works:
        return

    def marked() -> Iterable[str]:
        for work in works:
            made = None if work.moved_on else _json(work.made)
            person = work.subject if work.subject and not work.moved_on else work.row.person
            faults = _json([[-1, work.why.value, ""]]) if work.moved_on else "[]"
            yield line((work.row.pk, person, made, None if work.moved_on else at, work.moved_on, faults))

    pks = [work.row.pk for work in works]
    columns = "id bigint, person bigint, made jsonb, at timestamptz, moved_on boolean, faults jsonb"
    copy_beside("default", "marked", columns, marked())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exchange_row r SET person = m.person, made = m.made, applied_at = m.at,"
            " verdict = CASE WHEN m.moved_on THEN 'unsure' ELSE r.verdict END, answer = CASE WHEN m.moved_on THEN '' ELSE r.answer END,"
            " faults = r.faults || m.faults"
            # Neighbours have neighbouring ids: by a range only the rows of the part are read, by the join alone all of the table.
            " FROM marked m WHERE m.id = r.id AND r.id BETWEEN %s AND %s",
            [min(pks), max(pks)],
        )
    drop("default", "marked")


def _json(value: Any) -> str:
    return to_json(value).decode()


def ready(batch: Batch) -> None:
    """Raise ``Conflict`` for a batch that cannot be brought in now."""
    if batch.state not in {BatchState.STAGED, BatchState.APPLYING, BatchState.APPLIED}:
        raise Conflict(_("这一批还没有核对完，或已经撤销，不能导入。"))
