"""Moves of files between communities: the two sides' lists, one side of a move, who moves together, who hears of it."""

from collections.abc import Sequence
from datetime import date

from django.db.models import F, Q
from django.utils.translation import gettext as _

from liren.foundation.access.models import Account
from liren.foundation.access.queries import each_range, find, staff_who_may
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import COMMUNITY
from liren.registry.enums import MoveState
from liren.registry.models import Move, Person
from liren.registry.permissions import EDIT, VIEW


def moves_page(
    viewer: Viewer, *, waiting: bool, side: str = "", after: int | None = None, size: int = 50
) -> tuple[list[Move], int | None]:
    """Return a page of moves to and from the viewer's communities, the newest first, and the id at which the next one starts.

    ``waiting``: those that nobody has answered, else the settled ones; ``side`` narrows to those that come in or go out.
    """

    def ask(here: Viewer) -> list[Move]:
        rows = Move.objects.visible_to(here)
        rows = rows.filter(state=MoveState.PROPOSED) if waiting else rows.exclude(state=MoveState.PROPOSED)
        rows = rows.filter(side=side) if side else rows
        rows = rows.filter(pk__lt=after) if after is not None else rows
        return list(rows.order_by("-pk")[: size + 1])

    found = sorted(each_range(viewer, ask, capability=VIEW), key=lambda one: -one.pk)[: size + 1]
    return found[:size], (found[size - 1].pk if len(found) > size else None)


def move_for(viewer: Viewer, pk: int) -> Move:
    """Return one side of a move; raise NotFound for one that the viewer's posts do not see."""
    return find(
        viewer,
        lambda here: Move.objects.visible_to(here).filter(pk=pk).first(),
        otherwise=_("没有找到这次转移，可能不在您的管辖范围。"),
        capability=VIEW,
    )


def move_by_id(pk: int) -> Move | None:
    """Return one side of a move inside the scope that is set."""
    return Move.objects.filter(pk=pk).first()


def who_answers(move: Move, on: date) -> list[int]:
    """Return the accounts at one side's community that may answer a move, or take it back."""
    return staff_who_may(EDIT, level=COMMUNITY, area=move.area, on=on)


def is_at_work(move: Move) -> bool:
    """Say whether who proposed a move still has an account that reads messages."""
    return Account.objects.filter(pk=move.proposed_account or 0, is_active=True).exists()


def family_of(person: Person) -> Sequence[Person]:
    """Return who lives in a person's household or stands in the same register, the person first."""
    if person.household_id is None and person.register_id is None:
        return [person]
    same = Q(household=person.household_id) if person.household_id else Q()
    same |= Q(register=person.register_id) if person.register_id else Q()
    others = Person.objects.filter(same, county=person.county, deceased_on=None).exclude(pk=person.pk)
    return [person, *others.order_by(F("relation"), "birth_on", "pk")]
