"""Checks of the common keywords in plain Python: a full validator is asked only where one of them fails or another keyword stands."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Schema = Mapping[str, Any]
TYPES: Mapping[str, Callable[[Any], bool]] = {
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


def surely_fits(schema: Schema, value: Any) -> bool:
    """Say that ``value`` fits a question's schema, as far as that can be told quickly; False when it cannot."""
    declared = str(schema.get("type"))
    if declared not in TYPES or not TYPES[declared](value):
        return False
    keywords = {keyword for keyword in schema if not keyword.startswith("x-")}
    if keywords <= TEXT and declared == "string":
        pattern = schema.get("pattern")
        return (
            schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
            and (pattern is None or _pattern(pattern).search(value) is not None)
        )  # fmt: skip
    if keywords <= NUMBER and declared in {"integer", "number"}:
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    if keywords <= OTHER and declared in {"string", "boolean"}:
        return ("const" not in schema or value == schema["const"]) and (
            "oneOf" not in schema
            or sum(option.keys() <= {"const", "title"} and option["const"] == value for option in schema["oneOf"]) == 1
        )
    return False


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


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
