"""Capabilities: what posts may be allowed to do. A room lists its own in ``permissions``; pack data says which post holds which."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Capability:
    """What a post may be allowed to do: ``code`` is ``room.verb``, ``title`` the Chinese words (lazy text)."""

    code: str
    title: Any = field(compare=False)

    def __post_init__(self) -> None:
        CAPABILITIES[self.code] = self


CAPABILITIES: dict[str, Capability] = {}


@dataclass(frozen=True, slots=True)
class Subject:
    """What the capabilities of a room are about: ``room`` is what their codes begin with, ``title`` the heading above them (lazy text)."""

    room: str
    title: Any = field(compare=False)

    def __post_init__(self) -> None:
        SUBJECTS[self.room] = self


SUBJECTS: dict[str, Subject] = {}


def grouped(codes: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return capabilities under the headings of their rooms, as pairs of code and title, in the order in which the rooms list them."""
    listed, groups = list(CAPABILITIES), dict[str, list[tuple[str, str]]]()
    for code in sorted(set(codes), key=lambda code: (listed.index(code) if code in listed else len(listed), code)):
        subject = SUBJECTS.get(code.partition(".")[0])
        title = str(CAPABILITIES[code].title) if code in CAPABILITIES else code
        groups.setdefault(str(subject.title) if subject else "", []).append((code, title))
    return list(groups.items())
