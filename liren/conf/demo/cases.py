"""Cases of the demo's last ninety days, in every state, made by the same actions as real ones, each at its own moment."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils.timezone import localtime

from liren.base.clock import day_of
from liren.base.rows import applied
from liren.conf.demo.offices import Desk
from liren.engines.cases import actions
from liren.engines.cases import queries as cases
from liren.engines.cases.actions import HelpGiven
from liren.engines.cases.models import Case
from liren.engines.cases.queries import open_tasks
from liren.engines.cases.rules import routing
from liren.foundation.access.models import Account
from liren.foundation.access.queries import account_with_seats
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import COMMUNITY
from liren.registry.models import Person

DAYS = 90
SATURDAY = 5
OPENS, CLOSES = time(8, 30), time(17, 30)
# What becomes of a case, and how many of a hundred: the last verb it meets.
FATES = (
    ("draft", 2), ("submitted", 8), ("returned", 5), ("refused", 4), ("accepted", 7), ("in_hand", 16), ("asked", 6), ("owed", 3),
    ("decided", 4), ("finished", 14), ("rated", 22), ("bad", 3), ("answered", 2), ("reopened", 1), ("withdrawn", 3),
)  # fmt: skip
RUNNING = frozenset({"draft", "submitted", "returned", "accepted", "in_hand", "asked", "owed", "decided"})
REPAIRS = (
    ("lighting", "村口的路灯不亮了，晚上看不见路", "老槐树旁边"), ("road", "水泥路塌了一块，电瓶车过不去", "小学门口"),
    ("drainage", "下水道堵了，下雨就漫出来", "菜场后门"), ("waste", "垃圾桶坏了，盖子掉了", "文化广场"),
    ("fitness", "健身器材的脚踏断了", "休闲广场东边"), ("water", "公共水龙头一直滴水", "便民中心后面"),
)  # fmt: skip
HARDSHIPS = (
    ("illness", "家里人住院动了手术，自己负担的钱太多"), ("accident", "骑车摔伤，几个月不能干活"),
    ("schooling", "孩子考上大学，第一年的学费凑不齐"), ("disaster", "厨房着火，锅灶都烧坏了"),
)  # fmt: skip
BANKS = ("江苏省农村商业银行", "中国农业银行", "中国邮政储蓄银行")
MATTERS = (("public-repair", 42), ("temporary-assistance", 30), ("old-age-allowance", 28))


@dataclass(slots=True)
class Township:
    """Who acts in the demo's cases."""

    desks: dict[tuple[str, int], Viewer]

    @classmethod
    def of(cls, desks: Sequence[Desk], *, on: date) -> "Township":
        """Return the staff as viewers by post and area."""
        seen = {}
        for desk in desks:
            found = account_with_seats(desk.account_id, on=on, second_factor=True)
            assert found is not None
            seen[desk.post, desk.area] = replace(found[1], door="command")
        return cls(seen)

    def at(self, post: str, area: int) -> Viewer:
        """Return who sits at a post of a place."""
        return self.desks[post, area]


