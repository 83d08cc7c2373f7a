"""Which community a row belongs to: from a column that names it, or from the words of an address."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from liren.exchange.enums import Fault
from liren.foundation.places.rules.names import stem_of as stem_at

SHORTEST, LONGEST_NAME = 2, 14
COMMUNITY = 5
GAP = "\n"
OTHERS = re.compile(r"[苑路街巷园庭府湾里城弄]|小区|花园|新村|家园|公寓|大道|广场|大厦")
"""What follows where the name of a community is only a part of another name: an estate, a road."""


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
    """Return the name of a community without what kind of place it is, as searches for places do: 牌坊 of 牌坊社区居委会."""
    return stem_at(name, COMMUNITY) or name


class Communities:
    """The communities that an importer may write to (``own``) and those around them, which are told apart from unknown words.

    ``above`` are the divisions that contain the own ones, by name, ``townships`` those of the county with their areas, ``abroad``
    every other county, city and province; ``units`` are hamlets and courts of the own communities.
    """

    def __init__(
        self,
        own: Iterable[Community],
        around: Iterable[Community] = (),
        *,
        above: Iterable[str] = (),
        townships: Iterable[tuple[str, int]] = (),
        abroad: Iterable[str] = (),
        units: Iterable[tuple[str, int]] = (),
    ) -> None:
        self.own = {one.area: one for one in own}
        self.names = dict(self.own)
        self.by_stem: dict[str, set[int]] = {}
        self.by_code: dict[str, int] = {}
        for one in (*self.own.values(), *around):
            self.names[one.area] = one
            self.by_stem.setdefault(one.stem, set()).add(one.area)
            self.by_code[str(one.area)[:12]] = one.area
        self.pattern = _any_of(self.by_stem)
        self.townships: dict[str, set[int]] = {}
        for name, area in townships:
            self.townships.setdefault(name, set()).add(area // 1_000_000)
        self.above, self.abroad = frozenset(above), frozenset(abroad)
        self.by_unit: dict[str, set[int]] = {}
        for name, area in units:
            if len(name) >= SHORTEST and not name[0].isdigit():
                self.by_unit.setdefault(name, set()).add(area // 1000 * 1000)
        self.units = _any_of(self.by_unit)
        self._known: dict[tuple[str, str], tuple[int, Fault | None]] = {}
        self._far: dict[str, bool] = {}

    @property
    def only(self) -> int:
        """Return the one community of an importer who has no other, else 0."""
        return next(iter(self.own)) if len(self.own) == 1 else 0

    def resolve(self, named: str, *addresses: str) -> tuple[int, Fault | None]:
        """Return the area key of a row's community, 0 with the fault where it is elsewhere or cannot be told.

        A community that is named counts; without one the addresses tell, unless the first begins with a division of elsewhere; without
        both a community's own list is its own.
        """
        words = GAP.join(addresses)
        known = self._known.get((named, words))
        if known is None:
            if len(self._known) > 50_000:
                self._known.clear()
            known = self._known[named, words] = self._resolve(named, words)
        return known

    def is_elsewhere(self, address: str) -> bool:
        """Say whether an address begins with a division that contains none of the own communities."""
        known = self._far.get(address)
        if known is None:
            if len(self._far) > 50_000:
                self._far.clear()
            known = self._far[address] = bool(self._elsewhere(address))
        return known

    def shown(self, named: str, *addresses: str) -> str:
        """Return what stands there about a place that could not be told or lies elsewhere, with the communities it may be."""
        words = GAP.join(addresses)
        if not named and (elsewhere := self._elsewhere(words)):
            return elsewhere
        may_be = [self.own[area].name for area in sorted(self._found(named, words)) if area in self.own]
        said = named or words.strip()
        return (f"{said[:30]}：{'、'.join(may_be[:4])}？" if len(may_be) > 1 else said)[:60]

    def _resolve(self, named: str, words: str) -> tuple[int, Fault | None]:
        if not named and self._elsewhere(words):
            return 0, Fault.ELSEWHERE
        found = self._found(named, words)
        if found:
            return self._one(found)
        if named:
            return 0, Fault.ELSEWHERE if self._elsewhere(named) else Fault.UNKNOWN_PLACE
        return (self.only, None) if self.only else (0, Fault.UNKNOWN_PLACE)

    def _found(self, named: str, words: str) -> set[int]:
        found = self._named(named) if named else self._mentioned(words) or self._by_unit(words)
        towns = self._towns(f"{named} {words}") if len(found) > 1 else set()
        return {area for area in found if area // 1_000_000 in towns} or found

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
            if after.startswith(("社区", "村", "居")) or not (found or OTHERS.match(after)):
                found = self.by_stem[one.group()]
        return found

    def _by_unit(self, words: str) -> set[int]:
        found = self.units.search(words) if self.units is not None else None
        return self.by_unit[found.group()] if found else set()

    def _towns(self, words: str) -> set[int]:
        return {area for name, areas in self.townships.items() if name in words for area in areas}

    def _elsewhere(self, words: str) -> str:
        """Return the division with which an address leaves those that the importer has, read from its beginning; empty when it does not."""
        rest = words.partition(GAP)[0].replace(" ", "")
        ours = {area // 1_000_000 for area in self.own}
        while rest:
            name = next((rest[:size] for size in range(LONGEST_NAME, 1, -1) if self._is_division(rest[:size])), "")
            if not name:
                return ""
            if name not in self.above and (name in self.abroad or not self.townships.get(name, ours) & ours):
                return name
            rest = rest[len(name) :]
        return ""

    def _is_division(self, name: str) -> bool:
        return name in self.above or name in self.townships or name in self.abroad

    def _one(self, found: set[int]) -> tuple[int, Fault | None]:
        inside = [area for area in found if area in self.own]
        if len(inside) == 1:
            return inside[0], None
        return (0, Fault.UNKNOWN_PLACE) if inside else (0, Fault.ELSEWHERE)


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for names, the longest first; nothing without any."""
    long = sorted((name for name in names if len(name) >= SHORTEST), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, long))) if long else None
