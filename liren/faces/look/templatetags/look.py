"""The components of every page; each tag's arguments are its documentation, docs/look.md shows them used."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import uuid4

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.template.base import FilterExpression, Parser, TextNode, Token
from django.template.loader import render_to_string
from django.templatetags import i18n
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liren.base import words
from liren.base.clock import today
from liren.base.codes import mask_id, mask_phone
from liren.base.screen import Field, Option, Position
from liren.faces.look.templatetags.cards import cards, chips
from liren.faces.look.templatetags.drawing import (
    TONE_ICONS,
    chip,
    drawing,
    empty,
    entries,
    facts,
    icon,
    pager,
    records,
    state,
    table,
    timeline,
    ways,
)
from liren.foundation.policies import queries as policies

register = template.Library()
FACES = ("mood-happy", "mood-smile", "mood-empty", "mood-sad", "mood-cry")


for _part in (cards, chips, chip, state, table, entries, ways, records, facts, timeline, empty, pager):
    register.simple_tag(_part)


@dataclass(eq=False)
class IconNode(template.Node):
    """An icon whose name is known only when the page is drawn."""

    name: FilterExpression

    def render(self, context: template.Context) -> SafeString:
        """Draw it."""
        return icon(str(self.name.resolve(context)))


@register.tag("icon")
def icon_node(parser: Parser, token: Token) -> template.Node:
    """Read ``{% icon "name" %}``: an icon that is named in the template becomes part of its text, once for all pages."""
    _tag, given = token.split_contents()
    name = parser.compile_filter(given)
    constant = not name.filters and isinstance(name.var, str)
    return TextNode(drawing(str(name.var))) if constant else IconNode(name)


@register.tag("asset")
def asset(_parser: Parser, token: Token) -> template.Node:
    """Read ``{% asset "path" %}``: the address of a front-end file, which stays the same while the process lives."""
    _tag, given = token.split_contents()
    return TextNode(static(given.strip("'\"")))


def spoken(context: Any) -> str | None:
    """Return the language of a page, which is asked for once and noted in its context."""
    try:
        known: str | None = context.spoken
    except AttributeError:
        known = context.spoken = get_language()
    return known


@dataclass(eq=False)
class SameNode(template.Node):
    """A part of a page that differs by nothing but the language, drawn once for each."""

    nodelist: template.NodeList
    drawn: dict[str | None, SafeString] = field_of(default_factory=dict)

    def render(self, context: template.Context) -> SafeString:
        """Draw it."""
        language = spoken(context)
        drawn = self.drawn.get(language)
        if drawn is None:
            drawn = self.drawn[language] = self.nodelist.render(context)
        return drawn


@register.tag("same")
def same(parser: Parser, _token: Token) -> template.Node:
    """Read ``{% same %}…{% endsame %}``: what depends on nothing but the language, neither on the page nor on who looks."""
    nodelist = parser.parse(("endsame",))
    parser.delete_first_token()
    return SameNode(nodelist)


@dataclass(eq=False)
class WordsNode(template.Node):
    """Words of a template, looked up once for each language."""

    text: str
    said: dict[str | None, str] = field_of(default_factory=dict)

    def render(self, context: template.Context) -> SafeString:
        """Say them."""
        language = spoken(context)
        words = self.said.get(language)
        if words is None:
            words = self.said[language] = _(self.text.replace("%", "%%")).replace("%%", "%")
        return mark_safe(words)  # noqa: S308 - from our own template and catalogue, as Django's own tag


@register.tag("translate")
def translate(parser: Parser, token: Token) -> template.Node:
    """Read ``{% translate "…" %}`` as Django does, quicker where nothing but the words is given; load ``look`` after ``i18n``."""
    node: Any = i18n.do_translate(parser, token)
    given = node.filter_expression
    plain = not (node.noop or node.asvar or node.message_context or given.filters)
    return WordsNode(given.var.literal) if plain and given.var.literal is not None else node


@register.simple_tag
def once(value: object = None) -> SafeString:
    """Put the hidden field that makes a form count once, however often it is sent."""
    return format_html('<input type="hidden" name="once" value="{}">', value or uuid4())


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: str = "") -> SafeString:
    """Frame a message: tone info, good, soon or danger."""
    return format_html(
        '<div class="lr-notice lr-notice-{}">{}<div>{}{}</div></div>',
        tone,
        icon(TONE_ICONS[tone]),
        format_html("<strong>{}</strong>", title) if title else "",
        content,
    )


@register.simple_block_tag
def card(content: str, title: str = "", name: str = "") -> SafeString:
    """Put a part of the page on paper, with its title; ``name`` becomes the id."""
    return format_html(
        '<section class="lr-card"{}>{}{}</section>',
        format_html(' id="{}"', name) if name else "",
        format_html("<h2>{}</h2>", title) if title else "",
        content,
    )


@register.simple_block_tag
def dialog(content: str, name: str, title: str) -> SafeString:
    """Ask before something happens; a button with ``data-opens="name"`` opens it."""
    return format_html(
        '<dialog class="lr-dialog" id="{0}" aria-labelledby="{0}-title"><h2 id="{0}-title">{1}</h2>{2}</dialog>',
        name,
        title,
        content,
    )


@register.simple_block_tag(takes_context=True)
def search(
    context: template.Context, content: str, action: str, label: str, value: str = "", hint: str = "", **how: Any
) -> SafeString:
    """Ask what to look for: the words go in the body, so that the page's view is ``base.searches.searched``.

    With ``results`` the part of that id is asked for anew while one types, else there is a button; with ``first`` the page opens
    with the cursor in it; the content are further fields.
    """
    told = {
        "action": action,
        "label": label,
        "value": value,
        "hint": hint or label,
        "csrf_token": context["csrf_token"],
    }
    return render_to_string("look/parts/search.html", told | {"content": content if content.strip() else "", **how})


@register.simple_tag
def submit(
    label: str, busy: str = "", name: str = "", value: str = "", style: str = "primary", big: bool = False
) -> SafeString:
    """Draw a button that sends its form and says so while it does; ``style`` is primary, danger or quiet."""
    return format_html(
        '<button type="submit" class="btn btn-{}{}" data-busy="{}"{}>{}</button>',
        style,
        " lr-big" if big else "",
        busy or _("正在提交…"),
        format_html(' name="{}" value="{}"', name, value) if name else "",
        label,
    )


@register.inclusion_tag("look/parts/steps.html")
def steps(names: Sequence[str], current: int) -> dict[str, Any]:
    """Show where in a stepped form we are; ``current`` counts from 1."""
    numbered = [(number, name) for number, name in enumerate(names, 1)]
    return {"names": numbered, "current": current, "total": len(names), "name": names[current - 1]}


@register.inclusion_tag("look/parts/field.html")
def field(described: Field | BoundField) -> dict[str, Any]:
    """Draw one question: label, help, error beside it, the widget."""
    return _drawn(as_field(described))


@register.inclusion_tag("look/parts/questions.html")
def questions(fields: Iterable[Field]) -> dict[str, Any]:
    """Draw a list of yes/no questions."""
    return {"fields": [_drawn(one) for one in fields]}


@register.inclusion_tag("look/parts/summary.html")
def error_summary(fields: Iterable[Field | BoundField], others: Iterable[str] = ()) -> dict[str, Any]:
    """Say at the top of a form what has to be put right, each with a link to its field."""
    wrong = [one for one in (as_field(each) for each in fields) if one.error]
    return {"fields": wrong, "others": list(others)}


@register.inclusion_tag("look/parts/rating.html")
def rating(
    options: Sequence[Option], legend: str, name: str = "level", value: str = "", error: str = ""
) -> dict[str, Any]:
    """Ask for one of five levels, best first, each a face with its word."""
    faces = FACES if len(options) == len(FACES) else ("star",) * len(options)
    return {
        "options": [(option, face, str(value) == option.value) for option, face in zip(options, faces, strict=True)],
        "legend": legend,
        "name": name,
        "error": error,
    }


@register.inclusion_tag("look/parts/consequences.html")
def consequences(lines: Iterable[str]) -> dict[str, Any]:
    """List what will happen when the person goes on."""
    return {"lines": list(lines)}


@register.filter
def called(name: str, kind: str = "matter") -> str:
    """Say the name of a matter, or of another kind of item, in the language of the page: ``{{ case.matter_name|called }}``."""
    return policies.called(name, kind)


@register.filter
def said(text: str) -> str:
    """Say what an item of a pack says in the language of the page: ``{{ matter.summary|said }}``."""
    return policies.said(text)


@register.filter
def day(value: date | datetime | None) -> str:
    """Say a day: 9月3日（周四）."""
    return words.day(value, today()) if value else ""


@register.filter
def due(value: date | None, is_provisional: bool = False) -> str:
    """Say the last day of a deadline: 9月18日（周五）, with 暂定 while the calendar of its year is not published."""
    said = day(value)
    return _("%(day)s，暂定") % {"day": said} if said and is_provisional else said


@register.filter
def moment(value: datetime | None) -> str:
    """Say a day and a time of day."""
    return words.moment(value, today()) if value else ""


@register.filter
def instant(value: datetime | None) -> str:
    """Say a moment to the second."""
    return words.instant(value, today()) if value else ""


@register.filter
def span(since: date, until: date | None = None) -> str:
    """Say from when until when, as a file does: ``{{ one.valid_from|span:one.valid_until }}``."""
    return words.span(since, until)


@register.filter
def fen(value: int | None) -> str:
    """Say an amount of money given in fen."""
    return words.fen(value) if value is not None else ""


@register.filter
def filesize(value: int) -> str:
    """Say the size of a file given in bytes."""
    return words.size(value)


@register.filter
def masked_id(value: str) -> str:
    """Show an ID number as its first three and last four characters."""
    return mask_id(value)


@register.filter
def masked_phone(value: str) -> str:
    """Show a phone number as its first three and last four digits."""
    return mask_phone(value)


@register.simple_tag(takes_context=True)
def flash(context: template.Context) -> SafeString:
    """Say what has just been done, on the page that follows it."""
    waiting: Iterable[Message] = context.get("messages") or ()
    return mark_safe("".join(_flash(message) for message in waiting))  # noqa: S308  each was escaped


def _flash(message: Message) -> SafeString:
    tone = {"success": "good", "warning": "soon", "error": "danger"}.get(message.level_tag, "info")
    shown = icon(TONE_ICONS[tone])
    return format_html(
        '<div class="lr-notice lr-notice-{}" role="status">{}<div>{}</div></div>', tone, shown, str(message)
    )


def as_field(given: Field | BoundField) -> Field:
    """Turn a field of a Django form into our description of a question; leave our own as they are."""
    if isinstance(given, Field):
        return given
    kinds = {
        "select": "select",
        "radioselect": "radio",
        "textarea": "textarea",
        "checkbox": "check",
        "checkboxselectmultiple": "checks",
    }
    kinds |= {"date": "date", "number": "number", "password": "password", "hidden": "hidden"}
    kinds |= {"file": "file", "clearablefile": "file"}
    widget = given.widget_type
    described = given.field.widget.attrs.get("data-widget", kinds.get(widget, "text"))
    choices = getattr(given.field, "choices", ())
    return Field(
        name=given.html_name,
        label=str(given.label),
        widget=described,
        value="" if kinds.get(widget) in {"file", "password"} else _typed(given.value()),
        help=str(given.help_text),
        error=" ".join(str(error) for error in given.errors),
        required=given.field.required,
        options=[
            Option(str(value), str(label), group=group)
            for group, within in _groups(choices)
            for value, label in within
            if str(value)
        ],
        maxlength=getattr(given.field, "max_length", None),
        accept=given.field.widget.attrs.get("accept", ""),
        autocomplete=given.field.widget.attrs.get("autocomplete", "off"),
        shown_if=getattr(given.field, "shown_if", None),
    )


def _groups(choices: Iterable[tuple[Any, Any]]) -> Iterable[tuple[str, Iterable[tuple[Any, Any]]]]:
    """Return the choices of a Django form with the words above them, if there are any."""
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield str(value), label
        else:
            yield "", [(value, label)]


def _typed(value: Any) -> Any:
    """Return a value as its widget takes it: a day as ISO text, whatever the language of the page."""
    return "" if value is None else value.isoformat() if isinstance(value, date) else value


def _answers(one: Field) -> list[tuple[str, Option, bool]]:
    """Return the answers to choose from: id, option, whether it is chosen."""
    options, value = list(one.options), one.value
    if one.widget == "yesno":
        options = options or [Option("yes", _("是")), Option("no", _("否"))]
        value = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    chosen = {str(each) for each in value} if isinstance(value, list | tuple | set) else {str(value)}
    return [
        (f"id_{one.name}" if number == 0 else f"id_{one.name}_{number}", option, option.value in chosen)
        for number, option in enumerate(options)
    ]


def _drawn(one: Field) -> dict[str, Any]:
    described_by = [f"help-{one.name}"] * bool(one.help) + [f"error-{one.name}"] * bool(one.error)
    return {
        "field": one,
        "grouped": one.widget in {"yesno", "radio", "checks", "position"},
        "says_optional": not one.required and "可以不" not in one.label,  # a label may say so itself
        "answers": (answers := _answers(one) if one.widget in {"yesno", "radio", "select", "checks"} else []),
        "groups": [(words, list(those)) for words, those in groupby(answers, lambda answer: answer[1].group)],
        "described_by": " ".join(described_by),
        "position": one.value if isinstance(one.value, Position) else Position(text=str(one.value)),
        "shown_values": json.dumps(one.shown_if[1]) if one.shown_if else "",
        "input_type": {"number": "text", "date": "date", "phone": "tel", "password": "password"}.get(
            one.widget, "text"
        ),
        "input_mode": {"number": "decimal", "money": "decimal", "phone": "tel", "code": "numeric"}.get(one.widget, ""),
        "width": {
            "number": "lr-short",
            "money": "lr-short",
            "date": "lr-short",
            "code": "lr-short",
            "phone": "lr-middle",
            "id": "lr-middle",
        }.get(one.widget, ""),
    }
