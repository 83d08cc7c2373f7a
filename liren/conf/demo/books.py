"""Writes spreadsheets the way offices keep them: title lines, heads of two lines, merged cells, totals; and CSV in GB18030."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Head:
    """What a column is called, under a common head if it has one."""

    word: str
    over: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: ``merged`` are runs of rows (first, last) that share one cell in the columns ``merged_columns``."""

    name: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    titles: Sequence[str] = ()
    totals: Sequence[Sequence[Cell]] = ()
    merged: Sequence[tuple[int, int]] = ()
    merged_columns: Sequence[int] = ()


def write_book(path: Path, sheet: Sheet) -> int:
    """Write a sheet into a workbook of its own, the same bytes each time; return the line of its first row (1-based)."""
    with xlsxwriter.Workbook(
        str(path), {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": datetime(2024, 1, 1)})  # noqa: DTZ001  sheets know no time zones
        page = book.add_worksheet(sheet.name)
        title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        head = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True})
        plain, day = book.add_format({"border": 1}), book.add_format({"border": 1, "num_format": "yyyy/m/d"})
        last = len(sheet.heads) - 1
        line = 0
        for words in sheet.titles:
            page.merge_range(line, 0, line, last, words, title)
            line += 1
        line = _heads(page, sheet.heads, line, head)
        first = line
        for row in (*sheet.rows, *sheet.totals):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(line, column, cell, day)
                elif isinstance(cell, str):
                    page.write_string(line, column, cell, plain)
                elif cell is not None:
                    page.write_number(line, column, cell, plain)
            line += 1
        for top, bottom in sheet.merged:
            for column in sheet.merged_columns:
                cell = sheet.rows[top][column]
                page.merge_range(first + top, column, first + bottom, column, "" if cell is None else cell, plain)
        page.set_column(0, last, 14)
        page.freeze_panes(first, 0)
    return first + 1


def _heads(page: xlsxwriter.worksheet.Worksheet, heads: Sequence[Head], line: int, form: object) -> int:
    """Write the head in one line, or in two with common heads above; return the line below it."""
    if not any(head.over for head in heads):
        for column, head in enumerate(heads):
            page.write_string(line, column, head.word, form)
        return line + 1
    column = 0
    while column < len(heads):
        over = heads[column].over
        if not over:
            page.merge_range(line, column, line + 1, column, heads[column].word, form)
            column += 1
            continue
        end = column
        while end + 1 < len(heads) and heads[end + 1].over == over:
            end += 1
        page.merge_range(line, column, line, end, over, form)
        for place in range(column, end + 1):
            page.write_string(line + 1, place, heads[place].word, form)
        column = end + 1
    return line + 2


def write_csv(path: Path, lines: Sequence[Sequence[Cell]]) -> None:
    """Write lines in GB18030 with the ends of lines that Windows has."""
    with path.open("w", encoding="gb18030", newline="") as out:
        csv.writer(out).writerows(lines)
