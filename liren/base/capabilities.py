"""Capabilities: what posts may be allowed to do. A room lists its own in ``permissions``; pack data says which post holds which."""

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
