"""XLSX as a stream: shared strings, date formats, the visible sheets, and rows one after the other."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from liren.base.tables import limits
from liren.base.tables.plain import CELL, ROW, ROW_NUMBER, STRING, spoken

PIECE = 1 << 18
COLUMN = re.compile(r"[A-Z]+")
DAYS = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
QUIET = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
BUILT_IN_DAYS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001  sheets know no time zones
LONGEST_ITEM = 4 * 1024 * 1024
OTHER_CODES = re.compile(rb"""^[^<]*<\?xml[^>]*encoding=(?!["']utf-8["'])""", re.IGNORECASE)
LAST_SERIAL = 2_958_465  # 9999-12-31
Cell = str | int | float | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet: its name and the part of the file that holds it."""

    name: str
    part: str


class Book:
    """A workbook, opened; nothing but its table of contents, styles and shared strings is in memory."""

    def __init__(self, path: Path) -> None:
        try:
            self.parts = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise limits.broken() from None
        self.names = {info.filename: info for info in self.parts.infolist()}
        self.unpacked = 0
        self._measure()
        self.sheets, self.is_1904 = self._contents()
        self.day_styles = self._styles()
        self._shared: list[str] | None = None

    def _measure(self) -> None:
        if any(info.flag_bits & 1 for info in self.names.values()):
            raise limits.locked()
        if sum(info.file_size for info in self.names.values()) > limits.UNPACKED:
            raise limits.bomb()
        for info in self.names.values():
            if info.file_size > limits.MEASURED and info.file_size > limits.THICKEST * max(info.compress_size, 1):
                raise limits.bomb()

    def rows(self, sheet: Sheet) -> Iterator[list[Cell]]:
        """Yield the rows of a sheet, gaps as empty rows; each row as long as its last filled cell."""
        if self._shared is None:
            self._shared = list(self._strings())
        reader = _Rows(self._shared, self.day_styles, self.is_1904)
        number = 0
        for found, cells in self._parsed(sheet.part, reader):
            if found > limits.MOST_ROWS:
                raise limits.too_long()
            if found - number > 1000:  # a filled cell far below: nobody's table
                number = found - 1
            while number < found - 1:
                number += 1
                yield []
            number = max(found, number)
            yield cells

    def _strings(self) -> Iterator[str]:
        part = next((name for name in self.names if name.lower() == "xl/sharedstrings.xml"), "")
        if part:
            if self.names[part].file_size > limits.UNPACKED_TEXTS:
                raise limits.too_large()
            yield from self._parsed(part, _Strings())

    def _contents(self) -> tuple[list[Sheet], bool]:
        targets = {
            one["Id"]: one["Target"]
            for one in self._elements("xl/_rels/workbook.xml.rels", "Relationship")
            if "Id" in one and "Target" in one
        }
        book = self._elements("xl/workbook.xml", "sheet", "workbookPr")
        sheets = []
        for one in book:
            target = targets.get(
                next((value for name, value in one.items() if name.endswith(":id") or name == "id"), ""), ""
            )
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if target and one.get("state", "visible") == "visible" and part in self.names:
                sheets.append(Sheet(one.get("name", ""), part))
        return sheets, any(one.get("date1904") in {"1", "true"} for one in book)

    def _styles(self) -> list[bool]:
        """Return, for each cell style, whether it shows a number as a day."""
        if "xl/styles.xml" not in self.names:
            return []
        own: dict[str, bool] = {}
        styles: list[bool] = []
        inside = [False]

        def start(name: str, given: dict[str, str]) -> None:
            tag = name.rpartition(":")[2]
            if tag == "numFmt":
                code = QUIET.sub("", given.get("formatCode", ""))
                own[given.get("numFmtId", "")] = bool(DAYS.search(code.split(";")[0]))
            elif tag == "cellXfs":
                inside[0] = True
            elif tag == "xf" and inside[0]:
                number = given.get("numFmtId", "0")
                styles.append(own[number] if number in own else number.isdigit() and int(number) in BUILT_IN_DAYS)

        def end(name: str) -> None:
            if name.rpartition(":")[2] == "cellXfs":
                inside[0] = False

        self._parse("xl/styles.xml", start, end)
        return styles

    def _elements(self, part: str, *wanted: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []

        def start(name: str, given: dict[str, str]) -> None:
            if name.rpartition(":")[2] in wanted:
                found.append(given)

        if part not in self.names:
            raise limits.broken()
        self._parse(part, start, None)
        return found

    def _parse(self, part: str, start: Any, end: Any) -> None:
        if self.names[part].file_size > limits.MEASURED:
            raise limits.bomb()
        parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        for piece in self._pieces(part):
            _feed(parser, piece)

    def _parsed(self, part: str, reader: "_Strings | _Rows") -> Iterator[Any]:
        """Yield what a reader makes of a part: plain items by patterns, everything else, in its place, by the XML parser."""
        parser = _parser()
        reader.listen(parser)
        rest, has_begun, is_plain = b"", False, False
        for piece in self._pieces(part):
            rest += piece
            if not has_begun:
                found = reader.opening.search(rest)
                has_begun = found is not None or len(rest) > PIECE
                if found is not None:
                    _feed(parser, rest[: found.end()])
                    is_plain = reader.is_between and OTHER_CODES.search(rest, 0, found.start()) is None
                    rest = rest[found.end() :]
            if is_plain and (cut := rest.rfind(reader.closing)) >= 0:
                cut += len(reader.closing)
                is_plain = _take(parser, reader, rest[:cut])
                rest = rest[cut:]
            if has_begun and (not is_plain or len(rest) > LONGEST_ITEM):
                is_plain = False
                _feed(parser, rest)
                rest = b""
            if reader.done:
                yield from reader.done
                reader.done.clear()
        _feed(parser, rest)
        _feed(parser, b"", last=True)
        yield from reader.done

    def _pieces(self, part: str) -> Iterator[bytes]:
        """Yield a part piece by piece, counting what is really unpacked: what the file says of itself may be untrue."""
        packed = max(self.names[part].compress_size, 1)
        here = 0
        try:
            with self.parts.open(part) as file:
                while piece := _some(file):
                    here += len(piece)
                    self.unpacked += len(piece)
                    if self.unpacked > limits.UNPACKED or (here > limits.MEASURED and here > limits.THICKEST * packed):
                        raise limits.bomb()
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, KeyError):
            raise limits.broken() from None


def _some(file: IO[bytes]) -> bytes:
    return file.read(PIECE)


def _parser() -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1 << 16

    def refuse(*_given: Any) -> None:
        raise limits.broken()

    parser.StartDoctypeDeclHandler = refuse  # no sheet has one: entities are a way to unpack without end
    return parser


def _take(parser: Any, reader: "_Strings | _Rows", block: bytes) -> bool:
    """Read items, each up to its closing, by patterns, and by the parser what is not plain; say whether to go on so behind them.

    An item that is left out is whole, so what the parser gets stays well formed. Once it has met a comment or the like it gets
    everything: what looks like an item may be none inside of one.
    """
    try:
        text = block.decode()
        at = 0
        while at < len(text):
            end = reader.plain(text, at)
            if not end:
                end = text.index(reader.end_tag, at) + len(reader.end_tag)
                odd = text[at:end]
                _feed(parser, odd.encode())
                if "<!" in odd or "<?" in odd or not reader.is_between:
                    _feed(parser, text[end:].encode())
                    return False
            at = end
    except (ValueError, IndexError):
        raise limits.broken() from None
    return True


def _feed(parser: Any, piece: bytes, *, last: bool = False) -> None:
    try:
        parser.Parse(piece, last)
    except (expat.ExpatError, ValueError, IndexError):
        raise limits.broken() from None


class _Strings:
    """Collects the shared strings, without the readings that stand over Chinese characters."""

    opening, closing, end_tag = re.compile(rb"<sst(?: [^<>]*)?>"), b"</si>", "</si>"

    def __init__(self) -> None:
        self.is_between = False
        self.done: list[str] = []
        self.text: list[str] = []
        self.wanted = False
        self.reading = 0

    def listen(self, parser: Any) -> None:
        """Take the parser's events."""
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        parser.CharacterDataHandler = self.words

    def plain(self, text: str, at: int) -> int:
        """Take a string without parts and return where it ends; nothing for any other."""
        found = STRING.match(text, at)
        words = None if found is None else spoken(found[1])
        if found is None or words is None:
            return 0
        self.done.append(words[: limits.LONGEST_CELL])
        return found.end()

    def start(self, name: str, _given: dict[str, str]) -> None:
        """Begin an element."""
        tag = name.rpartition(":")[2]
        if tag == "t":
            self.wanted = not self.reading
        elif tag == "sst":
            self.is_between = True
        elif tag == "si":
            self.is_between = False
            self.text.clear()
        elif tag == "rPh":
            self.reading += 1

    def end(self, name: str) -> None:
        """End an element."""
        tag = name.rpartition(":")[2]
        if tag == "t":
            self.wanted = False
        elif tag == "si":
            self.is_between = True
            self.done.append("".join(self.text)[: limits.LONGEST_CELL])
        elif tag == "rPh":
            self.reading -= 1

    def words(self, text: str) -> None:
        """Take characters."""
        if self.wanted:
            self.text.append(text)


class _Rows:
    """Collects (number, cells) of each row."""

    opening, closing, end_tag = re.compile(rb"<sheetData>"), b"</row>", "</row>"

    def __init__(self, shared: list[str], day_styles: list[bool], is_1904: bool) -> None:
        self.is_between = False
        self.done: list[tuple[int, list[Cell]]] = []
        self.shared, self.day_styles = shared, day_styles
        self.epoch = EPOCH_1904 if is_1904 else EPOCH
        self.number = 0
        self.cells: list[Cell] = []
        self.column = 0
        self.kind = self.style = ""
        self.text: list[str] = []
        self.wanted = False
        self.columns: dict[str, int] = {}

    def listen(self, parser: Any) -> None:
        """Take the parser's events."""
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        parser.CharacterDataHandler = self.words

    def plain(self, text: str, at: int) -> int:
        """Take a row of plain cells and return where it ends; nothing for any other."""
        head = ROW.match(text, at)
        if head is None:
            return 0
        end = head.end()
        cells: list[Cell] = []
        if not head[2]:
            end = text.index("</row>", end)
            parts = CELL.split(text[head.end() : end])
            end += len("</row>")
            if any(parts[::6]):
                return 0
            columns, shared = self.columns, self.shared
            for letters, style, kind, value, inline in zip(*(parts[place::6] for place in range(1, 6)), strict=True):
                words = value or inline
                if not words:
                    continue
                if "&" in words:
                    words = spoken(words)
                    if words is None:
                        return 0
                if kind == "s":
                    found: Cell = shared[int(words)]
                else:
                    self.kind, self.style = kind or "", style or ""
                    found = self._value(words)
                if found is not None and found != "":
                    column = columns.get(letters) or self._column(letters)
                    if column == len(cells) + 1 and column <= limits.MOST_COLUMNS:
                        cells.append(found)
                    else:
                        self._put(cells, column, found)
        number = ROW_NUMBER.search(head[1])
        self.number = self.number + 1 if number is None else int(number[1])
        self.done.append((self.number, cells))
        return end

    def start(self, name: str, given: dict[str, str]) -> None:
        """Begin an element."""
        tag = name if ":" not in name else name.rpartition(":")[2]
        if tag == "c":
            place = given.get("r")
            self.column = self._column(place) if place else self.column + 1
            self.kind, self.style = given.get("t", ""), given.get("s", "")
            self.text.clear()
        elif tag in {"v", "t"}:
            self.wanted = True
        elif tag == "row":
            number = given.get("r", "")
            self.number = int(number) if number.isdigit() and len(number) < 9 else self.number + 1
            self.cells, self.column = [], 0
            self.is_between = False
        elif tag == "sheetData":
            self.is_between = True

    def end(self, name: str) -> None:
        """End an element."""
        tag = name if ":" not in name else name.rpartition(":")[2]
        if tag == "c":
            if self.text:
                value = self._value("".join(self.text) if len(self.text) > 1 else self.text[0])
                if value is not None and value != "":
                    self._put(self.cells, self.column, value)
        elif tag in {"v", "t"}:
            self.wanted = False
        elif tag == "row":
            self.is_between = True
            self.done.append((self.number, self.cells))
        elif tag == "sheetData":
            self.is_between = False

    def words(self, text: str) -> None:
        """Take characters."""
        if self.wanted:
            self.text.append(text)

    @staticmethod
    def _put(cells: list[Cell], column: int, value: Cell) -> None:
        if column > limits.MOST_COLUMNS:
            raise limits.too_wide()
        missing = column - 1 - len(cells)
        if missing < 0:
            cells[column - 1] = value
        else:
            cells.extend([None] * missing)
            cells.append(value)

    def _column(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        known = self.columns.get(letters)
        if known is None:
            if len(letters) > 3 or not COLUMN.fullmatch(letters):
                raise limits.broken()
            known = 0
            for sign in letters:
                known = known * 26 + ord(sign) - 64
            self.columns[letters] = known
        return known

    def _value(self, text: str) -> Cell:  # noqa: PLR0911  a line for each kind  # noqa: PLR0911
        kind = self.kind
        if kind == "s":
            return self.shared[int(text)]
        if kind in {"str", "inlineStr"}:
            return text[: limits.LONGEST_CELL]
        if kind == "b":
            return text == "1"
        if kind == "e":
            return None  # #REF! and the like say nothing
        if kind == "d":
            return _iso(text)
        number = as_number(text)
        if number is None:
            return text
        style = self.style
        if style.isdigit() and int(style) < len(self.day_styles) and self.day_styles[int(style)]:
            return as_day(number, self.epoch)
        return number


def as_number(text: str) -> int | float | None:
    """Return a number as a sheet writes it, whole ones as integers."""
    try:
        found = float(text)
    except ValueError:
        return None
    if found != found or found in {float("inf"), float("-inf")}:  # noqa: PLR0124  not a number
        return None
    return int(found) if found.is_integer() and abs(found) < 1e19 else found


def as_day(number: int | float, epoch: datetime = EPOCH) -> Cell:
    """Return the day, or moment, of a serial number; the number itself where there is none."""
    if not 0 < number <= LAST_SERIAL:
        return number
    if float(number).is_integer():
        return (epoch + timedelta(days=number)).date()
    return epoch + timedelta(seconds=round(number * 86_400))


def _iso(text: str) -> Cell:
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text
