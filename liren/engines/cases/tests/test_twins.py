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

from liren.engines.cases import actions
from liren.engines.cases.models import Case, Task
from liren.engines.cases.tests.world import CENTRE, GRANTED, REPAIR, applied, at_desk
from liren.foundation.access.models import Account, JournalLine
from liren.testing.cast import CIVIL_AFFAIRS, PAIFANG, PAIFANG_CLERK, everywhere, hold, sign_in, staff

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
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    case = at_desk(CIVIL_AFFAIRS, actions.decide, case, answers=GRANTED)
    at_desk(CIVIL_AFFAIRS, actions.finish, case)
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
