"""What clerks do at their desks all day, by chance: beside a list at work on the same families."""

import random
from datetime import date

from liren.base import clock
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.models import Fact, Household, Person
from liren.testing.cast import PAIFANG


def anybody(own: random.Random) -> Person:
    return own.choice(list(Person.objects.filter(deceased_on=None)))


def any_home(own: random.Random) -> Household:
    return own.choice(list(Household.objects.filter(closed_on=None)))


def a_correction(by: Viewer, own: random.Random) -> None:
    actions.correct_person(by=by, at=clock.now(), person=anybody(own), ethnicity=own.choice(["01", "03"]), reason="看过身份证")  # fmt: skip


def a_line(by: Viewer, own: random.Random) -> None:
    line = own.choice(list(Fact.objects.filter(kind="marriage", valid_until=None)))
    actions.correct_fact(
        by=by, at=clock.now(), fact=line, reason="看过结婚证", changes={"code": own.choice(["30", "40"])}
    )


def an_absence(by: Viewer, own: random.Random) -> None:
    actions.record_away(by=by, at=clock.now(), person=anybody(own), since=date(2026, 2, 1))


def a_return(by: Viewer, own: random.Random) -> None:
    actions.record_returned(by=by, at=clock.now(), person=anybody(own), on=date(2026, 6, 1))


def a_phone(by: Viewer, own: random.Random) -> None:
    actions.set_phone(by=by, at=clock.now(), person=anybody(own), number=f"154{own.randrange(10**8):08d}")


def a_birth(by: Viewer, own: random.Random) -> None:
    at = clock.now()
    child = actions.register_person(by=by, at=at, area=PAIFANG, name="王小宝", sex="1", birth_on=date(2026, 8, 1), how="born")  # fmt: skip
    actions.join_household(by=by, at=at, person=child, household=any_home(own), relation="20", since=date(2026, 8, 1))


def another_head(by: Viewer, own: random.Random) -> None:
    household = any_home(own)
    head = own.choice(list(Person.objects.filter(household=household, deceased_on=None)))
    actions.change_head(by=by, at=clock.now(), household=household, head=head, relation="97", since=date(2026, 5, 1))


def another_home(by: Viewer, own: random.Random) -> None:
    actions.join_household(by=by, at=clock.now(), person=anybody(own), household=any_home(own), relation="97", since=date(2026, 5, 1))  # fmt: skip


def a_split(by: Viewer, own: random.Random) -> None:
    person = anybody(own)
    if person.household is not None:
        actions.split_household(by=by, at=clock.now(), household=person.household, members={person.pk: "02"}, since=date(2026, 5, 1), address="牌坊社区8组")  # fmt: skip


RANDOM = [a_correction, a_line, an_absence, a_return, a_phone, a_birth, another_head, another_home, a_split]
