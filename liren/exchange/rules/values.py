"""What one cell says: text, days in the usual ways of writing, numbers, several phones, words for yes and no."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import isfinite
from typing import Any

EPOCH = date(1899, 12, 30)
EARLIEST, LATEST = 1850, 2100
SERIALS = range(3_654, 73_050)  # days that Excel counts, from 1910 to 2099: fewer digits would be taken for anything
TURN = 30  # of two-digit years, those up to here belong to this century
NOTHING = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "无",
        "暂无",
        "不详",
        "未知",
        "空",
        "null",
        "none",
        "n/a",
        "nan",
        "0000-00-00",
        "同上空",
    }
)
LONGEST_NOTHING = max(map(len, NOTHING))
DITTO = frozenset(["同上", "〃", "″", '"', "''", "以上地址", "同上址", "同上地址", "同户主", "同前", "..", "...", "⋯"])
"""What stands in a cell for what stands above it."""
_SPACES = re.compile(r"\s+")
_AS_IT_STANDS = re.compile(r"[0-9A-Za-z一-鿿]+")
_PLAIN = re.compile(r"[!-~一-鿿、]+")
"""Signs that are plain already, without a space between."""
_SPOILED = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?(?:1[0-9]|2[0-9])")
_DAY = re.compile(
    r"((?:1[89]|20)?[0-9]{2})\s*[-/.年·、]\s*([0-9]{1,2})\s*(?:[-/.月·、]\s*(?:([0-9]{1,2})\s*[日号]?)?)?(?:[T\s]+[0-9:.]+.*)?"
)
_TIGHT = re.compile(r"((?:1[89]|20)[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])?")
_PHONE_CUT = re.compile(r"[,，、;；/／|\\\n\r\t]+|\s{1,}(?=1[3-9][0-9]{9})|(?<=[0-9])(?=(?:（|\())")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_WORDS = re.compile(r"[一-鿿：:（）()]+")
YES = frozenset(["是", "有", "对", "y", "yes", "true", "1", "√", "✓", "✔", "v", "已", "在外", "外出", "真"])
NO = frozenset(["否", "无", "没有", "不", "n", "no", "false", "0", "×", "✗", "x", "未", "未外出", "在家", "假"])
CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")


def text(value: Any) -> str:
    """Return a cell as plain text: full-width signs as plain ones, one space between words, whole numbers without a point."""
    if type(value) is str:
        return value if _PLAIN.fullmatch(value) else _plain(value)
    if value is None or value is True or value is False:
        return {None: "", True: "是", False: "否"}[value]
    if isinstance(value, float):
        return repr(value) if not value.is_integer() else str(int(value))
    return str(value)


def says_something(value: Any) -> bool:
    """Say whether a cell is not blank."""
    return (type(value) is str and value[:1].isalnum()) or text(value) != ""


def stands_as_it_is(value: str) -> bool:
    """Say whether a text has nothing but letters, digits and Chinese signs, as most cells have."""
    return _AS_IT_STANDS.fullmatch(value) is not None


@lru_cache(maxsize=65_536)
def _plain(value: str) -> str:
    if value.isascii():
        return _SPACES.sub(" ", value).strip()
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", value).replace("\ufeff", "").replace("\u200b", "")).strip()


def is_nothing(value: str) -> bool:
    """Say whether a text stands for an empty cell."""
    return value.lower() in NOTHING or value in DITTO


def says(value: Any) -> str:
    """Return what a cell says by itself: nothing for one that is blank or only points at the one above."""
    words = text(value)
    return "" if words in DITTO else words


def is_spoiled(value: Any) -> bool:
    """Say whether a long number has lost its last digits: 3.20115E+17, or a number of 16 digits and more."""
    if type(value) is str:
        return not value.isdigit() and _SPOILED.fullmatch(_plain(value)) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 10**15


def day(value: Any) -> date | None:
    """Return the day that a cell names; nothing where none can be read. A month stands for its first day.

    Read are days and moments of a sheet, serial numbers, 2024-01-31, 2024/1/31, 2024.1.31, 2024年1月31日, 20240131 and the same
    with two digits for the year, in full-width or Chinese digits too.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, float):
        return _serial(int(value)) if isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return _serial(value) or _tight(str(value))
    return _day(value) if isinstance(value, str) else None


@lru_cache(maxsize=65_536)
def _day(value: str) -> date | None:
    plain = _plain(value).translate(CHINESE_DIGITS).strip("'’‘ ")
    found = _DAY.fullmatch(plain)
    if found:
        year, month, number = found.groups()
        return _made(_century(year), int(month), int(number or 1))
    if plain.isdigit():
        return _tight(plain) or _serial(int(plain) if len(plain) < 7 else 0)
    return None


def _tight(plain: str) -> date | None:
    found = _TIGHT.fullmatch(plain)
    return _made(int(found[1]), int(found[2]), int(found[3] or 1)) if found else None


def _serial(number: int) -> date | None:
    return EPOCH + timedelta(days=number) if number in SERIALS else None


def _century(year: str) -> int:
    number = int(year)
    return number if number > 99 else number + (2000 if number <= TURN else 1900)


def _made(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number) if EARLIEST <= year <= LATEST else None
    except ValueError:
        return None


def phones(value: Any) -> tuple[list[str], list[str]]:
    """Return the phone numbers of a cell as written but without words, and what is none of them."""
    if type(value) is str and _MOBILE.fullmatch(value):
        return [value], []
    whole = text(value)
    if _MOBILE.fullmatch(whole):
        return [whole], []
    if is_nothing(whole):
        return [], []
    good: list[str] = []
    bad: list[str] = []
    for part in _PHONE_CUT.split(whole):
        bare = _WORDS.sub("", part).strip(" -")
        digits = re.sub(r"[\s\-+]", "", bare)
        mobiles = _MOBILE.findall(digits)
        if mobiles and "".join(mobiles) == digits:
            good += mobiles
        elif re.fullmatch(r"(?:\+?86)?1[0-9]{10}|0[0-9]{9,11}|[2-8][0-9]{6,7}", digits):
            good.append(digits)
        elif digits:
            bad.append(part.strip())
    return list(dict.fromkeys(good)), bad


def yes_or_no(value: Any) -> bool | None:
    """Return what a tick, a number or a word says; nothing for other words."""
    plain = text(value).lower()
    return True if plain in YES else False if plain in NO else None


def fen(value: Any) -> int | None:
    """Return an amount of yuan in fen; nothing where it is none."""
    plain = re.sub(r"[,，元¥￥\s]|/月|每月", "", text(value))
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", plain):
        return None
    whole, _point, part = plain.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def filled(cells: Iterable[Any]) -> int:
    """Return how many cells say something."""
    return sum(1 for cell in cells if cell is not None and says_something(cell))
