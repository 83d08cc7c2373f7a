"""XLS, XLSB and ODS: read in a child process with limits on time and memory, because their readers take a book whole.

Run as a program (``python -m liren.base.tables.old FILE SHEET``) it writes the names of the visible sheets, then the rows, as
lines of JSON.
"""

import io
import json
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from liren.base.tables import limits

Row = list[Any]
BEGINNING = 1024 * 1024
SHORT = range(12, 19)
"""BrtShortBlank to BrtShortIsst: cells without a column of their own ([MS-XLSB] 2.3), which the reader passes over in silence."""


def read(path: Path, sheet: int | None) -> Iterator[Any]:
    """Yield what the child writes: first the names of the sheets, then the rows of the chosen one."""
    command = [sys.executable, "-m", "liren.base.tables.old", str(path), "" if sheet is None else str(sheet)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_quiet()) as child:
        assert child.stdout is not None
        complete = False
        try:
            for line in child.stdout:
                found = json.loads(line)
                if isinstance(found, dict):
                    complete = found.get("end") is True
                    _refuse(found)
                    break
                yield found
        except ValueError:
            complete = False
        finally:
            child.kill()
            child.wait()
        if not complete:
            raise limits.broken()


def cell(value: Any) -> Any:
    """Return a cell of a line: days come as ``["2024-01-31"]``."""
    if isinstance(value, list):
        text = str(value[0])
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    return value


def _refuse(found: dict[str, Any]) -> None:
    if found.get("end") == "locked":
        raise limits.locked()
    if found.get("end") == "short":
        raise limits.half_read()
    if found.get("end") == "wide":
        raise limits.too_wide()
    if found.get("end") == "long":
        raise limits.too_long()


def _quiet() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV"}}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "RUST_BACKTRACE": "0"}


def main(arguments: list[str]) -> None:
    """Write a book as lines."""
    resource.setrlimit(resource.RLIMIT_CPU, (limits.CHILD_SECONDS, limits.CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (limits.CHILD_BYTES, limits.CHILD_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import python_calamine as calamine  # noqa: PLC0415  only here is it given bytes

    def write(value: Any) -> None:
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")

    content = Path(arguments[0]).read_bytes()
    try:
        if has_short_cells(content):
            return write({"end": "short"})
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        kinds = (calamine.SheetTypeEnum.WorkSheet, calamine.SheetVisibleEnum.Visible)
        names = [one.name for one in book.sheets_metadata if (one.typ, one.visible) == kinds]
        write(names)
        if arguments[1]:
            sheet = book.get_sheet_by_name(names[int(arguments[1])])
            if sheet.total_height > limits.MOST_ROWS:
                return write({"end": "long"})
            for row in sheet.iter_rows():
                cells = [_plain(one) for one in row]
                while cells and cells[-1] in {None, ""}:
                    cells.pop()
                if len(cells) > limits.MOST_COLUMNS:
                    return write({"end": "wide"})
                write([[one] if isinstance(one, _Day) else one for one in cells])
        write({"end": True})
    except calamine.PasswordError:
        write({"end": "locked"})


def has_short_cells(content: bytes) -> bool:
    """Say whether a binary book has cells that would be lost: a writer that uses them at all begins with the second cell of a row."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.lower().startswith("xl/worksheets/") and name.endswith(".bin"):
                with parts.open(name) as part:
                    if any(kind in SHORT for kind in _records(part.read(BEGINNING))):
                        return True
    return False


def _records(content: bytes) -> Iterator[int]:
    """Yield the kinds of the records of a binary part: one or two bytes each, then the length in groups of seven bits."""
    place = 0
    while place + 1 < len(content):
        kind, place = content[place], place + 1
        if kind & 0x80:
            kind, place = (kind & 0x7F) | (content[place] & 0x7F) << 7, place + 1
        length = shift = 0
        while place < len(content) and shift < 28:
            part, place = content[place], place + 1
            length |= (part & 0x7F) << shift
            shift += 7
            if not part & 0x80:
                break
        yield kind
        place += length


class _Day(str):
    """The text of a day."""

    __slots__ = ()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        whole = (value.hour, value.minute, value.second) == (0, 0, 0)
        return _Day(value.date().isoformat() if whole else value.replace(microsecond=0).isoformat())
    if isinstance(value, date):
        return _Day(value.isoformat())
    if isinstance(value, time | timedelta):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


if __name__ == "__main__":
    main(sys.argv[1:])
