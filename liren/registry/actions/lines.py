"""How a line gets into a person's file: written once, the present state derived from all lines in the same breath."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext as _

from liren.base.action import announce, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict, Refusal
from liren.base.inserts import insert
from liren.base.rows import asked
from liren.base.words import full_day
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer
from liren.registry.enums import FactKind, HouseholdKind
from liren.registry.events import FactRecorded
from liren.registry.models import Fact, Household, Person
from liren.registry.rules import PresentState, present_state, standing

COPIED = (
    "kind", "code", "valid_from", "valid_until", "household", "other", "other_name", "place_level", "place", "words", "organisation",
    "amount", "health", "source", "authority",
)  # fmt: skip

DERIVED = (
    "residence", "away_since", "away_reason", "household", "relation", "register", "register_relation", "is_disabled", "has_guardian",
    "deceased_on", "state_changes_on",
)  # fmt: skip
_DERIVED_COLUMNS = tuple(f"{name}_id" if name in {"household", "register"} else name for name in DERIVED)
COMMUNITY = 1000  # what is below is a grid of it


def hold(*people: Person) -> None:
    """Lock files against a second pen, in the order of their ids, and let ``people`` show the state that their rows have now.

    Raise ``Conflict`` when one of them went to another community, or into another file, since it was read.
    """
    rows = Person.objects.select_for_update().only("id", "area", "county", *DERIVED)
    found = {row.pk: row for row in rows.filter(pk__in=[one.pk for one in people]).order_by("pk")}
    for person in people:
        row = found.get(person.pk)
        if row is None or row.area // COMMUNITY != person.area // COMMUNITY:
            raise Conflict(_("这份档案刚刚转走或合并了，请刷新页面后再看。"))
        person.area, person.county = row.area, row.county
        for name in _DERIVED_COLUMNS:
            setattr(person, name, getattr(row, name))


def hold_home(household: Household) -> None:
    """Lock a household against a second pen and let it show the head, the size and the end that its row has now."""
    rows = Household.objects.select_for_update(no_key=True).only("head", "head_name", "size", "closed_on")
    found = rows.filter(pk=household.pk).order_by("pk").first()
    if found is None:
        raise Conflict(_("这一户刚刚已经并入别处或撤销，请刷新页面后再看。"))
    household.head, household.head_name = found.head, found.head_name
    household.size, household.closed_on = found.size, found.closed_on


def unchanged_since(row: models.Model, shown: Mapping[str, str]) -> None:
    """Lock a row and let nobody write over what somebody else has changed since a form showed it: ``shown`` is column → text there.

    Raise ``Conflict`` naming the column that says something else by now.
    """
    if not shown:
        return
    rows = type(row)._default_manager.select_for_update(no_key=True)
    for now in rows.filter(pk=row.pk).order_by("pk").values(*shown):
        for column, said in shown.items():
            if str("" if now[column] is None else now[column]) != said:
                raise Conflict(
                    _("您填写的时候，这一项刚由别人改过。请重新打开这一页，看看现在登记的是什么，再决定改不改。"),
                    field=column,
                )


def lines_of(person: Person) -> list[Fact]:
    """Return every line of a file, with the person's row locked against a second pen."""
    hold(person)
    return list(Fact.objects.filter(county=person.county, subject=person.pk))


def write(person: Person, lines: list[Fact], *, by: Viewer, at: datetime, is_last: bool = True, **columns: Any) -> Fact:
    """Add a line, derive the present state anew and announce the line; ``lines`` are all of the file, and grow by it.

    Whoever goes on to write another line into the same file says that this one is not the last: the state is shown once. The
    lists and where somebody is counted follow at the end of the deed (``reactions.keep_derived``).
    """
    line = Fact(area=person.area, subject=person.pk, recorded_at=at, recorded_by=actor(by), **columns)
    if line.valid_until is not None and line.valid_until <= line.valid_from:
        raise Refusal(_("结束的日子要晚于开始的日子，请改一改。"), field="valid_until")
    if line.replaces is not None and any(one.replaces == line.replaces for one in lines):
        raise Conflict(_("这一条刚刚已被别人更正，请刷新页面后再看。"))
    insert(line)
    lines.append(line)
    if is_last:
        show_state(person, lines, on=day_of(at))
    remark(kind=line.kind, person=str(person.pk))
    announce(FactRecorded(area=person.area, person=person.pk, fact=line.pk, kind=line.kind))
    return line


def successor(line: Fact, **changes: Any) -> dict[str, Any]:
    """Return the columns of a line that takes the place of another."""
    return {name: getattr(line, name) for name in COPIED} | changes | {"replaces": line.pk}


