"""The cards of a page about somebody or something, drawn by plain functions from what a room says in ``base.screen``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from django.utils.safestring import SafeString

from liren.base import screen
from liren.base.screen import Card, Chip, Later, Lead, Menu, MenuAt, Record, Struck, Term
from liren.faces.look.templatetags.drawing import drawing, drawn_chip, empty, entries, records, safe, timeline

HERE = "\0"
"""What stands in a drawn menu for the address that its ways begin with; no words of ours hold it."""


def cards(every: Iterable[Card]) -> SafeString:
    """Draw cards one below the other."""
    return safe("".join(map(_card, every)))


def chips(marks: Iterable[Chip]) -> SafeString:
    """Draw chips beside each other."""
    return safe("".join(drawn_chip(one.words, one.tone, one.icon) for one in marks))


def _card(card: Card) -> str:
    parts = "\n".join([PARTS[type(part)](part) for part in card.parts])
    return f'<section class="lr-card" id="{escape(card.name)}"><h2>{escape(card.title)}</h2>{parts}</section>\n'


def _terms(part: screen.Terms) -> str:
    return f'<dl class="lr-facts">{"".join(map(_term, part.rows))}</dl>'


def _term(row: Term) -> str:
    said = escape(row.lines[0]) if len(row.lines) == 1 else "".join(f"<div>{escape(line)}</div>" for line in row.lines)
    style = ' class="lr-number"' if row.is_number else ""
    return f"<div><dt>{escape(row.term)}</dt><dd{style}>{said}</dd></div>"


def _lead(part: Lead) -> str:
    url, style = escape(part.link.url), f' class="btn btn-{part.style}"' if part.style else ""
    opens = f' hx-get="{url}" hx-target="#sheet-body"' if part.sheet else ""
    shown = drawing(part.link.icon) if part.link.icon else ""
    before = f"{escape(part.before)} " if part.before else ""
    beside = f' <span class="lr-muted">{escape(part.beside)}</span>' if part.beside else ""
    return f'<p>{before}<a{style} href="{url}"{opens}>{shown}{escape(part.link.words)}</a>{beside}</p>'


def _later(part: Later) -> str:
    url = escape(part.link.url)
    return f'<div hx-get="{url}" hx-trigger="load"><p><a href="{url}">{escape(part.link.words)}</a></p></div>'


def _struck(part: Struck) -> str:
    lines = "".join(map(_struck_line, part.lines))
    return f'<details><summary>{escape(part.words)}</summary><ol class="lr-timeline">{lines}</ol></details>'


def _struck_line(line: Record) -> str:
    return (
        f'<li class="is-past">{drawing(line.icon)}<div><div class="lr-when">{escape(line.when)}</div>'
        f"<p><del>{escape(line.kind)}：{escape(line.sentence)}</del></p>"
        f'<div class="lr-muted lr-small">{escape(line.origin)}</div></div></li>\n'
    )


@lru_cache(maxsize=1024)
def _menu(menu: Menu) -> str:
    """Draw a menu once; a room keeps the few that its pages choose from."""
    more = f"<details><summary>{escape(menu.words)}</summary>{_ways(menu.more)}</details>" if menu.more else ""
    return _ways(menu.ways) + more


def _ways(ways: Sequence[tuple[str, str]]) -> str:
    lines = (
        f'<li><a href="{HERE}{escape(end)}"><span class="lr-row-main">{escape(words)}</span>{drawing("chevron-right")}</a></li>\n'
        for end, words in ways
    )
    return f'<ul class="lr-rows">{"".join(lines)}</ul>'


def _menu_at(part: MenuAt) -> str:
    return _menu(part.menu).replace(HERE, escape(part.here))


PARTS: Mapping[type[Any], Callable[[Any], str]] = {
    screen.Terms: _terms,
    Lead: _lead,
    Later: _later,
    screen.Words: lambda part: f"<p>{escape(part.words)}</p>",
    screen.Heading: lambda part: f"<h3>{escape(part.words)}</h3>",
    screen.Nothing: lambda part: empty(part.words),
    screen.Records: lambda part: records(part.lines),
    Struck: _struck,
    screen.TimeLine: lambda part: timeline(part.moments),
    screen.Pages: lambda part: entries(part.entries, sheet=False),
    MenuAt: _menu_at,
}
