"""Receipt numbers: short enough for the telephone, with a check character, and they say where they come from."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import mul
from typing import Literal

DIVISION_STEP = 1000  # an area key has three digits of grid behind the division code
FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ×", "0123456789XXX")
BETWEEN = re.compile(r"[\s\-‐‑‒–—−－_.·、,，]+")
NUMBER = re.compile(r"(\d{12})(\d{6})(\d{4,6})([0-9X])")
CENTURY = 2000


class NumberError(ValueError):
    """A text is no receipt number: its ``form`` is another, its ``check`` character does not fit, or there is no such ``day``."""

    def __init__(self, kind: Literal["form", "check", "day"]) -> None:
        super().__init__(SENTENCES[kind])
        self.kind = kind


SENTENCES = {
    "form": "编号应是 23 位，请照回执上的样子填写，例如 320115006001-261121-0007-6。",
    "check": "编号里有一位抄错了，请对照回执再看一遍。",
    "day": "编号里的日期不对，请对照回执再看一遍。",
}


@dataclass(frozen=True, slots=True)
class ReceiptNumber:
    """Where and when something was received, and as the how-manieth of that day: ``area`` is an area key without grid."""

    area: int
    day: date
    serial: int

    @property
    def body(self) -> str:
        """Return the digits before the check character."""
        day = self.day
        return f"{self.area // DIVISION_STEP:012d}{day.year % 100:02d}{day.month:02d}{day.day:02d}{self.serial:04d}"

    def __str__(self) -> str:
        body = self.body
        return f"{body[:12]}-{body[12:18]}-{body[18:]}-{check_character(body)}"


def check_character(digits: str) -> str:
    """Return the check character of ISO 7064 MOD 11-2, the one of Chinese identity numbers: a digit or X.

    It finds every wrong digit and every two neighbours that changed places, whatever the length.
    """
    return "0123456789X"[(12 - sum(map(mul, map(int, digits), _weights(len(digits))))) % 11]


@cache
def _weights(length: int) -> tuple[int, ...]:
    return tuple(2**place % 11 for place in range(length, 0, -1))


def receipt_number(area: int, day: date, serial: int) -> str:
    """Return the number as it is printed: 320115006001-261121-0007-6."""
    return str(ReceiptNumber(area // DIVISION_STEP * DIVISION_STEP, day, serial))


def parse_number(text: str) -> ReceiptNumber:
    """Return what a receipt number says; spaces, hyphens, small letters and full-width signs do not matter.

    Raise ``NumberError``, a ``ValueError`` with a sentence for the person who typed it.
    """
    found = NUMBER.fullmatch(BETWEEN.sub("", text.translate(FULL_WIDTH)).upper())
    if found is None:
        raise NumberError("form")
    division, day, serial, check = found.groups()
    if check_character(division + day + serial) != check:
        raise NumberError("check")
    try:
        on = date(CENTURY + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        raise NumberError("day") from None
    return ReceiptNumber(int(division) * DIVISION_STEP, on, int(serial))


def once_key(*parts: object) -> str:
    """Return the key under which a message is sent once: what happened, to what, for whom."""
    return ":".join(map(str, parts))