def close(
    person: Person,
    lines: list[Fact],
    line: Fact,
    *,
    by: Viewer,
    at: datetime,
    on: date,
    source: str = "",
    is_last: bool = True,
) -> Fact:
    """End a line that is still open, by a line in its place."""
    if on <= line.valid_from:
        raise Refusal(
            _("原来的记录从 %(day)s开始。新的日子要比它晚；如果原来记错了，请先更正那一条。")
            % {"day": full_day(line.valid_from)},
            field="valid_from",
        )
    return write(
        person, lines, by=by, at=at, is_last=is_last, **successor(line, valid_until=on, source=source or line.source)
    )


def open_line(lines: list[Fact], kind: FactKind, on: date) -> Fact | None:
    """Return the standing line of a kind that has no end, or ends after a day."""
    return next(
        (line for line in standing(lines) if line.kind == kind and (line.valid_until is None or line.valid_until > on)),
        None,
    )


def show_state(person: Person, lines: list[Fact], *, on: date) -> None:
    """Write what the lines say about a day into the person's derived columns, when it has changed."""
    if take_state(person, lines, on=on):
        person.save(update_fields=DERIVED)


def take_state(person: Person, lines: list[Fact], *, on: date) -> bool:
    """Let a person's derived columns, here in memory, say what the lines say about a day; tell whether that is anything else."""
    state = present_state(lines, on)
    if state == shown(person):
        return False
    person.residence, person.away_since, person.away_reason = state.residence, state.away_since, state.away_reason
    person.household_id, person.relation = state.household, state.relation
    person.register_id, person.register_relation = state.register, state.register_relation
    person.is_disabled, person.has_guardian = state.is_disabled, state.has_guardian
    person.deceased_on, person.state_changes_on = state.deceased_on, state.changes_on
    return True


def turn_states(on: date, most: int = 1000) -> int:
    """Bring the state of people up to a day on which it turns by itself; return how many were looked at, at most ``most``."""
    due = list(Person.objects.filter(state_changes_on__lte=on).order_by("state_changes_on")[:most])
    lines: dict[int, list[Fact]] = {person.pk: [] for person in due}
    for line in Fact.objects.filter(subject__in=lines):
        lines[line.subject].append(line)
    for person in due:
        show_state(person, lines[person.pk], on=on)
    return len(due)


def shown(person: Person) -> PresentState:
    """Return the state that the person's derived columns show."""
    return PresentState(
        person.residence, person.away_since, person.away_reason, person.household_id, person.relation, person.register_id,
        person.register_relation, person.is_disabled, person.has_guardian, person.deceased_on, person.state_changes_on,
    )  # fmt: skip


def not_later(day: date, at: datetime, field: str = "valid_from") -> None:
    """Refuse a day that has not come yet."""
    if day > day_of(at):
        raise Refusal(_("这一天还没有到，请填已经发生的日子。"), field=field)


def members_by(household: Household) -> str:
    """Return the column of a person that names a household of this kind."""
    return "register" if household.kind == HouseholdKind.REGISTER else "household"


_COUNTED = """
UPDATE registry_household SET size = (SELECT count(*) FROM registry_person WHERE {member} = %(pk)s AND deceased_on IS NULL),
       head = %(head)s, head_name = %(head_name)s WHERE id = %(pk)s RETURNING size
"""
_LEFT = """
SELECT FROM registry_household WHERE id = %(pk)s FOR NO KEY UPDATE;
UPDATE registry_household h SET size = (SELECT count(*) FROM registry_person p WHERE p.deceased_on IS NULL
           AND CASE h.kind WHEN 'register' THEN p.register_id ELSE p.household_id END = h.id
           AND (p.register_id = %(pk)s OR p.household_id = %(pk)s)),
       head = nullif(head, %(gone)s), head_name = CASE head WHEN %(gone)s THEN '' ELSE head_name END WHERE h.id = %(pk)s
"""


def count(household: Household, *, head: Person | None) -> None:
    """Write down how many live in a household, and its new head if there is one."""
    if head is not None:
        household.head, household.head_name = head.pk, head.name
    counted = _COUNTED.format(member=f"{members_by(household)}_id")
    said = {"pk": household.pk, "head": household.head, "head_name": household.head_name}
    ((household.size,),) = asked(counted, said)


def recount(household: int | None, *, without: Person) -> None:
    """Count a household anew after somebody has left it; who was its head and is no more, is none.

    It is locked by a statement of its own: one that waited for a second pen and counted at once would count what it saw before.
    """
    if household:
        with connection.cursor() as cursor:
            cursor.execute(_LEFT, {"pk": household, "gone": without.pk})
