"""What the imports announce."""

from dataclasses import dataclass

from liren.base.action import Event


@dataclass(frozen=True, slots=True)
class BatchStaged(Event):
    """Every row of a batch has been read and held against the registry."""

    batch: int


@dataclass(frozen=True, slots=True)
class BatchApplied(Event):
    """A batch has been brought in, but for what waits in the queue."""

    batch: int


@dataclass(frozen=True, slots=True)
class BatchUndone(Event):
    """A batch has been taken back as a whole."""

    batch: int
