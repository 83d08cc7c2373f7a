"""What happened to the made-up people in the last months: births, deaths, moves in, out and next door, organisations.

Made by the registry's own actions at the desk of each community, so that reports, lists and time lines have something to tell.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils.timezone import localtime

from liren.base.clock import day_of
from liren.base.errors import Refusal
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.demo.cases import Township
from liren.conf.demo.people import CHILDREN, surname
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.enums import Began, MoveSide, OrganisationKind, ResidenceKind, Source
from liren.registry.models import Move, Person
from liren.registry.rules.statements import Belongs

DAYS = 200
EVENTS = 96
CLERK = "window_clerk"
ORGANISATIONS: tuple[tuple[str, OrganisationKind], ...] = (
    ("老年协会", OrganisationKind.SOCIAL), ("志愿服务队", OrganisationKind.SOCIAL), ("幼儿园", OrganisationKind.SCHOOL),
    ("卫生服务站", OrganisationKind.HEALTH), ("股份经济合作社", OrganisationKind.COOPERATIVE), ("便民超市", OrganisationKind.SHOP),
)  # fmt: skip
FROM = ("南京市鼓楼区", "安徽省滁州市", "扬州市仪征市", "马鞍山市和县")
TO = ("苏州市工业园区", "上海市浦东新区", "南京市建邺区", "杭州市余杭区")
OLD = 74
TRIES = 200
GROWN = (22, 50)


@dataclass(slots=True)
class Happenings:
    """Lets things happen, one after the other in time."""

    township: Township
    people: Sequence[Person]
    at: datetime
    seed: int
    told: dict[str, int] = field(default_factory=dict)

    def make(self) -> dict[str, int]:
        """Let everything happen; return how often what did."""
        dice = Random(self.seed)  # noqa: S311
        verbs: list[tuple[Callable[[Person, date, Random], None], int]] = [
            (self.born, 24), (self.died, 22), (self.moved_out, 18), (self.moved_in, 18), (self.handed_over, 14), (self.changed, 4),
        ]  # fmt: skip
        for number in range(EVENTS):
            on = day_of(self.at) - timedelta(days=DAYS - number * DAYS // EVENTS)
            verb = dice.choices([one for one, _ in verbs], [share for _, share in verbs])[0]
            person = self.somebody(verb == self.died, on, dice)
            if person is None:
                continue
            with suppress(Refusal):  # it has happened to this one already
                verb(person, on, dice)
                self.told[verb.__name__] = self.told.get(verb.__name__, 0) + 1
        self.organisations(dice)
        return self.told

    def somebody(self, old: bool, on: date, dice: Random) -> Person | None:
        """Return somebody to whom it may happen, nothing when dice find nobody."""
        for _try in range(TRIES):
            person = dice.choice(self.people)
            age = person.age_on(on) or 0
            if not ((age >= OLD) if old else (GROWN[0] <= age <= GROWN[1])):
                continue
            with applied(Scope.everything()):
                person.refresh_from_db()  # the file may have gone next door meanwhile
            if person.deceased_on is None and person.residence != ResidenceKind.GONE:
                return person
        return None

    def desk(self, area: int) -> Viewer:
        """Return the clerk of a community."""
        return self.township.at(CLERK, area)

    def moment(self, on: date) -> datetime:
        """Return when a clerk wrote it down: two days later, not after now."""
        written = datetime.combine(on + timedelta(days=2), time(10, 20), tzinfo=localtime(self.at).tzinfo)
        return min(written, self.at)

    def born(self, person: Person, on: date, dice: Random) -> None:
        """A child is born into somebody's family."""
        by = self.desk(person.area)
        name, sex = surname(person.name) + dice.choice(CHILDREN), dice.choice("12")
        with applied(by.scope):
            home = Person.objects.select_related("household").get(pk=person.pk).household
            child = actions.register_person(
                by=by, at=self.moment(on), area=person.area, name=name, sex=sex, birth_on=on, ethnicity="01",
                how=Began.BORN, came_from="医院出生", residence=ResidenceKind.REGISTERED, source=Source.PAPER, authority="出生医学证明",
            )  # fmt: skip
            if home is not None:
                relation = "20" if sex == "1" else "30"
                actions.join_household(
                    by=by,
                    at=self.moment(on),
                    person=child,
                    household=home,
                    relation=relation,
                    since=on,
                    source=Source.PAPER,
                )

    def died(self, person: Person, on: date, _dice: Random) -> None:
        """Somebody old dies."""
        by = self.desk(person.area)
        with applied(by.scope):
            found = Person.objects.get(pk=person.pk)
            actions.record_death(
                by=by, at=self.moment(on), person=found, on=on, source=Source.PAPER, authority="卫生院"
            )

    def moved_out(self, person: Person, on: date, dice: Random) -> None:
        """Somebody leaves for good."""
        by = self.desk(person.area)
        with applied(by.scope):
            found = Person.objects.get(pk=person.pk)
            actions.record_moved_out(by=by, at=self.moment(on), person=found, on=on, words=dice.choice(TO))

    def moved_in(self, person: Person, on: date, dice: Random) -> None:
        """Somebody comes to live in the community of ``person``."""
        by = self.desk(person.area)
        name = dice.choice("王李张刘陈杨") + dice.choice(("晓军", "海燕", "志强", "雪梅", "建平", "玉兰"))
        with applied(by.scope):
            actions.register_person(
                by=by, at=self.moment(on), area=person.area, name=name, sex=dice.choice("12"), ethnicity="01",
                birth_on=on - timedelta(days=dice.randint(22 * 366, 45 * 366)), since=on, how=Began.MOVED_IN,
                came_from=dice.choice(FROM), residence=dice.choice((ResidenceKind.INCOMER, ResidenceKind.REGISTERED)), source=Source.PAPER,
            )  # fmt: skip

    def changed(self, person: Person, on: date, _dice: Random) -> None:
        """Somebody keeps the register here and goes to live elsewhere."""
        by = self.desk(person.area)
        with applied(by.scope):
            found = Person.objects.get(pk=person.pk)
            actions.record_residence(
                by=by,
                at=self.moment(on),
                person=found,
                kind=ResidenceKind.ABSENT,
                since=on,
                words="南京市建邺区",
                source=Source.VISIT,
            )

    def handed_over(self, person: Person, on: date, dice: Random) -> None:
        """A file goes to a neighbouring community: mostly accepted, now and then refused, the latest still waiting."""
        areas = sorted({one.area for one in self.people} - {person.area})
        by, taker = self.desk(person.area), self.desk(dice.choice(areas))
        receiving = taker.seats[0].area
        with applied(by.scope):
            found = Person.objects.get(pk=person.pk)
            made = actions.propose_move(
                by=by, at=self.moment(on), person=found, area=receiving, on=on, residence=found.residence,
                reason=dice.choice(("买了新房", "随子女居住", "拆迁安置", "结婚")),
            )  # fmt: skip
        fate = dice.random()
        if on > day_of(self.at) - timedelta(days=12):
            return
        with applied(taker.scope):
            incoming = Move.objects.get(event=made.event, side=MoveSide.RECEIVING)
            answered = min(self.at, self.moment(on) + timedelta(days=1))
            if fate < 0.15:
                actions.refuse_move(by=taker, at=answered, move=incoming, answer="本人没有住到这里，请核实。")
            else:
                actions.accept_move(by=taker, at=answered, move=incoming)

    def organisations(self, dice: Random) -> None:
        """Every community has some organisations, and some people belong to them."""
        for area in sorted({person.area for person in self.people}):
            by = self.desk(area)
            place = by.seats[0].place.removesuffix("居委会").removesuffix("村委会")
            here = [person for person in self.people if person.area == area]
            with applied(by.scope):
                for words, kind in dice.sample(ORGANISATIONS, 2):
                    made = actions.add_organisation(by=by, at=self.at, area=area, name=f"{place}{words}", kind=kind)
                    self.told["organisations"] = self.told.get("organisations", 0) + 1
                    for person in dice.sample(here, min(2, len(here))):
                        found = Person.objects.filter(pk=person.pk, area=area, deceased_on=None).first()
                        if found is not None:
                            since = day_of(self.at) - timedelta(days=dice.randint(30, 900))
                            actions.record(
                                by=by,
                                at=self.at,
                                person=found,
                                statement=Belongs(made.pk, "成员"),
                                since=since,
                                source=Source.VISIT,
                            )


def happen(township: Township, *, at: datetime, seed: int) -> dict[str, int]:
    """Let the last months happen to people who are at home; return how often what did."""
    with applied(Scope.everything()):
        people = list(Person.objects.filter(away_since=None, household__isnull=False).order_by("id")[::5])
    return Happenings(township, people, at, seed).make()
