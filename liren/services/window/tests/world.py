"""The people and cases of the window's tests: a villager with a file, applications on their way."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from liren.base import clock
from liren.engines.cases import actions, queries
from liren.engines.cases.models import Case
from liren.foundation.access.models import Account
from liren.registry.actions import join_household, open_household, register_person, set_phone
from liren.registry.models import Person
from liren.testing.cast import NOON, PAIFANG, PAIFANG_CLERK, Role, acting, everywhere, resident, staff

NUMBER = "990115195001011230"
PHONE = "15490000001"
ASSISTANCE: dict[str, Any] = {
    "applicant_name": "王秀英", "id_number": NUMBER, "phone": PHONE, "address": "牌坊社区 3 组 12 号",
    "household_size": 2, "reason": "illness", "happened_on": "2026-08-20", "description": "老伴住院做手术，钱不够。",
    "burden_fen": 3_200_000, "monthly_income_fen": 180_000, "other_help": False, "account_number": "6222000000000000",
    "bank_name": "农商银行", "promise": True,
}  # fmt: skip
TYPED = {
    "address": "牌坊社区 3 组 12 号", "household_size": "2", "reason": "illness", "happened_on": "2026-08-20",
    "description": "老伴住院做手术，钱不够。", "burden_fen": "32000", "monthly_income_fen": "1800", "other_help": "no",
    "account_number": "6222000000000000", "bank_name": "农商银行", "promise": "yes",
}  # fmt: skip
"""The same as a form posts it, without what the registry knows."""
REPAIR = {
    "facility": "lighting", "description": "路灯不亮两天了", "whereabouts": "3 组祠堂门口", "dangerous": False, "phone": PHONE,
}  # fmt: skip
GRANTED = {"granted": True, "amount_fen": 500_000, "reason": "符合条件，给予一次性救助。"}


def wang(name: str = "王秀英", number: str = NUMBER) -> Person:
    """Register 王秀英 of 牌坊 with a household and a phone."""
    with acting(staff(PAIFANG_CLERK)) as by:
        person = register_person(
            by=by, at=NOON, area=PAIFANG, name=name, number=number, sex="2", birth_on=date(1950, 1, 1), since=date(2000, 1, 1)
        )  # fmt: skip
        home = open_household(by=by, at=NOON, area=PAIFANG, address="牌坊社区 3 组 12 号", number="A12")
        join_household(by=by, at=NOON, person=person, household=home, relation="02", since=date(2000, 1, 1))
        set_phone(by=by, at=NOON, person=person, number=PHONE)
    return person


def linked(person: Person) -> Account:
    """Return the account of somebody whose identity has been confirmed."""
    return resident(f"+86{PHONE}", person.name, person_id=person.pk)


def applied(
    who: Account, matter: str = "temporary-assistance", answers: Mapping[str, Any] | None = None, *, at: datetime = NOON, area: int = PAIFANG
) -> Case:  # fmt: skip
    """Let a resident apply in one go."""
    with acting(who) as by:
        case = queries.blank_case(by, queries.matter(matter, area, on=clock.today()), area, at=at)
        given = answers or (ASSISTANCE if matter == "temporary-assistance" else REPAIR)
        return actions.submit_case(by=by, at=at, case=case, answers=given)


def at_desk(role: Role, verb: str, case: Case, *, at: datetime | None = None, **values: Any) -> Case:
    """Let a post act on a case as it stands in the database."""
    with acting(staff(role)) as by:
        return actions.BY_VERB[verb](by=by, at=at or clock.now(), case=queries.case_for(by, case.pk), **values)


def by_applicant(who: Account, verb: str, case: Case, **values: Any) -> Case:
    """Let the applicant act on a case."""
    with acting(who) as by:
        return actions.BY_VERB[verb](by=by, at=clock.now(), case=queries.case_for(by, case.pk), **values)


def row(case: Case | int) -> Case:
    """Return a case as it is stored."""
    with everywhere():
        return Case.objects.get(pk=case if isinstance(case, int) else case.pk)
