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
    listed: list[str] = validator("file").schema["properties"]["kind"]["enum"]  # type: ignore[index,call-overload]
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
    line = source.line(*path)
    where = _where(tuple(error.absolute_path))
    found = _short(error.instance)
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties" if isinstance(schema, dict) and isinstance(
            error.instance, dict
        ):
            known = sorted(schema.get("properties", {}))
            for key in (key for key in error.instance if key not in known):
                told = {"key": key, "where": where, "known": "、".join(known) or "—"}
                yield source.key_line(*path, key), _("%(where)s不认识键“%(key)s”。这里能用的键：%(known)s。"), told
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            # jsonschema reports every missing key by itself: say each once
            name = next((key for key in missing if f"'{key}'" in error.message), missing[0])
            yield line, _("%(where)s缺少“%(key)s”。"), {"where": where, "key": name}
        case "type":
            wanted = error.validator_value
            names = "、".join(TYPES.get(each, each) for each in ([wanted] if isinstance(wanted, str) else wanted))
            yield (
                line,
                _("%(where)s应当是%(wanted)s，现在是“%(found)s”。"),
                {"where": where, "wanted": names, "found": found},
            )
        case "enum":
            allowed = "、".join(str(each) for each in error.validator_value)
            yield (
                line,
                _("%(where)s只能是这些之一：%(allowed)s；现在是“%(found)s”。"),
                {"where": where, "allowed": allowed, "found": found},
            )
        case "const":
            told = {"where": where, "allowed": json.dumps(error.validator_value, ensure_ascii=False), "found": found}
            yield line, _("%(where)s只能是 %(allowed)s，现在是“%(found)s”。"), told
        case "pattern" | "format":
            if schema.get("format") == "date" or error.validator_value == "date":
                yield (
                    line,
                    _("%(where)s应当是存在的日期，写成 2015-11-13 的样子；现在是“%(found)s”。"),
                    {"where": where, "found": found},
                )
            else:
                told = {"where": where, "found": found, "wanted": error.validator_value}
                yield line, _("%(where)s的写法不对：“%(found)s”（应当符合 %(wanted)s）。"), told
        case "minLength" | "minItems" | "minProperties":
            yield line, _("%(where)s是空的或太短，至少要 %(least)s。"), {"where": where, "least": error.validator_value}
        case "maxLength" | "maxItems" | "maxProperties":
            yield line, _("%(where)s太长，最多 %(most)s。"), {"where": where, "most": error.validator_value}
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            told = {"where": where, "found": found, "limit": error.validator_value}
            yield line, _("%(where)s的数不在允许的范围内：%(found)s（界限 %(limit)s）。"), told
        case "uniqueItems":
            yield line, _("%(where)s里有重复的内容。"), {"where": where}
        case "not":
            yield line, _("%(where)s里有不能同时写的键。"), {"where": where}
        case _:
            yield line, _("%(where)s不符合格式：%(problem)s。"), {"where": where, "problem": error.message[:200]}


def _where(path: Steps) -> str:
    """Return the path in the way people count: ``steps[2].post``; nothing for the item itself."""
    said = ""
    for step in path:
        said += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if said else step
    return f"“{said}”" if said else ""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
