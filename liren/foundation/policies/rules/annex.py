"""Reads the annex of a pilot notice: lines such as ``南 京 市:江宁区江宁街道牌坊社区、天然社区``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

LINE = re.compile(r"^(?P<city>[^:：]+?市)\s*[:：]\s*(?P<named>.+)$")
PLACE = re.compile(r"^(?P<county>.+?[市县区])(?P<township>.+?(?:街道|镇|乡))(?P<community>.+)$")


@dataclass(frozen=True, slots=True)
class Listed:
    """A community as an annex names it, letter by letter; ``printed`` is its whole line."""

    city: str
    county: str
    township: str
    community: str
    printed: str

    @property
    def key(self) -> str:
        """Return county, township and community as the annex writes them, in one word."""
        return self.county + self.township + self.community


def read_annex(text: str) -> tuple[Listed, ...]:
    """Return the communities of an annex in its order; a name without county and township lies where the one before it does.

    Spaces that only stretch a city's name are left out; nothing else is changed. Raises ``ValueError`` for a line that names
    a city and then something that is no place.
    """
    found: list[Listed] = []
    for printed in (line.strip() for line in text.splitlines()):
        line = LINE.match(printed)
        if line is None:
            continue
        city = re.sub(r"\s", "", line["city"])
        before: re.Match[str] | None = None
        for name in re.split(r"[、,，;；]", line["named"].strip().rstrip("。")):
            place = PLACE.match(name.strip())
            if place is None and before is None:
                raise ValueError(f"no county and township in {printed!r}")
            before = place or before
            if before is not None:
                community = place["community"] if place else name.strip()
                found.append(Listed(city, before["county"], before["township"], community, printed))
    return tuple(found)


def annex_yaml(listed: Iterable[Listed], *, province: str, clause: str, source: str) -> str:
    """Return a pack file with one annex item for each community."""
    lines = [
        "# Written by `liren manage read_annex` from annex.txt; do not edit. Names are letter by letter those of the document.",
        "kind: annex",
        "items:",
    ]
    for one in listed:
        lines += [
            f"  - code: {one.key}",
            f"    name: {one.community}",
            f"    clause: {clause}",
            "    verified: true",
            f"    source: {source}",
            f"    province: {province}",
            f"    city: {one.city}",
            f"    county: {one.county}",
            f"    township: {one.township}",
            f"    community: {one.community}",
            f'    printed: "{one.printed}"',
        ]
    return "\n".join(lines) + "\n"
