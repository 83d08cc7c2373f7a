"""Which community a row belongs to: from a column that names it, or from the words of an address."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from liren.exchange.enums import Fault

ENDINGS = re.compile(r"(?:社区居民委员会|社区居委会|居民委员会|村民委员会|村委会|居委会|社区|村)$")
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Community:
    """A community as lists name it."""

    area: int
    name: str

    @property
    def stem(self) -> str:
        """Return the name without what kind of place it is."""
        return stem_of(self.name)


def stem_of(name: str) -> str:
    """Return the name of a community without what kind of place it is: 牌坊 of 牌坊社区居委会."""
    stem = ENDINGS.sub("", name)
    return ENDINGS.sub("", stem) if len(stem) > SHORTEST else stem or name


class Communities:
    """The communities that an importer may write to (``own``) and those around them, which are told apart from unknown words."""

    def __init__(self, own: Iterable[Community], around: Iterable[Community] = ()) -> None:
        self.own = {one.area: one for one in own}
        self.by_stem: dict[str, set[int]] = {}
        self.by_code: dict[str, int] = {}
        for one in (*self.own.values(), *around):
            self.by_stem.setdefault(one.stem, set()).add(one.area)
            self.by_code[str(one.area)[:12]] = one.area
        stems = sorted((stem for stem in self.by_stem if len(stem) >= SHORTEST), key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, stems))) if stems else None
        self._known: dict[tuple[str, str], tuple[int, Fault | None]] = {}

    @property
    def only(self) -> int:
        """Return the one community of a community's importer, 0 where there are several."""
        return next(iter(self.own)) if len(self.own) == 1 else 0

    def resolve(self, named: str, *addresses: str) -> tuple[int, Fault | None]:
        """Return the area key of a row's community, 0 with the fault where it is elsewhere or cannot be told.

        A community that is named counts; without one the address tells; without both a community's own list is its own.
        """
        words = " ".join(addresses)
        known = self._known.get((named, words))
        if known is None:
            if len(self._known) > 50_000:
                self._known.clear()
            known = self._known[named, words] = self._resolve(named, words)
        return known

    def _resolve(self, named: str, words: str) -> tuple[int, Fault | None]:
        if named:
            found = self._named(named)
            if found:
                return self._one(found)
            return 0, Fault.UNKNOWN_PLACE
        found = self._mentioned(words)
        if found:
            return self._one(found)
        return (self.only, None) if self.only else (0, Fault.UNKNOWN_PLACE)

    def _named(self, named: str) -> set[int]:
        plain = named.replace(" ", "")
        code = plain[:12] if plain[:12].isdigit() and len(plain) in {12, 15} else ""
        if code in self.by_code:
            return {self.by_code[code]}
        return self.by_stem.get(stem_of(plain)) or self._mentioned(plain)

    def _mentioned(self, words: str) -> set[int]:
        if self.pattern is None or not words:
            return set()
        found: set[int] = set()
        for one in self.pattern.finditer(words):
            after = words[one.end() : one.end() + 2]
            if after.startswith(("社区", "村", "居", "居委")) or not found:
                found = self.by_stem[one.group()]
        return found

    def _one(self, found: set[int]) -> tuple[int, Fault | None]:
        inside = [area for area in found if area in self.own]
        if len(inside) == 1:
            return inside[0], None
        return (0, Fault.UNKNOWN_PLACE) if inside else (0, Fault.ELSEWHERE)
