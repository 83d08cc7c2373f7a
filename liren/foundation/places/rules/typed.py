"""What somebody types to find a place, turned into ranges of the stored search keys."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from liren.foundation.places.rules.names import GAP, key_of, stem_of

LAST = "\U0010ffff"
AFTER_GAP = "!"
"""The character after the gap: between a stem and the stem with it lie the exact matches."""

ENDINGS: dict[str, str] = {
    "村": "cun",
    "社区": "she qu",
    "嘎查": "ga cha",
    "街道": "jie dao",
    "地区办事处": "di qu ban shi chu",
    "办事处": "ban shi chu",
    "镇": "zhen",
    "乡": "xiang",
    "苏木": "su mu",
    "县": "xian",
    "区": "qu",
    "市": "shi",
    "旗": "qi",
    "自治县": "zi zhi xian",
    "自治旗": "zi zhi qi",
    "开发区": "kai fa qu",
    "林区": "lin qu",
    "特区": "te qu",
    "自治州": "zi zhi zhou",
    "州": "zhou",
    "地区": "di qu",
    "盟": "meng",
    "省": "sheng",
    "自治区": "zi zhi qu",
    "壮族自治区": "zhuang zu zi zhi qu",
    "回族自治区": "hui zu zi zhi qu",
    "维吾尔自治区": "wei wu er zi zhi qu",
    "特别行政区": "te bie xing zheng qu",
}
"""The endings that stand behind the gap, with their readings."""

_PINYIN = tuple(reading.replace(" ", "") for reading in ENDINGS.values())
_INITIALS = tuple("".join(syllable[0] for syllable in reading.split()) for reading in ENDINGS.values())
_NOT_TYPED = re.compile(r"[^0-9a-z\u3400-\u9fff\ue000-\uf8ff\U00020000-\U0003ffff、（）()·〇]+")
_UPPER_NAMES = re.compile(r".+?(?:特别行政区|自治区|自治州|自治县|自治旗|街道|苏木|[省市州盟县区旗镇乡])")


class Rank(IntEnum):
    """How well a key fits what was typed, best first."""

    EXACT = 0
    PREFIX = 1
    STEM = 2
    SUBSTRING = 3


class Column(IntEnum):
    """The stored key that a range belongs to."""

    KEY = 0
    PINYIN = 1
    INITIALS = 2
    TAIL = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of one stored key in byte order."""

    rank: Rank
    column: Column
    lo: str
    hi: str


def words(typed: str) -> list[str]:
    """Return the words of a search: the last names the place, those before it name places around it."""
    folded = unicodedata.normalize("NFKC", typed).lower().replace("ü", "v").replace("'", "").replace("’", "")
    return [word for part in folded.split() if (word := _NOT_TYPED.sub("", part))]


def pieces(word: str) -> list[str]:
    """Return a name written in one, taken apart behind each division: 江宁区江宁街道牌坊 in three."""
    found = _UPPER_NAMES.findall(word)
    rest = word[sum(map(len, found)) :]
    return [*found, rest] if rest else found


def halves(word: str) -> Iterator[tuple[str, str]]:
    """Yield a Chinese word cut in two wherever both sides keep two characters: 江宁牌坊."""
    if not word.isascii():
        for cut in range(2, len(word) - 1):
            yield word[:cut], word[cut:]


def spans(word: str) -> list[Span]:
    """Return the ranges to look in for one word, best first."""
    if word.isascii():
        return [*_ranges(word, Column.PINYIN, _PINYIN), *_ranges(word, Column.INITIALS, _INITIALS)]
    found = _ranges(word, Column.KEY, tuple(ENDINGS), extra=key_of(word, 4 if word.endswith("办事处") else 5))
    stem = stem_of(word, 5)
    if stem != word:
        found.append(Span(Rank.STEM, Column.KEY, stem, stem + AFTER_GAP))
    if len(word) > 1:
        found.append(Span(Rank.SUBSTRING, Column.TAIL, word, word + LAST))
        found.extend(
            Span(Rank.SUBSTRING, Column.TAIL, one, one + LAST) for one in _gapped(word, tuple(ENDINGS)) if len(one) > 3
        )
    return found


def _ranges(word: str, column: Column, endings: tuple[str, ...], extra: str = "") -> list[Span]:
    forms = dict.fromkeys([word, *_gapped(word, endings), *([extra] if extra else [])])
    return [
        *(Span(Rank.EXACT, column, form, form + AFTER_GAP) for form in forms),
        *(Span(Rank.PREFIX, column, form + AFTER_GAP, form + LAST) for form in forms),
    ]


def _gapped(word: str, endings: tuple[str, ...]) -> Iterator[str]:
    for cut in range(2, len(word)):
        tail = word[cut:]
        if any(ending.startswith(tail) for ending in endings):
            yield f"{word[:cut]}{GAP}{tail}"
