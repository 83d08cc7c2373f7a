"""Somebody who has two files, for the tests of merging."""

from dataclasses import dataclass
from datetime import date

from liren.registry import actions
from liren.registry.models import Household, Person
from liren.registry.tests.desk import AT, number_of
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, Role, acting, everywhere, staff

BIRTH = date(1962, 3, 8)
NUMBER = number_of(BIRTH, 24, "990115")
CENTRE = Role("zhongxin", "吴主任", "service_center_head", 4, 320115006_000_000, "江宁街道")


@dataclass
class Twins:
    """王秀英, who has two files: one from the household register, one from a visit."""

    kept: Person
    gone: Person
    home: Household
    other_home: Household
    child: Person


def registered_twice() -> Twins:
    """Register her twice, and a child whom the second file cares for."""
    with acting(staff(PAIFANG_CLERK)) as by:
        kept = actions.register_person(
            by=by,
            at=AT,
            area=PAIFANG,
            name="王秀英",
            number=NUMBER,
            phone="19900000001",
            since=date(2000, 1, 1),
            source="paper",
        )
        gone = actions.register_person(
            by=by, at=AT, area=PAIFANG, name="王秀瑛", sex="2", birth_on=BIRTH, phone="19900000001", since=date(2019, 1, 1), ethnicity="03",
            source="visit",
        )  # fmt: skip
        actions.set_phone(by=by, at=AT, person=gone, number="19900000002")
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊社区12号", number="A12")
        actions.join_household(by=by, at=AT, person=kept, household=home, relation="02", since=date(2000, 1, 1))
        other_home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊社区12号", number="V12")
        actions.join_household(by=by, at=AT, person=gone, household=other_home, relation="02", since=date(2019, 1, 1))
        child = actions.register_person(by=by, at=AT, area=PAIFANG, name="李明", birth_on=date(2015, 5, 5), sex="1")
        actions.name_guardian(
            by=by, at=AT, person=child, relation="grandparent", guardian=gone.pk, since=date(2020, 1, 1)
        )
        actions.record_disability(
            by=by, at=AT, person=gone, kind="1", degree="3", certificate=NUMBER + "13", since=date(2020, 1, 1)
        )
    return Twins(kept, gone, home, other_home, child)


def fresh(person: Person) -> Person:
    """Return a file as it stands now."""
    with everywhere():
        return Person.objects.get(pk=person.pk)


def fresh_in(person: Person) -> Person:
    """Return a file as it stands now, inside the scope that is set."""
    return Person.objects.get(pk=person.pk)
