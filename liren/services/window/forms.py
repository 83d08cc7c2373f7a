"""The questions of a matter as the look draws them, and the answers as they come back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import ngettext

from liren.base.codes import mask_id, mask_phone
from liren.base.jsonform import Choice, Field, Form, Kind, Step
from liren.base.screen import Field as Question
from liren.base.screen import HeldFile, Option, Position, Widget
from liren.foundation.policies.queries import said

ACCOUNT = 12  # a number of so many digits is an account
RADIOS = 9  # more answers than this are chosen from a list
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


def posted(request: HttpRequest) -> QueryDict:
    """Return the posted words, with the parts of a position put together as the form reads it."""
    words = request.POST.copy()
    for name in [key.removesuffix("_lat") for key in words if key.endswith("_lat")]:
        latitude, longitude = words.get(f"{name}_lat", ""), words.get(f"{name}_lon", "")
        words[name] = f"{longitude},{latitude}" if latitude and longitude else ""
    return words


def answer_lines(
    form: Form, answers: Mapping[str, Any], *, open_accounts: bool = True
) -> list[tuple[Step, list[tuple[str, str]]]]:
    """Return what was answered, by step, in words; numbers that identify somebody are masked, of files it says how many.

    Account numbers are whole for their owner and for who pays (``open_accounts``), masked for everybody else.
    """
    return [
        (
            step,
            [
                (
                    said(field.title),
                    _masked(
                        field,
                        _files(answers.get(field.name)) if field.kind is Kind.FILE else _worded(field, words),
                        open_accounts,
                    ),
                )
                for field, words in lines
            ],
        )
        for step, lines in form.summary(answers)
    ]


def _worded(field: Field, words: str) -> str:
    return said(words) if field.kind is Kind.CHOICE else words


def _files(kept: Any) -> str:
    count = len(kept) if isinstance(kept, list) else 0
    return ngettext("%(count)d 个文件", "%(count)d 个文件", count) % {"count": count} if count else ""


def _masked(field: Field, words: str, open_accounts: bool) -> str:
    if field.kind is Kind.ID_NUMBER:
        return mask_id(words)
    if field.kind is Kind.PHONE:
        return mask_phone(words)
    return mask_account(words) if not open_accounts and is_account(field, words) else words


def is_account(field: Field, value: str) -> bool:
    """Say whether an answer is the number of somebody's account."""
    digits = value.replace(" ", "")
    return field.sensitive and field.kind is Kind.TEXT and digits.isdigit() and len(digits) >= ACCOUNT


def mask_account(value: str) -> str:
    """Return an account number as its first and last four digits."""
    digits = value.replace(" ", "")
    return f"{digits[:4]}{'*' * (len(digits) - 8)}{digits[-4:]}"


def on_one_page(form: Form, answers: Mapping[str, Any], among: Iterable[Field] | None = None) -> list[Field]:
    """Return the fields asked now, and those that another answer on the same page would ask for, as required as they then are."""
    here = tuple(form.fields if among is None else among)
    names = {field.name for field in here}
    now = {field.name: field for field in form.asked(answers) if field.name in names}
    return [
        now.get(field.name) or _once_asked(form, answers, field)
        for field in here
        if field.name in now or any(condition.field in names for condition in field.when)
    ]


def _once_asked(form: Form, answers: Mapping[str, Any], field: Field) -> Field:
    condition = next((one for one in field.when if one.values and not one.negated), None)
    if condition is None:
        return field
    then = form.asked({**answers, condition.field: condition.values[0]})
    return next((each for each in then if each.name == field.name), field)


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
        label=said(field.title),
        widget=_widget(field),
        value=_shown(field, value),
        help=said(field.hint),
        error=said(errors.get(field.name, "")),
        required=field.required,
        options=[_option(choice) for choice in field.choices],
        unit=said(field.unit),
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
    return Option(choice.word, said(choice.label))


def _shown_if(field: Field, here: frozenset[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the one plain condition that a browser can follow, on a question of the same page; the server decides in every case."""
    if len(field.when) != 1 or field.when[0].negated or field.when[0].field not in here:
        return None
    words = tuple({"true": "yes", "false": "no"}.get(word, word) for word in field.when[0].words)
    return field.when[0].field, words
