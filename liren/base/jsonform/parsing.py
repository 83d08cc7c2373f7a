"""Posted words into values with types; what cannot be read is said in words for people."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from liren.base.codes import normal_number
from liren.base.jsonform.fields import Field, Kind

TRUE_WORDS = frozenset({"true", "yes", "on", "1", "是"})
FALSE_WORDS = frozenset({"false", "no", "off", "0", "否"})


def parse(each: Field, posted: Mapping[str, Any]) -> Any:
    """Return the posted value of ``each`` with its type, None when empty; raises ValueError with words for people."""
    raw = posted.getlist(each.name) if each.multiple and hasattr(posted, "getlist") else posted.get(each.name)
    if each.multiple:
        values = raw if isinstance(raw, list | tuple) else [raw]
        found = [str(item) for item in values if item not in (None, "")]
        return [_one_of(each, item) if each.choices else item for item in found] or None
    if raw is None or isinstance(raw, bool | int | float | dict):
        return raw
    if each.kind in {Kind.TEXT, Kind.TEXTAREA, Kind.FILE}:
        return str(raw).strip() or None
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    return PARSERS[each.kind](each, text) if text else None


def _whole(each: Field, text: str) -> int:
    plain = text.replace(",", "")
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", plain):
        raise ValueError(_("“%(title)s”请填数字，例如 3。") % {"title": each.title})
    return int(plain)


def _amount(each: Field, text: str) -> int | float:
    plain = text.replace(",", "").removesuffix("元").strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", plain):  # 1e999999 would keep a worker busy for minutes
        raise ValueError(_("“%(title)s”请填数字，例如 1200 或 1200.50。") % {"title": each.title})
    number = Decimal(plain)
    if each.kind is Kind.NUMBER:
        return float(number)
    if number * 100 != int(number * 100):
        raise ValueError(_("“%(title)s”最多填到分，例如 1200.50。") % {"title": each.title})
    return int(number * 100)


def _day(each: Field, text: str) -> str:
    parts = re.fullmatch(r"(\d{4})\D(\d{1,2})\D(\d{1,2})日?|(\d{4})(\d{2})(\d{2})", text)
    try:
        if parts:
            return date(*(int(part) for part in parts.groups() if part)).isoformat()
    except ValueError:
        pass
    raise ValueError(_("“%(title)s”请填日期，例如 2026-09-03。") % {"title": each.title})


def _yes_no(each: Field, text: str) -> bool:
    word = text.lower()
    if word in TRUE_WORDS | FALSE_WORDS:
        return word in TRUE_WORDS
    raise ValueError(_("“%(title)s”请选“是”或“否”。") % {"title": each.title})


def _one_of(each: Field, text: str) -> Any:
    for choice in each.choices:
        if choice.word == text:
            return choice.value
    raise ValueError(_("“%(title)s”请从列出的选项里选一个。") % {"title": each.title})


def _phone(_field: Field, text: str) -> str:
    return re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", re.sub(r"[\s()]", "", text))


def _position(_field: Field, text: str) -> dict[str, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        lon = lat = 999.0
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(_("没有读到位置，请在地图上再点一次，或用文字写明地点。"))
    return {"lon": round(lon, 6), "lat": round(lat, 6)}


PARSERS: Mapping[Kind, Callable[[Field, str], Any]] = {
    Kind.INTEGER: _whole,
    Kind.NUMBER: _amount,
    Kind.MONEY: _amount,
    Kind.DATE: _day,
    Kind.BOOLEAN: _yes_no,
    Kind.CHOICE: _one_of,
    Kind.CHOICES: _one_of,
    Kind.PHONE: _phone,
    Kind.ID_NUMBER: lambda _field, text: normal_number(text),
    Kind.POSITION: _position,
}
