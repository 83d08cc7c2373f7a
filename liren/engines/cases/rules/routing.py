"""Who acts next: the post of a step at the place around the case, and who may be asked or handed a case."""

from dataclasses import dataclass
from typing import Protocol

from liren.engines.cases.enums import TaskKind
from liren.engines.cases.rules.matter import Matter, Step
from liren.foundation.places.rules import ancestor


class Sits(Protocol):
    """An appointment as far as routing needs to know it."""

    @property
    def post(self) -> str: ...

    @property
    def level(self) -> int: ...

    @property
    def area(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a task lies: a post at a place of a level."""

    post: str
    level: int
    area: int

    def is_held_by(self, seat: Sits) -> bool:
        """Say whether this seat is the desk."""
        return (seat.post, seat.level, seat.area) == (self.post, self.level, self.area)

    def covers(self, area: int) -> bool:
        """Say whether the place of the desk contains ``area``."""
        return ancestor(area, self.level) == self.area


def desk_of(step: Step, area: int) -> Desk:
    """Return the desk of a step for a case at ``area``."""
    return Desk(step.post, step.level, ancestor(area, step.level))


def task_kind(matter: Matter, index: int) -> TaskKind:
    """Return what the step at ``index`` asks for."""
    return {"accept": TaskKind.ACCEPT, "handle": TaskKind.HANDLE, "decide": TaskKind.DECIDE}[matter.step(index).verb]


def working_step(matter: Matter) -> int:
    """Return the index of the first step after acceptance; the acceptance step itself when there is no other."""
    index = next((position for position, step in enumerate(matter.steps) if step.verb == "accept"), 0)
    return min(index + 1, len(matter.steps) - 1)


def direction(own: Desk, other: Desk) -> str:
    """Say where a hand-over goes: ``up``, ``down`` or ``sideways``."""
    if other.level < own.level:
        return "up"
    return "down" if other.level > own.level else "sideways"
