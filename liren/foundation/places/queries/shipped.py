"""The shipped file of divisions, read line by line; ``scripts/build_places.py`` writes it."""

import hashlib
import json
import lzma
from collections.abc import Iterator
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
            usual: dict[str, str] = json.loads(next(file))["readings"]
            known: dict[tuple[str, str], tuple[str, str, str]] = {}
            for text in file:
                code, name, *more = text[:-1].split("\t")
                level, step, zeros = SHAPES[len(code)]
                area = int(code + zeros)
                if within is not None and not within.lo <= area <= within.hi:
                    continue
                odd = more[0] if more else ""
                kind = int(more[1]) if len(more) > 1 else kind_of(area) if level == COMMUNITY else 0
                if level == COMMUNITY:
                    keys = known.get((name, odd))
                    if keys is None:
                        keys = known[name, odd] = search_keys(name, level, odd, usual)
                else:
                    keys = search_keys(name, level, odd, usual)
                yield Line(level, area, area + step, kind, name, *keys)


def search_keys(name: str, level: int, odd: str, usual: dict[str, str]) -> tuple[str, str, str]:
    """Return (key, pinyin, initials) of a name, each ``stem ending``; ``odd`` is its reading where the usual one is wrong."""
    stem, ending = split(name, level)
    syllables = odd.split(" ") if odd else [usual.get(letter, "") for letter in stem + ending]
    head, rest = syllables[: len(stem)], syllables[len(stem) :]
    if not ending:
        return stem, "".join(head), "".join([syllable[:1] for syllable in head])
    return (
        f"{stem}{GAP}{ending}",
        "".join(head) + GAP + "".join(rest),
        "".join([syllable[:1] for syllable in head]) + GAP + "".join([syllable[:1] for syllable in rest]),
    )
