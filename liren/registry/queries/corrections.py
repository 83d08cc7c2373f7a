"""The desk's queue of what residents ask to have put right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from liren.base.calendar import Due, add_working_days
from liren.foundation.access.queries import each_range, find, staff_who_may
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.models import StoredFile
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.foundation.policies import queries as policies
from liren.registry.enums import CorrectionState
from liren.registry.models import CorrectionRequest, Fact, Person
from liren.registry.permissions import DECIDE

DAYS = "correction-days"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in the queue, with the name of who asks."""

    request: CorrectionRequest
    name: str


def promised(area: int, on: date) -> Due:
    """Return the day until which a request that comes in on a day is answered: a term of the packs, in working days."""
    community = ancestor(area, COMMUNITY)
    days = policies.term(DAYS, level=COMMUNITY, area=community, on=on)
    return add_working_days(on, int(days.value), policies.calendar(level=COMMUNITY, area=community, on=on))


def corrections(
    viewer: Viewer, *, decided: bool = False, after: tuple[str, int] | None = None, limit: int = 30
) -> list[Asked]:
    """Return requests where the viewer's posts decide: those that wait by their day, or the decided ones, the newest first.

    ``after`` is (day until when, id) of the last one seen; of the decided ones only the id counts.
    """

    def ask(here: Viewer) -> list[Asked]:
        rows = CorrectionRequest.objects.visible_to(here)
        if decided:
            rows = rows.exclude(state=CorrectionState.WAITING).order_by("-id")
            rows = rows.filter(pk__lt=after[1]) if after else rows
        else:
            rows = rows.filter(state=CorrectionState.WAITING).order_by("due_on", "id")
            if after:
                day = date.fromisoformat(after[0])
                rows = rows.filter(Q(due_on__gt=day) | Q(due_on=day, pk__gt=after[1]))
        found = list(rows[:limit])
        names = dict(Person.objects.filter(pk__in=[one.subject for one in found]).values_list("pk", "name"))
        return [Asked(one, names.get(one.subject, "")) for one in found]

    rows = each_range(viewer, ask, capability=DECIDE)
    if decided:
        return sorted(rows, key=lambda one: -one.request.pk)[:limit]
    return sorted(rows, key=lambda one: (one.request.due_on, one.request.pk))[:limit]


def correction_for(viewer: Viewer, pk: int) -> CorrectionRequest:
    """Return a request where one of the viewer's posts decides; raise ``NotFound`` otherwise."""
    return find(
        viewer,
        lambda here: CorrectionRequest.objects.visible_to(here).filter(pk=pk).first(),
        otherwise=_("没有找到这条申请，可能不在您的管辖范围。"),
        capability=DECIDE,
    )


def correction_by_id(pk: int) -> CorrectionRequest | None:
    """Return a request inside the scope that is set."""
    return CorrectionRequest.objects.filter(pk=pk).first()


def asker_of(request: CorrectionRequest) -> str:
    """Return the name of who asks, inside the scope that is set."""
    return Person.objects.filter(pk=request.subject).values_list("name", flat=True).first() or ""


def fact_of(request: CorrectionRequest) -> Fact | None:
    """Return the line that a request is about."""
    return Fact.objects.filter(pk=request.fact).first() if request.fact else None


def overdue_corrections(on: date, most: int = 2000) -> Sequence[CorrectionRequest]:
    """Return the requests whose day has passed, inside the scope that is set."""
    waiting = CorrectionRequest.objects.filter(state=CorrectionState.WAITING, due_on__lt=on)
    return list(waiting.order_by("due_on", "id")[:most])


def deciders(area: int, on: date) -> list[int]:
    """Return the accounts of those who decide requests at a community."""
    return staff_who_may(DECIDE, level=COMMUNITY, area=ancestor(area, COMMUNITY), on=on)


def may_open_proof(viewer: Viewer, stored: StoredFile) -> bool:
    """Say whether a viewer may open the proof of a request: whose it is, and who decides it."""
    request = CorrectionRequest.objects.filter(pk=stored.owner_id).first()
    if request is None:
        return False
    return viewer.owns(request.subject) or (viewer.is_staff and viewer.may(DECIDE, request.area))
