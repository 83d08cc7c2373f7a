"""The parts that pages repeat, drawn by plain functions: from a template each of them costs ten times as much.

Every word from outside goes through ``escape`` here; what a function returns may stand in a page as it is.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from html import escape
from pathlib import Path

from django.template.base import render_value_in_context
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from liren.base import words
from liren.base.clock import today
from liren.base.screen import Cell, Chip, Column, Entry, Line, Link, Moment, Record, State

ICONS = Path(__file__).resolve().parents[1] / "data" / "icons"
TONE_ICONS = {
    "": "circle-dashed",
    "info": "info-circle",
    "good": "circle-check",
    "soon": "clock-exclamation",
    "danger": "alert-circle",
}
MOMENT_ICONS = {
    "": "circle-check",
    "now": "hourglass",
    "good": "circle-check",
    "soon": "clock-exclamation",
    "wait": "clock-pause",
    "danger": "alert-circle",
}
STATES = {
    "draft": ("", "pencil"),
    "submitted": ("info", "send"),
    "returned": ("soon", "corner-up-left"),
    "accepted": ("info", "check"),
    "refused": ("danger", "circle-x"),
    "in_hand": ("info", "hourglass"),
    "asked": ("soon", "clock-pause"),
    "decided": ("good", "file-text"),
    "finished": ("good", "circle-check"),
    "rated": ("good", "star"),
    "withdrawn": ("", "circle-x"),
}
STYLES = {"": "", "nowrap": ' class="lr-nowrap"', "number": ' class="lr-number lr-muted lr-nowrap"'}
NOTHING = '<span class="lr-muted">—</span>'
PLAIN = Context()


def safe(drawn: str) -> SafeString:
    """Let what was drawn here stand in a page as it is."""
    return mark_safe(drawn)  # noqa: S308  every word in it was escaped


@cache
def drawing(name: str) -> str:
    """Return an icon's SVG, hidden from readers aloud: the word beside it says the same."""
    svg = (ICONS / f"{name}.svg").read_text().strip()
    return svg.replace("<svg ", f'<svg class="lr-icon lr-icon-{name}" aria-hidden="true" focusable="false" ', 1)


def icon(name: str) -> SafeString:
    """Draw a vendored icon at the size of the text around it; an unknown name is an error."""
    return mark_safe(drawing(name))  # noqa: S308 - our own files


@lru_cache(maxsize=2048)
def drawn_chip(word: str, tone: str, icon_name: str) -> SafeString:
    """Draw a chip; the same few stand in every list."""
    drawn = drawing(icon_name or TONE_ICONS[tone])
    return safe(f'<span class="lr-chip lr-chip-{escape(tone) or "plain"}">{drawn}{escape(word)}</span>')


def chip(word: object, tone: str = "", icon_name: str = "") -> SafeString:
    """Show a state as a word with an icon, coloured by tone; never colour alone."""
    return drawn_chip(str(word), tone, icon_name)


def state(value: str, word: object) -> SafeString:
    """Draw the chip of a case's state: ``{% state case.state case.get_state_display %}``."""
    return drawn_chip(str(word), *STATES.get(value, ("", "")))


def table(columns: Sequence[Column], lines: Iterable[Line], label: str) -> SafeString:
    """Draw a table whose lines lead somewhere and open in the side sheet; ``label`` says aloud what it lists."""
    heads = "".join(f"<th>{escape(column.title)}</th>" for column in columns)
    styles = [STYLES[column.style] for column in columns]
    return safe(
        f'<div class="lr-table-wrap" role="region" aria-label="{escape(label)}" tabindex="0"><table class="lr-table">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(_line(line, styles) for line in lines)}</tbody></table></div>"
    )


def _line(line: Line, styles: Sequence[str]) -> str:
    url, cells = escape(line.url), [_cell(cell) for cell in line.cells]
    cells[0] = f'<a data-row href="{url}" hx-get="{url}" hx-target="#sheet-body">{cells[0]}</a>'
    return "<tr>" + "".join(f"<td{style}>{cell}</td>" for cell, style in zip(cells, styles, strict=True)) + "</tr>\n"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Chip):
        return drawn_chip(cell.words, cell.tone, cell.icon)
    if isinstance(cell, State):
        return state(cell.value, cell.words)
    return escape(cell) or NOTHING


def entries(lines: Iterable[Entry], sheet: bool = True) -> SafeString:
    """List what leads somewhere, each line opening in the side sheet, or without ``sheet`` as a page."""
    return safe(f'<ul class="lr-rows">{"".join(_entry(line, sheet=sheet) for line in lines)}</ul>')


