"""What the recounts found."""

from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.registry.models import CategoryDifference, CategoryRun, Person
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


def stale_since() -> tuple[int, CategoryRun | None]:
    """Return how many differences the recounts of the last week reported, and the newest recount: for the doctor."""
    newest = CategoryRun.objects.filter(is_turn=False).order_by("-started_at").first()
    return sum(CategoryRun.objects.order_by("-started_at").values_list("differences", flat=True)[:7]), newest
