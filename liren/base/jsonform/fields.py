"""What a form asks: kinds, choices, conditions and fields, read from a JSON Schema."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

Schema = Mapping[str, Any]
LONG_TEXT = 100


class Kind(StrEnum):
    """How a field is asked for."""

    TEXT = "text"
    TEXTAREA = "textarea"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"  # whole fen in the data, yuan on the screen
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    FILE = "file"
    POSITION = "position"  # {"lon": degrees, "lat": degrees} on WGS 84


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be chosen."""

    value: Any
    label: str

    @property
    def word(self) -> str:
        """Return the value as a form posts it."""
        return _word(self.value)


@dataclass(frozen=True, slots=True)
class Condition:
    """A field is asked for when another one has (or, negated, has not) one of these values."""

    field: str
    values: tuple[Any, ...]
    negated: bool = False

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Tell whether ``data`` meets the condition."""
        return (data.get(self.field) in self.values) != self.negated

    @property
    def words(self) -> list[str]:
        """Return the values as a form posts them, for the browser's own showing and hiding."""
        return [_word(value) for value in self.values]


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form."""

    name: str
    title: str
    kind: Kind
    required: bool = False
    hint: str = ""
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    minimum: int | float | None = None
    maximum: int | float | None = None
    max_length: int | None = None
    multiple: bool = False
    sensitive: bool = False
    readonly: bool = False  # not to be changed while it holds what was already known
    agree: bool = False  # a sentence to be ticked rather than a yes/no question
    accept: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()  # shown while any of these holds; empty: always, or only the server can tell

    def show(self, value: Any) -> str:
        """Return ``value`` in words for people; an empty answer is an empty string."""
        return _show(self, value)

    def post(self, value: Any) -> str | list[str]:
        """Return ``value`` as the control of this field posts it, to fill a form in again."""
        if value is None:
            return [] if self.multiple else ""
        if self.multiple or self.kind is Kind.CHOICES:
            return [_word(item) for item in (value if isinstance(value, list) else [value])]
        if self.kind is Kind.MONEY and isinstance(value, int):
            return f"{value / 100:.2f}".removesuffix(".00")
        if self.kind is Kind.POSITION and isinstance(value, dict):
            return f"{value.get('lon')},{value.get('lat')}"
        return _word(value)


def branches(schema: Schema) -> Iterator[tuple[Schema, Schema, frozenset[str]]]:
    """Yield every condition with what it adds and the fields it names; without one of its conditions a named field is hidden."""
    for part in (schema, *schema.get("allOf", ())):
        if "if" in part:
            for branch in ("then", "else"):
                rules = part.get(branch)
                if isinstance(rules, Mapping):
                    test = part["if"] if branch == "then" else {"not": part["if"]}
                    yield test, rules, _asked_by(rules)
        for name, rules in part.get("dependentSchemas", {}).items():
            yield {"required": [name]}, rules, _asked_by(rules)
        for name, names in part.get("dependentRequired", {}).items():
            yield {"required": [name]}, {"required": names}, frozenset()


def _asked_by(rules: Schema) -> frozenset[str]:
    return frozenset(name for name, prop in rules.get("properties", {}).items() if prop is not False)


def _conditions(test: Schema) -> tuple[Condition, ...]:
    """Read an ``if`` that compares one field with constants; one that does more is followed by the server alone."""
    negated = "not" in test
    asked = test["not"] if negated else test
    properties = asked.get("properties", {}) if isinstance(asked, Mapping) else {}
    if len(properties) != 1:
        return ()
    ((name, prop),) = properties.items()
    if isinstance(prop, Mapping) and "const" in prop:
        return (Condition(name, (prop["const"],), negated),)
    if isinstance(prop, Mapping) and "enum" in prop:
        return (Condition(name, tuple(prop["enum"]), negated),)
    return ()


def all_fields(schema: Schema) -> Iterator[Field]:
    """Yield every field that can ever be asked, each with the conditions a browser can follow."""
    required = frozenset(schema.get("required", ()))
    when: dict[str, list[Condition]] = {}
    declared: dict[str, Any] = dict(schema.get("properties", {}))
    for test, rules, named in branches(schema):
        for name in named - required:
            when.setdefault(name, []).extend(_conditions(test))
        for name, prop in rules.get("properties", {}).items():
            if isinstance(prop, Mapping) and not isinstance(declared.get(name), Mapping):
                declared[name] = prop
    for name, prop in declared.items():
        yield _field(name, prop if isinstance(prop, Mapping) else {}, name in required, tuple(when.get(name, ())))


def _field(name: str, prop: Schema, required: bool, when: tuple[Condition, ...]) -> Field:
    kind = _kind(prop)
    items = prop.get("items") if isinstance(prop.get("items"), Mapping) else {}
    return Field(
        name=name,
        title=str(prop.get("title", name)),
        kind=kind,
        required=required,
        hint=str(prop.get("description", "")),
        unit=str(prop.get("x-unit", "")),
        choices=tuple(_choices(items if kind is Kind.CHOICES and items else prop)),
        minimum=prop.get("minimum", prop.get("exclusiveMinimum")),
        maximum=prop.get("maximum", prop.get("exclusiveMaximum")),
        max_length=prop.get("maxLength"),
        multiple=prop.get("type") == "array",
        sensitive=bool(prop.get("x-sensitive", kind is Kind.ID_NUMBER)),
        readonly=bool(prop.get("readOnly", False)),
        agree=prop.get("const") is True,
        accept=tuple(prop.get("x-accept", ())),
        when=when,
    )


NAMED = {
    "textarea": Kind.TEXTAREA,
    "money": Kind.MONEY,
    "phone": Kind.PHONE,
    "id_number": Kind.ID_NUMBER,
    "files": Kind.FILE,
    "position": Kind.POSITION,
    "date": Kind.DATE,
}


def _kind(prop: Schema) -> Kind:
    """Choose the control: what the schema says with x-kind or format, else what its type implies."""
    for word in (prop.get("x-kind"), prop.get("format")):
        if word in NAMED:
            return NAMED[word]
    if prop.get("type") == "array":
        return Kind.CHOICES
    if "enum" in prop or any("const" in option for option in prop.get("oneOf", ())):
        return Kind.CHOICE
    by_type = {"boolean": Kind.BOOLEAN, "integer": Kind.INTEGER, "number": Kind.NUMBER, "object": Kind.POSITION}
    if (declared := prop.get("type")) in by_type:
        return by_type[declared]
    return Kind.TEXTAREA if prop.get("maxLength", 0) > LONG_TEXT else Kind.TEXT


def _choices(prop: Schema) -> Iterable[Choice]:
    for value in prop.get("enum", ()):
        yield Choice(value, str(value))
    for option in prop.get("oneOf", ()):
        if "const" in option:
            yield Choice(option["const"], str(option.get("title", option["const"])))


def _word(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    return "" if value is None else str(value)


def _show(each: Field, value: Any) -> str:
    if value is None or value in ("", []):
        return ""
    labels = {choice.value: choice.label for choice in each.choices}
    shown = f"{labels.get(value, value)}{each.unit}" if not isinstance(value, list | dict) else ""
    if each.kind is Kind.FILE:
        shown = _("%(count)s 个文件") % {"count": len(value) if isinstance(value, list) else 1}
    elif isinstance(value, list):
        shown = "、".join(str(labels.get(item, item)) for item in value)
    elif isinstance(value, bool):
        shown = _("是") if value else _("否")
    elif each.kind is Kind.MONEY and isinstance(value, int):
        shown = _("%(yuan)s 元") % {"yuan": f"{value / 100:,.2f}".removesuffix(".00")}
    elif each.kind is Kind.DATE:
        shown = _show_day(str(value))
    elif isinstance(value, Mapping):
        shown = f"{value.get('lon')}, {value.get('lat')}"
    return shown


def _show_day(value: str) -> str:
    try:
        return date_format(date.fromisoformat(value), _("Y年n月j日"))
    except ValueError:
        return value
