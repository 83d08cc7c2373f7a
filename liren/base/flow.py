"""Flows: which states there are and which verbs move between them, as a table that buttons, API and drawings read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from liren.base.errors import Conflict


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a flow: ``verb`` leads from any of ``sources`` to ``target``; ``label`` is what the button says (lazy text)."""

    verb: str
    sources: tuple[str, ...]
    target: str
    label: Any = ""
    capability: Any = None


@dataclass(frozen=True)
class Flow:
    """A table of states with one start."""

    start: str
    moves: tuple[Move, ...]

    @property
    def states(self) -> frozenset[str]:
        """Return every state that the table names."""
        return frozenset({self.start, *(m.target for m in self.moves), *(s for m in self.moves for s in m.sources)})

    def out_of(self, state: str) -> Iterable[Move]:
        """Return the moves that are possible in ``state``."""
        return (move for move in self.moves if state in move.sources)

    def target(self, state: str, verb: str, *, message: Callable[[], str]) -> str:
        """Return where ``verb`` leads from ``state``; raise ``Conflict(message())`` where it is not possible."""
        for move in self.moves:
            if move.verb == verb and state in move.sources:
                return move.target
        raise Conflict(message())
