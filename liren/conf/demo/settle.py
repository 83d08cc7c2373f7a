"""Settle the made-up population in real communities: families as the registry writes them."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from liren.base.clock import day_of
from liren.conf.demo.people import Family, Maker, Member
from liren.foundation.places.models import Place
from liren.foundation.places.queries.tree import communities, place_by_code
from liren.foundation.places.rules import code_of
from liren.registry.actions.bulk import (
    NewDwelling,
    NewFact,
    NewHousehold,
    NewPerson,
    Written,
    bulk_dwell,
    bulk_register,
    take_stock,
)
from liren.registry.actions.memberships import recount
from liren.registry.enums import (
    AwayReason,
    DisabilityKind,
    DwellingKind,
    FactKind,
    GuardianKind,
    HouseholdKind,
    ResidenceKind,
    Source,
    Tenure,
    Way,
)
from liren.registry.rules.statements import Birth, Education, Marriage, Moved, School

TOWNSHIP = "320115006"  # 江宁街道, where two of the pilot communities of 苏民基〔2015〕4号 lie
SEED = 20151113  # the day of that notice
PEOPLE = 20_600
REASONS = {"务工": AwayReason.WORK, "建筑": AwayReason.WORK, "家政": AwayReason.WORK, "经商": AwayReason.BUSINESS}
KINDS = {
    "肢体": "LIMBS",
    "视力": "SIGHT",
    "听力": "HEARING",
    "智力": "INTELLECT",
    "精神": "MIND",
    "言语": "SPEECH",
    "多重": "MULTIPLE",
}
FINDERS = {
    "veteran": "江宁区退役军人事务局",
    "preferential": "江宁区退役军人事务局",
    "unable": "村（居）委会认定",
}
VILLAGE = 200  # the last three digits from here on are village committees


def settle(
    *, at: datetime, people: int = PEOPLE, township: str = TOWNSHIP, using: str = "owner"
) -> tuple[list[Family], Written]:
    """Write the population of a township's communities; return the families and the ids by reference."""
    on = day_of(at)
    families = list(Maker(seed=SEED, on=on).families(places(township), people))
    written = bulk_register(newcomers(families, on), homes(families), at=at, recorded_by="系统·演示数据", using=using)
    bulk_dwell(dwellings(families, written), using=using)
    whole = place_by_code(township)
    recount(lo=whole.area, hi=whole.hi, level=whole.level, at=at)
    take_stock(using)
    return families, written


def places(township: str = TOWNSHIP) -> list[tuple[int, str, bool]]:
    """Return a township's communities as the maker of people takes them: area, name, is it a village."""
    return [(place.area, shown(place), is_village(place)) for place in communities(place_by_code(township))]


def shown(place: Place) -> str:
    """Return a community's name as people say it."""
    return place.name.removesuffix("居委会").removesuffix("村委会").removesuffix("居民委员会") or place.name


def is_village(place: Place) -> bool:
    """Say whether a community has a village committee."""
    return int(code_of(5, place.area)[-3:]) >= VILLAGE


def home_of(family: Family) -> str:
    """Return the reference of a family's household, which is its number in the household register too."""
    return f"{code_of(5, family.community)}-{family.number:04d}"


def person_of(family: Family, index: int) -> str:
    """Return the reference of a member."""
    return f"{home_of(family)}-{index}"


def homes(families: Iterable[Family]) -> Iterator[NewHousehold]:
    """Yield every family's household."""
    for family in families:
        ref = home_of(family)
        yield NewHousehold(ref=ref, area=family.community, address=family.address, number=ref)
        if any(not member.registered_at for member in family.members):
            yield NewHousehold(
                ref=register_of(family), area=family.community, address=family.address, number=register_of(family),
                kind=HouseholdKind.REGISTER,
            )  # fmt: skip


def register_of(family: Family) -> str:
    """Return the reference of the register household (户籍户) of a family that is registered here."""
    return f"H{home_of(family)}"


def newcomers(families: Iterable[Family], on: date) -> Iterator[NewPerson]:
    """Yield every member with dated facts."""
    for family in families:
        for index, member in enumerate(family.members):
            yield NewPerson(
                ref=person_of(family, index),
                area=family.community,
                name=member.name,
                sex=member.sex,
                birth_on=member.birth_on,
                number=member.id_number,
                phone=member.phone,
                ethnicity=member.ethnicity,
                residence=ResidenceKind.INCOMER if member.registered_at else ResidenceKind.REGISTERED,
                since=member.here_since,
                household=home_of(family),
                relation=member.relation,
                register="" if member.registered_at else register_of(family),
                register_relation="" if member.registered_at else member.relation,
                facts=list(facts(family, member, on)),
            )


