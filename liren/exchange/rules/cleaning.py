"""From the cells of a line to what they say about a person, with everything that is wrong in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from liren.base.codes import Document, Doubt, read_id
from liren.base.names import is_han, plain_name
from liren.exchange.enums import REFUSING, Fault, Target
from liren.exchange.rules import values

LONGEST_NAME, LONGEST_WORDS = 64, 200
DOCUMENTS = {Document.RESIDENT: "resident", Document.PERMIT: "permit", Document.FOREIGNER: "foreigner"}
DOUBTS = {
    Doubt.LENGTH: Fault.ID_LENGTH,
    Doubt.CHECK: Fault.ID_CHECK,
    Doubt.DATE: Fault.ID_DATE,
}
SEX = {
    "男": "1",
    "女": "2",
    "男性": "1",
    "女性": "2",
    "1": "1",
    "2": "2",
    "m": "1",
    "f": "2",
    "male": "1",
    "female": "2",
    "0": "0",
    "9": "9",
    "未知": "0",
}
RELATIONS = {
    "户主": "02", "本人": "02", "丈夫": "11", "夫": "11", "妻子": "12", "妻": "12", "配偶": "10", "老伴": "10", "爱人": "10", "子": "20", "儿子": "20",
    "长子": "22", "次子": "23", "三子": "24", "四子": "25", "女": "30", "女儿": "30", "长女": "32", "次女": "33", "三女": "34", "儿媳": "38", "媳妇": "38",
    "女婿": "28", "孙子": "41", "孙女": "42", "外孙": "43", "外孙子": "43", "外孙女": "44", "孙": "40", "父亲": "51", "父": "51", "母亲": "52", "母": "52",
    "公公": "53", "婆婆": "54", "岳父": "55", "岳母": "56", "祖父": "61", "爷爷": "61", "祖母": "62", "奶奶": "62", "外祖父": "63", "外公": "63", "外祖母": "64",
    "外婆": "64", "兄": "71", "哥哥": "71", "弟": "73", "弟弟": "73", "姐": "75", "姐姐": "75", "妹": "77", "妹妹": "77", "其他": "99", "非亲属": "98",
}  # fmt: skip
RESIDENCES = {
    "户籍": "registered", "户籍人口": "registered", "常住": "registered", "本地户籍": "registered", "人户一致": "registered", "人在户在": "registered",
    "人户分离": "absent", "空挂户": "absent", "户在人不在": "absent", "人不在户在": "absent", "流动人口": "incomer", "流入": "incomer", "流入人口": "incomer",
    "外来人口": "incomer", "外来": "incomer", "暂住": "incomer", "租住": "incomer", "租户": "incomer", "人在户不在": "incomer", "境外": "overseas",
    "境外人员": "overseas", "港澳台": "overseas", "迁出": "gone", "已迁出": "gone",
}  # fmt: skip
AWAY_REASONS = {
    "务工": "work", "打工": "work", "外出务工": "work", "上班": "work", "经商": "business", "外出经商": "business", "做生意": "business", "求学": "study",
    "上学": "study", "读书": "study", "学习": "study", "参军": "army", "当兵": "army", "服役": "army", "投靠": "care", "随迁": "care", "照顾": "care",
    "带孙": "care", "其他": "other",
}  # fmt: skip
DISABILITIES = {
    "视力": "1", "听力": "2", "言语": "3", "肢体": "4", "智力": "5", "精神": "6", "多重": "7", **{str(n): str(n) for n in range(1, 8)},
}  # fmt: skip
DEGREES = {
    "一级": "1",
    "二级": "2",
    "三级": "3",
    "四级": "4",
    "一": "1",
    "二": "2",
    "三": "3",
    "四": "4",
    **{str(n): str(n) for n in range(1, 5)},
    "壹级": "1",
    "贰级": "2",
    "叁级": "3",
    "肆级": "4",
}
MARRIAGES = {
    "未婚": "10",
    "已婚": "20",
    "初婚": "21",
    "再婚": "22",
    "复婚": "23",
    "丧偶": "30",
    "离婚": "40",
    "离异": "40",
    "未说明": "90",
}
WARDSHIPS = {
    "父母": "parent", "父亲": "parent", "母亲": "parent", "父": "parent", "母": "parent", "祖父母": "grandparent", "祖父": "grandparent", "祖母": "grandparent",
    "爷爷": "grandparent", "奶奶": "grandparent", "外公": "grandparent", "外婆": "grandparent", "外祖父": "grandparent", "外祖母": "grandparent",
    "兄": "sibling", "姐": "sibling", "哥哥": "sibling", "姐姐": "sibling", "配偶": "spouse", "丈夫": "spouse", "妻子": "spouse", "子女": "child",
    "儿子": "child", "女儿": "child", "亲属": "kin", "亲戚": "kin", "其他": "kin", "村委会": "office", "居委会": "office", "民政部门": "office",
}  # fmt: skip
DESIGNATIONS = {
    "低保": "dibao", "低保户": "dibao", "最低生活保障": "dibao", "城乡低保": "dibao", "特困": "tekun", "特困供养": "tekun", "五保": "tekun", "五保户": "tekun",
    "特困人员": "tekun", "低收入": "low_income", "低收入家庭": "low_income", "低保边缘": "low_income",
    "优抚": "preferential", "优抚对象": "preferential", "退役军人": "veteran", "退伍军人": "veteran",
}  # fmt: skip
BENEFITS = {
    "低保": "dibao", "低保金": "dibao", "最低生活保障金": "dibao", "特困": "tekun", "特困供养": "tekun", "困难残疾人生活补贴": "disabled-life", "生活补贴": "disabled-life",
    "重度残疾人护理补贴": "disabled-care", "护理补贴": "disabled-care", "高龄津贴": "old-age", "高龄补贴": "old-age", "尊老金": "old-age", "养老金": "pension",
    "城乡居民养老金": "pension", "城乡居民养老保险": "pension", "城乡居保": "pension", "基础养老金": "pension", "孤儿基本生活费": "orphan", "临时救助": "temporary",
    "医疗救助": "medical", "优抚金": "preferential", "抚恤金": "preferential",
}  # fmt: skip
ENDINGS = {Target.DISABILITY: ("残疾", "残"), Target.ETHNICITY: ("族",), Target.AWAY_REASON: (), Target.DEGREE: ("残",)}

WORDS: dict[str, Mapping[str, str]] = {
    Target.SEX: SEX,
    Target.RELATION: RELATIONS,
    Target.RESIDENCE: RESIDENCES,
    Target.AWAY_REASON: AWAY_REASONS,
    Target.DISABILITY: DISABILITIES,
    Target.DEGREE: DEGREES,
    Target.MARRIAGE: MARRIAGES,
    Target.WARDSHIP: WARDSHIPS,
    Target.DESIGNATION: DESIGNATIONS,
    Target.BENEFIT: BENEFITS,
}
CODED = frozenset({*WORDS, Target.ETHNICITY, Target.EDUCATION})
"""Targets whose words become codes; a word that is in no list can be given a code by hand, once for all rows."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in one cell: the column (0-based, -1 for the row as a whole), why, and what stands there."""

    column: int
    fault: str
    shown: str = ""


