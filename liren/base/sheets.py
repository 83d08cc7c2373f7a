"""Tables that leave the house: XLSX with a frozen head and sensible widths, CSV that no spreadsheet takes for formulas."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
from django.utils import timezone

Kind = Literal["text", "number", "money", "day", "moment"]
Cell = str | int | float | date | datetime | None

WIDEST, NARROWEST = 48, 8
FORBIDDEN_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
FORMATS = {"number": "#,##0", "money": "#,##0.00", "day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head and what its cells hold. Codes and ID numbers are ``text``; ``money`` cells come in fen."""

    head: str
    kind: Kind = "text"


def xlsx(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    notes: Sequence[str] = (),
    *,
    folder: Path | None = None,
) -> bytes:
    """Return a workbook with one sheet: the head frozen and filterable, texts as texts, ``notes`` on a second sheet.

    With a ``folder`` many rows go through a file there, which is removed, one after the other; else all stand in memory.
    """
    made = io.BytesIO()
    options: dict[str, Any] = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    options |= {"in_memory": True} if folder is None else {"constant_memory": True, "tmpdir": str(folder)}
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"title": title, "created": datetime(2024, 1, 1)})  # noqa: DTZ001  the same bytes every time
        base = {"font_name": "Microsoft YaHei", "font_size": 10.5, "valign": "vcenter"}
        head = book.add_format(base | {"bold": True, "bg_color": "#E6F1EE", "font_color": "#1D2A2F", "bottom": 1})
        formats = {
            "text": book.add_format(base | {"num_format": "@"}),
            **{kind: book.add_format(base | {"num_format": form}) for kind, form in FORMATS.items()},
        }
        sheet = book.add_worksheet(title.translate(FORBIDDEN_IN_SHEET_NAMES).strip()[:31] or None)
        widths = [_width(column.head) + 3 for column in columns]
        for index, column in enumerate(columns):
            sheet.write_string(0, index, column.head, head)
        last = 0
        for last, row in enumerate(rows, 1):
            for index, (column, value) in enumerate(zip(columns, row, strict=True)):
                _write(sheet, last, index, value, column.kind, formats[column.kind])
                widths[index] = max(widths[index], _width(_words(value, column.kind)) + 2)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, min(max(widths[index], NARROWEST), WIDEST), formats[column.kind])
        sheet.freeze_panes(1, 0)
        sheet.set_default_row(20)
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        if notes:
            beside = book.add_worksheet("说明")
            beside.set_column(0, 0, 100)
            for line, note in enumerate(notes):
                beside.write_string(line, 0, note, book.add_format(base | {"text_wrap": True}))
    return made.getvalue()


def text_csv(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a CSV file in UTF-8 with a mark that Excel and WPS read; a text that begins like a formula gets an apostrophe."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow([_harmless(column.head) for column in columns])
    for row in rows:
        writer.writerow(
            [
                _harmless(_words(value, column.kind)) if isinstance(value, str) else _words(value, column.kind)
                for column, value in zip(columns, row, strict=True)
            ]
        )
    return made.getvalue().encode("utf-8-sig")


def _write(sheet: Any, line: int, index: int, value: Cell, kind: Kind, form: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(line, index, None, form)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, index, _local(value), form)
    elif isinstance(value, date):
        sheet.write_datetime(line, index, value, form)
    elif isinstance(value, str) or kind == "text":
        sheet.write_string(line, index, str(value), form)  # never a number: an ID number would lose its last digits
    else:
        sheet.write_number(line, index, value / 100 if kind == "money" else value, form)


def _words(value: Cell, kind: Kind) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{_local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if kind == "money" and isinstance(value, int):
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
    return str(value)


def _local(moment: datetime) -> datetime:
    """Return the wall clock of a moment: sheets know no time zones."""
    return timezone.localtime(moment).replace(tzinfo=None) if timezone.is_aware(moment) else moment


def _harmless(words: str) -> str:
    return "'" + words if words.startswith(FORMULA_STARTS) else words


def _width(words: str) -> int:
    """Return how many columns a text takes: a Chinese character takes two."""
    longest = max(words.splitlines() or [""], key=len)
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in longest)
