"""Names of communities as documents write them, matched to the division tree by rules that have names.

Documents are older than the tree: counties have become cities or districts, villages have become communities, townships have merged,
and a rare character may be printed as its two halves. Each such change is one rule here; where the rules leave a doubt, the answer is
``unresolved`` with the candidates, never a guess.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Generic, Protocol, TypeVar

from liren.foundation.places.rules.areas import CITY, COMMUNITY, COUNTY, TOWNSHIP, code_of, subtree
from liren.foundation.places.rules.names import split

EXACT = "exact"
RENAMED_COUNTY = "renamed county"
RENAMED_TOWNSHIP = "renamed township"
SPLIT_CHARACTER = "split character"
OTHER_KIND = "社区 ↔ 村委会"
OTHER_TOWNSHIP = "moved within the county"
MERGED_TOWNSHIP = "township merged"
OTHER_CITY = "county under another city"
MERGED_COUNTY = "county merged"
UNRESOLVED = "unresolved"

COMPONENTS: dict[str, tuple[str, ...]] = {
    "氵": ("水火",), "亻": ("人儿",), "扌": ("手支",), "忄": ("心戈",), "讠": ("言谷",), "訁": ("言谷",), "钅": ("金長",), "釒": ("金長",),
    "饣": ("食首",), "飠": ("食首",), "犭": ("犬玄",), "纟": ("糸缶",), "糹": ("糸缶",), "冫": ("冫几",), "礻": ("示禸",), "衤": ("衣襾",),
    "艹": ("艸虍",), "辶": ("辵邑",), "阝": ("邑酉", "阜隶"), "刂": ("刀力",), "灬": ("火爪",), "疒": ("疒癶",), "⺮": ("竹米",),
    "⻊": ("足身",), "罒": ("网羊",),
}  # fmt: skip
"""Forms that only occur as a part of a character: printed by themselves, they say that a character was taken apart.

With each, its radical and the next one: Unicode's basic block is ordered by radical, so between the two lie the characters it makes.
"""

BASIC_BLOCK = ("\u4e00", "\u9fa5")

MOST_CANDIDATES = 5
LEAST_LIKENESS = 0.5


class Named(Protocol):
    """A place of the tree, as far as matching needs it."""

    @property
    def level(self) -> int: ...
    @property
    def area(self) -> int: ...
    @property
    def name(self) -> str: ...


P = TypeVar("P", bound=Named)


@dataclass(frozen=True, slots=True)
class Written:
    """A community as a document names it; the city may be empty."""

    city: str
    county: str
    township: str
    community: str

    @property
    def key(self) -> str:
        """Return county, township and community in one, as a list of names would print it."""
        return f"{self.county}{self.township}{self.community}"


@dataclass(frozen=True, slots=True)
class Match(Generic[P]):
    """What a written name was matched to: ``how`` is ``exact``, the names of the rules used, or ``unresolved``."""

    how: str
    place: P | None = None
    candidates: tuple[P, ...] = ()

    @property
    def code(self) -> str | None:
        """Return the 12-digit code of the place."""
        return None if self.place is None else code_of(COMMUNITY, self.place.area)


def match_name(
    city: str,
    county: str,
    township: str,
    community: str,
    candidates: Iterable[P],
    readings: Mapping[str, str] | None = None,
) -> Match[P]:
    """Return the community of the tree that a document means; ``candidates`` are the places of its city or province, all levels."""
    return match(Written(city, county, township, community), Tree(candidates, readings))


def match(written: Written, tree: "Tree[P]") -> Match[P]:
    """Return the community that a document means, from a tree that serves many names."""
    counties, rules = _counties(written, tree)
    if not counties:
        return _in_a_merged_county(written, tree)
    if len(counties) > 1:
        return Match(UNRESOLVED, None, tuple(counties[:MOST_CANDIDATES]))
    return _in_county(written, tree, counties[0], rules)


class Tree(Generic[P]):
    """Places by level, to look in; with the usual reading of each character, characters printed as their parts are found too."""

    def __init__(self, places: Iterable[P], readings: Mapping[str, str] | None = None) -> None:
        self.readings = readings or {}
        self.levels: dict[int, list[P]] = {level: [] for level in range(1, 7)}
        for place in places:
            self.levels[place.level].append(place)

    def below(self, place: P | None, level: int) -> list[P]:
        """Return the places of a level inside another place; all of them for None."""
        if place is None:
            return self.levels[level]
        around = subtree(place.level, place.area)
        return [one for one in self.levels[level] if one.area in around]

    def fitting(self, written: str, places: Iterable[P], rules: "Sequence[tuple[str, Test]]") -> tuple[list[P], str]:
        """Return the places that fit by the first rule that fits any, and that rule."""
        places = list(places)
        for rule, test in rules:
            if found := [place for place in places if test(written, place.name, place.level)]:
                return found, rule
        joined = [place for place in places if split_character(written, place.name, place.level, self.readings)]
        return joined, SPLIT_CHARACTER if joined else UNRESOLVED


Test = Callable[[str, str, int], bool]


def _counties(written: Written, tree: Tree[P]) -> tuple[list[P], list[str]]:
    """Return the counties meant, with the rules used: in the city first, then anywhere among the candidates."""
    cities = tree.fitting(written.city, tree.levels[CITY], COUNTY_RULES)[0] if written.city else []
    inside: list[P | None] = [*cities] or [None]
    for city in inside:
        found, rule = tree.fitting(written.county, tree.below(city, COUNTY), COUNTY_RULES)
        if found:
            return found, [rule]
    if cities:
        found, rule = tree.fitting(written.county, tree.levels[COUNTY], COUNTY_RULES[:1])
        if len(found) == 1:
            return found, [OTHER_CITY]
    return [], []


def _in_county(written: Written, tree: Tree[P], county: P, rules: list[str]) -> Match[P]:
    townships, rule = tree.fitting(written.township, tree.below(county, TOWNSHIP), TOWNSHIP_RULES)
    inside = [one for township in townships for one in tree.below(township, COMMUNITY)]
    found, kind = tree.fitting(written.community, inside, COMMUNITY_RULES)
    if len(found) == 1:
        return Match(_how([*rules, rule, kind]), found[0])
    if found:
        return Match(UNRESOLVED, None, tuple(found[:MOST_CANDIDATES]))
    everywhere = tree.below(county, COMMUNITY)
    found, kind = tree.fitting(written.community, everywhere, COMMUNITY_RULES)
    if len(found) == 1:
        return Match(_how([*rules, OTHER_TOWNSHIP if townships else MERGED_TOWNSHIP, kind]), found[0])
    return Match(UNRESOLVED, None, tuple(found[:MOST_CANDIDATES]) or _alike(written.community, inside or everywhere))


def _in_a_merged_county(written: Written, tree: Tree[P]) -> Match[P]:
    """Look for the township where the county is gone: it must be the only one of its name in the city, and hold the community."""
    cities = tree.fitting(written.city, tree.levels[CITY], COUNTY_RULES)[0] if written.city else []
    around = cities[0] if cities else None
    townships, rule = tree.fitting(written.township, tree.below(around, TOWNSHIP), TOWNSHIP_RULES)
    if len(townships) == 1:
        found, kind = tree.fitting(written.community, tree.below(townships[0], COMMUNITY), COMMUNITY_RULES)
        if len(found) == 1:
            return Match(_how([MERGED_COUNTY, rule, kind]), found[0])
    return Match(UNRESOLVED, None, _alike(written.community, tree.below(around, COMMUNITY)))


def _how(rules: Iterable[str]) -> str:
    used = [rule for rule in dict.fromkeys(rules) if rule != EXACT]
    return " + ".join(used) or EXACT


def _alike(written: str, places: Iterable[P]) -> tuple[P, ...]:
    """Return the places whose names share the most characters with a written one: for a person to choose from."""
    stem = split(written, COMMUNITY)[0]
    graded = [(SequenceMatcher(None, stem, split(place.name, COMMUNITY)[0]).ratio(), place) for place in places]
    best = sorted((pair for pair in graded if pair[0] >= LEAST_LIKENESS), key=lambda pair: (-pair[0], pair[1].area))
    return tuple(place for _, place in best[:MOST_CANDIDATES])


def same_name(written: str, name: str, level: int) -> bool:
    """Say whether two names are one, the committee's title left out: 大东村 and 大东村村民委员会."""
    return written == name or split(written, level) == split(name, level)


