"""Turn a JSON Schema (2020-12) with steps into fields to draw, and posted words into clean, checked data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from liren.base.jsonform.fields import Choice, Condition, Field, Kind, Schema, all_fields, branches
from liren.base.jsonform.parsing import parse
from liren.base.jsonform.shortcuts import Check, holds, shortcut, simple_test
from liren.base.jsonform.words import beyond_schema, doubt, missing, place, say

__all__ = ["Choice", "Cleaned", "Condition", "Field", "Form", "Kind", "Step"]

# Keywords of the whole form that are followed field by field; any other one sends the answers through the validator once more.
FOLLOWED = frozenset(
    {"$schema", "$id", "title", "description", "type", "properties", "required", "allOf", "if", "then", "else"}
    | {"dependentRequired", "dependentSchemas", "additionalProperties", "unevaluatedProperties"}
)


@dataclass(frozen=True, slots=True)
class Step:
    """One screen of a form."""

    code: str
    title: str
    fields: tuple[Field, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of posted words: the data, what is wrong by field (``""`` for the whole form), and what only looks odd."""

    data: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.errors


class Form:
    """A form read once from a schema and its steps; it holds no answers and may be shared between threads."""

    def __init__(self, schema: Schema, steps: Sequence[Mapping[str, Any]] = ()) -> None:
        """Read ``schema``; steps are ``{code, title, hint?, fields: [names]}``. Raises ValueError for a schema that is none."""
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise ValueError(f"not a JSON Schema: {error.message}") from error
        self.schema = schema
        self._fields = {each.name: each for each in all_fields(schema)}
        self._tests = tuple(
            (simple_test(test), Draft202012Validator(test), rules, named) for test, rules, named in branches(schema)
        )
        self._conditional = frozenset(name for *_rest, named in self._tests for name in named)
        self._checks: dict[str, Draft202012Validator] = {}
        self._shortcuts: dict[str, Check] = {}
        self._whole = Draft202012Validator(schema)
        self._says_more = not schema.keys() <= FOLLOWED
        self.steps = self._read_steps(steps)
        self.fields = tuple(each for step in self.steps for each in step.fields)  # in the order of the steps

    def _read_steps(self, steps: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
        if not steps:
            return (Step("all", str(self.schema.get("title", "")), tuple(self._fields.values())),)
        placed = {name for step in steps for name in step["fields"]}
        if unknown := placed - self._fields.keys():
            raise ValueError(f"steps name unknown fields: {', '.join(sorted(unknown))}")
        read = []
        for position, step in enumerate(steps):
            names = list(step["fields"])
            for name, each in self._fields.items():  # a field nobody placed stands where its question is asked
                if name in placed:
                    continue
                if (each.when and each.when[0].field in names) or (not each.when and position == len(steps) - 1):
                    names.append(name)
                    placed.add(name)
            fields = tuple(self._fields[name] for name in names)
            read.append(Step(str(step["code"]), str(step["title"]), fields, str(step.get("hint", ""))))
        return tuple(read)

    def field(self, name: str) -> Field | None:
        """Return the field of that name."""
        return self._fields.get(name)

    def step(self, code: str) -> Step | None:
        """Return the step of that code."""
        return next((step for step in self.steps if step.code == code), None)

    def _of(self, step: str | None) -> tuple[Field, ...]:
        if step is None:
            return self.fields
        found = self.step(step)
        return found.fields if found else ()

    def asked(self, data: Mapping[str, Any], step: str | None = None) -> tuple[Field, ...]:
        """Return the fields that ``data`` makes visible, with ``required`` as it then is."""
        properties, required = self._effective(data)
        return tuple(
            replace(each, required=each.name in required)
            for each in self._of(step)
            if properties.get(each.name, False) is not False
        )

    def read(
        self,
        posted: Mapping[str, Any],
        *,
        step: str | None = None,
        known: Mapping[str, Any] | None = None,
        held: Mapping[str, Any] | None = None,
    ) -> Cleaned:
        """Read posted strings (one step, or all) over the ``known`` answers without checking them: what a draft keeps.

        ``held`` is what the platform already knows, by field: it stands in a read-only field whatever was posted.
        """
        data = dict(known or {})
        errors: dict[str, str] = {}
        for each in self._of(step):
            if each.readonly and held and held.get(each.name) not in (None, ""):
                data[each.name] = held[each.name]
                continue
            try:
                value = parse(each, posted)
            except ValueError as error:
                errors[each.name] = str(error)
                continue
            if value is None:
                data.pop(each.name, None)
            else:
                data[each.name] = value
        properties, _required = self._effective(data)
        while hidden := [name for name in data if properties.get(name, False) is False]:
            for name in hidden:  # nothing invisible is kept, nor what it had made visible
                del data[name]
            properties, _required = self._effective(data)
        return Cleaned(data, {name: text for name, text in errors.items() if properties.get(name, False) is not False})

    def clean(
        self,
        posted: Mapping[str, Any],
        *,
        on: date,
        step: str | None = None,
        known: Mapping[str, Any] | None = None,
        held: Mapping[str, Any] | None = None,
    ) -> Cleaned:
        """Read posted strings and check them as of the day ``on``; a step is checked for itself, the whole form with everything."""
        read = self.read(posted, step=step, known=known, held=held)
        checked = self.check(read.data, on=on, step=step)
        return Cleaned(read.data, checked.errors | read.errors, checked.warnings)

    def check(self, data: Mapping[str, Any], *, on: date, step: str | None = None) -> Cleaned:
        """Check answers that already have their types, as they come over the API or lie in a draft."""
        properties, required = self._effective(data)
        errors: dict[str, str] = {}
        warnings: dict[str, str] = {}
        for each in self._of(step):
            schema = properties.get(each.name, False)
            if schema is False:
                continue
            value = data.get(each.name)
            if value is None or (value in ("", []) and each.kind is not Kind.BOOLEAN):
                if each.name in required:
                    errors[each.name] = missing(each, schema)
                continue
            if problem := self._problem(each, schema, value, on):
                errors[each.name] = problem
            elif odd := doubt(each, value):
                warnings[each.name] = odd
        if step is None and not errors:
            if unknown := [name for name in data if properties.get(name, False) is False]:
                errors[""] = _("这些内容不在这张表里：%(names)s。请去掉后再提交。") % {
                    "names": "、".join(sorted(unknown))
                }
            elif self._says_more and (wrong := next(self._whole.iter_errors(dict(data)), None)) is not None:
                errors[place(wrong)] = say(self.field(place(wrong)), wrong)
        return Cleaned(dict(data), errors, warnings)

    def summary(self, data: Mapping[str, Any]) -> list[tuple[Step, list[tuple[Field, str]]]]:
        """Return every asked field with its answer in words, by step: the last page of a form, and the sheet of a case."""
        asked = {each.name: each for each in self.asked(data)}
        shown = []
        for step in self.steps:
            lines = [
                (asked[each.name], asked[each.name].show(data.get(each.name)))
                for each in step.fields
                if each.name in asked
            ]
            if lines:
                shown.append((step, lines))
        return shown

    def _problem(self, each: Field, schema: Any, value: Any, on: date) -> str:
        if schema is True:
            return ""
        declared = self.schema.get("properties", {}).get(each.name) is schema
        surely_fits = self._shortcuts.get(each.name) if declared else None
        if surely_fits is None:
            surely_fits = shortcut(schema)
            if declared:
                self._shortcuts[each.name] = surely_fits
        if surely_fits(value):
            problem = beyond_schema(each, schema, value, on)
            return str(schema.get("x-error", problem)) if problem else ""
        check = self._checks.get(each.name) if declared else None
        if check is None:
            check = Draft202012Validator(schema)
            if declared:
                self._checks[each.name] = check
        found = next(check.iter_errors(value), None)
        if found is not None:
            return str(schema.get("x-error", "")) or say(each, found)
        problem = beyond_schema(each, schema, value, on)
        return str(schema.get("x-error", problem)) if problem else ""

    def _effective(self, data: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
        """Return the properties and the required names that hold for ``data``, its conditions followed."""
        properties: dict[str, Any] = dict(self.schema.get("properties", {}))
        required: set[str] = set(self.schema.get("required", ()))
        shown: set[str] = set(required)
        forbidden: set[str] = set()
        for simple, check, rules, named in self._tests:
            if holds(simple, data) if simple is not None else check.is_valid(data):
                shown |= named
                required.update(rules.get("required", ()))
                for name, extra in rules.get("properties", {}).items():
                    known = properties.get(name)
                    if isinstance(extra, Mapping):
                        properties[name] = {**known, **extra} if isinstance(known, Mapping) else extra
                    elif extra is False:
                        forbidden.add(name)
        for name in (self._conditional - shown) | forbidden:
            properties[name] = False
        return properties, frozenset(required)