@dataclass(slots=True)
class Line:
    """A dated line that a row offers for the file of a person."""

    kind: str
    code: str = ""
    valid_from: date | None = None
    words: str = ""
    other_name: str = ""
    amount: int | None = None
    health: dict[str, str] | None = None


@dataclass(slots=True)
class Cleaned:
    """What a row says."""

    name: str = ""
    number: str = ""
    document: str = ""
    sex: str = ""
    birth_on: date | None = None
    ethnicity: str = ""
    phones: list[str] = field(default_factory=list)
    community: str = ""
    unit: str = ""
    address: str = ""
    registered: str = ""
    household: str = ""
    head: str = ""
    relation: str = ""
    residence: str = ""
    since: date | None = None
    deceased_on: date | None = None
    is_back: bool = False
    lines: list[Line] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Say whether something is wrong that nobody can decide from the desk."""
        return any(one.fault in REFUSING for one in self.wrong)


class Cleaner:
    """Reads the rows of one sheet by its mapping: ``targets`` by column, ``words`` by target as corrected by hand.

    ``on`` is the day the list speaks of: no birth lies after it, and lines without a day of their own begin then.
    ``constants`` say what holds for every row of the list, such as a designation.
    """

    def __init__(
        self,
        targets: Sequence[str],
        *,
        words: Mapping[str, Mapping[str, str]],
        on: date,
        constants: Mapping[str, str] | None = None,
    ) -> None:
        self.columns = {target: index for index, target in enumerate(targets) if target}
        self.words = {target: {**WORDS.get(target, {}), **words.get(target, {})} for target in {*WORDS, *words}}
        self.constants = dict(constants or {})
        self.on = on

    def clean(self, cells: Sequence[Any]) -> Cleaned:
        """Return what a row says; never raises."""
        row = Cleaned()
        self._identity(cells, row)
        self._details(cells, row)
        self._lines(cells, row)
        return row

    # one cell

    def _cell(self, cells: Sequence[Any], target: str) -> Any:
        index = self.columns.get(target)
        return cells[index] if index is not None and index < len(cells) else None

    def _text(self, cells: Sequence[Any], target: str, most: int = LONGEST_WORDS) -> str:
        value = self._cell(cells, target)
        if value is None:
            return self.constants.get(target, "")
        words = values.text(value)
        return "" if values.is_nothing(words) else words[:most]

    def _wrong(self, row: Cleaned, target: str, fault: Fault, shown: object = "") -> None:
        row.wrong.append(Wrong(self.columns.get(target, -1), fault.value, values.text(shown)[:60]))

    def _day(self, cells: Sequence[Any], row: Cleaned, target: str) -> date | None:
        value = self._cell(cells, target)
        if value is None or values.is_nothing(values.text(value)):
            return None
        found = values.day(value)
        if found is None:
            self._wrong(row, target, Fault.BAD_DAY, value)
        elif found > self.on:
            self._wrong(row, target, Fault.FUTURE_DAY, value)
            found = None
        return found

    def _code(self, cells: Sequence[Any], row: Cleaned, target: str) -> str:
        words = self._text(cells, target)
        if not words:
            return ""
        found = self.coded(target, words)
        if found is None:
            self._wrong(row, target, Fault.UNKNOWN_WORD, words)
        return found or ""

    def coded(self, target: str, words: str) -> str | None:
        """Return the code of a word, nothing for a word that is in no list; an empty code says that the word means nothing."""
        listed = self.words.get(target, {})
        plain = words.strip().lower()
        if plain in listed:
            return listed[plain]
        if words in listed:
            return listed[words]
        for ending in ENDINGS.get(Target(target), ()):
            short = words.removesuffix(ending)
            for other in (short, words + ending):
                if other in listed:
                    return listed[other]
        return words if words in set(listed.values()) else None

    # the person

    def _identity(self, cells: Sequence[Any], row: Cleaned) -> None:
        name = self._text(cells, Target.NAME, 200)
        row.name = plain_name(name)[:LONGEST_NAME]
        if not row.name:
            self._wrong(row, Target.NAME, Fault.NO_NAME)
        elif len(name) > LONGEST_NAME or any(sign.isdigit() for sign in name) or (is_han(name) and len(row.name) < 2):
            self._wrong(row, Target.NAME, Fault.ODD_NAME, name)
        row.sex = self._code(cells, row, Target.SEX)
        row.birth_on = self._day(cells, row, Target.BIRTH)
        self._number(cells, row)
        if not row.number and row.birth_on is None and not row.is_refused:
            self._wrong(row, Target.ID_NUMBER, Fault.NO_IDENTITY)

    def _number(self, cells: Sequence[Any], row: Cleaned) -> None:  # noqa: PLR0912  a branch for each fault
        value = self._cell(cells, Target.ID_NUMBER)
        if value is None or values.is_nothing(values.text(value)):
            return
        if values.is_spoiled(value):
            self._wrong(row, Target.ID_NUMBER, Fault.SPOILED, value)
            return
        read = read_id(values.text(value).lstrip("'"), on=self.on)
        rounded = len(read.number) == 18 and read.number.endswith("000") and Doubt.CHECK in read.doubts
        if rounded:  # a sheet that rounded the number before it was saved as text
            self._wrong(row, Target.ID_NUMBER, Fault.SPOILED, value)
            return
        for doubt in read.doubts:
            if doubt in DOUBTS:
                self._wrong(row, Target.ID_NUMBER, DOUBTS[doubt], value)
        if Doubt.LENGTH in read.doubts or (read.document is Document.OTHER and read.number.isdigit()):
            if Doubt.LENGTH not in read.doubts:
                self._wrong(row, Target.ID_NUMBER, Fault.ID_LENGTH, value)
            return
        row.number = read.number[:64]
        row.document = DOCUMENTS.get(read.document, "passport")
        if read.birth_on is not None and Doubt.CHECK not in read.doubts:
            if row.birth_on is None:
                row.birth_on = read.birth_on
            elif row.birth_on != read.birth_on and not (
                row.birth_on.day == 1
                and (row.birth_on.year, row.birth_on.month) == (read.birth_on.year, read.birth_on.month)
            ):
                self._wrong(row, Target.BIRTH, Fault.BIRTH_DIFFERS, row.birth_on.isoformat())
            else:
                row.birth_on = read.birth_on
        elif row.birth_on is None:
            row.birth_on = read.birth_on
        if read.sex in {"1", "2"} and Doubt.CHECK not in read.doubts:
            if row.sex in {"1", "2"} and row.sex != read.sex:
                self._wrong(row, Target.SEX, Fault.SEX_DIFFERS, self._text(cells, Target.SEX))
            row.sex = row.sex or read.sex

    def _details(self, cells: Sequence[Any], row: Cleaned) -> None:
        columns = self.columns
        if Target.ETHNICITY in columns:
            row.ethnicity = self._code(cells, row, Target.ETHNICITY)
        if Target.PHONE in columns:
            row.phones, bad = values.phones(self._cell(cells, Target.PHONE))
            for words in bad:
                self._wrong(row, Target.PHONE, Fault.BAD_PHONE, words)
        row.community = self._text(cells, Target.COMMUNITY, 64)
        row.unit = self._text(cells, Target.UNIT, 64)
        row.address = self._text(cells, Target.ADDRESS)
        row.registered = self._text(cells, Target.REGISTERED)
        row.household = self._text(cells, Target.HOUSEHOLD, 32)
        row.head = plain_name(self._text(cells, Target.HEAD, LONGEST_NAME))
        row.relation = self._code(cells, row, Target.RELATION)
        row.residence = self._code(cells, row, Target.RESIDENCE)
        row.since = self._day(cells, row, Target.SINCE)
        row.deceased_on = self._day(cells, row, Target.DIED)

    def _lines(self, cells: Sequence[Any], row: Cleaned) -> None:
        columns, constants = self.columns, self.constants
        away = values.yes_or_no(self._cell(cells, Target.AWAY)) if Target.AWAY in columns else None
        if Target.AWAY in columns and away is None and (said := self._text(cells, Target.AWAY)):
            away = True
            reason = self.coded(Target.AWAY_REASON, said)
            if reason is None:
                self._wrong(row, Target.AWAY, Fault.UNKNOWN_WORD, said)
                away = None
        row.is_back = away is False
        since, place = self._day(cells, row, Target.AWAY_SINCE), self._text(cells, Target.AWAY_TO)
        if away or (away is None and (since or place) and Target.AWAY not in columns):
            code = self._code(cells, row, Target.AWAY_REASON) or "work"
            row.lines.append(Line("away", code, since, words=place))
        if Target.DISABILITY in columns:
            kind, degree = self._code(cells, row, Target.DISABILITY), self._code(cells, row, Target.DEGREE)
            if kind:
                health = {"kind": kind, "degree": degree, "certificate": self._text(cells, Target.CERTIFICATE, 40)}
                row.lines.append(Line("disability", health=health))
        if Target.GUARDIAN in columns and (guardian := plain_name(self._text(cells, Target.GUARDIAN, LONGEST_NAME))):
            row.lines.append(Line("guardian", self._code(cells, row, Target.WARDSHIP) or "kin", other_name=guardian))
        if Target.MARRIAGE in columns and (code := self._code(cells, row, Target.MARRIAGE)):
            row.lines.append(Line("marriage", code))
        if Target.EDUCATION in columns and (code := self._code(cells, row, Target.EDUCATION)):
            row.lines.append(Line("education", code))
        for target, kind in ((Target.SCHOOL, "school"), (Target.EMPLOYER, "employer")):
            if target in columns and (words := self._text(cells, target)):
                row.lines.append(Line(kind, words=words))
        if Target.BENEFIT in columns or Target.BENEFIT in constants or Target.AMOUNT in columns:
            self._benefit(cells, row)
        if (Target.DESIGNATION in columns or Target.DESIGNATION in constants) and (
            code := self._code(cells, row, Target.DESIGNATION)
        ):
            row.lines.append(Line("designation", code, self._day(cells, row, Target.BENEFIT_SINCE)))

    def _benefit(self, cells: Sequence[Any], row: Cleaned) -> None:
        words, value = self._text(cells, Target.BENEFIT, 60), self._cell(cells, Target.AMOUNT)
        code = (self.coded(Target.BENEFIT, words) or "other") if words else "other"
        amount = None
        if value is not None and not values.is_nothing(values.text(value)):
            amount = values.fen(value)
            if amount is None:
                self._wrong(row, Target.AMOUNT, Fault.BAD_AMOUNT, value)
        if words or amount is not None:
            row.lines.append(
                Line("benefit", code, self._day(cells, row, Target.BENEFIT_SINCE), words=words, amount=amount)
            )
