"""What a list says about kinship without saying it: from what each member of a household is to its head (``registry.rules.kinship``).

While a list is held against the registry, what contradicts a relation there goes to a person. When a part is written, what follows is
written with it, as lines of this import; when it is taken back, they are withdrawn.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.db import connection
from django.utils.translation import gettext as _

from liren.base.ids import new_id
from liren.exchange.enums import Answer, Fault, Target, Verdict
from liren.exchange.models import Batch, Part, Row
from liren.exchange.rules.cleaning import Wrong
from liren.exchange.rules.comparing import Change
from liren.exchange.rules.deciding import Way
from liren.registry.actions.bulk import FactRow, write_facts
from liren.registry.actions.kinship import Related, relate
from liren.registry.enums import GuardianKind, RelationKind
from liren.registry.queries.kinship import Said, Ties, named, said_of, ties_of
from liren.registry.rules.kinship import FIRST_MARRIAGE, HEADS, Clash, Member, relations, settled

if TYPE_CHECKING:
    from liren.exchange.actions.staging import Staged, Stager

COUNTED = frozenset({RelationKind.SPOUSE, RelationKind.PARENT})
"""Kin of which somebody has so many and no more."""
KIN = "relation"
"""The field of a change that is about kinship."""


def hold_kin(stager: "Stager", rows: "Sequence[Staged]") -> None:
    """Find among the rows of a part what contradicts a relation that the registry holds."""
    if Target.RELATION not in stager.cleaner.columns:
        return
    homes: dict[str, list[Staged]] = {}
    for row in rows:
        if row.home and row.row.relation:
            homes.setdefault(row.home, []).append(row)
    looked = [_people(home) for home in homes.values() if _tells(home) and any(row.known for row in home)]
    on = stager.offer.on
    said = said_of({person for home in looked for person in home if person > 0}, on)
    looked = [home for home in looked if _may_clash(stager, home, said)]
    ties = ties_of({person for home in looked for person in home if person > 0}, on)
    if not ties.lines:
        return
    for home in looked:
        _hold_home(stager, home, ties)


def _tells(home: "Sequence[Staged]") -> bool:
    """Say whether anything can follow from the rows of a household: several people, and a head."""
    return len(home) > 1 and any(row.row.relation in HEADS for row in home)


def _people(home: "Sequence[Staged]") -> "dict[int, Staged]":
    """Return the first row of each person of a household; whoever has no file stands there by the number of the row, below zero."""
    found: dict[int, Staged] = {}
    for row in home:
        found.setdefault(row.known.id if row.known else -row.number, row)
    return found


def _may_clash(stager: "Stager", by_person: "dict[int, Staged]", said: Said) -> bool:
    """Say whether a held line may contradict what is told of a household, by what its people's own lines say; nothing does in most of a list.

    What is held just so contradicts nothing. Neither does kin of two people of whom nothing is held, unless one can have it only once or
    twice: other lines may name another spouse or both parents.
    """
    told = relations(_members(by_person, said), vouched=stager.vouched)
    pairs = said.pairs
    return any(not said.holds(one) and (one.code in COUNTED or (one.person, one.other) in pairs) for one in told)


def _hold_home(stager: "Stager", by_person: "dict[int, Staged]", ties: Ties) -> None:
    lines = {one.id: one for one in ties.of(by_person)}
    if not lines:
        return
    sexes = ties.sexes | {person: row.row.sex or "0" for person, row in by_person.items()}
    told = relations(_members(by_person, ties), vouched=stager.vouched)
    _fresh, clashes = settled(told, ((one.id, one.kin) for one in lines.values()), sexes)
    names = ties.names | {person: row.row.name for person, row in by_person.items()}
    for clash in clashes:
        whose = by_person.get(clash.told.person)
        if whose is not None and whose.compared is not None:
            whose.compared.changes.append(_change(clash, names, lines[clash.line].source, lines[clash.line].valid_from))
            if not any(one.fault == Fault.KIN_DIFFERS for one in whose.wrong):
                whose.wrong.append(Wrong(stager.cleaner.columns[Target.RELATION], Fault.KIN_DIFFERS.value, ""))


def _members(by_person: "dict[int, Staged]", ties: Ties | Said) -> list[Member]:
    names: dict[str, list[int]] = {}
    for person, row in by_person.items():
        names.setdefault(row.row.name, []).append(person)
    found = []
    for person, row in by_person.items():
        said = row.row
        guardians = [
            (None, one.other_name) for one in said.lines if one.kind == "guardian" and one.code == GuardianKind.PARENT
        ]
        first = person in ties.first_married or any(
            one.kind == "marriage" and one.code == FIRST_MARRIAGE for one in said.lines
        )
        found.append(
            Member(
                person, said.relation, said.sex or "0", said.birth_on, first, named([*ties.guardians.get(person, ()), *guardians], names)
            )
        )  # fmt: skip
    return found


def _change(clash: Clash, names: dict[int, str], source: str, on: date) -> Change:
    held, told = clash.held, clash.told
    return Change(
        KIN, f"{held.code} {names.get(held.other, '')}".strip(), f"{told.code} {names.get(told.other, '')}".strip(), Way.ASK, source, on, clash.line
    )  # fmt: skip


_SAME = (
    "SELECT home, person, county FROM exchange_row WHERE batch = %s AND verdict = %s AND number BETWEEN %s AND %s"
    " AND person IS NOT NULL AND home <> ''"
)
_HOUSEHOLDS = "SELECT household FROM exchange_home WHERE county = ANY(%s) AND batch = %s AND key = ANY(%s)"


class Written(Protocol):
    """A row as far as kinship looks at it when it has been written."""

    @property
    def county(self) -> int: ...

    @property
    def home(self) -> str: ...

    @property
    def answer(self) -> str: ...

    @property
    def faults(self) -> list[Any]: ...


def tell_kin(
    batch: Batch,
    part: Part,
    written: Sequence[tuple[Written, int]],
    at: datetime,
    *,
    fresh: Mapping[int, Sequence[FactRow]],
    made: Collection[int],
) -> Related:
    """Write what follows for the kinship of the people of a part: of the rows just written, and of those that changed nothing.

    ``fresh`` are the lines of those who have got their files with the part, ``made`` its new households.
    """
    if Target.RELATION not in batch.targets:
        return Related()
    keys = {row.home: None for row, _person in written if row.home}
    about = {person for _row, person in written}
    counties = {batch.county} | {row.county for row, _person in written}
    with connection.cursor() as cursor:
        cursor.execute(_SAME, [batch.pk, Verdict.SAME.value, part.first, part.last])
        for home, person, county in cursor.fetchall():
            keys[home] = None
            about.add(person)
            counties.add(county)
        cursor.execute(_HOUSEHOLDS, [list(counties), batch.pk, list(keys)])
        households = [row[0] for row in cursor.fetchall()]
    return relate(
        households,
        str(batch.options.get("household", "living")), at=at, on=batch.as_of, recorded_by=batch.mark, source=batch.source,
        authority=batch.authority, about=about, vouched=bool(batch.options.get("families")),
        overruled={person for row, person in written if row.answer == Answer.TAKE and any(one[1] == Fault.KIN_DIFFERS for one in row.faults)},
        fresh=fresh, made=made,
    )  # fmt: skip


def untell_kin(batch: Batch, part: Part, at: datetime, *, but: Collection[int] = ()) -> set[int]:
    """Withdraw what a part has told of kinship, but for those whose files go as a whole, and let what it had withdrawn hold again.

    ``but`` are people whose files stay as they are. Return who the lines are about.
    """
    if Target.RELATION not in batch.targets:
        return set()
    rows = Row.objects.filter(batch=batch.pk, number__gte=part.first, number__lte=part.last, person__isnull=False)
    kept = rows.exclude(verdict=Verdict.REFUSED).values_list("person", "made__new")
    people = {person: bool(is_new) for person, is_new in kept if person is not None and person not in but}
    facts = list(_withdrawing(batch, people))
    write_facts(facts, at=at, recorded_by=batch.undo_mark)
    return {person for fact in facts for person in (fact.subject, fact.other) if person is not None}


_TOLD = """
SELECT f.id, f.area, f.subject, f.code, f.valid_from, f.valid_until, f.other, f.other_name, f.words, f.source, f.authority, f.is_void
  FROM (SELECT * FROM registry_fact WHERE subject = ANY(%(people)s) UNION SELECT * FROM registry_fact WHERE other = ANY(%(people)s)) f
 WHERE f.kind = 'relation' AND f.recorded_by = %(mark)s AND NOT EXISTS (SELECT FROM registry_fact n WHERE n.replaces = f.id)
"""


def _withdrawing(batch: Batch, people: Mapping[int, bool]) -> Iterator[FactRow]:
    """Yield the lines that take back what was told about people; ``people`` says of each whether the batch had made the file."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, {"people": list(people), "mark": batch.mark})
        rows = cursor.fetchall()
    beyond = {row[2] for row in rows} - set(people)
    made = Row.objects.filter(batch=batch.pk, person__in=beyond, made__has_key="new") if beyond else Row.objects.none()
    going = {person for person, is_new in people.items() if is_new} | set(made.values_list("person", flat=True))
    reason = _("撤销导入：%(title)s") % {"title": batch.title[:120]}
    for pk, area, subject, code, since, until, other, other_name, words, source, authority, is_void in rows:
        if subject not in going:
            yield FactRow(
                new_id(), area, subject, KIN, since, code=code, valid_until=until, other=other, other_name=other_name, words=words,
                source=source, authority=authority, replaces=pk, is_void=not is_void, reason=reason,
            )  # fmt: skip
