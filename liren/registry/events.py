"""What the registry announces."""

from dataclasses import dataclass

from liren.base.action import Event


@dataclass(frozen=True, slots=True)
class PersonRegistered(Event):
    """Somebody has got a file."""

    person: int


@dataclass(frozen=True, slots=True)
class FactRecorded(Event):
    """A line was written into a person's file, new or as a correction; ``kind`` is a FactKind."""

    person: int
    fact: int
    kind: str