def other_ending(written: str, name: str, level: int) -> bool:
    """Say whether two names differ in their ending only: 海安县 and 海安市."""
    one, other = split(written, level), split(name, level)
    return one[0] == other[0] and one[1] != "" and other[1] != ""


def other_kind(written: str, name: str, level: int) -> bool:
    """Say whether two communities differ in what they are only: 牌坊社区 and 牌坊村委会, 徐桥村社区 and 徐桥村."""
    return _bare(written, level) == _bare(name, level)


def _bare(name: str, level: int) -> str:
    stem = split(name, level)[0]
    return stem.removesuffix("村") if len(stem) > 2 else stem


def split_character(written: str, name: str, level: int, readings: Mapping[str, str]) -> bool:
    """Say whether two names are one but for a character that one of them prints as its two parts: 湖氵父镇 and 湖㳇镇.

    The character must have the one part as its radical and sound like the other: shape alone would let 江 pass for 氵父.
    """
    one, other = split(written, level), split(name, level)
    if one[1] != other[1]:
        return False
    first, second = _unwrapped(one[0]), _unwrapped(other[0])
    return _joins(first, second, readings) or _joins(second, first, readings)


def _unwrapped(stem: str) -> str:
    return stem.replace("（", "").replace("）", "").replace("(", "").replace(")", "")


def _joins(parts: str, whole: str, readings: Mapping[str, str]) -> bool:
    """Say whether ``whole`` is ``parts`` with one component and the sign beside it joined into one character."""
    if len(parts) != len(whole) + 1:
        return False
    return any(
        parts[:start] == whole[:start]
        and parts[start + 2 :] == whole[start + 1 :]
        and _made_of(sign, whole[start])
        and _sounds_alike(parts[start + 1 if start == place else start], whole[start], readings)
        for place, sign in enumerate(parts)
        if sign in COMPONENTS
        for start in (place, place - 1)
        if 0 <= start < len(whole)
    )


def _sounds_alike(sign: str, character: str, readings: Mapping[str, str]) -> bool:
    return sign in readings and readings[sign] == readings.get(character)


def _made_of(component: str, character: str) -> bool:
    """Say whether a character may have the component as its radical; rare characters outside the basic block may."""
    if not BASIC_BLOCK[0] <= character <= BASIC_BLOCK[1]:
        return character not in COMPONENTS
    return any(pair[0] <= character < pair[1] for pair in COMPONENTS[component])


COUNTY_RULES: tuple[tuple[str, Test], ...] = (
    (EXACT, same_name),
    (RENAMED_COUNTY, other_ending),
)
TOWNSHIP_RULES: tuple[tuple[str, Test], ...] = (
    (EXACT, same_name),
    (RENAMED_TOWNSHIP, other_ending),
)
COMMUNITY_RULES: tuple[tuple[str, Test], ...] = (
    (EXACT, same_name),
    (OTHER_KIND, other_kind),
)
