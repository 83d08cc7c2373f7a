"""Where somebody was counted, day by day: what residence lines, births, deaths and moves of the file come down to."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from liren.registry.enums import Began, Ended, ResidenceKind, Way
from liren.registry.rules import Line, holds_on, standing

COUNTED = (ResidenceKind.REGISTERED, ResidenceKind.ABSENT, ResidenceKind.INCOMER, ResidenceKind.OVERSEAS)
"""The residence kinds that a community counts: 户籍人口 are the first two, those who live here all but the second."""

EARLIEST, LATEST = date.min, date.max


class Placed(NamedTuple):
    """The community that kept somebody's file from a day until a day."""

    area: int
    valid_from: date = EARLIEST
    valid_until: date = LATEST


class Counted(NamedTuple):
    """A stay: where, as what, from when until when, how it began and ended."""

    area: int
    residence: str
    valid_from: date
    valid_until: date | None
    began: str
    ended: str


class _Span(NamedTuple):
    area: int
    residence: str
    start: date
    end: date


def stays(lines: Iterable[Line], places: Sequence[Placed]) -> list[Counted]:
    """Return the stays of a person in order; ``places`` follow one another without a gap and cover all days."""
    stand = standing(lines)
    lived = [line for line in stand if line.kind == "residence"]
    deaths = [line.valid_from for line in stand if line.kind == "death"]
    end_of_life = min(deaths, default=LATEST)
    born = {line.valid_from for line in stand if line.kind == "birth"}
    moved = {(line.code, line.valid_from) for line in stand if line.kind == "moved"}
    spans = [
        span if span.end <= end_of_life else span._replace(end=end_of_life)
        for span in _spans(lived, places)
        if span.start < end_of_life
    ]
    found = []
    for place, span in enumerate(spans):
        if span.residence not in COUNTED:
            continue
        before = spans[place - 1] if place else None
        after = spans[place + 1] if place + 1 < len(spans) else None
        came = before if before is not None and before.end == span.start else None
        went = after if after is not None and after.start == span.end else None
        found.append(
            Counted(
                span.area,
                span.residence,
                span.start,
                None if span.end == LATEST else span.end,
                _began(span, came, born, moved),
                "" if span.end == LATEST else _ended(span, went, end_of_life, moved),
            )
        )
    return found


def _began(span: _Span, came: _Span | None, born: set[date], moved: set[tuple[str, date]]) -> str:
    if came is not None and came.residence in COUNTED:
        return Began.CHANGED if came.area == span.area else Began.HANDED_IN
    if span.start in born:
        return Began.BORN
    return Began.MOVED_IN if came is not None or (Way.IN, span.start) in moved else Began.LISTED


def _ended(span: _Span, went: _Span | None, end_of_life: date, moved: set[tuple[str, date]]) -> str:
    if span.end == end_of_life:
        return Ended.DIED
    if went is not None and went.residence in COUNTED:
        return Ended.CHANGED if went.area == span.area else Ended.HANDED_OUT
    return Ended.MOVED_OUT if went is not None or (Way.OUT, span.end) in moved else Ended.STRUCK


def _spans(lived: Sequence[Line], places: Sequence[Placed]) -> list[_Span]:
    """Return the days cut wherever residence or community changes, neighbours that say the same joined."""
    if len(lived) == 1 and len(places) == 1:  # nearly everybody
        only = lived[0]
        return [_Span(places[0].area, only.code, only.valid_from, only.valid_until or LATEST)] if only.code else []
    edges = {day for line in lived for day in (line.valid_from, line.valid_until or LATEST)}
    edges |= {place.valid_from for place in places if place.valid_from != EARLIEST}
    days = sorted(edges)
    spans: list[_Span] = []
    for start, end in pairwise(days):
        residence = next((line.code for line in lived if holds_on(line, start)), "")  # the one that began last speaks
        if not residence:
            continue
        area = next(place.area for place in places if place.valid_from <= start < place.valid_until)
        last = spans[-1] if spans else None
        if last is not None and (last.area, last.residence, last.end) == (area, residence, start):
            spans[-1] = last._replace(end=end)
        else:
            spans.append(_Span(area, residence, start, end))
    return spans


def placements(area: int, moves: Sequence[tuple[date, int, int]]) -> list[Placed]:
    """Return which community kept the file when: ``moves`` are accepted ones as (day, from, to); today it is ``area``.

    Of several moves on one day only the last counts.
    """
    if not moves:
        return [Placed(area)]
    found: list[Placed] = []
    start, here = EARLIEST, area
    for day, giver, receiver in sorted(moves, key=lambda move: move[0]):
        if day > start:
            found.append(Placed(giver, start, day))
        start, here = day, receiver
    return [*found, Placed(here, start, LATEST)]
