"""The place where a probabilistic matcher is plugged in: staged rows in, likely people out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A staged row that no sure key has found in the registry; ``number`` is the full number, which may be wrong."""

    row: int
    area: int
    name: str
    sex: str
    birth_on: date | None
    number: str
    phones: tuple[str, ...]
    address: str
    home: str
    relation: str


@dataclass(frozen=True, slots=True)
class Likely:
    """A row is probably a person of the registry: how probably (0–1), and why in codes that the matcher explains."""

    row: int
    person: int
    probability: float
    reasons: tuple[str, ...] = ()


Matcher = Callable[[Sequence[Unmatched], int], Iterable[Likely]]
"""Gets the unmatched rows of a batch and the county; runs inside the batch's job, under a scope that sees the county."""

_plugged: list[Matcher] = []


def plug(matcher: Matcher) -> None:
    """Let a matcher look at the rows of every batch that sure keys leave over."""
    _plugged[:] = [matcher]


def matcher() -> Matcher | None:
    """Return the matcher in use."""
    return _plugged[0] if _plugged else None
