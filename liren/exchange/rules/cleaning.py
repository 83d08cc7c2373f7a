"""From the cells of a line to what they say about a person, with everything that is wrong in them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, TypeVar

from liren.base.codes import Document, Doubt, IdNumber, read_id
from liren.base.names import is_han, plain_name
from liren.exchange.enums import REFUSING, Fault, Target
from liren.exchange.rules import values
from liren.exchange.rules.wordlists import ENDINGS, WORDS

LONGEST_NAME, LONGEST_WORDS, MOST_KEPT = 64, 200, 8_192
USUAL_NAME = re.compile(r"[一-鿿]{2,6}")
USUAL_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
IDENTITY = (Target.NAME, Target.SEX, Target.BIRTH, Target.ID_NUMBER)
DETAILS = (
    Target.ETHNICITY, Target.PHONE, Target.COMMUNITY, Target.UNIT, Target.ADDRESS, Target.REGISTERED, Target.HOUSEHOLD, Target.HEAD,
    Target.RELATION, Target.RESIDENCE, Target.SINCE, Target.DIED,
)  # fmt: skip
"""Columns of the file, called as what they fill; all others are offered as dated lines."""
CODES = frozenset({Target.SEX, Target.ETHNICITY, Target.RELATION, Target.RESIDENCE})
LONGEST: Mapping[str, int] = {Target.COMMUNITY: 64, Target.UNIT: 64, Target.HOUSEHOLD: 32}
DAYS = frozenset({Target.BIRTH, Target.SINCE, Target.DIED, Target.AWAY_SINCE, Target.BENEFIT_SINCE})
OTHER = "other"
DOCUMENTS = {Document.RESIDENT: "resident", Document.PERMIT: "permit", Document.FOREIGNER: "foreigner"}
DOUBTS = {
    Doubt.LENGTH: Fault.ID_LENGTH,
    Doubt.CHECK: Fault.ID_CHECK,
    Doubt.DATE: Fault.ID_DATE,
}


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


def _words_of(value: Any) -> str:
    words = values.text(value)
    is_nothing = len(words) <= values.LONGEST_NOTHING and words.lower() in values.NOTHING
    return "" if is_nothing else words[:LONGEST_WORDS]


Offering = Callable[[Sequence[Any], Mapping[str, str], Cleaned], None]
Step = Callable[[Sequence[Any], Cleaned], None]
Read = tuple[Any, Wrong | None]
K = TypeVar("K")
V = TypeVar("V")


class Kept(dict[K, V]):
    """What was made of each text: half of the cells of a list say what others have said."""

    def __init__(self, made: Callable[[K], V]) -> None:
        super().__init__()
        self.made = made

    def __missing__(self, key: K) -> V:
        if len(self) >= MOST_KEPT:
            self.clear()
        found = self[key] = self.made(key)
        return found


class Cleaner:
    """Reads the rows of one sheet by its mapping: ``targets`` by column, ``words`` by target as corrected by hand.

    ``on`` is the day the list speaks of: no birth lies after it, and lines without a day of their own begin then.
    ``constants`` say what holds for every row of the list, such as a designation. Each column is read by a step that is made once for
    the sheet and remembers what it has read; steps go in the order in which faults are told.
    """

    def __init__(
        self,
        targets: Sequence[str],
        *,
        words: Mapping[str, Mapping[str, str]],
        on: date,
        constants: Mapping[str, str] | None = None,
    ) -> None:
        self.columns = {str(target): index for index, target in enumerate(targets) if target}
        self.words = {target: {**WORDS.get(target, {}), **words.get(target, {})} for target in {*WORDS, *words}}
        self.constants = dict(constants or {})
        self.on = on
        self.width = len(targets)
        self._words = Kept(_words_of)
        self._coded = Kept[tuple[str, str], str | None](lambda asked: self._listed(*asked))
        self._days: dict[str, Kept[Any, Read]] = {target: Kept(partial(self._read_day, target)) for target in DAYS}
        self._identity = [*self._steps(IDENTITY)]
        self._details = [*self._steps(DETAILS)]
        self._offers = [offer for targets, offer in self._all_offers() if targets & {*self.columns, *self.constants}]
        self._told = [
            (target, index)
            for target, index in self.columns.items()
            if target not in DAYS and target not in IDENTITY and target not in DETAILS
        ]

    def _steps(self, targets: Iterable[str]) -> Iterator[Step]:
        special: dict[str, Callable[[int], Step]] = {
            Target.NAME: self._name_step, Target.ID_NUMBER: self._number_step, Target.PHONE: self._phone_step, Target.HEAD: self._head_step
        }  # fmt: skip
        for target in targets:
            index = self.columns.get(target)
            if index is None:
                continue
            if target in special:
                yield special[target](index)
            elif target in DAYS:
                yield self._read_step(index, target, self._days[target])
            elif target in CODES:
                yield self._read_step(index, target, Kept[Any, Read](partial(self._read_code, target)))
            else:
                yield self._words_step(index, target)

    def _all_offers(self) -> Iterable[tuple[set[str], Offering]]:
        """Yield what a list may say about a person beside the columns of the file, with the columns that say it."""
        return (
            ({Target.AWAY, Target.AWAY_SINCE, Target.AWAY_TO, Target.AWAY_REASON}, self._away),
            ({Target.DISABILITY}, self._disability),
            ({Target.GUARDIAN}, self._guardian),
            ({Target.MARRIAGE}, self._marriage),
            ({Target.EDUCATION}, self._education),
            ({Target.SCHOOL, Target.EMPLOYER}, self._places),
            ({Target.BENEFIT, Target.AMOUNT}, self._benefit),
            ({Target.DESIGNATION}, self._designation),
        )

    def clean(self, cells: Sequence[Any]) -> Cleaned:
        """Return what a row says; never raises."""
        if len(cells) < self.width:
            cells = [*cells, *[None] * (self.width - len(cells))]
        row = Cleaned()
        for step in self._identity:
            step(cells, row)
        if not row.name and Target.NAME not in self.columns:
            self._wrong(row, Target.NAME, Fault.NO_NAME)
        if not row.number and row.birth_on is None and not row.is_refused:
            self._wrong(row, Target.ID_NUMBER, Fault.NO_IDENTITY)
        for step in self._details:
            step(cells, row)
        if self._offers:
            said = self._said(cells)
            for offer in self._offers:
                offer(cells, said, row)
        return row

    # one cell

    def _said(self, cells: Sequence[Any]) -> dict[str, str]:
        """Return the words of each target that dated lines are made of, none for a cell that says nothing; days are read from the cells themselves."""
        said = dict(self.constants)
        for target, index in self._told:
            value = cells[index]
            if value is not None:
                said[target] = self._says(value)
        return said

    def _says(self, value: Any) -> str:
        """Return the words of a cell; only texts are remembered, since 1 and True are one key."""
        return self._words[value] if type(value) is str else _words_of(value)

    def _cell(self, cells: Sequence[Any], target: str) -> Any:
        index = self.columns.get(target)
        return None if index is None else cells[index]

    def _is_wrong(self, target: str, fault: Fault, shown: object = "") -> Wrong:
        return Wrong(self.columns.get(target, -1), fault.value, values.text(shown)[:60])

    def _wrong(self, row: Cleaned, target: str, fault: Fault, shown: object = "") -> None:
        row.wrong.append(self._is_wrong(target, fault, shown))

    def _read_day(self, target: str, value: Any) -> Read:
        if value is None or values.is_nothing(values.text(value)):
            return None, None
        found = values.day(value)
        if found is None:
            return None, self._is_wrong(target, Fault.BAD_DAY, value)
        return (None, self._is_wrong(target, Fault.FUTURE_DAY, value)) if found > self.on else (found, None)

    def _day(self, cells: Sequence[Any], row: Cleaned, target: str) -> date | None:
        value = self._cell(cells, target)
        kept = self._days[target]
        found, wrong = kept[value] if type(value) is str else kept.made(value)
        if wrong is not None:
            row.wrong.append(wrong)
        day: date | None = found
        return day

    def _read_code(self, target: str, value: Any) -> Read:
        words = "" if value is None else self._says(value)
        found = self.coded(target, words) if words else ""
        return (found, None) if found is not None else ("", self._is_wrong(target, Fault.UNKNOWN_WORD, words))

    def _code(self, said: Mapping[str, str], row: Cleaned, target: str) -> str:
        words = said.get(target)
        if not words:
            return ""
        found = self.coded(target, words)
        if found is None:
            self._wrong(row, target, Fault.UNKNOWN_WORD, words)
        return found or ""

    def coded(self, target: str, words: str) -> str | None:
        """Return the code of a word, nothing for a word that is in no list; an empty code says that the word means nothing."""
        return self._coded[target, words]

    def _listed(self, target: str, words: str) -> str | None:
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

    # columns of the file

    def _read_step(self, index: int, target: str, kept: Kept[Any, Read]) -> Step:
        """Return how a column of days or of codes is read."""

        def step(cells: Sequence[Any], row: Cleaned) -> None:
            value = cells[index]
            found, wrong = kept[value] if type(value) is str else kept.made(value)
            if found:
                setattr(row, target, found)
            if wrong is not None:
                row.wrong.append(wrong)

        return step

    def _words_step(self, index: int, target: str) -> Step:
        longest = LONGEST.get(target, LONGEST_WORDS)
        kept = Kept[Any, str](lambda value: _words_of(value)[:longest])

        def step(cells: Sequence[Any], row: Cleaned) -> None:
            value = cells[index]
            if value is not None and (words := kept[value] if type(value) is str else kept.made(value)):
                setattr(row, target, words)

        return step

    def _head_step(self, index: int) -> Step:
        kept = Kept[Any, str](lambda value: plain_name(_words_of(value)[:LONGEST_NAME]))

        def step(cells: Sequence[Any], row: Cleaned) -> None:
            value = cells[index]
            if value is not None:
                row.head = kept[value] if type(value) is str else kept.made(value)

        return step

    def _phone_step(self, index: int) -> Step:
        def step(cells: Sequence[Any], row: Cleaned) -> None:
            value = cells[index]
            if value is not None and value != "":
                row.phones, bad = values.phones(value)
                for words in bad:
                    self._wrong(row, Target.PHONE, Fault.BAD_PHONE, words)

        return step

    # who it is

    def _name_step(self, index: int) -> Step:
        is_usual, nothing = USUAL_NAME.fullmatch, values.NOTHING

        def step(cells: Sequence[Any], row: Cleaned) -> None:
            value = cells[index]
            if type(value) is str and is_usual(value) and value not in nothing:
                row.name = value
                return
            name = "" if value is None else self._says(value)
            row.name = plain_name(name)[:LONGEST_NAME]
            if not row.name:
                self._wrong(row, Target.NAME, Fault.NO_NAME)
            elif not is_usual(name) and (
                len(name) > LONGEST_NAME or any(sign.isdigit() for sign in name) or (is_han(name) and len(row.name) < 2)
            ):
                self._wrong(row, Target.NAME, Fault.ODD_NAME, name)

        return step

    def _number_step(self, index: int) -> Step:
        is_usual, on = USUAL_NUMBER.fullmatch, self.on

        def step(cells: Sequence[Any], row: Cleaned) -> None:
            value = cells[index]
            if type(value) is str and is_usual(value):
                self._identified(read_id(value, on=on), value, cells, row)
            elif value is not None and self._says(value):
                if values.is_spoiled(value):
                    self._wrong(row, Target.ID_NUMBER, Fault.SPOILED, value)
                else:
                    self._identified(read_id(values.text(value).lstrip("'"), on=on), value, cells, row)

        return step

    def _identified(self, read: IdNumber, value: Any, cells: Sequence[Any], row: Cleaned) -> None:
        doubts = read.doubts
        if doubts:
            rounded = len(read.number) == 18 and read.number.endswith("000") and Doubt.CHECK in doubts
            if rounded:  # a sheet that rounded the number before it was saved as text
                self._wrong(row, Target.ID_NUMBER, Fault.SPOILED, value)
                return
            for doubt in doubts:
                if doubt in DOUBTS:
                    self._wrong(row, Target.ID_NUMBER, DOUBTS[doubt], value)
        if Doubt.LENGTH in doubts or (read.document is Document.OTHER and read.number.isdigit()):
            if Doubt.LENGTH not in doubts:
                self._wrong(row, Target.ID_NUMBER, Fault.ID_LENGTH, value)
            return
        row.number = read.number[:64]
        row.document = DOCUMENTS.get(read.document, "passport")
        self._compared(read, cells, row)

    def _compared(self, read: IdNumber, cells: Sequence[Any], row: Cleaned) -> None:
        """Complete birth and sex from the number, and say where the row says otherwise."""
        is_sure = Doubt.CHECK not in read.doubts
        if row.birth_on is None:
            row.birth_on = read.birth_on
        elif read.birth_on is not None and is_sure:
            month_only = row.birth_on.day == 1 and (row.birth_on.year, row.birth_on.month) == (
                read.birth_on.year,
                read.birth_on.month,
            )
            if row.birth_on != read.birth_on and not month_only:
                self._wrong(row, Target.BIRTH, Fault.BIRTH_DIFFERS, row.birth_on.isoformat())
            else:
                row.birth_on = read.birth_on
        if is_sure and read.sex in {"1", "2"}:
            if row.sex in {"1", "2"} and row.sex != read.sex:
                self._wrong(row, Target.SEX, Fault.SEX_DIFFERS, self._says(self._cell(cells, Target.SEX)))
            row.sex = row.sex or read.sex

    # dated lines

    def _away(self, cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        is_asked = Target.AWAY in self.columns
        away = values.yes_or_no(self._cell(cells, Target.AWAY)) if is_asked else None
        if is_asked and away is None and (words := said.get(Target.AWAY)):
            away = True
            if self.coded(Target.AWAY_REASON, words) is None:
                self._wrong(row, Target.AWAY, Fault.UNKNOWN_WORD, words)
                away = None
        row.is_back = away is False
        since, place = self._day(cells, row, Target.AWAY_SINCE), said.get(Target.AWAY_TO, "")
        if away or (away is None and (since or place) and not is_asked):
            code = self._code(said, row, Target.AWAY_REASON) or "work"
            row.lines.append(Line("away", code, since, words=place))

    def _disability(self, _cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        kind, degree = self._code(said, row, Target.DISABILITY), self._code(said, row, Target.DEGREE)
        if kind:
            health = {"kind": kind, "degree": degree, "certificate": said.get(Target.CERTIFICATE, "")[:40]}
            row.lines.append(Line("disability", health=health))

    def _guardian(self, _cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        if guardian := plain_name(said.get(Target.GUARDIAN, "")[:LONGEST_NAME]):
            row.lines.append(Line("guardian", self._code(said, row, Target.WARDSHIP) or "kin", other_name=guardian))

    def _marriage(self, _cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        if code := self._code(said, row, Target.MARRIAGE):
            row.lines.append(Line("marriage", code))

    def _education(self, _cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        if code := self._code(said, row, Target.EDUCATION):
            row.lines.append(Line("education", code))

    def _places(self, _cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        for target, kind in ((Target.SCHOOL, "school"), (Target.EMPLOYER, "employer")):
            if words := said.get(target):
                row.lines.append(Line(kind, words=words))

    def _designation(self, cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        if code := self._code(said, row, Target.DESIGNATION):
            words = said.get(Target.DESIGNATION, "")[:60] if code == OTHER else ""
            row.lines.append(Line("designation", code, self._day(cells, row, Target.BENEFIT_SINCE), words=words))

    def _benefit(self, cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        words, value = said.get(Target.BENEFIT, "")[:60], self._cell(cells, Target.AMOUNT)
        told = words or said.get(Target.DESIGNATION, "")  # what somebody was found to be says what they draw
        code = (self.coded(Target.BENEFIT, told) if told else None) or OTHER
        amount = None
        if value is not None and not values.is_nothing(values.text(value)):
            amount = values.fen(value)
            if amount is None:
                self._wrong(row, Target.AMOUNT, Fault.BAD_AMOUNT, value)
        if words or amount is not None:
            row.lines.append(
                Line("benefit", code, self._day(cells, row, Target.BENEFIT_SINCE), words=words, amount=amount)
            )