def _entry(line: Entry, *, sheet: bool) -> str:
    url = escape(line.url)
    opens = f' hx-get="{url}" hx-target="#sheet-body"' if sheet else ""
    beside = f' <span class="lr-muted">· {escape(line.beside)}</span>' if line.beside else ""
    below = f"<small>{escape(line.below)}</small>" if line.below else ""
    drawn = drawn_chip(line.chip.words, line.chip.tone, line.chip.icon) if line.chip else ""
    return (
        f'<li><a data-row href="{url}"{opens}><span class="lr-row-main"><strong>{escape(line.title)}'
        f"{beside}</strong>{below}</span>{drawn}{drawing('chevron-right')}</a></li>\n"
    )


def ways(links: Iterable[Link]) -> SafeString:
    """List what can be done next, each a way to its page."""
    lines = (
        f'<li><a href="{escape(link.url)}"><span class="lr-row-main">{escape(link.words)}</span>{drawing("chevron-right")}</a></li>\n'
        for link in links
    )
    return safe(f'<ul class="lr-rows">{"".join(lines)}</ul>')


def records(lines: Iterable[Record]) -> SafeString:
    """Draw the lines of a file as a time line; those that hold stand out."""
    return safe(f'<ol class="lr-timeline">{"".join(map(_record, lines))}</ol>')


def _record(line: Record) -> str:
    kind, sentence = escape(line.kind), escape(line.sentence)
    leads = f' <a href="{escape(line.leads.url)}">{escape(line.leads.words)}</a>' if line.leads else ""
    hidden = f'<span class="lr-hidden">{kind} {sentence}</span>'
    change = f' · <a href="{escape(line.change.url)}">{escape(line.change.words)}{hidden}</a>' if line.change else ""
    return (
        f'<li class="is-{"now" if line.holds else "past"}">{drawing(line.icon)}<div><div class="lr-when">{escape(line.when)}</div>'
        f'<p><strong>{kind}</strong>：{sentence}{leads}</p><div class="lr-muted lr-small">{escape(line.origin)}{change}</div></div></li>\n'
    )


def facts(rows: Iterable[tuple[str, object]]) -> SafeString:
    """List terms and values; rows without a value are left out."""
    lines = (
        f"<div><dt>{_said(term)}</dt><dd>{_said(value)}</dd></div>" for term, value in rows if value not in (None, "")
    )
    return safe(f'<dl class="lr-facts">{"".join(lines)}</dl>')


def _said(value: object) -> str:
    """Return a value as a template would show it."""
    return escape(value) if type(value) is str else render_value_in_context(value, PLAIN)


def timeline(moments: Iterable[Moment]) -> SafeString:
    """Tell what happened, in sentences, in the order given."""
    return safe(f'<ol class="lr-timeline">{"".join(map(_moment, moments))}</ol>')


def _moment(one: Moment) -> str:
    current = ' aria-current="step"' if one.tone == "now" else ""
    when = f'<div class="lr-when">{escape(said_when(one.when))}</div>' if one.when else ""
    note = "<br>".join(map(escape, one.note.splitlines()))
    note = f'<div class="lr-muted">{note}</div>' if note else ""
    return (
        f'<li class="is-{one.tone or "past"}"{current}>{drawing(MOMENT_ICONS[one.tone])}'
        f"<div>{when}<p>{_said(one.sentence)}</p>{note}</div></li>\n"
    )


def said_when(when: datetime | date | None) -> str:
    """Say a day, or a day and a time of day."""
    if isinstance(when, datetime):
        return words.moment(when, today())
    return words.day(when, today()) if when else ""


def empty(title: str, text: str = "", url: str = "", action: str = "", icon_name: str = "inbox") -> SafeString:
    """Say that nothing is here and what one can do instead."""
    said = f"<p>{_said(text)}</p>" if text else ""
    way = f'<a class="btn btn-primary" href="{escape(url)}">{_said(action)}</a>' if url else ""
    return safe(f'<div class="lr-empty">{drawing(icon_name)}<h2>{_said(title)}</h2>{said}{way}</div>')


def pager(newer: str = "", older: str = "") -> SafeString:
    """Lead to the neighbouring pages of a keyset-paged list; an empty address hides its side."""
    if not (newer or older):
        return safe("")
    back = f'<a class="btn btn-quiet" rel="prev" href="{escape(newer)}">{drawing("chevron-left")}{_("上一页")}</a>'
    on = f'<a class="btn btn-quiet" rel="next" href="{escape(older)}">{_("下一页")}{drawing("chevron-right")}</a>'
    return safe(
        f'<nav class="lr-pager" aria-label="{_("翻页")}"><span>{back if newer else ""}</span><span>{on if older else ""}</span></nav>'
    )
