"""Communities that a document lists, matched to the shipped divisions, with a report."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from liren.foundation.places.queries.shipped import Line, Shipped
from liren.foundation.places.rules import PROVINCE, AreaRange
from liren.foundation.places.rules.matching import EXACT, UNRESOLVED, Match, Tree, Written, match
from liren.foundation.places.rules.names import split


@dataclass(frozen=True, slots=True)
class Report:
    """What each written name was matched to, in the order of the document."""

    matches: tuple[tuple[Written, Match[Line]], ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return how often each rule decided, exact first and unresolved last."""
        found = Counter(one.how for _, one in self.matches)
        middle = sorted(how for how in found if how not in {EXACT, UNRESOLVED})
        return {how: found[how] for how in (EXACT, *middle, UNRESOLVED)}

    def as_data(self) -> dict[str, dict[str, str | None]]:
        """Return ``{county + township + community: {"code": 12 digits or None, "how": rule}}``."""
        return {written.key: {"code": one.code, "how": one.how} for written, one in self.matches}

    def as_text(self) -> str:
        """Return the report as lines of text, with the candidates of what stays open and the counts at the end."""
        lines = []
        for written, one in self.matches:
            place = f"{one.code} {one.place.name}" if one.place else "-"
            lines.append(f"{written.key}\t{place}\t{one.how}")
            lines += [f"\t? {candidate.area // 1000} {candidate.name}" for candidate in one.candidates]
        lines.append(", ".join(f"{how}: {number}" for how, number in self.counts.items()))
        return "\n".join(lines)


def match_listed(listed: Iterable[Written], *, province: str, shipped: Shipped | None = None) -> Report:
    """Match what a document of a province lists; the province is named as 江苏 or 江苏省."""
    file = shipped or Shipped()
    tree = Tree(file.lines(within=province_range(province, file)), file.edition()["readings"])
    return Report(tuple(_matched(list(listed), tree)))


def _matched(listed: Sequence[Written], tree: Tree[Line]) -> Iterable[tuple[Written, Match[Line]]]:
    for written in listed:
        yield written, match(written, tree)


def province_range(name: str, shipped: Shipped) -> AreaRange:
    """Return the range of a province by its name; raise ``LookupError`` where the file has none of that name."""
    stem = split(name, PROVINCE)[0]
    for line in shipped.lines():
        if line.level > PROVINCE:
            break
        if split(line.name, PROVINCE)[0] == stem:
            return AreaRange(line.area, line.hi)
    raise LookupError(f"no province is called {name}")
