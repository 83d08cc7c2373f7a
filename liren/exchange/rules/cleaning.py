"""From the cells of a line to what they say about a person, with everything that is wrong in them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from liren.base.codes import Document, Doubt, IdNumber, read_id
from liren.base.names import is_han, plain_name
from liren.exchange.enums import REFUSING, Fault, Target
from liren.exchange.rules import values
from liren.exchange.rules.wordlists import ENDINGS, WORDS

LONGEST_NAME, LONGEST_WORDS, MOST_WORDS = 64, 200, 20_000
USUAL_NAME = re.compile(r"[一-鿿]{2,6}")
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
        self.columns = {str(target): index for index, target in enumerate(targets) if target}
        self.words = {target: {**WORDS.get(target, {}), **words.get(target, {})} for target in {*WORDS, *words}}
        self.constants = dict(constants or {})
        self.on = on
        self._read = [(target, index) for target, index in self.columns.items() if target not in DAYS]
        self._coded: dict[tuple[str, str], str | None] = {}
        self._words: dict[str, str] = {}
        self._offers = [offer for targets, offer in self._all_offers() if targets & {*self.columns, *self.constants}]

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
        row = Cleaned()
        said = self._said(cells)
        self._identity(cells, said, row)
        self._details(cells, said, row)
        for offer in self._offers:
            offer(cells, said, row)
        return row

    # one cell

    def _said(self, cells: Sequence[Any]) -> dict[str, str]:
        """Return the words of each target, none for a cell that says nothing; days are read from the cells themselves."""
        said = dict(self.constants)
        width = len(cells)
        for target, index in self._read:
            value = cells[index] if index < width else None
            if value is None:
                continue
            if type(value) is not str:
                said[target] = _words_of(value)
                continue
            words = self._words.get(value)  # half of the cells of a list say what others have said
            if words is None:
                if len(self._words) > MOST_WORDS:
                    self._words.clear()
                words = self._words[value] = _words_of(value)
            said[target] = words
        return said

    def _cell(self, cells: Sequence[Any], target: str) -> Any:
        index = self.columns.get(target)
        return cells[index] if index is not None and index < len(cells) else None

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
        try:
            return self._coded[target, words]
        except KeyError:
            if len(self._coded) > MOST_WORDS:
                self._coded.clear()
            found = self._coded[target, words] = self._listed(target, words)
            return found

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

    # the person

    def _identity(self, cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        name = said.get(Target.NAME, "")
        row.name = plain_name(name)[:LONGEST_NAME]
        if not row.name:
            self._wrong(row, Target.NAME, Fault.NO_NAME)
        elif not USUAL_NAME.fullmatch(name) and (
            len(name) > LONGEST_NAME or any(sign.isdigit() for sign in name) or (is_han(name) and len(row.name) < 2)
        ):
            self._wrong(row, Target.NAME, Fault.ODD_NAME, name)
        row.sex = self._code(said, row, Target.SEX)
        row.birth_on = self._day(cells, row, Target.BIRTH) if Target.BIRTH in self.columns else None
        if said.get(Target.ID_NUMBER):
            self._number(cells, said, row)
        if not row.number and row.birth_on is None and not row.is_refused:
            self._wrong(row, Target.ID_NUMBER, Fault.NO_IDENTITY)

    def _number(self, cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        value = self._cell(cells, Target.ID_NUMBER)
        if values.is_spoiled(value):
            self._wrong(row, Target.ID_NUMBER, Fault.SPOILED, value)
            return
        read = read_id(values.text(value).lstrip("'"), on=self.on)
        if read.doubts:
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
        self._compared(read, said, row)

    def _compared(self, read: IdNumber, said: Mapping[str, str], row: Cleaned) -> None:
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
                self._wrong(row, Target.SEX, Fault.SEX_DIFFERS, said.get(Target.SEX, ""))
            row.sex = row.sex or read.sex

    def _details(self, cells: Sequence[Any], said: Mapping[str, str], row: Cleaned) -> None:
        get = said.get
        row.ethnicity = self._code(said, row, Target.ETHNICITY)
        if get(Target.PHONE):
            row.phones, bad = values.phones(self._cell(cells, Target.PHONE))
            for words in bad:
                self._wrong(row, Target.PHONE, Fault.BAD_PHONE, words)
        row.community = get(Target.COMMUNITY, "")[:64]
        row.unit = get(Target.UNIT, "")[:64]
        row.address = get(Target.ADDRESS, "")
        row.registered = get(Target.REGISTERED, "")
        row.household = get(Target.HOUSEHOLD, "")[:32]
        if head := get(Target.HEAD):
            row.head = plain_name(head[:LONGEST_NAME])
        row.relation = self._code(said, row, Target.RELATION)
        row.residence = self._code(said, row, Target.RESIDENCE)
        if Target.SINCE in self.columns:
            row.since = self._day(cells, row, Target.SINCE)
        if Target.DIED in self.columns:
            row.deceased_on = self._day(cells, row, Target.DIED)

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
