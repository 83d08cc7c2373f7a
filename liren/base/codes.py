"""National numbers of people, organisations and phones: checked, read, normalised and masked; a doubt is a warning, never a refusal."""

import re
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import NamedTuple

import phonenumbers
from django.utils.translation import gettext_lazy as _

CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, ISO 7064 MOD 11-2
CITIZEN_CHECKS = "10X98765432"
_ZEROS = ord("0") * sum(CITIZEN_WEIGHTS)
PROVINCES = frozenset(
    f"{region}{number}"
    for region, numbers in {
        "1": "12345",
        "2": "123",
        "3": "1234567",
        "4": "123456",
        "5": "01234",
        "6": "12345",
        "7": "1",
        "8": "123",
    }.items()
    for number in numbers
)  # GB/T 2260; 83 stands for Taiwan on the residence permits of 2018
PERMIT_PREFIXES = ("810000", "820000", "830000")
CENTENARIAN_SERIALS = frozenset({"996", "997", "998", "999"})  # 15-digit numbers of people born before 1900
ORGANISATION_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
OLDEST_BIRTH = 1850

_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
_MOBILE = re.compile(r"(?:\+86|0086|86)?1[0-9]{10}")
_CLEAN = re.compile(r"[\s\-·.]+")
_FULL_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {
    ord("Ｘ"): "X",
    ord("×"): "X",
    ord("х"): "X",
    ord("Х"): "X",
    0x3000: " ",
}


class Document(StrEnum):
    """The paper a number stands on."""

    RESIDENT = "resident"  # 居民身份证
    PERMIT = "permit"  # 港澳台居民居住证
    FOREIGNER = "foreigner"  # 外国人永久居留身份证
    OTHER = "other"


class Doubt(StrEnum):
    """What looks wrong in a number; the person behind it is real all the same."""

    LENGTH = "length"
    CHECK = "check"
    REGION = "region"
    DATE = "date"
    LEGACY = "legacy"

    @property
    def words(self) -> str:
        """Return the doubt in words for the screen."""
        return str(_DOUBTS[self])


_DOUBTS = {
    Doubt.LENGTH: _("号码的位数不对，请再核对一遍证件。"),
    Doubt.CHECK: _("最后一位校验码不对，可能有一位抄错了，请再核对一遍证件。"),
    Doubt.REGION: _("开头的地区码不在国家代码表里，请再核对一遍证件。"),
    Doubt.DATE: _("号码里的出生日期不存在，请再核对一遍证件。"),
    Doubt.LEGACY: _("这是15位的旧号码，已按18位保存。"),
}


class IdNumber(NamedTuple):
    """An identity number as read: normal form, what it says, and what looks wrong about it."""

    number: str
    document: Document
    birth_on: date | None
    sex: str  # GB/T 2261.1: 1 male, 2 female, 0 not known
    region: str
    doubts: tuple[Doubt, ...]

    @property
    def is_sound(self) -> bool:
        """Say whether nothing but the age of the number is remarkable."""
        return not set(self.doubts) - {Doubt.LEGACY}


