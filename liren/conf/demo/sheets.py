"""Four spreadsheets as a township keeps them, made up of the demo's people and of some who are not in the registry, with the truth beside them.

Social assistance (title lines, a head of two lines, totals below), disability (numbers that Excel spoiled, days in every form), pensions (CSV in GB18030,
full-width digits, several phones in a cell) and the register of people from elsewhere (household blocks, blank cells as above).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from liren.base.codes import age_on
from liren.conf.demo.books import Cell, Head, Sheet, write_book, write_csv
from liren.conf.demo.dirt import Dirt, Setting
from liren.conf.demo.people import HEAD, ILLS, Family, Maker, Member

SEED = 20130170  # 民发〔2013〕170号
SHARES = {"assistance": 0.20, "disability": 0.10, "pension": 0.40, "incomers": 0.30}
FILES = {
    "assistance": "社会救助对象名册.xlsx",
    "disability": "持证残疾人名册.xlsx",
    "pension": "城乡居民养老保险待遇领取名单.csv",
    "incomers": "流动人口登记簿.xlsx",
}
TRUTH = "truth.json"
TOWN = "江宁街道"
KEPT = Setting(
    number_missing=0.02, number_wrong=0.006, name_wrong=0.05, phone_changed=0.12, phone_missing=0.08, birth_wrong=0.02, birth_missing=0.01,
    sex_wrong=0.003, moved=0.0, nowhere=0.0, unknown_families=0.0, unknown_people=0.0, not_in_file=0.0, repeated=0.008,
    registry_without_number=0.0, blocks=1.0,
)  # fmt: skip
HOMES = {
    "341122": "安徽省滁州市来安县", "341181": "安徽省滁州市天长市", "411525": "河南省信阳市固始县", "341221": "安徽省阜阳市临泉县",
    "320831": "江苏省淮安市金湖县", "360702": "江西省赣州市章贡区", "511322": "四川省南充市营山县", "522401": "贵州省毕节市",
}  # fmt: skip
RELATIONS = {
    "02": "户主", "11": "夫", "12": "妻", "20": "子", "30": "女", "38": "儿媳", "41": "孙子", "42": "孙女", "51": "父亲", "52": "母亲", "97": "其他",
}  # fmt: skip
AID = ("低保", "城市低保", "农村低保", "特困人员", "低收入家庭", "支出型困难")
TRADES = ("务工", "经商", "随迁", "就学", "电子厂", "建筑工地", "餐饮", "快递", "物流园")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody for a sheet: with the family and community, and whether the registry knows them."""

    member: Member
    family: Family
    community: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The truth about a line of a file (1-based): whose number it is, whether the registry knows them, where they live, what was spoiled.

    ``area`` is their community, ``home`` their household, the same for all its members, ``address`` where it lives.
    """

    line: int
    number: str
    name: str
    known: bool
    area: int
    home: str
    address: str
    dirt: tuple[str, ...]


@dataclass(slots=True)
class Row:
    """A row before it is written: its cells, and the truth."""

    cells: list[Cell]
    someone: Someone
    dirt: tuple[str, ...]


def write_sheets(
    folder: Path, places: Sequence[tuple[int, str, bool]], *, seed: int, people: int, rows: int, on: date
) -> dict[str, int]:
    """Write the four files and ``truth.json`` for a population that was settled with this seed and day; return the rows of each."""
    folder.mkdir(parents=True, exist_ok=True)
    pens = _Pens(_everybody(places, seed=seed, people=people, rows=rows, on=on), Random(SEED), on)  # noqa: S311  the same sheets each time
    wanted = {name: round(rows * share) for name, share in SHARES.items()}
    wanted["incomers"] += rows - sum(wanted.values())
    writers: dict[str, Callable[[Path, int], list[Line]]] = {
        "assistance": pens.assistance,
        "disability": pens.disability,
        "pension": pens.pension,
        "incomers": pens.incomers,
    }
    truth = {FILES[name]: write(folder / FILES[name], wanted[name]) for name, write in writers.items()}
    told = {file: [asdict(line) for line in lines] for file, lines in truth.items()}
    (folder / TRUTH).write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")))
    return {file: len(lines) for file, lines in truth.items()}


def _everybody(
    places: Sequence[tuple[int, str, bool]], *, seed: int, people: int, rows: int, on: date
) -> list[Someone]:
    """Return the settled people again, and others, twice as many as the rows, whose numbers come after theirs."""
    maker, names = Maker(seed=seed, on=on), {area: name for area, name, _ in places}
    settled = list(maker.families(places, people))
    others = maker.families(places, 2 * rows)
    return [
        Someone(member, family, names[family.community], is_known)
        for families, is_known in ((settled, True), (others, False))
        for family in families
        for member in family.members
    ]


class _Pens:
    """Those who keep the sheets."""

    def __init__(self, everybody: list[Someone], dice: Random, on: date) -> None:
        self.everybody, self.dice, self.on = everybody, dice, on
        self.dirt = Dirt(KEPT, dice)

    # whom a sheet holds

    def chosen(self, fits: Callable[[Someone], bool], number: int, known: float) -> list[Someone]:
        """Return so many people who fit, ``known`` of them in the registry if there are enough, sorted by community."""
        inside = [one for one in self.everybody if one.is_known and fits(one)]
        outside = [one for one in self.everybody if not one.is_known and fits(one)]
        many = min(len(inside), round(number * known))
        found = self.dice.sample(inside, many) + self.dice.sample(outside, min(len(outside), number - many))
        return sorted(
            found, key=lambda one: (one.family.community, one.family.number, one.is_known, one.member.id_number)
        )

    def repeated(self, people: list[Someone], number: int) -> Iterator[Someone]:
        """Yield people, some of them a second time further down, until there are so many rows."""
        again = [one for one in people if self.dice.random() < KEPT.repeated]
        yield from people[: number - len(again)]
        yield from again

    def age(self, one: Someone) -> int:
        """Return somebody's age on the day of the sheets."""
        return age_on(one.member.birth_on, self.on)

    # what a cell holds

    def begin(self, one: Someone) -> tuple[str, str]:
        """Begin a row; return the name and the number as they were written."""
        self.dirt.begin()
        relatives = [other.id_number for other in one.family.members if other is not one.member]
        return self.dirt.name(one.member.name), self.dirt.number(one.member.id_number, one.member.birth_on, relatives)

    def day(self, day: date | None) -> Cell:
        """Return a day in one of the forms in which people write days."""
        if day is None:
            return ""
        forms: tuple[Cell, ...] = (
            day, day.isoformat(), f"{day.year}.{day.month}.{day.day}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}",
            f"{day.year}/{day.month}/{day.day}", (day - date(1899, 12, 30)).days,
        )  # fmt: skip
        return self.dice.choices(forms, (30, 20, 15, 12, 10, 8, 5))[0]

    def written(self, day: date | None) -> str:
        """Return a day as text files have it."""
        return self.dice.choice((f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day.year}.{day.month}")) if day else ""

    def phones(self, one: Someone) -> str:
        """Return the phones of somebody in one cell."""
        return self.dice.choice(("、", "/", "，", " ", ";")).join(self.dirt.phones(one.member.phone))

    def sex(self, one: Someone) -> str:
        """Return the sex in one of the usual words."""
        man = one.member.sex == "1"
        return self.dice.choices(("男" if man else "女", "男性" if man else "女性", "1" if man else "2"), (90, 6, 4))[0]

    def since(self, most_days: int) -> date:
        """Return some day of the last years."""
        return self.on - timedelta(days=self.dice.randint(30, most_days))

    # the sheets

    def assistance(self, path: Path, number: int) -> list[Line]:
        """Write who gets social assistance: households, a head of two lines, totals below."""
        heads = {
            family.members[0].id_number for family in {id(one.family): one.family for one in self.everybody}.values()
        }
        poor = {one for one in sorted(heads) if self.dice.random() < 0.5}  # a set has another order in each process
        people = self.chosen(
            lambda one: one.family.members[0].id_number in poor and not one.member.registered_at, number, 0.9
        )
        rows = [self.assisted(place, one) for place, one in enumerate(self.repeated(people, number), 1)]
        total = sum(row.cells[9] for row in rows if isinstance(row.cells[9], int))
        top = [
            Head("序号"), Head("村（社区）"), Head("户主姓名"), Head("姓名", "对象基本情况"), Head("性别", "对象基本情况"), Head("身份证号", "对象基本情况"),
            Head("与户主关系", "对象基本情况"), Head("救助类别", "救助情况"), Head("纳入时间", "救助情况"), Head("月保障金额（元）", "救助情况"), Head("联系电话"), Head("备注"),
        ]  # fmt: skip
        sheet = Sheet(
            "救助对象", top, [row.cells for row in rows],
            titles=(f"{TOWN}社会救助和困难对象名册", f"填报单位：{TOWN}民政办          填报时间：{self.on.year}年{self.on.month}月          单位：人、元"),
            totals=[["合计", "", "", f"{len(rows)}人", "", "", "", "", "", total, "", ""], ["填表人：", "", "", "审核人：", "", "", "", "负责人："]],
        )  # fmt: skip
        return _truth(rows, write_book(path, sheet))

    def assisted(self, place: int, one: Someone) -> Row:
        """Return a row of social assistance."""
        name, number = self.begin(one)
        kind = self.dice.choice(AID)
        cells: list[Cell] = [
            place, self.community(one), one.family.members[0].name, name, self.sex(one), number, RELATIONS.get(one.member.relation, "其他"), kind,
            self.day(self.since(4000)), self.dice.choice((420, 560, 735, 980, 1090, 1285)), self.phones(one), self.dice.choice(("", "", "", "", "大病", "单人保", "已核查")),
        ]  # fmt: skip
        return Row(cells, one, self.dirt.noted())

    def disability(self, path: Path, number: int) -> list[Line]:
        """Write who holds a certificate of disability: numbers as Excel left them, days in every form."""
        people = self.chosen(
            lambda one: one.member.disability is not None and not one.member.registered_at, number, 0.85
        )
        rows = [self.disabled(place, one) for place, one in enumerate(self.repeated(people, number), 1)]
        top = [
            Head(word) for word in ("序号", "残疾人姓名", "性别", "出生日期", "身份证号码", "残疾证号", "残疾类别", "残疾等级", "监护人", "联系电话", "户籍地址", "村社区", "发证日期")
        ]  # fmt: skip
        sheet = Sheet("残疾人", top, [row.cells for row in rows], titles=(f"{TOWN}持证残疾人基本情况表",))
        return _truth(rows, write_book(path, sheet))

    def disabled(self, place: int, one: Someone) -> Row:
        """Return a row of the disability list; its certificate bears the number of its holder, the kind and the degree."""
        name, number = self.begin(one)
        cell: Cell = number
        roll = self.dice.random()
        if roll < 0.06 and number[:17].isdigit() and len(number) == 18:
            self.dirt.note("number:spoiled")
            cell = (
                f"{int(number.replace('X', '0')):.5E}".replace("E+", "E+")
                if roll < 0.02
                else float(f"{number[:15]}000")
            )
        kind, degree = one.member.disability or ("肢体", 4)
        place_of_kind = [word for word, _ in ILLS].index(kind) + 1
        guardian = next((other.name for other in one.family.members if other is not one.member), "")
        cells: list[Cell] = [
            place, name, self.sex(one), self.day(self.dirt.birth(one.member.birth_on)), cell, f"{one.member.id_number}{place_of_kind}{degree}",
            kind + self.dice.choice(("", "残疾")), self.dice.choice((f"{'一二三四'[degree - 1]}级", str(degree), f"{degree}级")), guardian, self.phones(one),
            self.dirt.address(one.family.address, one.community, TOWN), self.community(one), self.day(self.since(5000)),
        ]  # fmt: skip
        return Row(cells, one, self.dirt.noted())

    def pension(self, path: Path, number: int) -> list[Line]:
        """Write who draws a pension: CSV in GB18030 with full-width digits and several phones in a cell."""
        people = self.chosen(lambda one: self.age(one) >= 60 and not one.member.registered_at, number, 0.8)
        rows = [self.pensioner(one) for one in self.repeated(people, number)]
        top = [
            "姓名",
            "公民身份号码",
            "性别",
            "出生年月",
            "险种",
            "待遇开始时间",
            "月养老金（元）",
            "联系电话",
            "所属村（社区）",
            "组别",
            "备注",
        ]
        total = f"{sum(float(str(row.cells[6])) for row in rows):.2f}"
        lines: list[Sequence[Cell]] = [
            top,
            *(row.cells for row in rows),
            ["合计", f"{len(rows)}人", "", "", "", "", total, "", "", "", ""],
        ]
        write_csv(path, lines)
        return _truth(rows, 2)

    def pensioner(self, one: Someone) -> Row:
        """Return a row of the pension list."""
        name, number = self.begin(one)
        phones = self.phones(one)
        if self.dice.random() < 0.04:
            self.dirt.note("full-width")
            number, phones = number.translate(FULL_WIDTH), phones.translate(FULL_WIDTH)
        birth = self.dirt.birth(one.member.birth_on)
        since = date(one.member.birth_on.year + 60, one.member.birth_on.month, 1)
        cells: list[Cell] = [
            name, f"\t{number}" if self.dice.random() < 0.1 else number, self.sex(one), self.written(birth),
            self.dice.choice(("城乡居民养老保险", "城乡居民养老保险", "被征地农民保障")), f"{since:%Y-%m}", f"{self.dice.randint(21000, 139000) / 100:.2f}", phones,
            self.community(one), one.family.group, self.dice.choice(("", "", "", "", "", "代领", "已认证")),
        ]  # fmt: skip
        return Row(cells, one, self.dirt.noted())

    def incomers(self, path: Path, number: int) -> list[Line]:
        """Write who came from elsewhere: the head of a household first, blank cells below as above."""
        families = {
            id(one.family): one for one in self.everybody if one.member.registered_at and one.member.relation == HEAD
        }
        known = [one for one in families.values() if one.is_known]
        heads = known + [one for one in families.values() if not one.is_known]
        rows: list[Row] = []
        merges: list[tuple[int, int]] = []
        chosen = sorted(
            self.enough(heads, number), key=lambda one: (one.family.community, one.family.number, one.is_known)
        )
        for block, head in enumerate(chosen, 1):
            first = len(rows)
            for place, member in enumerate(head.family.members[: number - len(rows)]):
                rows.append(self.incomer(block, place, Someone(member, head.family, head.community, head.is_known)))
            if len(rows) - first > 1 and self.dice.random() < 0.3:
                merges.append((first, len(rows) - 1))
        top = [
            Head(word) for word in ("户序号", "村（社区）", "现住地址", "姓名", "与户主关系", "性别", "证件号码", "出生日期", "户籍地址", "流入日期", "流入原因", "联系电话", "住房性质")
        ]  # fmt: skip
        sheet = Sheet(
            "流动人口", top, [row.cells for row in rows], titles=(f"{TOWN}流动人口登记簿（{self.on.year}年度）",), merged=merges, merged_columns=(0, 1, 2)
        )  # fmt: skip
        return _truth(rows, write_book(path, sheet))

    def enough(self, heads: list[Someone], number: int) -> Iterator[Someone]:
        """Yield households until they have so many members."""
        rows = 0
        for head in heads:
            if rows >= number:
                return
            rows += len(head.family.members)
            yield head

    def incomer(self, block: int, place: int, one: Someone) -> Row:
        """Return a row of a household block."""
        name, number = self.begin(one)
        member, is_head = one.member, place == 0
        above = self.dice.choices(("", "同上", "〃"), (84, 10, 6))[0]
        cells: list[Cell] = [
            block if is_head else "", self.community(one) if is_head else "", self.dirt.address(one.family.address, one.community, TOWN) if is_head else above, name,
            RELATIONS.get(member.relation, "其他"), self.sex(one), number, self.day(self.dirt.birth(member.birth_on)),
            HOMES.get(member.registered_at, "外省") if is_head or self.dice.random() < 0.3 else above, self.day(member.here_since) if is_head or self.dice.random() < 0.4 else "",
            self.dice.choice(TRADES), self.phones(one), self.dice.choice(("租赁", "自购", "单位宿舍")) if is_head else "",
        ]  # fmt: skip
        return Row(cells, one, self.dirt.noted())

    def community(self, one: Someone) -> str:
        """Return the community in one of the ways people call it."""
        stem = one.community
        return self.dice.choices(
            (stem, stem + ("" if stem.endswith(("社区", "村")) else "社区"), TOWN + stem), (70, 20, 10)
        )[0]


def _truth(rows: Sequence[Row], first: int) -> list[Line]:
    """Return the truth about rows whose first stands on line ``first``."""
    return [
        Line(
            line, row.someone.member.id_number, row.someone.member.name, row.someone.is_known, row.someone.family.community,
            f"{row.someone.family.community}-{row.someone.family.number}-{int(row.someone.is_known)}", row.someone.family.address, row.dirt,
        )
        for line, row in enumerate(rows, first)
    ]  # fmt: skip
