"""The lists of people, measured: all rules over everybody, one fact until its list shows it, a list of a past day."""

import time
from collections.abc import Callable
from datetime import timedelta
from random import Random

from django.db import connection

from liren.base import clock
from liren.base.errors import Conflict
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.bench.fill import SEED
from liren.foundation.access.rules import Seat, Viewer
from liren.registry import actions
from liren.registry.actions.memberships import recount
from liren.registry.actions.trials import ask_trial, work_out
from liren.registry.enums import FactKind
from liren.registry.models import CategoryMembership, Fact, Person
from liren.registry.queries import lists, trials
from liren.registry.queries.categories import trial

Row = dict[str, float | int | None]
Spent = Callable[[], float]
"""Says how many seconds of processor the database server has taken so far."""
COUNTY = 320115_000_000_000
FACTS = 60
TRIED: tuple[tuple[str, dict[str, int]], ...] = (
    ("left-behind-child", {"age_below": 18}), ("empty-nest-elder", {"age_from": 65}), ("elder-80", {"age_from": 75}),
)  # fmt: skip
LISTS = ("left-behind-child", "empty-nest-elder", "floating-population", "dibao", "elder-80")


def nothing() -> float:
    """Say nothing of what the server takes."""
    return 0.0


def category_recount(spent: Spent = nothing) -> Row:
    """Prove all lists of the district once; the limit is to count its people and their facts in one plain pass."""
    before = spent()
    run = recount(lo=COUNTY, hi=COUNTY + 10**9 - 1, level=3, at=clock.now(), prove=True)
    server = spent() - before
    began = time.perf_counter()
    with applied(Scope.everything()), connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(birth_on) FROM registry_person")
        cursor.execute("SELECT count(*), max(valid_from) FROM registry_fact")
    plain = time.perf_counter() - began
    row = _row([run.seconds * 1000], limit_per_s=run.people / plain)
    return row | {
        "per_s": round(run.people / run.seconds, 1), "ratio": round(plain / run.seconds, 3), "n": run.people,
        "postgres_seconds": round(server, 1), "members": run.members, "differences": run.differences,
    }  # fmt: skip


def category_increment(spent: Spent = nothing) -> Row:
    """Let parents leave for work and come back through the actions, until the list of their child shows it on a connection of its own."""
    on = clock.today()
    with applied(Scope.everything()):
        parents = list(
            Fact.objects.filter(kind=FactKind.RELATION, code="parent", other__isnull=False)
            .order_by("id").values_list("subject", "other", "area")[: FACTS * 40]
        )  # fmt: skip
    asked = [(child, parent, area) for child, parent, area in parents if parent is not None]
    Random(SEED).shuffle(asked)  # noqa: S311
    took: list[float] = []
    before = spent()
    for child, parent, area in asked:
        if len(took) >= FACTS:
            break
        by = _clerk(area)
        with applied(by.scope):
            person = Person.objects.get(pk=parent)
        if person.away_since is not None or person.deceased_on is not None:
            continue
        began = time.perf_counter()
        try:
            with applied(by.scope):
                actions.record_away(by=by, at=clock.now(), person=person, since=on - timedelta(days=1), reason="work")
        except Conflict:  # an earlier run of the same day had them leave
            continue
        with applied(by.scope):
            list(CategoryMembership.objects.filter(subject=child, withdrawn_at=None))
        took.append((time.perf_counter() - began) * 1000)
        with applied(by.scope):
            actions.record_returned(by=by, at=clock.now(), person=Person.objects.get(pk=parent), on=on)
    each = (spent() - before) / max(1, 2 * len(took))  # away and back again
    return _row(took, limit_per_s=None) | {"postgres_ms": round(each * 1000, 1)}


def as_of_list(spent: Spent = nothing) -> Row:
    """Open lists of the whole district on a past day: how many by township, and the first page with the reasons' facts."""
    viewer = _clerk(COUNTY, level=3)
    sight = lists.Sight(viewer.seats[0], may_open=True, may_confide=False)
    on = clock.today() - timedelta(days=200)
    wanted = lists.Wanted(COUNTY, COUNTY + 10**9 - 1)
    took: list[float] = []
    before = spent()
    for code in LISTS:
        rule = lists.category_at(sight, code, on)
        began = time.perf_counter()
        with applied(Scope.everything()):
            lists.overview_of(sight, rule, on=on)
            lists.members(sight, rule, wanted, on=on)
        took.append((time.perf_counter() - began) * 1000)
    return _row(took, limit_per_s=None) | {"postgres_ms": round((spent() - before) / len(took) * 1000, 1)}


def what_if(spent: Spent = nothing) -> Row:
    """Try rules with other numbers over the whole district as its job does; and over as many people as are answered at once."""
    viewer = _clerk(COUNTY, level=3)
    sight, on = lists.Sight(viewer.seats[0], may_open=True, may_confide=False), clock.today()
    took: list[float] = []
    at_once: list[float] = []
    people, before = 0, spent()
    for code, values in TRIED:
        with applied(Scope.everything()):
            rule = lists.category_at(sight, code, on)
            other = trial(rule, values).at_any_time()
            parts = trials.cut(5, COUNTY, COUNTY + 10**9 - 1)
            asked = ask_trial(
                by=viewer, at=clock.now(), area=COUNTY, level=3, on=on, rule=rule, other=other, version=rule.key, values=values, afresh=True
            )  # fmt: skip
        began = time.perf_counter()
        ended = work_out(asked.pk, asked.turn)
        took.append((time.perf_counter() - began) * 1000)
        assert ended is not None
        people = sum(part.people for part in trials.parts_of(ended))
        most = trials.MOST_AT_ONCE_WITH_KIN if trials.reads_kin([rule, other]) else trials.MOST_AT_ONCE
        while sum(part.people for part in parts) > most and len(parts) > 1:
            parts.pop()
        began = time.perf_counter()
        with applied(Scope.everything()):
            trials.counted(rule, other, parts[0].lo, parts[-1].hi, on=on)
        at_once.append((time.perf_counter() - began) * 1000)
    row = _row(took, limit_per_s=None) | {"n": people, "at_once_ms": round(max(at_once), 1)}
    return row | {
        "per_s": round(1000 * people * len(took) / sum(took), 1),
        "postgres_seconds": round(spent() - before, 1),
    }


MEASURED: dict[str, Callable[[Spent], Row]] = {
    "category_recount": category_recount,
    "category_increment": category_increment,
    "as_of_list": as_of_list,
    "what_if": what_if,
}


def _clerk(area: int, *, level: int = 5) -> Viewer:
    may = frozenset({"registry.view", "registry.edit", "registry.lists", "registry.figures"})
    return Viewer(mode="staff", account_id=1, name="量速", seats=(Seat("window_clerk", "窗口", level, area, "", may),))


def _row(took: list[float], *, limit_per_s: float | None) -> Row:
    ordered = sorted(took)
    return {
        "p50_ms": round(ordered[len(ordered) // 2], 2),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 2),
        "per_s": round(1000 * len(took) / sum(took), 1),
        "limit_per_s": round(limit_per_s or 0, 1),
        "ratio": 0.0,
        "n": len(took),
    }