def normal_number(text: str) -> str:
    """Return ``text`` without spaces and dashes, full-width forms as plain ones, letters as capitals."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return _CLEAN.sub("", text.translate(_FULL_WIDTH)).upper()


def citizen_check(body: str) -> str:
    """Return the check character of the first 17 digits (GB 11643); raise ValueError for anything else."""
    if len(body) != len(CITIZEN_WEIGHTS) or not (body.isascii() and body.isdigit()):
        raise ValueError("not 17 digits")
    return CITIZEN_CHECKS[(sum(map(mul, CITIZEN_WEIGHTS, body.encode())) - _ZEROS) % 11]


def read_id(text: str, *, on: date | None = None) -> IdNumber:
    """Return what an identity number says; never raises. ``on``: the day after which no birth can lie."""
    if _CITIZEN.fullmatch(text):  # nearly all of them
        return _read_citizen(text, on)
    number = normal_number(text)
    if _CITIZEN.fullmatch(number):
        return _read_citizen(number, on)
    if re.fullmatch(r"[0-9]{15}", number):
        return _read_legacy(number, on)
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return _read_old_foreigner(number, on)
    doubts = (Doubt.LENGTH,) if re.fullmatch(r"[0-9]{13,}X?", number) else ()
    return IdNumber(number, Document.OTHER, None, "0", "", doubts)


def _read_citizen(number: str, on: date | None) -> IdNumber:
    document, doubts, of_region = _region(number[:6])
    birth, of_day = _birthday(number[6:14])
    of_serial, sex = _SERIALS[number[14:17]]
    if birth is not None and on is not None and birth > on:
        birth = None
    if CITIZEN_CHECKS[(of_region + of_day + of_serial) % 11] != number[17]:
        doubts = (Doubt.CHECK, *doubts)
    if birth is None:
        doubts = (*doubts, Doubt.DATE)
    return IdNumber(number, document, birth, sex, number[:6], doubts)


def _weighed(digits: str, place: int) -> int:
    """Return what digits from a place on add to the sum of the check."""
    return sum(map(mul, CITIZEN_WEIGHTS[place:], map(int, digits)))


@lru_cache(maxsize=16_384)
def _region(digits: str) -> tuple[Document, tuple[Doubt, ...], int]:
    """Return which paper the first six digits stand on, what looks wrong in them, and what they add to the sum of the check."""
    foreigner = digits[0] == "9" and digits[1:3] in PROVINCES  # 2023 cards: 9, province, country, birth, serial
    permit = digits in PERMIT_PREFIXES
    document = Document.FOREIGNER if foreigner else Document.PERMIT if permit else Document.RESIDENT
    is_known = foreigner or digits[:2] in PROVINCES
    return document, () if is_known else (Doubt.REGION,), _weighed(digits, 0)


@lru_cache(maxsize=65_536)
def _birthday(digits: str) -> tuple[date | None, int]:
    """Return the day that eight digits of a number name, if there is one, and what they add to the check."""
    return _day(digits[:4], digits[4:6], digits[6:], None), _weighed(digits, 6)


_SERIALS = {
    digits: (_weighed(digits, 14), "1" if int(digits) % 2 else "2")
    for digits in (f"{number:03}" for number in range(1000))
}
"""What the last three digits before the check add to it, and which sex they say."""


def _read_legacy(number: str, on: date | None) -> IdNumber:
    century = "18" if number[12:15] in CENTENARIAN_SERIALS else "19"
    body = number[:6] + century + number[6:]
    read = _read_citizen(body + citizen_check(body), on)
    return IdNumber(read.number, read.document, read.birth_on, read.sex, read.region, (Doubt.LEGACY, *read.doubts))


def _read_old_foreigner(number: str, on: date | None) -> IdNumber:
    """Read a card of 2004: country (3 letters), place of issue (4), birth (yymmdd), serial and check (2), check rule not published."""
    birth = _day("20" + number[7:9], number[9:11], number[11:13], on or date(2023, 12, 1))
    birth = birth or _day("19" + number[7:9], number[9:11], number[11:13], on)
    return IdNumber(number, Document.FOREIGNER, birth, "0", number[:3], () if birth else (Doubt.DATE,))


def _day(year: str, month: str, day: str, on: date | None) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return None if found.year < OLDEST_BIRTH or (on is not None and found > on) else found


def age_on(birth_on: date, on: date) -> int:
    """Return the full years lived on a day; who is born on 29 February grows older on 1 March."""
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def organisation_check(body: str) -> str:
    """Return the check character of the first 17 characters (GB 32100-2015, MOD 31, weights 3^i)."""
    total = sum(ORGANISATION_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return ORGANISATION_ALPHABET[-total % 31]


def is_organisation_code(text: str) -> bool:
    """Say whether ``text`` is a unified social credit code, village collectives (N1, N2, N3) included."""
    code = normal_number(text)
    if len(code) != 18 or any(sign not in ORGANISATION_ALPHABET for sign in code):
        return False
    return code[2:8].isdigit() and organisation_check(code[:17]) == code[17]


def normal_phone(text: str) -> str:
    """Return a phone number in E.164 form (``+8613812345678``), Chinese unless it says otherwise; raise ValueError when it cannot be one."""
    if _MOBILE.fullmatch(text):  # nearly all of them: spare the parser, allow unassigned segments
        return "+86" + text[-11:]
    plain = re.sub(r"[\s\-()]+", "", text.translate(_FULL_WIDTH))
    if _MOBILE.fullmatch(plain):
        return "+86" + plain[-11:]
    try:
        parsed = phonenumbers.parse(plain, "CN")
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a phone number") from error
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError("not a phone number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def mask_id(number: str) -> str:
    """Return an identity number as 3 + 4 (``320***********1234``); shorter ones keep their ends only."""
    if len(number) >= 11:
        return number[:3] + "*" * (len(number) - 7) + number[-4:]
    return number[:1] + "*" * max(len(number) - 2, 3) + number[-1:] if number else ""


def mask_name(name: str) -> str:
    """Return a name as it stands where others may read it: the first character, and how many follow (``王**``)."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


def mask_phone(number: str) -> str:
    """Return a phone number as 3 + 4 (``138****5678``), without the Chinese country code."""
    plain = number.removeprefix("+86")
    if len(plain) >= 10:
        return plain[:3] + "*" * (len(plain) - 7) + plain[-4:]
    return "*" * max(len(plain) - 2, 3) + plain[-2:] if plain else ""
