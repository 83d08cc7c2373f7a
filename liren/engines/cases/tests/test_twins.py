"""What happens at the same moment: twins of one request, and two officers at one case, each with a connection of their own."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from liren.base import clock
from liren.base.errors import Conflict, Forbidden
from liren.engines.cases import actions, queries
from liren.engines.cases.models import Case, Task
from liren.engines.cases.rules.routing import Desk
from liren.engines.cases.tests.world import CENTRE, GRANTED, HEAD, REPAIR, WORKS, applied, at_desk
from liren.foundation.access.models import Account, JournalLine
from liren.testing.cast import CIVIL_AFFAIRS, NOON, PAIFANG, PAIFANG_CLERK, acting, everywhere, hold, sign_in, staff

pytestmark = pytest.mark.django_db(transaction=True)
CASES = "/api/v1/cases/"


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment, each in a thread of its own."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result(60) for done in [pool.submit(run, act) for act in acts]]


def post(account: Account, path: str, body: dict[str, Any], key: str = "") -> Callable[[], tuple[int, Any]]:
    client = Client()
    sign_in(client, account)

    def act() -> tuple[int, Any]:
        headers = {"Idempotency-Key": key} if key else None
        answer = client.post(path, json.dumps(body), content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    return act


def test_twins_of_one_application_make_one_case_and_get_the_same_answer(villager: Account) -> None:
    body, key = {"matter": "public-repair", "area": str(PAIFANG)[:12], "answers": REPAIR}, str(uuid4())

    answers = together(*(post(villager, CASES, body, key) for _twin in range(4)))

    assert {status for status, _told in answers} == {201}
    assert len({told["id"] for _status, told in answers}) == 1
    with everywhere():
        assert Case.objects.count() == 1
        assert Task.objects.count() == 1


def test_of_two_officers_who_decide_at_once_one_is_told(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    first, second = staff(CIVIL_AFFAIRS), staff(CENTRE)
    hold(second, CIVIL_AFFAIRS)
    path = f"{CASES}{case.pk}/decide"

    answers = together(*(post(account, path, {"answers": GRANTED}) for account in (first, second)))

    assert sorted(status for status, _told in answers) == [200, 409]
    with everywhere():
        assert JournalLine.objects.filter(verb="cases.decide").count() == 1
        assert Task.objects.filter(kind="deliver").count() == 1


def test_who_read_the_case_before_a_colleague_decided_is_told_and_only_they(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    colleague = staff(CENTRE)
    hold(colleague, CIVIL_AFFAIRS)
    with acting(colleague) as by:
        read_by_colleague = queries.case_for(by, case.pk)
    with acting(staff(WORKS)) as by:
        read_at_another_desk = queries.case_for(by, case.pk)

    at_desk(CIVIL_AFFAIRS, actions.decide, case, answers=GRANTED)

    with acting(colleague) as by, pytest.raises(Conflict, match="同事"):
        actions.decide(by=by, at=NOON, case=read_by_colleague, answers=GRANTED)
    with acting(staff(WORKS)) as by, pytest.raises(Forbidden):
        actions.decide(by=by, at=NOON, case=read_at_another_desk, answers=GRANTED)
    with everywhere():
        assert JournalLine.objects.filter(verb="cases.decide").count() == 1


def test_a_decision_sent_just_after_a_colleagues_is_a_conflict_too(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    first, second = staff(CIVIL_AFFAIRS), staff(CENTRE)
    hold(second, CIVIL_AFFAIRS)
    path = f"{CASES}{case.pk}/decide"

    answers = [post(account, path, {"answers": GRANTED})() for account in (first, second)]

    assert [status for status, _told in answers] == [200, 409]


def test_an_owed_answer_that_a_colleague_has_given_is_a_conflict(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    first, second = staff(PAIFANG_CLERK), staff(HEAD)
    hold(second, PAIFANG_CLERK)
    desk = Desk(PAIFANG_CLERK.post, PAIFANG_CLERK.level, PAIFANG_CLERK.area)
    at_desk(CIVIL_AFFAIRS, actions.hand_over, case, to=desk, question="请上门看看", answer_owed=True)
    path = f"{CASES}{case.pk}/answer_hand_over"

    answers = [post(account, path, {"answer": "看过了"})() for account in (first, second)]

    assert [status for status, _told in answers] == [200, 409]


def test_a_case_that_was_handed_on_is_not_ones_own_any_more(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    with acting(staff(CIVIL_AFFAIRS)) as by:
        before = queries.case_for(by, case.pk)
    staff(CENTRE)
    at_desk(
        CIVIL_AFFAIRS, actions.hand_over, case, to=Desk(CENTRE.post, CENTRE.level, CENTRE.area), question="请你们办"
    )

    with acting(staff(CIVIL_AFFAIRS)) as by, pytest.raises(Conflict):
        actions.decide(by=by, at=NOON, case=before, answers=GRANTED)
    with acting(staff(CIVIL_AFFAIRS)) as by, pytest.raises(Forbidden):
        actions.decide(by=by, at=NOON, case=queries.case_for(by, case.pk), answers=GRANTED)


def test_an_application_is_accepted_or_withdrawn_and_never_both(villager: Account) -> None:
    case = applied(villager)

    answers = together(
        post(staff(PAIFANG_CLERK), f"{CASES}{case.pk}/accept", {}), post(villager, f"{CASES}{case.pk}/withdraw", {})
    )

    with everywhere():
        stored = Case.objects.get()
        waiting = Task.objects.filter(state="open").count()
    assert 200 in [status for status, _told in answers]
    assert waiting == (0 if stored.state == "withdrawn" else 1)


def test_a_case_is_rated_and_reopened_once_however_many_ask(villager: Account) -> None:
    at = clock.now()
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager, at=at), at=at)
    case = at_desk(CIVIL_AFFAIRS, actions.decide, case, at=at, answers=GRANTED)
    at_desk(CIVIL_AFFAIRS, actions.finish, case, at=at)
    path = f"{CASES}{case.pk}"

    rated = together(
        post(villager, f"{path}/rate", {"level": 1}), post(staff(PAIFANG_CLERK), f"{path}/rate", {"level": 5})
    )
    with everywhere():
        Case.objects.update(rating=1)
    reopened = together(*(post(staff(CENTRE), f"{path}/reopen", {"reason": "再查一次"}) for _twin in range(2)))

    assert sorted(status for status, _told in rated) == [200, 409]
    assert sorted(status for status, _told in reopened) == [200, 409]


def test_what_was_asked_for_is_supplied_once_from_phone_and_window(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    at_desk(CIVIL_AFFAIRS, actions.ask_applicant, case, question="请补诊断书")
    path = f"{CASES}{case.pk}/supply"

    answers = together(*(post(who, path, {"answer": "在这里"}) for who in (villager, staff(PAIFANG_CLERK), villager)))

    assert sorted(status for status, _told in answers) == [200, 409, 409]