def facts(family: Family, member: Member, on: date) -> Iterator[NewFact]:
    """Yield what else is known of a member."""
    if member.away_to is not None and member.away_since is not None:
        code, name, why = member.away_to
        yield NewFact(
            kind=FactKind.AWAY,
            code=REASONS[why],
            valid_from=member.away_since,
            place_level=3,
            place=int(code.ljust(15, "0")),
            words=f"{name}（{why}）",
            source=Source.VISIT,
            authority="网格员入户",
        )
    if member.disability is not None:
        kind, degree = member.disability
        since = max(member.birth_on + timedelta(days=900), on - timedelta(days=4000 + 13 * degree))
        yield NewFact(
            kind=FactKind.DISABILITY,
            valid_from=min(since, on - timedelta(days=1)),
            health={"kind": DisabilityKind[KINDS[kind]].value, "degree": str(degree)},
            source=Source.SHARED,
            authority="残联",
        )
    yield from life(member, on)
    for who, index in member.kin:
        other = family.members[index]
        since = member.birth_on if who == "parent" else max(member.birth_on, other.birth_on) + timedelta(days=22 * 366)
        yield NewFact(
            kind=FactKind.RELATION,
            code=who,
            valid_from=min(since, on - timedelta(days=1)),
            other=person_of(family, index),
            source=Source.DECLARED,
        )
    for what, found_on in member.found:
        yield NewFact(
            kind=FactKind.DESIGNATION,
            code=what,
            valid_from=found_on,
            source=Source.SHARED,
            authority=FINDERS.get(what, "江宁区民政局"),
        )
    if member.covered is not None:
        yield NewFact(
            kind=FactKind.CONFIDENTIAL,
            valid_from=member.covered[1],
            health={"code": member.covered[0], "words": ""},
            source=Source.SHARED,
            authority="有关部门",
        )
    if member.guardian is not None:
        parents_left = [m.away_since for m in family.members if m.away_since is not None]
        yield NewFact(
            kind=FactKind.GUARDIAN,
            code=GuardianKind.GRANDPARENT,
            valid_from=max([member.birth_on, *parents_left]),
            other=person_of(family, member.guardian),
            source=Source.VISIT,
            authority="儿童主任入户",
        )


LEVELS = {
    "20": "21",
    "30": "31",
    "40": "41",
    "60": "61",
    "70": "71",
    "80": "81",
}  # GB/T 4658: class to the certificate of it
SCHOOL_FROM, SCHOOL_TO, GROWN = 6, 18, 22


def life(member: Member, on: date) -> Iterator[NewFact]:
    """Yield how somebody came here, is married, learns or has learnt."""
    yesterday, age = on - timedelta(days=1), (on - member.birth_on).days // 365
    if member.here_since is not None:
        yield NewFact.of(
            Moved(Way.IN, "投靠亲属" if age > OLD else "务工"), valid_from=member.here_since, source=Source.PAPER
        )
    elif (on - member.birth_on).days < LATELY:
        yield NewFact.of(Birth(), valid_from=member.birth_on, source=Source.PAPER, authority="医院")
    if age >= GROWN:
        since = min(yesterday, member.birth_on + timedelta(days=GROWN * 366))
        yield NewFact.of(Marriage(member.marriage), valid_from=since, source=Source.SHARED, authority="婚姻登记处")
        if member.education in LEVELS:
            yield NewFact.of(Education(LEVELS[member.education]), valid_from=since, source=Source.DECLARED)
    elif SCHOOL_FROM <= age < SCHOOL_TO:
        since = min(
            yesterday, max(member.birth_on + timedelta(days=SCHOOL_FROM * 366), date(on.year - (on.month < 9), 9, 1))
        )
        school = "江宁实验小学" if age < 12 else "江宁初级中学" if age < 15 else "江宁高级中学"
        yield NewFact.of(School(school), valid_from=since, source=Source.VISIT)


OLD, LATELY = 60, 366


def dwellings(families: Iterable[Family], written: Written) -> Iterator[NewDwelling]:
    """Yield every family's dwelling, with the household that lives in it."""
    for family in families:
        found = re.fullmatch(r".*?(\d+幢)(\d+单元)(\d+室)", family.address)
        renting = any(member.registered_at for member in family.members)
        building, entrance, room = found.groups() if found else (family.group, "", "")
        yield NewDwelling(
            area=family.community, address=family.address, building=building, entrance=entrance, room=room,
            kind=DwellingKind.FLAT if found else DwellingKind.SELF_BUILT, tenure=Tenure.RENTED if renting else Tenure.OWNED,
            households=(written.households[home_of(family)],),
        )  # fmt: skip
