"""What the recounts found."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.registry.models import CategoryDifference, CategoryRun, Person, Stay
from liren.registry.queries.lists import Sight


def differences(sight: Sight, *, after: int = 0, limit: int = 50) -> list[tuple[CategoryDifference, str]]:
    """Return what was kept otherwise than it was counted, the newest first, with the name of the person."""
    here = sight.seat.range
    with rescoped(Scope.staff(here.lo, here.hi)):
        rows = CategoryDifference.objects.filter(area__gte=here.lo, area__lte=here.hi)
        if after:
            rows = rows.filter(pk__lt=after)
        found = list(rows.order_by("-id")[:limit])
        names = dict(Person.objects.filter(pk__in=[row.subject for row in found]).values_list("pk", "name"))
    return [(row, names.get(row.subject, "")) for row in found]


def last_runs(sight: Sight, limit: int = 10) -> list[CategoryRun]:
    """Return the last recounts that covered the seat's area, the newest first."""
    here = sight.seat.range
    with rescoped(Scope.everything()):
        runs = CategoryRun.objects.filter(is_turn=False, area__lte=here.lo).order_by("-started_at")[:100]
        return [
            run for run in runs if run.area == 0 or run.area + 10 ** (15 - (0, 2, 4, 6, 9, 12, 15)[run.level]) > here.lo
        ][:limit]


@dataclass(frozen=True, slots=True)
class Recounted:
    """How the proofs stand: whether anybody is registered and has a place in the population ledger, the newest recount, what was found."""

    people: bool
    has_ledger: bool
    newest: CategoryRun | None
    differences: int


def recounted(at: datetime) -> Recounted:
    """Return how the proofs stand, with the differences that recounts of the week before ``at`` have found."""
    runs = CategoryRun.objects.filter(is_turn=False).order_by("-started_at")
    since = at - timedelta(days=7)
    found = runs.filter(started_at__gte=since).aggregate(found=Sum("differences"))["found"]
    return Recounted(Person.objects.exists(), Stay.objects.exists(), runs.first(), found or 0)
