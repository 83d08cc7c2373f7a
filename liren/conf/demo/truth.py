"""The same made-up people twice: as the registry knows them and as another system wrote them down, with the truth beside it.

For measuring how well people are found again. Families come one by one, so a million people take no more memory than one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from liren.conf.demo.dirt import Dirt, Setting
from liren.conf.demo.people import DAUGHTER, GRANDDAUGHTER, GRANDSON, SON, Maker, Member, surname

FIRST_AREA = 990_101_001_001_000  # a county that exists nowhere
COMMUNITIES = 20  # of a township
PEOPLE_OF_A_COMMUNITY = 1000
COMMON_NAMES = ("张伟", "王伟", "王芳", "李伟", "李娜", "张敏", "李静", "王静", "刘伟", "王秀英", "张丽", "李秀英")
RARE = "喆堃玥珺珏翀昇犇鑫淼焱垚赟玮晖雯琦岚昙炜晔旻珉珩媖翊昕琳煊瑄祎彧昱灏頔濛劼骞濬"
CHILDREN = frozenset({SON, DAUGHTER, GRANDSON, GRANDDAUGHTER})


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody as the registry knows them; ``who`` is who it truly is."""

    who: int
    name: str
    sex: str
    birth_on: date
    number: str
    phones: tuple[str, ...]
    area: int
    household: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the other system; ``who`` and ``dirt`` are the truth about it, which a matcher never sees."""

    ref: int
    who: int
    name: str
    sex: str
    birth_on: date | None
    number: str
    phones: tuple[str, ...]
    area: int | None
    block: str  # rows with the same one stand in one household of the file
    dirt: tuple[str, ...] = ()


@dataclass(slots=True)
class Home:
    """One family on both sides."""

    known: list[Known] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def areas(people: int) -> list[tuple[int, str, bool]]:
    """Return communities for so many people: area, name, is it a village."""
    number = max(2, people // PEOPLE_OF_A_COMMUNITY)
    places = ((n // COMMUNITIES, n % COMMUNITIES) for n in range(number))
    return [
        (FIRST_AREA + town * 1_000_000 + place * 1000, f"第{town + 1}镇{place + 1}村", (town + place) % 2 == 0)
        for town, place in places
    ]


def two_lists(people: int, setting: Setting, *, seed: int, on: date) -> Iterator[Home]:
    """Yield families as both sides have them: together about ``people`` in the registry and as many rows in the file."""
    maker, places = Maker(seed=seed, on=on), areas(people)
    pair = _Pair(setting, maker, Random(seed + 1), places)  # noqa: S311  made-up people need the same dice each time
    for family in maker.families(places, people):
        yield pair.home(family.community, family.members)


class _Pair:
    """Writes one family down twice."""

    def __init__(self, setting: Setting, maker: Maker, dice: Random, places: Sequence[tuple[int, str, bool]]) -> None:
        self.setting, self.maker, self.dice, self.places = setting, maker, dice, places
        self.dirt = Dirt(setting, dice)
        self.people, self.households, self.rows = 0, 0, 0

    def home(self, area: int, members: list[Member]) -> Home:
        """Return a family as both sides have it."""
        dice, setting, made = self.dice, self.setting, Home()
        self.colour(members)
        self.households += 1
        unknown_family = dice.random() < setting.unknown_families
        block = str(self.households) if dice.random() < setting.blocks else ""
        for member in members:
            self.people += 1
            who = self.people
            if not unknown_family and dice.random() >= setting.unknown_people:
                made.known.append(self.known(who, area, member))
                if dice.random() < setting.not_in_file:
                    continue
            relatives = [other.id_number for other in members if other is not member]
            made.entries.append(self.entry(who, area, member, block, relatives))
            if dice.random() < setting.repeated:
                made.entries.append(self.entry(who, area, member, block, relatives))
        return made

    def colour(self, members: list[Member]) -> None:
        """Make a family as hard to tell apart as some are: common and rare names, twins, sons who are called like fathers."""
        dice = self.dice
        for member in members:
            roll = dice.random()
            if roll < 0.012 and member.relation not in CHILDREN:
                member.name = dice.choice(COMMON_NAMES)
            elif roll < 0.024:
                member.name = member.name[:-1] + dice.choice(RARE)
        sons = [member for member in members if member.relation in {SON, GRANDSON}]
        if sons and dice.random() < 0.04:
            head, son = members[0], sons[0]
            family = surname(head.name)
            given = head.name[len(family) :] or "明"
            son.name = family + (
                given[0] + dice.choice("军民平明华生") if dice.random() < 0.6 else dice.choice("小大") + given[-1]
            )
            son.phone = head.phone if dice.random() < 0.5 else son.phone
        children = [member for member in members if member.relation in CHILDREN]
        if children and dice.random() < 0.03:
            members.append(self.twin(children[-1], members[0]))

    def twin(self, child: Member, head: Member) -> Member:
        """Return a twin: the same day, nearly the same name, the next number, the same phone."""
        dice = self.dice
        sex = child.sex if dice.random() < 0.7 else "2" if child.sex == "1" else "1"
        other = dice.choice("轩宇浩欣怡涵雨佳晨阳一诺然悦文博思")
        name = child.name[:-1] + other if dice.random() < 0.5 else child.name[:1] + other + child.name[-1:]
        if name == child.name:
            name = child.name[:1] + other + "安"
        number = self.maker.number(child.id_number[:6], child.birth_on, sex)
        return replace(child, name=name, sex=sex, id_number=number, phone=head.phone or child.phone)

    def known(self, who: int, area: int, member: Member) -> Known:
        """Return somebody as the registry knows them."""
        number = "" if self.dice.random() < self.setting.registry_without_number else member.id_number
        phones = (member.phone,) if member.phone else ()
        return Known(who, member.name, member.sex, member.birth_on, number, phones, area, self.households)

    def entry(self, who: int, area: int, member: Member, block: str, relatives: list[str]) -> Entry:
        """Return somebody as the other system wrote them down."""
        dirt = self.dirt
        dirt.begin()
        name = dirt.name(member.name)
        number = dirt.number(member.id_number, member.birth_on, relatives)
        birth_on = dirt.birth(member.birth_on)
        phones = dirt.phones(member.phone)
        lives: int | None = area
        roll = self.dice.random()
        if roll < self.setting.moved:
            lives = self.dice.choice(self.places)[0]
            dirt.note("moved")
        elif roll < self.setting.moved + self.setting.nowhere:
            lives = None
            dirt.note("nowhere")
        sex = member.sex
        if self.dice.random() < self.setting.sex_wrong:
            sex = "2" if sex == "1" else "1"
            dirt.note("sex")
        self.rows += 1
        return Entry(self.rows, who, name, sex, birth_on, number, phones, lives, block, dirt.noted())
