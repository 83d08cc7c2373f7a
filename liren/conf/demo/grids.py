"""The demo's grids: every community is cut along its buildings, and each grid has somebody who looks after it.

Real grids have three to five hundred households. The made-up communities are smaller than real ones, so a community is cut into three where
that would leave one or two: a list mapped to a single grid would show nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.contrib.auth.hashers import make_password
from django.db.models import Count, Q

from liren.base.natural import natural
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.demo.offices import NAMES, PASSWORD, SINCE, seat, stem
from liren.conf.demo.settle import TOWNSHIP, shown
from liren.foundation.access.models import Account, Post
from liren.foundation.access.rules import Viewer
from liren.foundation.places.actions import add_grid
from liren.foundation.places.models import Place
from liren.foundation.places.queries.tree import communities, place_by_code
from liren.registry.actions import allot, name_grid_worker
from liren.registry.models import Dwelling
from liren.registry.queries.allotting import Part

HOUSEHOLDS = 300
LEAST = 3  # grids in a community
LEFT_OUT = 12  # in one community of so many the last building waits to be put into a grid
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Cut:
    """A grid to make: its number and the buildings in it."""

    number: int
    buildings: tuple[str, ...]


def cut(buildings: list[tuple[str, int]]) -> Iterator[Cut]:
    """Cut buildings (name, households), in their order, into grids of about so many households each."""
    whole = sum(households for _name, households in buildings)
    wanted = min(len(buildings), max(LEAST, round(whole / HOUSEHOLDS)))
    begun, before = 0, 0
    for number in range(1, wanted + 1):
        end = begun
        while end < len(buildings) - (wanted - number) and (
            end == begun or before + buildings[end][1] / 2 <= whole * number / wanted
        ):
            before += buildings[end][1]
            end += 1
        last = len(buildings) if number == wanted else end
        yield Cut(number, tuple(name for name, _households in buildings[begun:last]))
        begun = last


def divide(*, at: datetime) -> dict[str, int]:
    """Make the grids of the township's communities, put the buildings into them and name who looks after each."""
    by, made = Viewer.system("演示"), {"grids": 0, "buildings": 0}
    dice, password = Random(TOWNSHIP + "grids"), make_password(PASSWORD)  # noqa: S311
    post = Post.objects.get(code="grid_worker")
    with applied(Scope.everything()):
        for index, place in enumerate(communities(place_by_code(TOWNSHIP))):
            for one in cut(buildings_of(place)):
                grid = add_grid(
                    place=place, number=one.number, name=f"{shown(place)}第{NUMERALS[one.number - 1]}网格", valid_from=SINCE, by=by, at=at
                )  # fmt: skip
                inside = one.buildings[
                    : -1 if index % LEFT_OUT == 0 and one.number == 1 and len(one.buildings) > 1 else None
                ]
                allot(
                    by=by,
                    at=at,
                    area=place.area,
                    grid=grid,
                    parts=[Part("building", building=name) for name in inside],
                    on=SINCE,
                )
                username = f"{stem(place)}-{NAMES['grid_worker']}"
                if one.number == 1:
                    account = Account.objects.get(username=username)
                else:
                    desk = seat(post, place, place.name, f"{username}{one.number}", dice, at=at, password=password)
                    account = Account.objects.get(pk=desk.account_id)
                name_grid_worker(by=by, at=at, grid=grid, account=account, since=SINCE)
                made["grids"] += 1
                made["buildings"] += len(inside)
    return made


def buildings_of(place: Place) -> list[tuple[str, int]]:
    """Return the buildings and groups of a community in natural order, with the households that live there."""
    rows = (
        Dwelling.objects.filter(area=place.area)
        .exclude(building="")
        .values("building")
        .annotate(homes=Count("households", filter=Q(households__size__gt=0)))
        .order_by(natural("building"), "building")
    )
    return [(row["building"], row["homes"]) for row in rows]
