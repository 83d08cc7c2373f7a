"""Names of places taken apart: the stem that tells places apart, and the ending that tells what they are."""

import re

GAP = " "
"""Stands between stem and ending in stored search keys; sorts before every letter, so an exact stem comes first."""

KEYS = 1
"""Counts the ways of making keys: a new one loads the tree again."""

_COMMITTEE = re.compile(r"(?:(?P<long>居民|村民|牧民|家属)(?:居|村)?|(?P<short>居|村|家))?(?:委员?会|委员|委)$")
_LONGEST = 6  # characters of the longest title, 居民居委员会
_TRUNCATED = re.compile(r"(?:(?<=社区)居民?|(?<=村)村民)$")
_BODY = re.compile(r"(社区|嘎查|村)$")
_ENDINGS: dict[int, tuple[str, ...]] = {
    1: ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市"),
    2: ("自治州", "地区", "市", "盟", "州"),
    3: ("自治县", "自治旗", "开发区", "林区", "特区", "县", "区", "市", "旗"),
    4: ("街道办事处", "街道", "地区办事处", "办事处", "镇", "乡", "苏木"),
}
_SAME = {"街道办事处": "街道"}
PSEUDO = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""City-level names that stand for no city; left out of spoken paths."""


def split(name: str, level: int) -> tuple[str, str]:
    """Return (stem, ending) of an official or spoken name; a stem never shrinks below two characters for its ending's sake."""
    if level >= 5:
        return _split_community(name)
    return (name, "") if name in PSEUDO else _split_division(name, level)


def _split_division(name: str, level: int) -> tuple[str, str]:
    for ending in _ENDINGS[level]:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name[: -len(ending)], _SAME.get(ending, ending)
    return name, ""


def _split_community(name: str) -> tuple[str, str]:
    stem, spoken = name, ""
    if found := _COMMITTEE.search(name, max(0, len(name) - _LONGEST)):
        stem = name[: found.start()]
        word = found["long"] or found["short"] or ""
        spoken = "村" if word[:1] in {"村", "牧"} else "社区" if word[:1] in {"居", "家"} else ""
    elif found := _TRUNCATED.search(name):
        stem = name[: found.start()]
    if len(stem) < 2:
        return (stem + spoken, "") if stem and spoken == "村" else (name, "")
    if body := _BODY.search(stem):
        if body.start() >= 2:
            return stem[: body.start()], body[0]
        if body[0] == "村":
            return stem, spoken if spoken != "村" else ""
    return stem, spoken


def key_of(name: str, level: int) -> str:
    """Return the stored search key ``stem ending`` of a name, or the stem alone when it has no ending."""
    stem, ending = split(name, level)
    return f"{stem}{GAP}{ending}" if ending else stem


def stem_of(name: str, level: int) -> str:
    """Return the stem of a name: 牌坊 of 牌坊村委会, 江宁 of 江宁街道."""
    return split(name, level)[0]
