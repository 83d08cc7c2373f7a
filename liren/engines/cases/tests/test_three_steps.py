"""A matter with three desks: taken in by the community, examined by the township, decided by the county."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from liren.base.clock import day_of
from liren.base.errors import Conflict, Forbidden, Refusal
from liren.engines.cases import actions, queries
from liren.engines.cases.models import Case, Task
from liren.engines.cases.tests.world import applied, at_desk, by_applicant, row
from liren.foundation.access.models import Account
from liren.foundation.policies import queries as policies
from liren.foundation.policies.actions import adopt, load
from liren.foundation.policies.models import Pack, PackItem
from liren.testing.cast import CIVIL_AFFAIRS, JIANGNING_DISTRICT, NOON, PAIFANG_CLERK, Role, acting, everywhere, staff
from liren.testing.plugin import close_connections

pytestmark = pytest.mark.django_db

SHIPPED = Path(__file__).parents[4] / "packs" / "national" / "base" / "matters" / "old-age-allowance.yaml"
BUREAU = Role("minzhengju", "顾科长", "civil_affairs_bureau_officer", 3, JIANGNING_DISTRICT, "江宁区")
EXAMINED = {
    "code": "examine", "verb": "handle", "title": "初审", "level": "township", "post": "civil_affairs_officer",
    "said": "镇（街道）民政办正在初审。",
}  # fmt: skip
ALLOWANCE = {
    "applicant_name": "王秀英",
    "id_number": "990115194001011230",
    "phone": "15490000001",
    "paid_to": "bank-card",
    "account_number": "6222000000000000",
    "own_account": True,
}


@pytest.fixture(scope="module", autouse=True)
def _pack(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("packs") / "test" / "three-steps"
    folder.mkdir(parents=True)
    body = yaml.safe_load(SHIPPED.read_text())
    accept, decide = body["items"][0]["steps"]
    body["items"][0]["steps"] = [
        accept, EXAMINED, {**decide, "level": "county", "post": "civil_affairs_bureau_officer"}
    ]  # fmt: skip
    (folder / "matters.yaml").write_text(yaml.safe_dump(body, allow_unicode=True))
    (folder / "pack.yaml").write_text(
        "code: test/three-steps\ntitle: 试验\nissuer: 某地\ndocument_number: null\nissued_on: null\nin_force_from: 2020-01-01\n"
        'in_force_until: null\nversion: "1"\ndepends_on: [national/base]\n'
    )
    with django_db_blocker.unblock():
        load(folder, at=NOON)
        yield
        PackItem.objects.using("owner").filter(pack__code="test/three-steps").delete()
        Pack.objects.using("owner").filter(code="test/three-steps").delete()
        close_connections()


@pytest.fixture
def case(villager: Account) -> Iterator[Case]:
    policies.forget()
    with everywhere() as system:
        adopt(
            by=system, at=NOON, level=3, area=JIANGNING_DISTRICT, pack="test/three-steps", valid_from=day_of(NOON), valid_until=None,
        )  # fmt: skip
    yield at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager, ALLOWANCE, matter="old-age-allowance"))
    policies.forget()


def test_an_examined_case_goes_on_to_the_next_desk_with_the_opinion(case: Case, villager: Account) -> None:
    assert (case.step, case.holder_post, case.holder_level) == (1, "civil_affairs_officer", 4)

    case = at_desk(CIVIL_AFFAIRS, actions.forward, case, opinion="年龄和户籍相符，建议给予。")

    assert (case.step, case.holder_post, case.holder_area) == (2, "civil_affairs_bureau_officer", JIANGNING_DISTRICT)
    with everywhere():
        task = Task.objects.get(case=case, state="open")
    assert task.question == "年龄和户籍相符，建议给予。"
    assert task.due_on == case.due_on, "the promise is one for all desks"
    with pytest.raises((Forbidden, Conflict)):
        at_desk(CIVIL_AFFAIRS, actions.decide, case, answers={"granted": False, "reason": "不再归我"})
    granted = {"granted": True, "starts_on": "2026-10-01", "amount_fen": 10_000, "reason": "符合条件"}
    at_desk(BUREAU, actions.decide, case, answers=granted)
    at_desk(BUREAU, actions.finish, case)
    by_applicant(villager, actions.rate_case, case, level=5)
    assert row(case).state == "rated"


def test_nobody_decides_before_the_last_step_or_goes_on_without_an_opinion(case: Case) -> None:
    with pytest.raises(Refusal, match="请写明审核意见"):
        at_desk(CIVIL_AFFAIRS, actions.forward, case, opinion=" ")
    with pytest.raises(Conflict):
        at_desk(CIVIL_AFFAIRS, actions.decide, case, answers={"granted": False, "reason": "没有符合的理由"})
    with pytest.raises(Forbidden):
        at_desk(BUREAU, actions.forward, case, opinion="越过一步")


def test_the_desk_offers_the_next_step_and_not_the_decision(case: Case) -> None:
    with acting(staff(CIVIL_AFFAIRS)) as by:
        verbs = {move.verb for move in queries.next_moves(by, queries.case_for(by, case.pk), on=day_of(NOON))}

    assert "forward" in verbs
    assert "decide" not in verbs
