"""Who was counted where: derived from a person's lines and moves whenever one of them is written, and again every night as a proof."""

from collections.abc import Iterable
from typing import Any

from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.registry.enums import FactKind, MoveSide, MoveState
from liren.registry.models import Fact, Move, Person, Stay
from liren.registry.rules.stays import placements, stays

COUNTING = frozenset({FactKind.RESIDENCE, FactKind.BIRTH, FactKind.DEATH, FactKind.MOVED})


def count_stays(person: Person, lines: Iterable[Fact]) -> bool:
    """Derive anew where the person was counted, in every community that ever kept the file; say whether anything has changed."""
    with rescoped(Scope.everything()):
        moves = Move.objects.filter(people__contains=[person.pk], state=MoveState.ACCEPTED, side=MoveSide.GIVING)
        places = placements(person.area, moves.order_by("on", "event").values_list("on", "area", "other_area"))
        due = [
            Stay(
                area=one.area, subject=person.pk, residence=one.residence, sex=person.sex, valid_from=one.valid_from,
                valid_until=one.valid_until, began=one.began, ended=one.ended, name="" if one.area == person.area else person.name,
            )
            for one in stays(lines, places)
        ]  # fmt: skip
        known = Stay.objects.filter(subject=person.pk).order_by("valid_from")
        if [_told(stay) for stay in known] == [_told(stay) for stay in due]:
            return False
        known.delete()
        Stay.objects.bulk_create(due)
    return True


def _told(stay: Stay) -> tuple[Any, ...]:
    return (
        stay.area, stay.residence, stay.sex, stay.valid_from, stay.valid_until, stay.began, stay.ended, stay.name,
    )  # fmt: skip


def recount_stays(after: int = 0, most: int = 1000) -> tuple[int, int, int]:
    """Derive the stays of people anew in order of their ids: the last id looked at (0 when all are done), how many, how many differed."""
    people = list(Person.objects.filter(pk__gt=after).order_by("pk")[:most])
    lines: dict[int, list[Fact]] = {person.pk: [] for person in people}
    for line in Fact.objects.filter(subject__in=lines, kind__in=COUNTING):
        lines[line.subject].append(line)
    differed = sum(count_stays(person, lines[person.pk]) for person in people)
    return (people[-1].pk if len(people) == most else 0), len(people), differed
