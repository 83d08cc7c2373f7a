"""The list that is brought in: everybody whom the bench has settled, as another office keeps them, with people nobody has registered yet."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random

import xlsxwriter

from liren.base.clock import day_of
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.bench.fill import SEED
from liren.conf.demo.dirt import NORMAL, Dirt
from liren.conf.demo.people import Family, Maker
from liren.conf.demo.settle import TOWNSHIP, home_of, places
from liren.registry.models import Person

NEW = 0.2
"""Share of the rows that are about somebody the registry does not know."""
SPOILED = 0.01
"""Share of the identity numbers that Excel has turned into 3.20115E+17."""
HEADS = ("村（社区）", "户号", "姓名", "与户主关系", "性别", "身份证号码", "民族", "联系电话", "婚姻状况", "家庭住址")
RELATIONS = {
    "02": "户主", "11": "夫", "12": "妻", "20": "子", "30": "女", "38": "儿媳", "41": "孙子", "42": "孙女", "51": "父亲", "52": "母亲",
}  # fmt: skip
MARRIAGES = {"10": "未婚", "20": "已婚", "30": "丧偶", "40": "离婚"}
ETHNICITIES = {"01": "汉族", "03": "回族", "11": "满族", "06": "苗族", "15": "土家族", "08": "壮族"}
Line = tuple[str, ...]


def write_list(path: Path, *, people: int, rows: int, new: float = NEW) -> None:
    """Write a list of so many rows, as XLSX or CSV by the ending of ``path``, for an installation filled with so many people.

    The dirt is the normal one of the made-up truth (``conf.demo.dirt``) and spoiled numbers; households stand together.
    """
    lines = islice(_lines(people, rows, new), rows)
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": False}) as book:
            sheet = book.add_worksheet()
            for number, line in enumerate((HEADS, *lines)):
                for column, words in enumerate(line):
                    if words:
                        sheet.write_string(number, column, words)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADS)
            writer.writerows(lines)


def _lines(people: int, rows: int, new: float) -> Iterator[Line]:
    """Yield the lines of known families in their order, unknown ones between them."""
    with applied(Scope.everything()):
        first = Person.objects.order_by("id").values_list("recorded_at", flat=True)[0]
        areas = places(TOWNSHIP)
    on = day_of(first)
    maker, names = Maker(seed=SEED, on=on), {area: name for area, name, _ in areas}
    pen = _Pen(on, names)
    settled = list(maker.families(areas, people))
    others = [pen.family(family, "N") for family in maker.families(areas, round(rows * new) + 1000)]
    known = sum(len(family.members) for family in settled)
    keep = min(1.0, rows * (1 - new) * 1.02 / known)  # a part of them when the list is shorter than the registry
    every = (1 - new) / new if new else float("inf")
    strangers, due = iter(others), 0.0
    for family in settled:
        if pen.dice.random() > keep:
            continue
        lines = pen.family(family, "")
        yield from lines
        due += len(lines)
        while due >= every:
            stranger = next(strangers, [])
            yield from stranger
            due -= every * max(1, len(stranger))
    for stranger in strangers:
        yield from stranger


class _Pen:
    """Who keeps the list."""

    def __init__(self, on: date, names: dict[int, str]) -> None:
        self.names, self.on = names, on
        self.dice = Random(SEED + 9)  # noqa: S311  the same list each time
        self.dirt = Dirt(replace(NORMAL, birth_wrong=0, birth_missing=0), self.dice)

    def family(self, family: Family, prefix: str) -> list[Line]:
        """Return the lines of a family, some of them twice."""
        found: list[Line] = []
        for member in family.members:
            if not prefix and self.dice.random() < NORMAL.not_in_file:
                continue
            self.dirt.begin()
            relatives = [other.id_number for other in family.members if other is not member]
            number = self.dirt.number(member.id_number, member.birth_on, relatives)
            if number and self.dice.random() < SPOILED:
                number = f"{int(number[:15] + '000'):.5E}"
            grown = (self.on - member.birth_on).days // 365 >= 22
            line = (
                self.names[family.community], prefix + home_of(family), self.dirt.name(member.name), RELATIONS[member.relation],
                "男" if member.sex == "1" else "女", number, ETHNICITIES[member.ethnicity], "、".join(self.dirt.phones(member.phone)),
                MARRIAGES[member.marriage] if grown else "", family.address,
            )  # fmt: skip
            found += [line] * (2 if self.dice.random() < NORMAL.repeated else 1)
        return found
