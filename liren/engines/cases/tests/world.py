"""What the tests of cases do again and again: apply, act at a desk, look at the row behind."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from liren.base.clock import day_of
from liren.engines.cases import actions, queries
from liren.engines.cases.models import Case
from liren.foundation.access.models import Account
from liren.registry.models import Person
from liren.testing.cast import JIANGNING, NOON, PAIFANG, Role, acting, everywhere, staff

HEAD = Role("shuji", "马书记", "community_head", 5, PAIFANG, "牌坊社区")
WORKS = Role("jianguan", "丁工", "works_officer", 4, JIANGNING, "江宁街道")
CENTRE = Role("zhongxin", "吴主任", "service_center_head", 4, JIANGNING, "江宁街道")

REPAIR = {
    "facility": "lighting",
    "description": "路灯不亮两天了",
    "whereabouts": "3 组祠堂门口",
    "dangerous": False,
    "phone": "15490000001",
}
ASSISTANCE = {
    "applicant_name": "王秀英",
    "id_number": "990115195001011230",
    "phone": "15490000001",
    "address": "牌坊社区 3 组 12 号",
    "household_size": 2,
    "reason": "illness",
    "happened_on": "2026-08-20",
    "description": "老伴住院做手术，钱不够。",
    "burden_fen": 3_200_000,
    "monthly_income_fen": 180_000,
    "other_help": False,
    "account_number": "6222000000000000",
    "bank_name": "农商银行",
    "promise": True,
}
GRANTED = {"granted": True, "amount_fen": 500_000, "reason": "符合条件，给予一次性救助。"}
MOMENTS = {number: NOON + timedelta(days=number) for number in range(60)}


def applied(
    who: Account, answers: Mapping[str, Any] | None = None, *, matter: str = "temporary-assistance", area: int = PAIFANG,
    at: datetime = NOON, once: UUID | None = None,
) -> Case:  # fmt: skip
    """Let a resident apply in one go."""
    with acting(who) as viewer:
        by = viewer.with_once(once)
        one = queries.matter(matter, area, on=day_of(at))
        case = queries.blank_case(by, one, area, at=at)
        given = answers or (REPAIR if matter == "public-repair" else ASSISTANCE)
        return actions.submit_case(by=by, at=at, case=case, answers=given)


def at_desk(role: Role, act: Callable[..., Case], case: Case, *, at: datetime = NOON, **values: Any) -> Case:
    """Let a post act on a case as it stands in the database."""
    with acting(staff(role)) as by:
        return act(by=by, at=at, case=queries.case_for(by, case.pk), **values)


def by_applicant(who: Account, act: Callable[..., Case], case: Case, *, at: datetime = NOON, **values: Any) -> Case:
    """Let the applicant act on a case."""
    with acting(who) as by:
        return act(by=by, at=at, case=queries.case_for(by, case.pk), **values)


def known_person(name: str = "王秀英") -> int:
    """Register somebody in 牌坊社区 and return the id."""
    with everywhere():
        person = Person(area=PAIFANG, name=name, sort_key="wangxiuying", recorded_at=NOON)
        person.save(force_insert=True)
        return int(person.pk)


def row(case: Case) -> Case:
    """Return the case as it is stored."""
    with everywhere():
        return Case.objects.get(pk=case.pk)
