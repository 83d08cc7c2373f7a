"""Who was counted where: derived from lines and moves at the end of a deed that writes one, and again every night as a proof."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from liren.base.inserts import insert
from liren.base.rows import asked
from liren.registry.enums import FactKind, MoveSide, MoveState
from liren.registry.models import Person, Stay
from liren.registry.rules.stays import Counted, placements, stays

COUNTING = frozenset({FactKind.RESIDENCE, FactKind.BIRTH, FactKind.DEATH, FactKind.MOVED})
_PEOPLE = "SELECT id, area, sex, name FROM registry_person WHERE id = ANY(%(people)s)"
_LINES = """
SELECT subject, id, kind, code, valid_from, valid_until, household, replaces, is_void FROM registry_fact
 WHERE subject = ANY(%(people)s) AND kind = ANY(%(kinds)s)
"""
_MOVES = """
SELECT people, "on", area, other_area FROM registry_move
 WHERE people && %(people)s AND state = %(state)s AND side = %(side)s ORDER BY "on", event
"""
_KNOWN = """
SELECT id, subject, area, residence, sex, valid_from, valid_until, began, ended, name FROM registry_stay
 WHERE subject = ANY(%(people)s) ORDER BY subject, valid_from
"""


class CountedLine(NamedTuple):
    """A line of a file as far as it counts."""

    pk: int
    kind: str
    code: str
    valid_from: date
    valid_until: date | None
    household: int | None
    replaces: int | None
    is_void: bool


def count_stays(people: Collection[int]) -> int:
    """Derive anew where people were counted, in every community that ever kept their files; say of how many it was otherwise.

    Inside the scope of the whole installation: what a former community counted stays there.
    """
    which: dict[str, Any] = {"people": sorted(people)}
    files = {pk: (area, sex, name) for pk, area, sex, name in asked(_PEOPLE, which)}
    lines: dict[int, list[CountedLine]] = {pk: [] for pk in files}
    for subject, *line in asked(_LINES, which | {"kinds": sorted(COUNTING)}):
        if subject in lines:
            lines[subject].append(CountedLine(*line))
    moves: dict[int, list[tuple[date, int, int]]] = {}
    for movers, on, giver, taker in asked(_MOVES, which | {"state": MoveState.ACCEPTED, "side": MoveSide.GIVING}):
        for pk in movers:
            moves.setdefault(pk, []).append((on, giver, taker))
    known: dict[int, list[tuple[Any, ...]]] = {pk: [] for pk in files}
    ids: dict[int, list[int]] = {pk: [] for pk in files}
    for row, subject, *told in asked(_KNOWN, which):
        if subject in known:
            known[subject].append(tuple(told))
            ids[subject].append(row)
    due = {
        pk: _told(stays(lines[pk], placements(area, moves.get(pk, ()))), area, sex, name)
        for pk, (area, sex, name) in files.items()
    }
    otherwise = [pk for pk in files if known[pk] != due[pk]]
    wrong = [row for pk in otherwise for row in ids[pk]]
    if wrong:
        Stay.objects.filter(pk__in=wrong).delete()
    insert(*(Stay(subject=pk, **dict(zip(TOLD, told, strict=True))) for pk in otherwise for told in due[pk]))
    return len(otherwise)


TOLD = ("area", "residence", "sex", "valid_from", "valid_until", "began", "ended", "name")


def _told(counted: Iterable[Counted], area: int, sex: str, name: str) -> list[tuple[Any, ...]]:
    """Return stays as the columns ``TOLD``; of somebody whose file has gone on the former community keeps the name."""
    return [
        (
            one.area, str(one.residence), sex, one.valid_from, one.valid_until, str(one.began), str(one.ended), "" if one.area == area else name,
        )
        for one in counted
    ]  # fmt: skip


def recount_stays(after: int = 0, most: int = 1000) -> tuple[int, int, int]:
    """Derive the stays of people anew in order of their ids: the last id looked at (0 when all are done), how many, how many differed."""
    people = list(Person.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:most])
    return (people[-1] if len(people) == most else 0), len(people), count_stays(people)
