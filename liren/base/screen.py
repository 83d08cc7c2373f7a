"""What a page is told to show, as plain values: fields of a form, lines of a time line, links of a menu.

A room describes its pages with these; `faces/look` draws them. Nothing here knows how it will look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

Tone = Literal["", "info", "good", "soon", "danger"]
Widget = Literal[
    "text", "textarea", "number", "money", "date", "yesno", "radio", "select", "checks", "check", "phone", "id", "file", "position", "code", "password", "hidden",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that may be chosen; answers of one ``group`` stand together under its words."""

    value: str
    label: str
    help: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that is already there: its name, its size or other words, where to see it."""

    name: str
    value: str
    words: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in words and, when known, in WGS 84 degrees."""

    text: str = ""
    latitude: str = ""
    longitude: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form.

    ``value`` is what the widget shows (text; ``bool`` for ``yesno`` and ``check``; a list for ``checks``; a ``Position``).
    ``shown_if`` names another field and the values of it for which this one is asked.
    ``known`` marks a value that we already hold and filled in.
    """

    name: str
    label: str
    widget: Widget = "text"
    value: Any = ""
    help: str = ""
    error: str = ""
    required: bool = True
    options: Sequence[Option] = ()
    unit: str = ""
    placeholder: str = ""
    maxlength: int | None = None
    minimum: str = ""
    maximum: str = ""
    accept: str = ""
    multiple: bool = False
    files: Sequence[HeldFile] = ()
    known: bool = False
    autocomplete: str = "off"
    shown_if: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a time line: when, what happened in a whole sentence, and how it stands now."""

    when: datetime | date | None
    sentence: str
    tone: Literal["", "now", "good", "soon", "wait", "danger"] = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A way to somewhere: address, words, icon, a second line, a number waiting there."""

    url: str
    words: str
    icon: str = ""
    note: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Chip:
    """A word that stands out: a state, a warning. The icon goes with the tone unless another is named."""

    words: str
    tone: Tone = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """The state of a case; the look knows its tone and icon."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title and how its words stand, ``number`` for receipt numbers and the like."""

    title: str
    style: Literal["", "nowrap", "number"] = ""


Cell = str | Chip | State


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table; its first cell leads to ``url``."""

    url: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list that leads somewhere: a title, quieter words beside and below it, a chip."""

    url: str
    title: str
    beside: str = ""
    below: str = ""
    chip: Chip | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A line of somebody's file: from when until when, what kind, what it says, where it comes from, and the ways on from it."""

    when: str
    kind: str
    sentence: str
    origin: str
    icon: str
    holds: bool = True
    leads: Link | None = None
    change: Link | None = None


# The cards of a page about somebody or something: what each part says.


@dataclass(frozen=True, slots=True)
class Term:
    """A term and what is said of it, in one line or several; ``is_number`` for receipt numbers and the like."""

    term: str
    lines: Sequence[str]
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms, each with what is said of it."""

    rows: Sequence[Term]


@dataclass(frozen=True, slots=True)
class Lead:
    """A way on in a line of its own, with words before it and quiet ones behind; ``sheet`` opens it in the side sheet."""

    link: Link
    before: str = ""
    beside: str = ""
    style: Literal["", "quiet", "primary"] = ""
    sheet: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """A part that a page of another room gives: asked for when the page is there, a way to it until then and without scripts."""

    link: Link


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence."""

    words: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows in a card."""

    words: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """A card that is empty says so."""

    words: str


@dataclass(frozen=True, slots=True)
class Records:
    """The lines of somebody's file."""

    lines: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Struck:
    """Lines that were corrected, folded away under words that say how many."""

    words: str
    lines: Sequence[Record]


@dataclass(frozen=True, slots=True)
class TimeLine:
    """What happened, in sentences."""

    moments: Sequence[Moment]


@dataclass(frozen=True, slots=True)
class Pages:
    """A list of which each line leads to a page."""

    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True, eq=False)
class Menu:
    """What can be done next, the same words for many pages: addresses are the ends of one; ``more`` is folded away under ``words``."""

    ways: tuple[tuple[str, str], ...]
    more: tuple[tuple[str, str], ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class MenuAt:
    """A menu whose addresses begin with ``here``."""

    menu: Menu
    here: str


Part = Terms | Lead | Later | Words | Heading | Nothing | Records | Struck | TimeLine | Pages | MenuAt


@dataclass(frozen=True, slots=True)
class Card:
    """A part of a page on paper of its own; ``name`` is its id."""

    title: str
    name: str
    parts: Sequence[Part]
