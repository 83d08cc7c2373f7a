"""What is wrong with an answer, in plain words by keyword of the schema."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from jsonschema.exceptions import ValidationError

from liren.base.codes import read_id
from liren.base.jsonform.fields import Field, Kind

PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}|\+\d{8,15}")


def missing(each: Field, schema: Any) -> str:
    """Say that an answer is missing."""
    if (
        each.kind in {Kind.CHOICE, Kind.CHOICES, Kind.BOOLEAN, Kind.FILE}
        and isinstance(schema, Mapping)
        and schema.get("x-error")
    ):
        return str(schema["x-error"])
    if each.kind in {Kind.CHOICE, Kind.CHOICES, Kind.BOOLEAN}:
        return _("请选择“%(title)s”。") % {"title": each.title}
    if each.kind is Kind.FILE:
        return _("请上传“%(title)s”。") % {"title": each.title}
    if each.kind is Kind.POSITION:
        return _("请标出“%(title)s”。") % {"title": each.title}
    return _("请填写“%(title)s”。") % {"title": each.title}


CHOOSE = gettext_lazy("“%(title)s”请从列出的选项里选一个。")
SAID: Mapping[str, Any] = {
    "minLength": gettext_lazy("“%(title)s”至少写 %(limit)s 个字。"),
    "maxLength": gettext_lazy("“%(title)s”最多写 %(limit)s 个字，现在是 %(now)s 个字。"),
    "minimum": gettext_lazy("“%(title)s”不能小于 %(limit)s%(unit)s。"),
    "maximum": gettext_lazy("“%(title)s”不能大于 %(limit)s%(unit)s。"),
    "exclusiveMinimum": gettext_lazy("“%(title)s”要大于 %(limit)s%(unit)s。"),
    "exclusiveMaximum": gettext_lazy("“%(title)s”要小于 %(limit)s%(unit)s。"),
    "multipleOf": gettext_lazy("“%(title)s”要是 %(limit)s 的整数倍。"),
    "minItems": gettext_lazy("“%(title)s”至少要有 %(limit)s 项。"),
    "maxItems": gettext_lazy("“%(title)s”最多 %(limit)s 项，请去掉几项。"),
    "uniqueItems": gettext_lazy("“%(title)s”里有重复的内容。"),
    "enum": CHOOSE,
    "oneOf": CHOOSE,
    "anyOf": CHOOSE,
    "required": gettext_lazy("还有必填的内容没有填。"),
    "type": gettext_lazy("“%(title)s”填写的内容不是要求的类型。"),
}


def say(each: Field | None, found: ValidationError) -> str:
    """Say in plain words what the schema found wrong, by keyword."""
    limit: Any = found.validator_value
    if found.validator == "const" and limit is True:
        return _("请先确认“%(title)s”，才能继续。") % {"title": each.title if each else ""}
    values = {
        "title": each.title if each else "",
        "limit": each.show(limit) if each and each.kind in {Kind.MONEY, Kind.DATE} else limit,
        "unit": each.unit if each else "",
        "now": len(found.instance) if isinstance(found.instance, str) else "",
    }
    return str(SAID.get(str(found.validator), gettext_lazy("“%(title)s”的格式不对，请检查后再填。"))) % values


def beyond_schema(each: Field, schema: Any, value: Any, on: date) -> str:
    """Check what a JSON Schema validator leaves alone: formats, and days that move with today."""
    values = {"title": each.title}
    if each.kind is Kind.PHONE and not PHONE.fullmatch(str(value)):
        return _("“%(title)s”请填 11 位手机号，或带区号的固定电话。") % values
    if each.kind is Kind.DATE:
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            return _("“%(title)s”请填日期，例如 2026-09-03。") % values
        if schema.get("x-latest") == "today" and day > on:
            return _("“%(title)s”不能晚于今天。") % values
        if schema.get("x-earliest") == "today" and day < on:
            return _("“%(title)s”不能早于今天。") % values
    if each.kind is Kind.POSITION and not (isinstance(value, Mapping) and {"lon", "lat"} <= value.keys()):
        return _("没有读到位置，请在地图上再点一次，或用文字写明地点。")
    return ""


def doubt(each: Field, value: Any) -> str:
    """Return what looks odd about an answer without being refused: a real resident is never turned away by a check digit."""
    if each.kind is Kind.ID_NUMBER and not (read := read_id(str(value))).is_sound:
        return read.doubts[0].words
    return ""


def place(found: ValidationError) -> str:
    """Return the field to which a finding belongs."""
    return str(found.absolute_path[0]) if found.absolute_path else ""
