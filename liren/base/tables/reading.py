"""One way to open any table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from liren.base.tables import books, delimited, limits, old

Cell = str | int | float | bool | date | datetime | None
Row = list[Cell]

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was opened: what it is (``xlsx``, ``xls``, ``ods``, ``csv``), its encoding if it is text, and its sheets."""

    path: Path
    kind: str
    encoding: str
    sheets: tuple[str, ...]

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """Yield the rows of a sheet from the first line on, from the beginning each time; raise ``Refusal`` where it breaks off."""
        if self.kind == "csv":
            for line in delimited.rows(self.path, self.encoding):
                yield list(line)
        elif self.kind == "xlsx":
            book = books.Book(self.path)
            yield from book.rows(book.sheets[sheet])
        else:
            lines = old.read(self.path, sheet)
            next(lines)
            for found in lines:
                yield [old.cell(value) for value in found]


def open_table(path: Path) -> Table:
    """Find out what a file is and which sheets it shows; raise ``Refusal`` for what is no table or cannot be read."""
    size = path.stat().st_size
    if not size:
        raise limits.empty()
    if size > limits.LARGEST:
        raise limits.too_large()
    with path.open("rb") as file:
        head = file.read(delimited.BEGINNING)
    if head.startswith(ZIP):
        return _zipped(path, size)
    if head.startswith(OLE):
        return _old(path, size, "xls")
    encoding = delimited.encoding_of(head)
    if encoding is None or head.lstrip()[:5].lower() in {b"<html", b"<?xml", b"%pdf-", b"{\\rtf"}:
        raise limits.no_table()
    return Table(path, "csv", encoding, ("",))


def _zipped(path: Path, size: int) -> Table:
    import zipfile  # noqa: PLC0415

    try:
        with zipfile.ZipFile(path) as parts:
            names = set(parts.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise limits.broken() from None
    if "xl/workbook.xml" in names:
        book = books.Book(path)
        if not book.sheets:
            raise limits.empty()
        return Table(path, "xlsx", "", tuple(sheet.name for sheet in book.sheets))
    if "xl/workbook.bin" in names:
        return _old(path, size, "xlsb")
    if "content.xml" in names and "mimetype" in names:
        return _old(path, size, "ods")
    raise limits.no_table()


def _old(path: Path, size: int, kind: str) -> Table:
    if size > limits.LARGEST_OLD:
        raise limits.too_large()
    lines = old.read(path, None)
    names = next(lines, None)
    for _rest in lines:
        pass
    if not names:
        raise limits.empty()
    return Table(path, kind, "", tuple(names))
