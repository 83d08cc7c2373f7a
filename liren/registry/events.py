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


@dataclass(frozen=True, slots=True)
class CorrectionAsked(Event):
    """A resident has asked for something in the own file to be put right."""

    request: int


@dataclass(frozen=True, slots=True)
class CorrectionDecided(Event):
    """A worker has decided a resident's request for correction."""

    request: int
    person: int


@dataclass(frozen=True, slots=True)
class PersonsMerged(Event):
    """The file ``gone`` has gone into that of ``person``."""

    person: int
    gone: int


@dataclass(frozen=True, slots=True)
class FileGivenUp(Event):
    """A file of ``area`` has gone into ``kept``, which lies in another county, at ``kept_area``."""

    person: int
    kept: int
    kept_area: int


@dataclass(frozen=True, slots=True)
class MergeUndone(Event):
    """The file ``gone`` has come back out of that of ``person``."""

    person: int
    gone: int


@dataclass(frozen=True, slots=True)
class PersonMoved(Event):
    """A file has gone from the community ``giver`` to ``area``, with every row of the registry that belongs to the person."""

    person: int
    giver: int


@dataclass(frozen=True, slots=True)
class MoveProposed(Event):
    """A community (``area`` is the receiving one) is asked to take files; ``move`` is its side of the move."""

    move: int


@dataclass(frozen=True, slots=True)
class MoveDecided(Event):
    """The receiving side has accepted or refused files; ``area`` is the giving community, ``move`` its side of the move."""

    move: int


@dataclass(frozen=True, slots=True)
class MoveWithdrawn(Event):
    """The giving side has taken its proposal back; ``area`` is the community that was asked, ``move`` its side of the move."""

    move: int


@dataclass(frozen=True, slots=True)
class DuplicatesWanted(Event):
    """Somebody wants the files between two areas to be compared again."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PersonChanged(Event):
    """What is known of somebody beside dated lines has been corrected: birth, sex."""

    person: int


@dataclass(frozen=True, slots=True)
class CategoryEntered(Event):
    """Somebody has become a member of a category, by the rule whose key is ``rule``; never told of a confidential one."""

    person: int
    category: str
    rule: int


@dataclass(frozen=True, slots=True)
class CategoryLeft(Event):
    """Somebody is no longer a member of a category."""

    person: int
    category: str
    rule: int


@dataclass(frozen=True, slots=True)
class PeopleChanged(Event):
    """Many files of a community have changed at once, by an import or its undoing; what follows from facts is derived anew for ``people``."""

    people: tuple[int, ...]
