"""Who wrote a line, in words: what writes under a mark of its own, as an import does, is named by the room that keeps it."""

from collections.abc import Callable

Named = Callable[[str], tuple[str, str] | None]
_named: list[Named] = []


def name_marks(named: Named) -> None:
    """Let a room above name its marks: for one of its own it returns in words what wrote, and who stood behind it."""
    _named.append(named)


def writer(mark: str, *, by_name: bool = True, between: str = "") -> str:
    """Return who wrote a line: place, post and name (without the name where a resident reads it), with the list it came with."""
    found = next((told for named in _named if (told := named(mark)) is not None), None)
    what, actor = found or ("", mark)
    who = actor if by_name else between.join(actor.split("·")[:2])
    return f"{who}（{what}）" if what else who