class History:
    """Makes cases, one after the other in time."""

    def __init__(self, township: Township, people: Sequence[Person], *, at: datetime, seed: int) -> None:
        self.township = township
        self.people = list(people)
        self.at = localtime(at)
        self.dice = Random(seed)  # noqa: S311
        self.accounts: dict[int, Viewer] = {}

    def make(self, number: int) -> dict[str, int]:
        """Make so many cases and return how many ended in which state."""
        fates = [fate for fate, share in FATES for _ in range(round(number * share / 100))]
        fates += ["rated"] * (number - len(fates))
        moments = sorted((self.begun(fate), fate) for fate in fates[:number])
        counted: dict[str, int] = {}
        for moment, fate in moments:
            state = self.one(moment, fate)
            counted[state] = counted.get(state, 0) + 1
        return counted

    def begun(self, fate: str) -> datetime:
        """Return when a case of this fate came in, during office hours."""
        back = self.dice.uniform(0.3, 9) if fate in RUNNING else self.dice.uniform(14, DAYS)
        if fate in {"in_hand", "accepted"} and self.dice.random() < 0.12:
            back += 16  # some are overdue
        return self.in_office_hours(self.at - timedelta(days=back))

    def one(self, at: datetime, fate: str) -> str:
        """Make one case and lead it to its fate."""
        code = self.dice.choices([name for name, _ in MATTERS], [share for _, share in MATTERS])[0]
        person = self.applicant(code, at)
        by, case = self.submitted(person, code, at, draft=fate == "draft")
        if fate != "draft":
            self.lead(case.pk, by, at, fate)
        with applied(by.scope):
            return str(Case.objects.values_list("state", flat=True).get(pk=case.pk))

    def applicant(self, code: str, at: datetime) -> Person:
        """Return somebody who may apply."""
        while True:
            person = self.dice.choice(self.people)
            age = person.age_on(day_of(at)) or 0
            if (age >= 80) == (code == "old-age-allowance") and age >= 20:
                return person

    def submitted(self, person: Person, code: str, at: datetime, *, draft: bool) -> tuple[Viewer, Case]:
        """Submit by the resident's phone, at the window, or on behalf."""
        channel = "portal" if draft else self.dice.choices(("portal", "window", "on_behalf"), (55, 32, 13))[0]
        clerk = self.township.at("window_clerk", person.area)
        by = self.resident(person, at) if channel == "portal" else clerk
        with applied(by.scope):
            matter = cases.matter(code, person.area, on=day_of(at))
            facts = cases.known_facts(by, matter, person, on=day_of(at))
            answers = cases.prepared(matter, {}, facts).answers | self.answers(code, at)
            answers.setdefault("phone", f"154{self.dice.randint(0, 99_999_999):08d}")
            form = cases.form_of(matter)
            answers = {name: value for name, value in answers.items() if form.field(name)}
            case = cases.blank_case(by, matter, person.area, at=at, person_id=person.pk)
            if draft:
                return by, actions.save_draft(by=by, at=at, case=case, answers=answers, step=form.steps[-1].code)
            if channel == "portal":
                return by, actions.submit_case(by=by, at=at, case=case, answers=answers)
            helped = HelpGiven(person.name, "本人签字的委托书", "邻居") if channel == "on_behalf" else None
            paper = [need.code for need in matter.materials if need.is_required(answers)]
            return by, actions.take_in_case(by=by, at=at, case=case, answers=answers, on_paper=paper, help_given=helped)

    def resident(self, person: Person, at: datetime) -> Viewer:
        """Return the person's account as a viewer, opened when there is none."""
        if person.pk not in self.accounts:
            account = Account(
                name=person.name[:1] + "先生", person_id=person.pk, person_area=person.area, created_at=at
            )
            account.set_unusable_password()
            account.save(force_insert=True)
            found = account_with_seats(account.pk, on=day_of(at), second_factor=False)
            assert found is not None
            self.accounts[person.pk] = replace(found[1], door="command")
        return self.accounts[person.pk]

    def answers(self, code: str, at: datetime) -> dict[str, Any]:
        """Return made-up answers to the questions of a matter."""
        dice = self.dice
        if code == "public-repair":
            facility, words, where = dice.choice(REPAIRS)
            return {"facility": facility, "description": words, "whereabouts": where, "dangerous": False}
        account = {"account_number": f"6230{dice.randint(0, 10**12 - 1):012d}"}
        if code == "old-age-allowance":
            return account | {"paid_to": dice.choice(("social-security-card", "bank-card")), "own_account": True}
        reason, words = dice.choice(HARDSHIPS)
        return account | {
            "reason": reason,
            "description": words,
            "happened_on": (day_of(at) - timedelta(days=dice.randint(3, 60))).isoformat(),
            "burden_fen": dice.randint(20, 800) * 10_000,
            "monthly_income_fen": dice.randint(10, 60) * 10_000,
            "other_help": False,
            "bank_name": dice.choice(BANKS),
            "promise": True,
            "address": "住在本村",
            "household_size": dice.randint(1, 5),
        }

    # the way to each fate

    def lead(self, pk: int, by: Viewer, at: datetime, fate: str) -> None:
        """Lead a submitted case to its fate: one stage after the other, until one of them ends it."""
        for stage in (self.at_the_window, self.in_the_office, self.to_the_end):
            moment = stage(pk, by, at, fate)
            if moment is None:
                return
            at = moment

    def at_the_window(self, pk: int, by: Viewer, at: datetime, fate: str) -> datetime | None:
        """Accept a case, or do what else may happen to it at the window."""
        soon = self.later(at, 6)
        if fate == "withdrawn":
            self.act(actions.withdraw, pk, by, soon, reason="自己解决了")
        elif fate == "returned":
            missing = ["请写清楚具体地点或原因", "请补一张照片或单据"]
            self.act(actions.return_case, pk, self.clerk(pk), soon, missing=missing)
        elif fate == "refused":
            reason = "核实后不符合条件，已经当面说明。"
            self.act(actions.refuse_case, pk, self.clerk(pk), soon, ground=self.ground(pk), reason=reason)
        elif fate != "submitted":
            self.act(actions.accept_case, pk, self.clerk(pk), soon)
            return None if fate == "accepted" else self.later(soon, 20)
        return None

    def in_the_office(self, pk: int, by: Viewer, at: datetime, fate: str) -> datetime | None:
        """Work on a case until there is a decision, or until it waits for somebody."""
        officer = self.officer(pk)
        self.act(actions.begin, pk, officer, at)
        at = self.later(at, 20)
        if fate == "asked":
            question = "请补一份近三个月的费用单据。"
            self.act(actions.ask_applicant, pk, officer, at, question=question, materials=["费用单据"])
        elif fate == "owed":
            desk = routing.Desk("window_clerk", COMMUNITY, self.look(pk).area)
            self.act(actions.hand_over, pk, officer, at, to=desk, question="请入户核实一下情况。", answer_owed=True)
        elif fate != "in_hand":
            self.act(actions.decide, pk, officer, at, answers=self.decision(pk, at))
            return None if fate == "decided" else self.later(at, 10)
        return None

    def to_the_end(self, pk: int, by: Viewer, at: datetime, fate: str) -> datetime | None:
        """Deliver the result; let the applicant rate it, and answer a bad rating."""
        officer = self.officer(pk)
        self.act(actions.finish, pk, self.holder(pk), at)
        if fate == "finished":
            return None
        at = self.later(at, 40)
        level = self.dice.choices((5, 4, 3), (55, 35, 10))[0] if fate == "rated" else self.dice.choice((1, 2))
        self.act(actions.rate_case, pk, by, at, level=level, comment="" if level > 2 else "等得太久，也没有人告诉我")
        if fate == "answered":
            answer = "已经上门道歉，以后每一步都打电话告诉您。"
            self.act(actions.answer_rating, pk, officer, self.later(at, 20), answer=answer)
        elif fate == "reopened":
            head = self.township.at("community_head", self.look(pk).area)
            self.act(actions.reopen, pk, head, self.later(at, 20), reason="没有办到位，重新办理。")
        return None

    def later(self, at: datetime, hours: float) -> datetime:
        """Return some time after, when somebody sits at the desks, never in the future."""
        return self.in_office_hours(at + timedelta(hours=self.dice.uniform(0.3, 1) * hours), after=at)

    def in_office_hours(self, moment: datetime, *, after: datetime | None = None) -> datetime:
        """Return a moment of a working day between half past eight and half past five, that moment or one soon after it."""
        while moment.weekday() >= SATURDAY or not OPENS <= moment.time() <= CLOSES:
            late = moment.time() > CLOSES or moment.weekday() >= SATURDAY
            moment = (moment + timedelta(days=1 if late else 0)).replace(
                hour=self.dice.randint(9, 16), minute=self.dice.randint(0, 59), second=self.dice.randint(0, 59)
            )
        if moment <= self.at:
            return moment
        return self.at if after is None else min(self.at, after + timedelta(minutes=self.dice.randint(5, 50)))

    @contextmanager
    def case(self, pk: int, by: Viewer) -> Iterator[Case]:
        """Give a case under the scope of who acts."""
        with applied(by.scope):
            yield cases.case_for(by, pk)

    def act(self, verb: Callable[..., Case], pk: int, by: Viewer, at: datetime, **values: Any) -> None:
        """Do one thing to a case."""
        with self.case(pk, by) as case:
            verb(by=by, at=at, case=case, **values)

    def look(self, pk: int) -> Case:
        """Return a case as the system sees it."""
        system = Viewer.system("演示")
        with applied(system.scope):
            return Case.objects.get(pk=pk)

    def clerk(self, pk: int) -> Viewer:
        """Return the clerk of a case's community."""
        return self.township.at("window_clerk", self.look(pk).area)

    def officer(self, pk: int) -> Viewer:
        """Return who holds a case after acceptance."""
        case = self.look(pk)
        return self.township.at(case.holder_post, case.holder_area)

    def holder(self, pk: int) -> Viewer:
        """Return at whose desk the open task of a case lies."""
        case = self.look(pk)
        with applied(Viewer.system("演示").scope):
            task = next(task for task in open_tasks(case))
        return self.township.at(task.post, task.seat_area)

    def ground(self, pk: int) -> str:
        """Return a ground on which a case's matter may be refused."""
        return self.dice.choice(cases.matter_of(self.look(pk)).refusal_grounds).code

    def decision(self, pk: int, at: datetime) -> dict[str, Any]:
        """Return a made-up decision."""
        case = self.look(pk)
        if case.matter == "public-repair":
            return {"repaired": True, "explanation": "已经派人修好，现场验收过。"}
        granted = self.dice.random() < 0.85
        answers: dict[str, Any] = {
            "granted": granted,
            "reason": "经核实，符合条件。" if granted else "核实后家庭负担不高。",
        }
        if granted:
            answers["amount_fen"] = self.dice.choice((8_000, 10_000)) if case.matter == "old-age-allowance" else 300_000
            if case.matter == "old-age-allowance":
                answers["starts_on"] = day_of(at).replace(day=1).isoformat()
        return answers
