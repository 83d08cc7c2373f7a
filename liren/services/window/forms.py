"""The questions of a matter as the look draws them, and the answers as they come back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import QueryDict

from liren.base.codes import mask_id, mask_phone
from liren.base.jsonform import Choice, Field, Form, Kind, Step
from liren.base.screen import Field as Question
from liren.base.screen import HeldFile, Option, Position, Widget

RADIOS = 7  # more answers than this are chosen from a list
WIDGETS: Mapping[Kind, Widget] = {
    Kind.TEXT: "text",
    Kind.TEXTAREA: "textarea",
    Kind.INTEGER: "number",
    Kind.NUMBER: "number",
    Kind.MONEY: "money",
    Kind.DATE: "date",
    Kind.BOOLEAN: "yesno",
    Kind.CHOICE: "radio",
    Kind.CHOICES: "checks",
    Kind.PHONE: "phone",
    Kind.ID_NUMBER: "id",
    Kind.FILE: "file",
    Kind.POSITION: "position",
}


def questions(
    fields: Iterable[Field],
    answers: Mapping[str, Any],
    *,
    errors: Mapping[str, str] | None = None,
    known: Iterable[str] = (),
    files: Mapping[str, Sequence[HeldFile]] | None = None,
    typed: QueryDict | None = None,
) -> list[Question]:
    """Return the fields as questions: with the answers so far, what is wrong beside each, and what we already know marked.

    ``typed`` are the words as they were posted: they stand again where they could not be read.
    """
    shown = list(fields)
    here = frozenset(field.name for field in shown)
    return [_question(field, answers, errors or {}, frozenset(known), files or {}, typed, here) for field in shown]


def answer_lines(form: Form, answers: Mapping[str, Any]) -> list[tuple[Step, list[tuple[str, str]]]]:
    """Return what was answered, by step, in words; numbers that identify somebody are masked, files stand with the papers."""
    return [
        (step, [(field.title, _masked(field, words)) for field, words in lines if field.kind is not Kind.FILE])
        for step, lines in form.summary(answers)
    ]


def _masked(field: Field, words: str) -> str:
    if field.kind is Kind.ID_NUMBER:
        return mask_id(words)
    if field.kind is Kind.PHONE:
        return mask_phone(words)
    return words


def _question(
    field: Field,
    answers: Mapping[str, Any],
    errors: Mapping[str, str],
    known: frozenset[str],
    files: Mapping[str, Sequence[HeldFile]],
    typed: QueryDict | None,
    here: frozenset[str],
) -> Question:
    value: Any = field.post(answers.get(field.name))
    if typed is not None and field.name in errors and field.kind is not Kind.FILE:
        value = typed.getlist(field.name) if field.multiple or field.kind is Kind.CHOICES else typed.get(field.name, "")
    return Question(
        name=field.name,
        label=field.title,
        widget=_widget(field),
        value=_shown(field, value),
        help=field.hint,
        error=errors.get(field.name, ""),
        required=field.required,
        options=[_option(choice) for choice in field.choices],
        unit=field.unit,
        maxlength=field.max_length,
        minimum="" if field.minimum is None else str(field.minimum),
        maximum="" if field.maximum is None else str(field.maximum),
        accept=",".join(ACCEPT[kind] for kind in field.accept if kind in ACCEPT),
        multiple=field.multiple,
        files=files.get(field.name, ()),
        known=field.name in known and field.name not in errors,
        shown_if=_shown_if(field, here),
    )


ACCEPT = {"image": "image/*", "pdf": "application/pdf"}


def _widget(field: Field) -> Widget:
    if field.agree:
        return "check"
    if field.kind is Kind.CHOICE and len(field.choices) > RADIOS:
        return "select"
    return WIDGETS[field.kind]


def _shown(field: Field, value: Any) -> Any:
    if field.agree:
        return value == "true"
    if field.kind is Kind.BOOLEAN:
        return {"true": "yes", "false": "no"}.get(value, value)
    if field.kind is Kind.POSITION and isinstance(value, str) and "," in value:
        longitude, latitude = value.split(",", 1)
        return Position(latitude=latitude, longitude=longitude)
    return value


def _option(choice: Choice) -> Option:
    return Option(choice.word, choice.label)


def _shown_if(field: Field, here: frozenset[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the one plain condition that a browser can follow, on a question of the same page; the server decides in every case."""
    if len(field.when) != 1 or field.when[0].negated or field.when[0].field not in here:
        return None
    words = tuple({"true": "yes", "false": "no"}.get(word, word) for word in field.when[0].words)
    return field.when[0].field, words
