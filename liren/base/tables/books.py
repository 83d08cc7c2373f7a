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

PIECE = 1 << 18
COLUMN = re.compile(r"[A-Z]+")
DAYS = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
QUIET = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
BUILT_IN_DAYS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001  sheets know no time zones
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

    def _parsed(self, part: str, reader: Any) -> Iterator[Any]:
        parser = _parser()
        reader.listen(parser)
        for piece in self._pieces(part):
            _feed(parser, piece)
            if reader.done:
                yield from reader.done
                reader.done.clear()
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


def _feed(parser: Any, piece: bytes, *, last: bool = False) -> None:
    try:
        parser.Parse(piece, last)
    except (expat.ExpatError, ValueError, IndexError):
        raise limits.broken() from None


class _Strings:
    """Collects the shared strings, without the readings that stand over Chinese characters."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.text: list[str] = []
        self.wanted = False
        self.reading = 0

    def listen(self, parser: Any) -> None:
        """Take the parser's events."""
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        parser.CharacterDataHandler = self.words

    def start(self, name: str, _given: dict[str, str]) -> None:
        """Begin an element."""
        tag = name.rpartition(":")[2]
        if tag == "t":
            self.wanted = not self.reading
        elif tag == "si":
            self.text.clear()
        elif tag == "rPh":
            self.reading += 1

    def end(self, name: str) -> None:
        """End an element."""
        tag = name.rpartition(":")[2]
        if tag == "t":
            self.wanted = False
        elif tag == "si":
            self.done.append("".join(self.text)[: limits.LONGEST_CELL])
        elif tag == "rPh":
            self.reading -= 1

    def words(self, text: str) -> None:
        """Take characters."""
        if self.wanted:
            self.text.append(text)


class _Rows:
    """Collects (number, cells) of each row."""

    def __init__(self, shared: list[str], day_styles: list[bool], is_1904: bool) -> None:
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

    def end(self, name: str) -> None:
        """End an element."""
        tag = name if ":" not in name else name.rpartition(":")[2]
        if tag == "c":
            if self.text:
                value = self._value("".join(self.text) if len(self.text) > 1 else self.text[0])
                if value is not None and value != "":
                    self._put(value)
        elif tag in {"v", "t"}:
            self.wanted = False
        elif tag == "row":
            self.done.append((self.number, self.cells))

    def words(self, text: str) -> None:
        """Take characters."""
        if self.wanted:
            self.text.append(text)

    def _put(self, value: Cell) -> None:
        if self.column > limits.MOST_COLUMNS:
            raise limits.too_wide()
        missing = self.column - 1 - len(self.cells)
        if missing > 0:
            self.cells.extend([None] * missing)
        if missing < 0:
            self.cells[self.column - 1] = value
        else:
            self.cells.append(value)

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
