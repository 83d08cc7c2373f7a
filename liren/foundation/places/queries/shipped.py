"""The shipped file of divisions, read line by line; ``scripts/build_places.py`` writes it."""

import hashlib
import json
import lzma
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from liren.foundation.places.rules.areas import COMMUNITY, DIGITS, WIDTHS, AreaRange, kind_of
from liren.foundation.places.rules.names import GAP, KEYS, split

FILE = Path(__file__).resolve().parents[1] / "data" / "divisions.xz"
SHAPES = {
    width: (level, 10 ** (DIGITS - width) - 1, "0" * (DIGITS - width)) for level, width in enumerate(WIDTHS) if level
}
"""Level, span and padding of a code by its number of digits."""


class Line(NamedTuple):
    """One place of the file."""

    level: int
    area: int
    hi: int
    kind: int
    name: str
    key: str
    pinyin: str
    initials: str


@dataclass(frozen=True, slots=True)
class Shipped:
    """The shipped file: what edition it is and what stands in it."""

    path: Path = FILE

    @property
    def sha256(self) -> str:
        """The checksum of the file and of how its keys are made, by which a loaded edition is known."""
        return hashlib.sha256(self.path.read_bytes() + bytes([KEYS])).hexdigest()

    def edition(self) -> dict[str, Any]:
        """Return the first line: package, version, licence, source, year, as_of, published_on, counts, readings."""
        with lzma.open(self.path, "rt", encoding="utf-8") as file:
            found: dict[str, Any] = json.loads(next(file))
        return found

    def lines(self, within: AreaRange | None = None) -> Iterator[Line]:
        """Yield every place, upper levels first, ready for the table; with ``within`` only what lies in that range."""
        with lzma.open(self.path, "rt", encoding="utf-8") as file:
            make = KeyMaker(json.loads(next(file))["readings"])
            known: dict[str, tuple[str, str, str]] = {}
            low, high = (0, 10**DIGITS) if within is None else (within.lo, within.hi)
            for text in file:
                code, _, named = text[:-1].partition("\t")
                level, step, zeros = SHAPES[len(code)]
                area = int(code + zeros)
                if not low <= area <= high:
                    continue
                name, _, more = named.partition("\t")
                odd, _, marked = more.partition("\t")
                if level == COMMUNITY:
                    keys = known.get(named)
                    if keys is None:
                        keys = known[named] = make(name, level, odd)
                    yield Line(level, area, area + step, kind_of(area), name, *keys)
                else:
                    yield Line(level, area, area + step, int(marked or 0), name, *make(name, level, odd))


class KeyMaker:
    """Makes the search keys of names from the usual reading of each character."""

    def __init__(self, usual: Mapping[str, str]) -> None:
        self.usual = defaultdict(str, usual)
        self.first = defaultdict(str, {letter: reading[:1] for letter, reading in usual.items()})
        self.endings: dict[str, tuple[str, str, str]] = {"": ("", "", "")}

    def __call__(self, name: str, level: int, odd: str = "") -> tuple[str, str, str]:
        """Return (key, pinyin, initials), each ``stem ending``; ``odd`` is the reading where the usual one is wrong."""
        stem, ending = split(name, level)
        if odd:
            return self._odd(stem, ending, odd.split(" "))
        last = self.endings.get(ending)
        if last is None:
            last = self.endings[ending] = (GAP + ending, GAP + self._join(ending), GAP + self._join(ending, first=True))
        return stem + last[0], self._join(stem) + last[1], self._join(stem, first=True) + last[2]

    def _join(self, letters: str, *, first: bool = False) -> str:
        return "".join(map((self.first if first else self.usual).__getitem__, letters))

    def _odd(self, stem: str, ending: str, syllables: list[str]) -> tuple[str, str, str]:
        gap = GAP if ending else ""
        head, rest = syllables[: len(stem)], syllables[len(stem) :]
        return (
            f"{stem}{gap}{ending}",
            "".join(head) + gap + "".join(rest),
            "".join([one[:1] for one in head]) + gap + "".join([one[:1] for one in rest]),
        )
