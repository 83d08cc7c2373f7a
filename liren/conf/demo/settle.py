"""Settle the made-up population in real communities: families as the registry writes them."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from liren.conf.demo.people import Family, Maker, Member
from liren.foundation.places.models import Place
from liren.foundation.places.queries.tree import communities, place_by_code
from liren.foundation.places.rules import code_of
from liren.registry.actions.bulk import NewFact, NewHousehold, NewPerson, Written, bulk_register
from liren.registry.actions.memberships import recount
from liren.registry.enums import AwayReason, DisabilityKind, FactKind, GuardianKind, ResidenceKind, Source

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


def settle(*, at: datetime, people: int = PEOPLE, township: str = TOWNSHIP) -> tuple[list[Family], Written]:
    """Write the population of a township's communities; return the families and the ids by reference."""
    on = at.date()
    families = list(Maker(seed=SEED, on=on).families(places(township), people))
    written = bulk_register(newcomers(families, on), homes(families), at=at, recorded_by="系统·演示数据")
    whole = place_by_code(township)
    recount(lo=whole.area, hi=whole.hi, level=whole.level, at=at)
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
