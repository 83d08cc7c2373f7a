"""Checks what was read against the JSON Schemas of the kinds and says in plain sentences what does not fit."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from liren.foundation.policies.rules.faults import Fault, _
from liren.foundation.policies.rules.reading import Source, Steps

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"
FORMATS = FormatChecker(formats=["date", "regex"])
LONGEST_SHOWN = 60
TYPES = {
    "string": _("文字"),
    "integer": _("整数"),
    "number": _("数"),
    "boolean": _("true 或 false"),
    "array": _("列表"),
    "object": _("键和值"),
    "null": _("空"),
}
SENTENCES = {
    "required": _("%(where)s缺少“%(key)s”。"),
    "type": _("%(where)s应当是%(wanted)s，现在是“%(found)s”。"),
    "enum": _("%(where)s只能是这些之一：%(wanted)s；现在是“%(found)s”。"),
    "const": _("%(where)s只能是 %(wanted)s，现在是“%(found)s”。"),
    "pattern": _("%(where)s的写法不对：“%(found)s”（应当符合 %(wanted)s）。"),
    "format": _("%(where)s的写法不对：“%(found)s”（应当符合 %(wanted)s）。"),
    "minLength": _("%(where)s太短，至少要 %(wanted)s 个字。"),
    "maxLength": _("%(where)s太长，最多 %(wanted)s 个字。"),
    "minItems": _("%(where)s太少，至少要 %(wanted)s 项。"),
    "maxItems": _("%(where)s太多，最多 %(wanted)s 项。"),
    "minProperties": _("%(where)s是空的，至少要写 %(wanted)s 个键。"),
    "maxProperties": _("%(where)s里的键太多，最多 %(wanted)s 个。"),
    "minimum": _("%(where)s太小：%(found)s，至少是 %(wanted)s。"),
    "maximum": _("%(where)s太大：%(found)s，最多是 %(wanted)s。"),
    "uniqueItems": _("%(where)s里有重复的内容。"),
    "not": _("%(where)s里有不能同时写的键。"),
}
DAY = _("%(where)s应当是存在的日期，写成 2015-11-13 的样子；现在是“%(found)s”。")
OTHER = _("%(where)s不符合格式：%(wanted)s。")


@cache
def _registry() -> Registry[Any]:
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SCHEMAS.glob("*.json"))]
    return Registry().with_resources([(schema["$id"], Resource.from_contents(schema)) for schema in read])


@cache
def validator(name: str) -> Draft202012Validator:
    """Return the validator of a kind, of ``pack`` or of ``file``."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, registry=_registry(), format_checker=FORMATS)


@cache
def kinds() -> tuple[str, ...]:
    """Return the kinds of items that a pack may hold."""
    listed: list[str] = validator("file").schema["properties"]["kind"]["enum"]  # type: ignore[index]
    return tuple(listed)


def check(source: Source, schema: str, data: Any, at: Steps = (), item: str = "") -> list[Fault]:
    """Return everything in ``data``, which stands at the path ``at`` of ``source``, that does not fit the schema."""
    return [
        Fault(source.file, line, item, template, values)
        for error in _leaves(validator(schema).iter_errors(data))
        for line, template, values in _say(source, at, error)
    ]


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Yield the errors worth saying: of alternatives, those of the one that fits best."""
    for error in errors:
        if error.validator in {"anyOf", "oneOf"} and error.context:
            by_branch: dict[Any, list[ValidationError]] = {}
            for child in error.context:
                by_branch.setdefault(child.schema_path[0], []).append(child)
            best = max(by_branch.values(), key=lambda branch: (max(len(each.path) for each in branch), -len(branch)))
            yield from _leaves(best)
        else:
            yield error


def _say(source: Source, at: Steps, error: ValidationError) -> Iterator[tuple[int, str, dict[str, Any]]]:
    path: Steps = (*at, *error.absolute_path)
    told: dict[str, Any] = {
        "where": _where(tuple(error.absolute_path)),
        "found": _short(error.instance),
        "wanted": _wanted(error),
    }
    if error.validator in {"additionalProperties", "unevaluatedProperties"}:
        schema: Any = error.schema
        known = sorted(schema.get("properties", {}))
        given: Any = error.instance
        for key in (key for key in given if key not in known):
            told |= {"key": key, "known": "、".join(known)}
            yield source.key_line(*path, key), _("%(where)s不认识键“%(key)s”。这里能用的键：%(known)s。"), dict(told)
        return
    line = source.line(*path)
    if error.validator == "required":
        line = source.key_line(*path)
        wanted: Any = error.validator_value
        held: Any = error.instance
        missing = [key for key in wanted if key not in held]
        # every missing key comes as an error of its own, which names it
        told["key"] = next((key for key in missing if f"'{key}'" in error.message), missing[0])
    is_day = (
        error.validator in {"pattern", "format"}
        and isinstance(error.schema, dict)
        and error.schema.get("format") == "date"
    )
    yield line, DAY if is_day else SENTENCES.get(str(error.validator), OTHER), told


def _wanted(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    if error.validator == "type":
        return "、".join(TYPES.get(each, each) for each in ([wanted] if isinstance(wanted, str) else wanted))
    if error.validator == "enum":
        return "、".join(str(each) for each in wanted)
    if error.validator in SENTENCES:
        return _short(wanted)
    return error.message[:200]


def _where(path: Steps) -> str:
    """Return the path in the way people count: ``steps[2].post``; nothing for the item itself."""
    said = ""
    for step in path:
        said += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if said else step
    return f"“{said}”" if said else ""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
