"""The population of places: the ledger of any month, who was there on any day. Reads one table, which the registry derives."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from liren.base.rows import fitting
from liren.foundation.access.queries import each_range
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import names
from liren.foundation.places.rules import COMMUNITY
from liren.foundation.places.rules.areas import DIGITS, WIDTHS
from liren.registry.enums import Began, Ended, ResidenceKind, Sex
from liren.registry.permissions import VIEW
from liren.registry.queries.search import scope_words
from liren.registry.rules.stays import COUNTED


@dataclass(slots=True)
class Flow:
    """A month of one group of people; ``end`` is counted, not computed."""

    start: int = 0
    born: int = 0
    moved_in: int = 0
    handed_in: int = 0
    listed: int = 0
    changed_to: int = 0
    died: int = 0
    moved_out: int = 0
    handed_out: int = 0
    struck: int = 0
    changed_from: int = 0
    end: int = 0

    @property
    def came(self) -> int:
        """Return how many were added."""
        return self.born + self.moved_in + self.handed_in + self.listed + self.changed_to

    @property
    def went(self) -> int:
        """Return how many were taken off."""
        return self.died + self.moved_out + self.handed_out + self.struck + self.changed_from

    @property
    def balances(self) -> bool:
        """Say whether start, additions and losses come to what was counted at the end."""
        return self.start + self.came - self.went == self.end

    def add(self, other: "Flow") -> None:
        """Add another group's figures."""
        for each in fields(Flow):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


Group = tuple[str, str]
"""(residence kind, sex)."""


@dataclass(slots=True)
class PlaceLedger:
    """One place's month, by residence kind and sex; its sums."""

    area: int
    level: int
    name: str
    groups: dict[Group, Flow] = field(default_factory=dict)

    def total(self, kinds: Iterable[str] = COUNTED, sexes: Iterable[str] = Sex.values) -> Flow:
        """Return the sum over groups."""
        wanted = {(kind, sex) for kind in kinds for sex in sexes}
        flow = Flow()
        for group, figures in self.groups.items():
            if group in wanted:
                flow.add(figures)
        return flow

    @property
    def registered(self) -> Flow:
        """Return 户籍人口: registered here, wherever they live."""
        return self.total((ResidenceKind.REGISTERED, ResidenceKind.ABSENT))

    @property
    def living(self) -> Flow:
        """Return 常住人口: those who live here, wherever they are registered."""
        return self.total((ResidenceKind.REGISTERED, ResidenceKind.INCOMER, ResidenceKind.OVERSEAS))


@dataclass(slots=True)
class Ledger:
    """A month of all places one level below the viewer's (of the community itself at the lowest), and their sum."""

    first: date
    after: date
    places: list[PlaceLedger]
    sum: PlaceLedger


_EVENTS = {
    "born": ("began", Began.BORN), "moved_in": ("began", Began.MOVED_IN), "handed_in": ("began", Began.HANDED_IN),
    "listed": ("began", Began.LISTED), "changed_to": ("began", Began.CHANGED), "died": ("ended", Ended.DIED),
    "moved_out": ("ended", Ended.MOVED_OUT), "handed_out": ("ended", Ended.HANDED_OUT), "struck": ("ended", Ended.STRUCK),
    "changed_from": ("ended", Ended.CHANGED),
}  # fmt: skip
_COUNTS = ", ".join(
    f"count(*) FILTER (WHERE {'valid_from >= %(first)s' if column == 'began' else 'valid_until < %(after)s'} AND {column} = '{value}')"
    for column, value in _EVENTS.values()
)
_LEDGER = f"""
SELECT area / %(step)s * %(step)s, residence, sex, count(*) FILTER (WHERE valid_from < %(first)s), {_COUNTS},
       count(*) FILTER (WHERE valid_until IS NULL OR valid_until >= %(after)s)
  FROM registry_stay
 WHERE {{here}} AND valid_from < %(after)s AND (valid_until IS NULL OR valid_until >= %(first)s)
 GROUP BY 1, 2, 3
"""  # noqa: S608  our own words


def month_of(on: date) -> tuple[date, date]:
    """Return the first day of a day's month and of the month after."""
    first = on.replace(day=1)
    return first, (first.replace(month=first.month + 1) if first.month < 12 else date(first.year + 1, 1, 1))


def ledger(viewer: Viewer, first: date, after: date) -> Ledger:
    """Return the population ledger from a day until a day (half-open) for the places below the seat in use.

    Counts at the end of the day before ``first`` and of the day before ``after``; one query a range.
    """
    seat = viewer.current
    level = min(COMMUNITY, (seat.level if seat else COMMUNITY) + 1)
    step = 10 ** (DIGITS - WIDTHS[level])
    rows = each_range(viewer, lambda here: _ask(here, _LEDGER, first=first, after=after, step=step), capability=VIEW)
    found: dict[int, PlaceLedger] = {}
    for area, residence, sex, *figures in rows:
        place = found.setdefault(area, PlaceLedger(area, level, ""))
        place.groups.setdefault((residence, sex), Flow()).add(Flow(*figures))
    known = names([(level, area) for area in found])
    for place in found.values():
        place.name = known.get((level, place.area), "")
    whole = PlaceLedger(seat.area if seat else 0, seat.level if seat else 0, seat.place if seat else "")
    for place in found.values():
        for group, flow in place.groups.items():
            whole.groups.setdefault(group, Flow()).add(flow)
    return Ledger(first, after, sorted(found.values(), key=lambda place: place.area), whole)


def _ask(viewer: Viewer, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    here, scope = scope_words(viewer)
    return fitting(statement.format(here=here), scope | values, narrow=False)


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody who was counted here on a day and whose file another community keeps now."""

    name: str
    sex: str
    residence: str
    valid_from: date
    valid_until: date


_GONE = """
SELECT name, sex, residence, valid_from, valid_until FROM registry_stay
 WHERE {here} AND valid_until > %(on)s AND valid_from <= %(on)s AND name <> '' ORDER BY name, id LIMIT %(limit)s
"""


def gone_since(viewer: Viewer, on: date, limit: int = 500) -> list[Gone]:
    """Return who was counted in the viewer's places on a day and has been handed to others since: their files are not seen from here."""
    return [
        Gone(*row) for row in each_range(viewer, lambda here: _ask(here, _GONE, on=on, limit=limit), capability=VIEW)
    ]


_ON = """
SELECT residence, sex, count(*) FROM registry_stay
 WHERE {here} AND valid_from <= %(on)s AND (valid_until IS NULL OR valid_until > %(on)s) GROUP BY 1, 2
"""


def counted_on(viewer: Viewer, on: date) -> dict[Group, int]:
    """Return how many were counted in the viewer's places on a day, by residence kind and sex."""
    found: dict[Group, int] = {}
    for residence, sex, number in each_range(viewer, lambda here: _ask(here, _ON, on=on), capability=VIEW):
        found[residence, sex] = found.get((residence, sex), 0) + number
    return found


def months_back(on: date, number: int) -> Iterator[date]:
    """Yield the first days of this month and those before it."""
    first = on.replace(day=1)
    for _month in range(number):
        yield first
        first = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
