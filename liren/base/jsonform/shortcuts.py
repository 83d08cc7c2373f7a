"""Checks of the common keywords in plain Python: a full validator is asked only where one of them fails or another keyword stands."""

import re
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

Schema = Mapping[str, Any]
Check = Callable[[Any], bool]
TYPES: Mapping[str, Check] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
TEXT = frozenset({"type", "title", "description", "format", "minLength", "maxLength", "pattern", "readOnly"})
NUMBER = frozenset({"type", "title", "description", "minimum", "maximum", "readOnly"})
OTHER = frozenset({"type", "title", "description", "const", "oneOf", "readOnly"})


def shortcut(schema: Schema) -> Check:
    """Return what says quickly that a value fits a question's schema; it says no where that cannot be told."""
    declared = str(schema.get("type"))
    keywords = {keyword for keyword in schema if not keyword.startswith("x-")}
    if keywords <= TEXT and declared == "string":
        return _text(schema)
    if keywords <= NUMBER and declared in {"integer", "number"}:
        return _number(schema, TYPES[declared])
    if keywords <= OTHER and declared in {"string", "boolean"}:
        return _one_of(schema, TYPES[declared])
    return lambda _value: False


def _text(schema: Schema) -> Check:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", inf)
    pattern = re.compile(schema["pattern"]) if "pattern" in schema else None
    return lambda value: (
        isinstance(value, str)
        and shortest <= len(value) <= longest
        and (pattern is None or pattern.search(value) is not None)
    )


def _number(schema: Schema, is_right: Check) -> Check:
    least, most = schema.get("minimum", -inf), schema.get("maximum", inf)
    return lambda value: is_right(value) and least <= value <= most


def _one_of(schema: Schema, is_right: Check) -> Check:
    options = [{"const": schema["const"]}] if "const" in schema else schema.get("oneOf")
    if options is None:
        return is_right
    if not all(option.keys() <= {"const", "title"} for option in options) or {"const", "oneOf"} <= schema.keys():
        return lambda _value: False
    chosen = [option["const"] for option in options]
    return lambda value: is_right(value) and chosen.count(value) == 1


def simple_test(test: Schema) -> tuple[str, tuple[Any, ...]] | None:
    """Return (field, values) of an ``if`` that says: this field is there and has one of these values; None for any other."""
    if set(test) != {"properties", "required"} or len(test["properties"]) != 1:
        return None
    ((name, prop),) = test["properties"].items()
    if list(test["required"]) != [name] or not isinstance(prop, Mapping):
        return None
    if set(prop) == {"const"}:
        return name, (prop["const"],)
    return (name, tuple(prop["enum"])) if set(prop) == {"enum"} else None


def holds(simple: tuple[str, tuple[Any, ...]], data: Mapping[str, Any]) -> bool:
    """Say whether a simple test holds; true is not one, as JSON has it."""
    name, values = simple
    given = data.get(name)
    return (
        any(given == value and isinstance(given, bool) == isinstance(value, bool) for value in values) and name in data
    )
