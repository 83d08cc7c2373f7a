"""The people of the registry's tests: clerks of two communities of a township, and residents they write about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from liren.base.codes import citizen_check
from liren.base.rows import applied
from liren.foundation.access.rules import Seat, Viewer
from liren.registry import actions
from liren.registry.models import Person

PAIFANG, NEXT_DOOR, TOWNSHIP = 320115006008000, 320115006009000, 320115006000000
AT = datetime(2026, 9, 1, 2, tzinfo=UTC)
TODAY = date(2026, 9, 1)
ALL = frozenset({"registry.view", "registry.edit", "registry.unmask"})


def clerk(
    area: int = PAIFANG, *, level: int = 5, capabilities: frozenset[str] = ALL, once: UUID | None = None
) -> Viewer:
    seat = Seat("window_clerk", "窗口办事员", level, area, "牌坊社区", capabilities)
    return replace(Viewer(mode="staff", account_id=area, name="周敏", seats=(seat,)), once=once)


@contextmanager
def at_desk(viewer: Viewer) -> Iterator[Viewer]:
    with applied(viewer.scope):
        yield viewer


def number_of(birth: date, serial: int, region: str = "320115") -> str:
    body = f"{region}{birth:%Y%m%d}{serial:03d}"
    return body + citizen_check(body)


def registered(
    by: Viewer, name: str = "张伟", serial: int = 1, birth: date = date(1990, 1, 1), **values: Any
) -> Person:
    area = values.pop("area", by.seats[0].area)
    return actions.register_person(
        by=by,
        at=values.pop("at", AT),
        area=area,
        name=name,
        number=values.pop("number", number_of(birth, serial)),
        since=date(2020, 1, 1),
        **values,
    )
