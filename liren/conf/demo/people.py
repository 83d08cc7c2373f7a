"""A made-up population: the same people from the same seed, and nobody who could exist.

ID numbers begin with 99, a region prefix that is assigned to nobody; phones lie in the segment 154, which no operator has.
Households are drawn by kind, so that ages, absences and care fit together the way they do in a village near a large city.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from liren.base.codes import citizen_check

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文单仇解查"
)
SHARES = tuple(accumulate(max(1, 60 - place) for place in range(len(SURNAMES))))
COMPOUND = ("欧阳", "司马", "诸葛", "上官")
MEN_OLD = "国建德永福贵金玉明长根宝生林荣华志富良山春来顺才喜"
WOMEN_OLD = "秀英兰桂芳珍凤玉美翠莲梅巧素淑贞香菊云霞红琴娥花珠"
MEN = "伟强军勇磊涛斌超鹏杰辉刚峰俊波飞健浩宇翔凯亮龙旭东晨阳博文毅"
WOMEN = "丽敏静艳娟燕霞玲萍红娜雪慧婷莉洁颖琳倩蓉薇晶佳欣悦思雨梦怡岚"
CHILDREN = (
    "子轩",
    "梓涵",
    "浩然",
    "宇轩",
    "欣怡",
    "诗涵",
    "雨桐",
    "俊熙",
    "可馨",
    "一诺",
    "思远",
    "嘉懿",
    "明哲",
    "若曦",
    "奕辰",
    "语桐",
    "沐阳",
    "安然",
    "景行",
    "知夏",
)
AWAY_TO = (
    ("310115", "上海市浦东新区", "务工"), ("320594", "苏州市工业园区", "务工"), ("320214", "无锡市新吴区", "务工"),
    ("330110", "杭州市余杭区", "务工"), ("440306", "深圳市宝安区", "务工"), ("320583", "昆山市", "经商"),
    ("340104", "合肥市蜀山区", "建筑"), ("320106", "南京市鼓楼区", "家政"),
)  # fmt: skip
COME_FROM = ("341122", "341181", "411525", "341221", "320831", "360702", "511322", "522401")
ILLS = (("肢体", 0.45), ("视力", 0.15), ("听力", 0.15), ("智力", 0.1), ("精神", 0.1), ("言语", 0.03), ("多重", 0.02))
HEAD, HUSBAND, WIFE, SON, DAUGHTER, SONS_WIFE, GRANDSON, GRANDDAUGHTER, FATHER, MOTHER = (
    "02", "11", "12", "20", "30", "38", "41", "42", "51", "52",
)  # fmt: skip


@dataclass(slots=True)
class Member:
    """Somebody made up: who they are and what holds of them on the day of the demo."""

    name: str
    sex: str
    birth_on: date
    id_number: str
    relation: str
    phone: str = ""
    ethnicity: str = "01"
    marriage: str = "10"
    education: str = "70"
    registered_at: str = ""  # county code elsewhere; empty: registered in the community itself
    away_to: tuple[str, str, str] | None = None
    away_since: date | None = None
    disability: tuple[str, int] | None = None
    guardian: int | None = None  # index of the guardian in the household
    here_since: date | None = None
    kin: list[tuple[str, int]] = field(default_factory=list)  # (what the other one is to them, index in the household)
    found: list[tuple[str, date]] = field(default_factory=list)  # designated as what, since when
    covered: tuple[str, date] | None = None  # a confidential designation


@dataclass(slots=True)
class Family:
    """A made-up household in one dwelling."""

    community: int
    number: int
    group: str
    address: str
    members: list[Member] = field(default_factory=list)


class Maker:
    """Makes families for communities; everything follows from the seed and the day."""

    def __init__(self, *, seed: int, on: date) -> None:
        self.random = Random(seed)  # noqa: S311  made-up people need the same dice each time, not secret ones
        self.fate = Random(seed + 1)  # noqa: S311  what authorities have found: dice of their own, so that people stay who they are
        self.on = on
        self.serials: dict[tuple[str, date], int] = {}
        self.phones = 0

    def families(self, areas: Sequence[tuple[int, str, bool]], people: int) -> Iterator[Family]:
        """Yield families for communities given as (area, name, is it a village) until there are ``people`` in all, spread unevenly."""
        weights = [self.random.uniform(0.6, 1.5) for _ in areas]
        for (area, name, village), weight in zip(areas, weights, strict=True):
            quota, number = round(people * weight / sum(weights)) + 1, 0
            while quota > 0:
                number += 1
                family = self.family(area, name, village=village, number=number)
                quota -= len(family.members)
                yield family

    def family(self, area: int, name: str, *, village: bool, number: int) -> Family:
        """Return one family of a kind drawn by how common it is."""
        dice = self.random
        if village:
            group = f"{1 + number % 18}组"
            address = f"{name}{group}{1 + number // 18}号"
        else:
            group = f"{1 + number // 60}幢"
            address = f"{name}{group}{1 + number // 12 % 5}单元{1 + number // 2 % 6}0{1 + number % 2}室"
        kinds = (
            self.old_couple,
            self.old_alone,
            self.young_family,
            self.three_generations,
            self.skipped_generation,
            self.newcomers,
            self.alone,
        )
        chances = (14, 7, 26, 24, 9, 13, 7) if village else (16, 8, 34, 16, 3, 17, 6)
        family = Family(area, number, group, address)
        dice.choices(kinds, chances)[0](family)
        self.designate(family)
        for member in family.members:
            self.finish(member, family)
        return family

    # kinds of families

    def old_couple(self, family: Family) -> None:
        """Two old people whose children live elsewhere."""
        age = self.random.randint(60, 88)
        family.members += self.couple(age)
        wed(family, 0, 1)

    def old_alone(self, family: Family) -> None:
        """One old person."""
        family.members.append(self.person(self.random.choice("12"), self.random.randint(63, 96), HEAD, marriage="30"))

    def alone(self, family: Family) -> None:
        """One grown person."""
        family.members.append(self.person(self.random.choice("12"), self.random.randint(23, 59), HEAD))

    def young_family(self, family: Family) -> None:
        """A couple with children; sometimes one of the parents works away."""
        age = self.random.randint(26, 52)
        parents = self.couple(age)
        family.members += parents
        self.children(family, parents, (SON, DAUGHTER))
        wed(family, 0, 1, range(2, len(family.members)))
        if self.random.random() < 0.16:
            self.send_away(self.random.choice(parents))

    def three_generations(self, family: Family) -> None:
        """Grandparents, a couple and children; the young often work away."""
        old = self.couple(self.random.randint(54, 80))
        age = max(22, (self.on - old[0].birth_on).days // 365 - self.random.randint(22, 30))
        young = self.couple(age)
        young[0].relation, young[0].name = SON, old[0].name[0] + young[0].name[1:]
        young[1].relation = SONS_WIFE
        family.members += old + young
        self.children(family, young, (GRANDSON, GRANDDAUGHTER))
        wed(family, 0, 1, (2,))
        wed(family, 2, 3, range(4, len(family.members)))
        roll = self.random.random()
        if roll < 0.22:
            self.send_away(young[0])
        if roll < 0.1:
            self.send_away(young[1])
            for child in family.members[4:]:
                child.guardian = 0

    def skipped_generation(self, family: Family) -> None:
        """Grandparents with grandchildren whose parents both work away."""
        old = self.couple(self.random.randint(56, 76))
        young = self.couple(max(24, (self.on - old[0].birth_on).days // 365 - 26))
        young[0].relation, young[0].name = SON, old[0].name[0] + young[0].name[1:]
        young[1].relation = SONS_WIFE
        family.members += old + young
        self.children(family, young, (GRANDSON, GRANDDAUGHTER), least=1)
        wed(family, 0, 1, (2,))
        wed(family, 2, 3, range(4, len(family.members)))
        for parent in young:
            self.send_away(parent)
        for child in family.members[4:]:
            child.guardian = self.random.choice((0, 1))

    def newcomers(self, family: Family) -> None:
        """People who live here and are registered elsewhere."""
        home = self.random.choice(COME_FROM)
        family.members += self.couple(self.random.randint(23, 45))
        if self.random.random() < 0.45:
            self.children(family, family.members[:2], (SON, DAUGHTER))
        wed(family, 0, 1, range(2, len(family.members)))
        since = self.on - timedelta(days=self.random.randint(40, 2600))
        for member in family.members:
            member.registered_at, member.here_since = home, since

    # what authorities have found

    def designate(self, family: Family) -> None:
        """Give households and people the designations that are as common as in a county."""
        fate, members = self.fate, family.members
        years = [(self.on - member.birth_on).days // 365 for member in members]
        if len(members) == 1 and years[0] > 80 and fate.random() < 0.06:
            members[0].birth_on = members[0].birth_on.replace(year=self.on.year - fate.randint(101, 104), day=1)
        roll = fate.random()
        if roll < 0.045:
            since = self.on - timedelta(days=fate.randint(30, 1500))
            for member in members:
                member.found.append(("dibao" if roll < 0.025 else "low_income", max(since, member.birth_on)))
        elif len(members) == 1 and years[0] >= 60 and roll < 0.12:
            members[0].found.append(("tekun", self.on - timedelta(days=fate.randint(60, 3000))))
        home = [m for m in members[:2] if m.away_since is None]
        if len(home) == 1 and len(members) > 2 and fate.random() < 0.2:  # one parent is away, the other one cannot care
            home[0].found.append(("unable", self.on - timedelta(days=fate.randint(60, 800))))
        for member, age in zip(members, years, strict=True):
            grown = self.on - timedelta(days=fate.randint(100, 2000))
            chance = fate.random()
            if member.sex == "1" and age >= 24 and chance < 0.035:
                member.found.append(("veteran", grown))
            if age >= 50 and 0.035 <= chance < 0.047:
                member.found.append(("preferential", grown))
            if age < 17 and chance > 0.994:
                member.found.append(("difficulty", max(member.birth_on, grown)))
            if 20 <= age < 70 and 0.5 < chance < 0.509:
                what = "correction" if chance < 0.502 else "rehabilitation" if chance < 0.504 else "mental"
                member.covered = (what, grown)

    # parts of families

    def couple(self, age: int) -> list[Member]:
        """Return a husband, head of the household, and his wife."""
        return [
            self.person("1", age, HEAD, marriage="20"),
            self.person("2", max(22, age - self.random.randint(-2, 5)), WIFE, marriage="20"),
        ]

    def children(
        self, family: Family, parents: Sequence[Member], relations: tuple[str, str], *, least: int = 0
    ) -> None:
        """Add children who bear the father's surname."""
        mother_age = (self.on - parents[1].birth_on).days // 365
        for _ in range(self.random.choices((least, 1, 2), (15, 55, 30))[0]):
            sex = self.random.choice("12")
            age = min(max(0, mother_age - self.random.randint(21, 32)), 30)
            child = self.person(sex, age, relations[0] if sex == "1" else relations[1])
            child.name = surname(parents[0].name) + (self.random.choice(CHILDREN) if age < 16 else self.given(sex, age))
            family.members.append(child)

    def send_away(self, member: Member) -> None:
        """Let somebody work away since some months."""
        member.away_to = self.random.choice(AWAY_TO)
        member.away_since = self.on - timedelta(days=self.random.randint(20, 2200))

    def person(self, sex: str, age: int, relation: str, *, marriage: str = "10") -> Member:
        """Return somebody of about this age."""
        birth_on = self.on - timedelta(days=age * 365 + age // 4 + self.random.randint(1, 360))
        name = self.random.choices(SURNAMES, cum_weights=SHARES)[0]
        if self.random.random() < 0.004:
            name = self.random.choice(COMPOUND)
        return Member(name + self.given(sex, age), sex, birth_on, "", relation, marriage=marriage)

    def given(self, sex: str, age: int) -> str:
        """Return a given name of the generation."""
        signs = (MEN_OLD if age > 55 else MEN) if sex == "1" else (WOMEN_OLD if age > 55 else WOMEN)
        return "".join(self.random.sample(signs, 2 if self.random.random() < 0.72 else 1))

    def finish(self, member: Member, family: Family) -> None:
        """Give somebody number, phone, schooling and, sometimes, a disability."""
        dice = self.random
        age = (self.on - member.birth_on).days // 365
        region = f"99{family.community // 1000 % 10000:04d}"
        member.id_number = self.number(region, member.birth_on, member.sex)
        if age >= 14 and dice.random() < (0.97 if age < 70 else 0.7):
            self.phones += 1
            member.phone = f"154{self.phones * 7919 % 100_000_000:08d}"
        member.education = (
            "90" if age < 6 else dice.choices(("80", "70", "60", "40", "30", "20"), (18, 38, 22, 8, 8, 6))[0]
        )
        if age < 20:
            member.marriage = "10"
        if dice.random() < 0.015:
            member.ethnicity = dice.choice(("03", "11", "06", "15", "08"))
        if dice.random() < (0.14 if age > 65 else 0.035):
            kinds, chances = zip(*ILLS, strict=True)
            member.disability = (dice.choices(kinds, chances)[0], dice.randint(1, 4))

    def number(self, region: str, birth_on: date, sex: str) -> str:
        """Return the next ID number of a region and a birthday: odd serials for men (GB 11643)."""
        key = (region + sex, birth_on)
        self.serials[key] = self.serials.get(key, -1) + 1
        serial = 2 * self.serials[key] + (1 if sex == "1" else 2)
        body = f"{region}{birth_on:%Y%m%d}{serial:03d}"
        return body + citizen_check(body)


def wed(family: Family, husband: int, wife: int, children: Iterable[int] = ()) -> None:
    """Write down who is married to whom, and whose parents they are."""
    members = family.members
    members[husband].kin.append(("spouse", wife))
    members[wife].kin.append(("spouse", husband))
    for child in children:
        members[child].kin += [("parent", husband), ("parent", wife)]


def surname(name: str) -> str:
    """Return the surname of a made-up name."""
    return name[:2] if name[:2] in COMPOUND else name[0]
