"""What is matched and what comes of it: rows, findings, and the reasons in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from liren.exchange.rules.weighing import Candidate, Outcome, Why

WORDS: dict[Why, Any] = {
    Why.NUMBER: _("证件号码相同"),
    Why.NUMBER_SLIP: _("证件号码只错一位，校验不符"),
    Why.NUMBER_OTHER: _("证件号码不同"),
    Why.NUMBER_OF_ANOTHER: _("证件号码是此人的，姓名对不上"),
    Why.NAME: _("姓名相同"),
    Why.NAME_VARIANT: _("姓名相同（繁体、异体或空格）"),
    Why.NAME_GAP: _("姓名看得清的字都相同"),
    Why.NAME_SOUND: _("姓名同音"),
    Why.NAME_TURNED: _("姓名的字相同，次序不同"),
    Why.NAME_SIGN: _("姓名差一个字"),
    Why.NAME_SURNAME: _("只有姓相同"),
    Why.NAME_OTHER: _("姓名不同"),
    Why.BIRTH: _("出生日期相同"),
    Why.BIRTH_TURNED: _("出生的月和日对调"),
    Why.BIRTH_DIGIT: _("出生日期差一位数字"),
    Why.BIRTH_LUNAR: _("出生日期像是农历"),
    Why.BIRTH_YEAR: _("出生年月或月日相同"),
    Why.BIRTH_OTHER: _("出生日期不同"),
    Why.SEX_OTHER: _("性别不同"),
    Why.PHONE: _("电话相同"),
    Why.COMMUNITY: _("同一个村（社区）"),
    Why.TOWNSHIP: _("同一个乡镇（街道）"),
    Why.HOUSEHOLD: _("同户的人也对上了"),
    Why.HOUSEHOLD_OTHER: _("同户的人在另一户"),
    Why.SEVERAL: _("档案里不止一人对得上"),
    Why.TAKEN: _("表里另一行更像此人"),
}


class Incoming(Protocol):
    """A row as far as it is matched; what is not known is empty. Rows with the same ``block`` stand in one household of the file."""

    @property
    def ref(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def sex(self) -> str: ...
    @property
    def birth_on(self) -> date | None: ...
    @property
    def number(self) -> str: ...
    @property
    def phones(self) -> Sequence[str]: ...
    @property
    def area(self) -> int | None: ...
    @property
    def block(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """A row to match: a plain ``Incoming``."""

    ref: int
    name: str
    sex: str = "0"
    birth_on: date | None = None
    number: str = ""
    phones: tuple[str, ...] = ()
    area: int | None = None
    block: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a row: matched with its person, unsure with candidates, or new.

    ``repeats`` names an earlier row of the same file that is about the same person; ``household`` is where most of the row's
    block were found, which is where somebody new of the block may belong.
    """

    ref: int
    outcome: Outcome
    candidates: tuple[Candidate, ...] = ()
    repeats: int | None = None
    household: int | None = None

    @property
    def person(self) -> int | None:
        """Return the person the row was matched with."""
        return self.candidates[0].person if self.outcome is Outcome.MATCH else None

    @property
    def probability(self) -> float:
        """Return how probable the first candidate is."""
        return self.candidates[0].probability if self.candidates else 0.0

    @property
    def words(self) -> list[str]:
        """Return what the row and the first candidate agree in and differ in, in words."""
        return [str(WORDS[why]) for why in self.candidates[0].why] if self.candidates else []
