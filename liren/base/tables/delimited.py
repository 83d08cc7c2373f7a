"""Delimited text: its encoding and its separator told from the beginning, its rows as a stream."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from liren.base.tables import limits

BEGINNING = 256 * 1024
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
SEPARATORS = (",", "\t", ";", "|", "，")
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(content: bytes) -> str | None:
    """Return the encoding of the beginning of a text, nothing for what is no text."""
    for mark, name in MARKS:
        if content.startswith(mark):
            return name if _decodes(content, name) else None
    if content and (sixteen := _sixteen(content)):
        return sixteen
    if BINARY.search(content):
        return None
    for name in ("utf-8", "gb18030"):
        if _decodes(content, name):
            return name
    return None


def _sixteen(content: bytes) -> str | None:
    """Return UTF-16 without a mark: commas, tabs and line ends have a zero byte on one side."""
    pairs = content[: len(content) // 2 * 2]
    for name, ends in (
        ("utf-16-le", (b",\0", b"\t\0", b"\n\0")),
        ("utf-16-be", (b"\0,", b"\0\t", b"\0\n")),
    ):
        units = {pairs[place : place + 2] for place in range(0, min(len(pairs), 8192), 2)}
        if any(end in units for end in ends) and b"\0\0" not in units and _decodes(content, name):
            return name
    return None


def _decodes(content: bytes, name: str) -> bool:
    """Say whether a beginning, which may end inside a character, is text of an encoding."""
    try:
        text = codecs.getincrementaldecoder(name)().decode(content, final=False)
    except UnicodeDecodeError:
        return False
    return not any(sign < " " and sign not in "\t\r\n\f\x1b" for sign in text[:4096])


def separator_of(text: str) -> str:
    """Return the separator that divides the first lines most evenly; a comma when there is none."""
    lines = [line for line in text.splitlines()[:40] if line.strip()]
    best, most = ",", 0.0
    for sign in SEPARATORS:
        counts = sorted(_outside(line, sign) for line in lines)
        if counts and (middle := counts[len(counts) // 2]):
            even = sum(count == middle for count in counts) / len(counts)
            if middle * even > most:
                best, most = sign, middle * even
    return best


def _outside(line: str, sign: str) -> int:
    return re.sub(r'"[^"]*"', "", line).count(sign)


def rows(path: Path, encoding: str) -> Iterator[list[str]]:
    """Yield the rows of a text file; raise ``Refusal`` for one that is no such text further on, or has cells without end."""
    with path.open("rb") as raw:
        head = raw.read(BEGINNING)
    before = csv.field_size_limit(limits.LONGEST_CELL)
    try:
        sample = codecs.getincrementaldecoder(encoding)().decode(head, final=False)
        with path.open("r", encoding=encoding, newline="") as file:
            yield from _read(file, separator_of(sample))
    except UnicodeDecodeError:
        raise limits.broken() from None
    except csv.Error as error:
        if "field larger" in str(error):
            raise limits.broken() from None
        raise limits.broken() from error
    finally:
        csv.field_size_limit(before)


def _read(file: io.TextIOBase, separator: str) -> Iterator[list[str]]:
    clean = (line.replace("\0", "") for line in _lines(file))
    for number, row in enumerate(csv.reader(clean, delimiter=separator)):
        if number >= limits.MOST_ROWS:
            raise limits.too_long()
        if len(row) > limits.MOST_COLUMNS:
            if any(cell.strip() for cell in row[limits.MOST_COLUMNS :]):
                raise limits.too_wide()
            del row[limits.MOST_COLUMNS :]
        yield row


def _lines(file: io.TextIOBase) -> Iterator[str]:
    """Yield lines, none of them longer than a row can be."""
    longest = 4 * 1024 * 1024
    while line := file.readline(longest):
        if len(line) >= longest:
            raise limits.too_wide()
        yield line
