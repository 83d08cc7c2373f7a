"""Where a door is, read from an address as people write it: group and house, road and house, or building, entrance and room.

What stands before the door (province to community) is the business of whoever knows the places; it is only cut off here. Two addresses
are of one door when the numbers of the door are the same and neither names an estate, hamlet or road that the other contradicts.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_N = r"(?:[0-9]+(?:[甲乙丙丁]|[a-z](?![a-z]))?|[a-z](?![a-z])[0-9]*|[甲乙丙丁])"
_SPACES = re.compile(r"[\s,，。.;；:：、()（）\[\]【】]+")
_CHINESE = re.compile(
    r"[零〇一二两三四五六七八九十百]+(?=(?:村民小组|生产队|组|队|社|号楼|号|幢|栋|座|单元|室|层|楼|弄))"
)
_ABOVE = re.compile(
    r"^(?:[^0-9]{1,8}?(?:省|自治区))?(?:[^0-9]{1,8}?(?:市|自治州|地区|盟))?(?:[^0-9]{1,8}?(?:(?<![小社园])区|县|旗))?(?:[^0-9]{1,8}?(?:街道办事处|街道|镇|乡))?"
    r"(?:[^0-9]{1,10}?(?:社区居民委员会|社区居委会|居民委员会|村民委员会|村委会|居委会|社区))?"
)
_FLAT = re.compile(
    rf"(?P<building>{_N})(?:号楼|幢|栋|座|#楼?)(?:(?P<entrance>{_N})(?:单元|门洞|梯))?(?:[0-9]{{1,2}}(?:层|楼))?(?P<room>{_N})(?:室|房间|房|号|户)?$"
)
_DASHED = re.compile(rf"(?P<building>{_N})-(?P<entrance>[0-9]{{1,2}})-(?P<room>[0-9]{{3,4}})(?:室|房)?$")
_SHORT = re.compile(rf"(?P<building>{_N})(?:号楼|幢|栋|座|#|-)-?(?P<room>[0-9]{{3,4}})(?:室|房)?$")
_HOUSE = re.compile(rf"(?P<group>[0-9]+)(?:村民小组|生产队|组|队|社)(?P<number>{_N}(?:-[0-9]+)?)(?:号|户)?$")
_WAY = r"(?P<road>[^0-9]{1,10}?(?:大道|路|街|巷|弄|道)(?:[0-9]+(?:巷|弄|支路))?)"
_ROAD = re.compile(rf"{_WAY}(?P<number>{_N}(?:-[0-9]+)?)号?$")
_COMPOUND = re.compile(rf"{_WAY}(?P<number>{_N}(?:-[0-9]+)?)号(?:院|内)?")
_BEHIND = re.compile(r"([0-9]+)号(?:(?:之)?-?([0-9]+)|([甲乙丙丁]))$")
_GROUP = re.compile(r"(?P<group>[0-9]+)(?:村民小组|生产队|组|队|社)$")
_LOT = re.compile(rf"(?P<number>{_N}(?:-[0-9]+)?)号$")
LONGEST = 64


def plain(words: str) -> str:
    """Return an address as it is compared: plain digits, no spaces or signs between, Chinese numerals before 组, 号, 幢 … as digits."""
    close = _SPACES.sub("", unicodedata.normalize("NFKC", words)).lower()  # signs that have come together may be one
    text = unicodedata.normalize("NFKC", close).replace("—", "-").replace("－", "-").replace("~", "-")
    text = _CHINESE.sub(lambda found: str(number_of(found[0])), text)
    return _BEHIND.sub(lambda found: f"{found[1]}{found[3] or '-' + found[2]}号", text)


def number_of(words: str) -> int:
    """Return the number that Chinese numerals below a thousand say."""
    if "百" not in words and "十" not in words:
        return int("".join(str(_DIGITS[sign]) for sign in words))
    hundreds, has_hundreds, rest = words.rpartition("百")
    tens, has_tens, ones = rest.rpartition("十")
    whole = (_digit(hundreds, 1) if has_hundreds else 0) * 100 + (_digit(tens, 1) if has_tens else 0) * 10
    return whole + _digit(ones if has_tens else rest, 0)


def _digit(words: str, missing: int) -> int:
    kept = [_DIGITS[sign] for sign in words if sign in _DIGITS]
    return kept[-1] if kept else missing


@dataclass(frozen=True, slots=True)
class Door:
    """A door: the numbers that tell it apart in its community, and what stands around them."""

    near: str = ""
    group: str = ""
    road: str = ""
    number: str = ""
    building: str = ""
    entrance: str = ""
    room: str = ""

    @property
    def key(self) -> str:
        """Return the numbers of the door as one text, empty where the address stops before a door; many leave the entrance out."""
        if self.building and self.room:
            return f"f/{self.building}/{self.room}"[:LONGEST]
        if self.number and self.road:
            return f"r/{self.road}/{self.number}"[:LONGEST]
        if self.number and (self.group or self.near):
            return f"h/{self.group}/{self.number}"[:LONGEST]
        return ""

    @property
    def around(self) -> str:
        """Return what stands around the numbers: hamlet or estate, road and gate of a flat."""
        return f"{self.near}/{self.road}{self.number}/{self.entrance}" if self.room else self.near

    def fits(self, other: "Door") -> bool:
        """Say whether both may be one door: equal numbers, and nothing around them that contradicts."""
        if not self.key or self.key != other.key:
            return False
        pairs = [(self.near, other.near)]
        if self.room:
            pairs += [
                (self.road, other.road),
                (self.number, other.number),
                (self.group, other.group),
                (self.entrance, other.entrance),
            ]
        return all(one == two or not one or not two or one.endswith(two) or two.endswith(one) for one, two in pairs)


@lru_cache(maxsize=100_000)
def read_door(words: str, community: str = "") -> Door:
    """Return the door of an address; ``community`` is the stem of the community's name, which is cut off before it."""
    text = plain(words)
    flat = _FLAT.search(text) or _DASHED.search(text) or _SHORT.search(text)
    if flat is not None:
        parts = {name: _number(value or "") for name, value in flat.groupdict().items()}
        before = text[: flat.start()]
        compound = _COMPOUND.search(before)
        gate = compound.groupdict() if compound else {}
        near = before[compound.end() :] if compound else _near(before, community)
        return _made(near, road=gate.get("road") or "", number=gate.get("number") or "", community=community, **parts)
    for form in (_HOUSE, _ROAD, _LOT):
        house = form.search(text)
        if house is not None:
            parts = {name: value or "" for name, value in house.groupdict().items()}
            before = text[: house.start()]
            group = _GROUP.search(before) if form is not _HOUSE else None
            if group is not None:
                parts["group"], before = group["group"], before[: group.start()]
            near, road = _near(before, community), parts.pop("road", "")
            return _made(near, road=road, community=community, **parts)
    return Door(near=_near(text, community))


def _made(near: str, *, community: str, road: str = "", **parts: str) -> Door:
    if road:  # the words before a road are part of what the pattern took for its name
        cut = _near(road, community)
        road = cut or road
    numbers = {
        name: _number(value) if name != "number" else value.lstrip("0") or value for name, value in parts.items()
    }
    return Door(near=near, road=road, **numbers)


def _number(text: str) -> str:
    return text.lstrip("0") or text


def _near(words: str, community: str) -> str:
    """Return what of the words before a door is no division: hamlet, estate."""
    rest = words
    if community and community in rest:
        rest = rest[rest.rindex(community) + len(community) :]
        rest = re.sub(r"^(?:社区居委会|社区居民委员会|居民委员会|村民委员会|村委会|居委会|社区|村)", "", rest)
    else:
        rest = rest[found.end() :] if (found := _ABOVE.match(rest)) else rest
    return rest[-20:]


def door_of(address: str, *, building: str = "", entrance: str = "", room: str = "", community: str = "") -> Door:
    """Return the door of a dwelling: from its columns where they name building and room, else from its address."""
    read = read_door(address, community)
    if not (building and room):
        return read
    columns = read_door(f"{building}{entrance}{room}", community)
    return columns if columns.key and columns.key != read.key else read
