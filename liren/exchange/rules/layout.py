"""What a sheet looks like: title lines, a head of one or two lines, rows, totals and signatures at the bottom, household blocks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from liren.exchange.enums import Aside, Target
from liren.exchange.rules import headers, values

LOOKED_AT = 60
MOST_HEAD_LINES = 3
TOTAL = re.compile(r"(?:合\s*计|总\s*计|小\s*计|共\s*计|本页合计|累\s*计|合计数).{0,12}")
REMARK = re.compile(
    r"(?:填表|制表|审核|负责|经办|复核|填报|单位|统计|联系)(?:人|单位|部门|日期|时间|负责人|电话)?\s*[:：(（].*|(?:注|备注|说明|附注)\s*\d*\s*[:：.].*|\d{4}年\d{1,2}月\d{1,2}日|第\s*\d+\s*页.*"
)
BEGINS_NO_ROW = frozenset("合总小共本累填制审负经复单统联注备说附第")
"""What TOTAL and REMARK begin with; the days of a signature have 年 in them."""
LETTERS = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""With Chinese signs those that are the same however a text is made plain."""
MOST_OF_A_REMARK = 4
LIKE_VALUES = re.compile(r"[0-9]{6,}.*|[0-9]{1,4}|[0-9./-]{6,}")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the head of a sheet lies (1-based lines, both included) and what its columns are called."""

    head_from: int
    head_to: int
    heads: tuple[str, ...]

    @property
    def first_row(self) -> int:
        """Return the number of the first line below the head."""
        return self.head_to + 1


def find(lines: Sequence[Sequence[Any]]) -> Layout:
    """Return the layout of a sheet from its first lines: the line with most known heads, with the line above or below it that belongs to it."""
    best, most = 0, 0.0
    for number, line in enumerate(lines[:LOOKED_AT]):
        score = _score(line)
        if score > most:
            best, most = number, score
    if not most:
        best = next((number for number, line in enumerate(lines) if values.filled(line) > 1), 0)
    top = bottom = best
    if best + 1 < len(lines) and _continues(lines[best], lines[best + 1]):
        bottom = best + 1
    if best > 0 and bottom == best and _stands_above(lines[best - 1], lines[best]):
        top = best - 1
    return Layout(top + 1, bottom + 1, tuple(_joined(lines[top : bottom + 1])))


def _score(line: Sequence[Any]) -> float:
    texts = [values.text(cell) for cell in line]
    known = sum(1 for words in texts if headers.named(words) or headers.plain_head(words) in headers.NUMBERING)
    like_values = sum(1 for words in texts if LIKE_VALUES.fullmatch(words))
    return known - 1.5 * like_values if known > 1 or (known and values.filled(line) < 3) else 0


def _continues(head: Sequence[Any], below: Sequence[Any]) -> bool:
    """Say whether a line below a head is its second line: it fills gaps of the head, with words and no values."""
    texts = [values.text(cell) for cell in below]
    said = [(index, words) for index, words in enumerate(texts) if words]
    if not said or any(LIKE_VALUES.fullmatch(words) or len(words) > 12 for _index, words in said):
        return False
    known = sum(1 for _index, words in said if headers.named(words))
    fills = sum(1 for index, _words in said if index >= len(head) or not values.text(head[index]))
    return known > 0 and fills > 0 and known * 2 >= len(said)


def _stands_above(above: Sequence[Any], head: Sequence[Any]) -> bool:
    """Say whether a line above a head is its first line: several words, each over columns that the head fills."""
    said = [values.text(cell) for cell in above if values.text(cell)]
    gaps = sum(
        1
        for index, cell in enumerate(above)
        if values.text(cell) and index < len(head) and not values.text(head[index])
    )
    return (
        len(said) > 1
        and all(len(words) <= 12 and not LIKE_VALUES.fullmatch(words) for words in said)
        and (gaps > 0 or len(said) * 2 > len(head))
    )


def _joined(lines: Sequence[Sequence[Any]]) -> Iterator[str]:
    width = max((len(line) for line in lines), default=0)
    upper = ""
    for index in range(width):
        parts = [values.text(line[index]) if index < len(line) else "" for line in lines]
        if len(parts) > 1:
            if parts[0]:
                upper = parts[0]
            elif parts[1]:
                parts[0] = upper  # a merged head: only its first cell is filled
        yield "·".join(dict.fromkeys(part for part in parts if part))


def aside(cells: Sequence[Any], plain_heads: Sequence[str]) -> Aside | None:
    """Return why a line below the head is no row: blank, a head said again, totals, a remark or signature."""
    return None if _is_plainly_a_row(cells, plain_heads) else looked_at(cells, plain_heads)


def looked_at(cells: Sequence[Any], plain_heads: Sequence[str]) -> Aside | None:
    """Return what ``aside`` does after reading every cell."""
    said = [cell for cell in cells if cell is not None and cell != "" and values.says_something(cell)]
    if not said:
        return Aside.BLANK
    first, second = values.text(said[0]), values.text(said[1]) if len(said) > 1 else ""
    if TOTAL.fullmatch(first) or (TOTAL.fullmatch(second) and len(second) < 8):
        return Aside.TOTAL
    if len(said) <= MOST_OF_A_REMARK and REMARK.fullmatch(first):
        return Aside.REMARK
    return Aside.HEAD if len(said) > 2 and _is_head(cells, plain_heads, len(said)) else None


def _is_plainly_a_row(cells: Sequence[Any], plain_heads: Sequence[str]) -> bool:
    """Say whether the ends of a line's cells tell already that it is a row, as they do of nearly every one.

    More cells are filled than a remark has, the first two begin neither like totals nor like a remark, and at least half end in another
    sign than their heads.
    """
    filled = len(cells) - cells.count(None) - cells.count("")
    if filled <= MOST_OF_A_REMARK:
        return False
    looked = other = 0
    for cell, head in zip(cells, plain_heads, strict=False):
        if cell is None or cell == "":
            continue
        words = cell if type(cell) is str else values.text(cell)
        if looked < 2:
            looked += 1
            first = words[0]
            if first in BEGINS_NO_ROW or "年" in words or not ("一" <= first <= "鿿" or first in LETTERS):
                return False
        end = words[-1]
        if end != head[-1:] and ("一" <= end <= "鿿" or (end in LETTERS and end.lower() != head[-1:])):
            other += 1
            if other * 2 >= filled:
                return looked > 1
    return False


def _is_head(cells: Sequence[Any], plain_heads: Sequence[str], filled: int) -> bool:
    """Say whether most of the filled cells of a line, and at least three, say again what stands at the head of their columns."""
    same = other = 0
    for cell, head in zip(cells, plain_heads, strict=False):
        if cell is None or cell == "":
            continue
        words = headers.plain_head(cell)
        if words and head.endswith(words):
            same += 1
        elif words or values.text(cell):
            other += 1
            if other * 2 >= filled:  # the first cells of nearly every line tell that it is none
                return False
    return same >= 3 and same * 2 > filled


BLOCK = (Target.HOUSEHOLD, Target.HEAD, Target.COMMUNITY, Target.UNIT, Target.ADDRESS, Target.REGISTERED)
"""What the first line of a household says for the lines below it."""


def is_in_blocks(targets: Sequence[str], rows: Iterable[Sequence[Any]]) -> bool:
    """Say whether blank cells mean "as above": lines that are not the head's are mostly blank where the heads' are filled."""
    places = {target: index for index, target in enumerate(targets) if target}
    looked = [places[target] for target in BLOCK if target in places]
    relation = places.get(Target.RELATION)
    if not looked or (relation is None and Target.HEAD not in places and Target.HOUSEHOLD not in places):
        return False
    heads = members = blank = 0
    for row in rows:
        if not values.filled(row):
            continue
        words = values.text(row[relation]) if relation is not None and relation < len(row) else ""
        is_blank = all(index >= len(row) or not values.says(row[index]) for index in looked)
        is_head = words in {"户主", "本人", "02", "01"} if relation is not None else not is_blank
        heads += is_head
        members += not is_head
        blank += is_blank and not is_head
    return heads > 0 and members > 0 and blank * 2 > members


class Blocks:
    """Fills the blank household cells of members from the line above; a head that says something begins a new household."""

    def __init__(self, targets: Sequence[str]) -> None:
        self.columns = [index for index, target in enumerate(targets) if target in BLOCK]
        self.relation = next((index for index, target in enumerate(targets) if target == Target.RELATION), None)
        self.above: dict[int, Any] = {}
        self.number = 0

    def filled(self, cells: list[Any]) -> tuple[int, list[Any]]:
        """Return the number of the household in the sheet and the cells of a line with what stands above."""
        own = {index: cells[index] for index in self.columns if index < len(cells) and values.says(cells[index])}
        words = values.text(cells[self.relation]) if self.relation is not None and self.relation < len(cells) else ""
        begins = (
            words in {"户主", "本人", "02", "01"}
            if self.relation is not None and words
            else bool(own) and own != {i: self.above.get(i) for i in own}
        )
        if begins or not self.number:
            self.number += 1
            self.above = own
            return self.number, cells
        self.above |= own
        if len(own) < len(self.above):
            width = max([len(cells), *(index + 1 for index in self.above)])
            cells = [*cells, *[None] * (width - len(cells))]
            for index, value in self.above.items():
                if index not in own:
                    cells[index] = value
        return self.number, cells
