"""Cases over the API: apply once, list by key, act by verb, and how many times the database is asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from liren.base import clock
from liren.engines.cases.models import Case, Rating
from liren.engines.cases.schemas import CaseOut
from liren.engines.cases.tests.world import ASSISTANCE, GRANTED, REPAIR, applied, known_person
from liren.foundation.access.models import Account
from liren.testing.cast import (
    CIVIL_AFFAIRS,
    PAIFANG,
    PAIFANG_CLERK,
    TIANRAN_CLERK,
    everywhere,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db
CASES = "/api/v1/cases/"
CODE = str(PAIFANG)[:12]


def browser(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


def send(client: Client, path: str, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
    answer = client.post(path, json.dumps(body), content_type="application/json", headers=headers or None)
    return answer.status_code, answer.json()


@contextmanager
def at_most(number: int) -> Iterator[None]:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        yield
    told = [q["sql"][:160] for q in asked.captured_queries]
    assert len(told) <= number, "\n".join(told)


def test_a_resident_applies_and_follows(villager: Account) -> None:
    client = browser(villager)

    status, made = send(client, CASES, {"matter": "temporary-assistance", "area": CODE, "answers": ASSISTANCE})
    listed = client.get(CASES).json()
    shown = client.get(f"{CASES}{made['id']}").json()

    assert (status, made["state"], made["area"]) == (201, "submitted", CODE)
    assert [case["id"] for case in listed["items"]] == [made["id"]]
    assert isinstance(made["id"], str)
    assert [move["verb"] for move in shown["moves"]] == ["withdraw"]
    assert shown["said"] == "村（社区）窗口正在看您的申请。"
    assert [moment["words"] for moment in shown["time_line"]] == ["提交了申请"]


def test_a_line_of_the_list_has_the_described_shape_and_says_what_the_case_says(villager: Account) -> None:
    client = browser(villager)
    applied(villager, matter="public-repair")
    with everywhere():
        case = Case.objects.get()

    [line] = client.get(CASES).json()["items"]
    [seen_by_staff] = browser(staff(PAIFANG_CLERK)).get(f"{CASES}?area={CODE}&state=submitted").json()["items"]

    assert set(line) == set(CaseOut.model_fields)
    assert CaseOut.model_validate(line).dict() == CaseOut.of(case).dict()
    assert line["id"] == str(case.pk)
    assert seen_by_staff == line


def test_what_a_verb_answers_has_the_described_shape_and_says_what_the_case_says(villager: Account) -> None:
    body = {"matter": "public-repair", "area": CODE, "answers": REPAIR}

    status, made = send(browser(villager), CASES, body)
    _status, accepted = send(browser(staff(PAIFANG_CLERK)), f"{CASES}{made['id']}/accept", {})
    with everywhere():
        case = Case.objects.get()

    assert status == 201
    assert accepted["accepted_on"]
    assert set(made) == set(accepted) == set(CaseOut.model_fields)
    assert CaseOut.model_validate(accepted).dict() == CaseOut.of(case).dict()


def test_the_same_key_twice_gives_the_same_case(villager: Account) -> None:
    client, key = browser(villager), str(uuid4())
    body = {"matter": "public-repair", "area": CODE, "answers": REPAIR}

    first = send(client, CASES, body, **{"Idempotency-Key": key})
    second = send(client, CASES, body, **{"Idempotency-Key": key})
    third = send(client, CASES, {**body, "once": key})

    assert first == second == third
    with everywhere():
        assert Case.objects.count() == 1


def test_what_is_wrong_is_said_by_field_and_changes_nothing(villager: Account) -> None:
    client = browser(villager)

    status, told = send(client, CASES, {"matter": "public-repair", "area": CODE, "answers": {"facility": "moon"}})
    wrong_place, _told = send(client, CASES, {"matter": "public-repair", "area": "320115006999", "answers": REPAIR})

    assert status == 422
    assert {error["field"] for error in told["errors"]} == {"facility", "description", "whereabouts", "dangerous"}
    assert wrong_place == 404
    with everywhere():
        assert not Case.objects.exists()


def test_every_verb_is_an_operation(villager: Account) -> None:
    case = applied(villager, at=clock.now())
    clerk, officer = browser(staff(PAIFANG_CLERK)), browser(staff(CIVIL_AFFAIRS))

    def done(client: Client, verb: str, **body: Any) -> Any:
        status, told = send(client, f"{CASES}{case.pk}/{verb}", body)
        assert status == 200, told
        return told["state"]

    assert done(clerk, "accept") == "accepted"
    assert done(officer, "ask", question="请补收入证明。", materials=["收入证明"]) == "asked"
    assert done(browser(villager), "supply", answer="每月一千八。") == "in_hand"
    to = {"post": "window_clerk", "level": 5, "area": CODE}
    assert done(officer, "hand_over", to=to, question="请核实。", answer_owed=True) == "in_hand"
    assert done(clerk, "answer_hand_over", answer="属实。") == "in_hand"
    assert done(officer, "decide", answers=GRANTED) == "decided"
    assert done(officer, "finish") == "finished"
    assert done(browser(villager), "rate", level=4) == "rated"


def test_an_old_version_is_a_conflict_and_a_wrong_verb_too(villager: Account) -> None:
    case = applied(villager, at=clock.now())
    clerk = browser(staff(PAIFANG_CLERK))
    sheet = clerk.get(f"{CASES}{case.pk}").json()
    send(browser(villager), f"{CASES}{case.pk}/withdraw", {})

    old, told = send(clerk, f"{CASES}{case.pk}/accept", {"version": sheet["version"]})
    new, _told = send(clerk, f"{CASES}{case.pk}/accept", {})

    assert (old, new) == (409, 409)
    assert told["title"].startswith("这件事现在是“已撤回”")


def test_neighbours_other_residents_and_nobody_are_kept_out(villager: Account, other_villager: Account) -> None:
    case = applied(villager, at=clock.now())

    assert browser(staff(TIANRAN_CLERK)).get(f"{CASES}{case.pk}").status_code == 404
    assert browser(other_villager).get(f"{CASES}{case.pk}").status_code == 404
    assert send(browser(staff(CIVIL_AFFAIRS)), f"{CASES}{case.pk}/accept", {})[0] == 403
    assert Client().get(CASES).status_code == 401


def test_a_window_takes_in_and_accepts(paifang_clerk: Account) -> None:
    person = known_person()
    body = {
        "matter": "temporary-assistance", "area": CODE, "answers": ASSISTANCE, "person": str(person), "accept": True,
        "on_paper": ["medical-proof"], "help_given": {"for_name": "王秀英", "proof": "电话录音"},
    }  # fmt: skip

    status, made = send(browser(paifang_clerk), CASES, body)
    unknown, _told = send(browser(paifang_clerk), CASES, {**body, "person": "4711"})

    assert (status, made["state"], made["channel"]) == (201, "accepted", "on_behalf")
    assert unknown == 404


def test_the_catalogue_understands_everyday_words(client: Client) -> None:
    found = client.get(f"{CASES}matters", {"area": CODE, "q": "路灯不亮"}).json()["items"]
    shown = client.get(f"{CASES}matters/public-repair", {"area": CODE}).json()

    assert found[0]["code"] == "public-repair"
    assert found[0]["verified"] is False
    assert shown["schema"]["properties"]["facility"]["title"] == "什么坏了"


def test_a_page_of_a_list_goes_on_where_the_last_one_ended(villager: Account) -> None:
    made = [applied(villager, matter="public-repair", at=clock.now()).pk for _ in range(4)]
    officer = browser(staff(CIVIL_AFFAIRS))

    first = officer.get(f"{CASES}?state=submitted&matter=public-repair&area=320115006&limit=3").json()
    rest = officer.get(f"{CASES}?state=submitted&limit=3&after={first['next']}").json()

    assert [int(case["id"]) for case in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next"] is None


def test_few_round_trips(villager: Account) -> None:
    resident, clerk = browser(villager), browser(staff(PAIFANG_CLERK))
    body = {"matter": "public-repair", "area": CODE, "answers": REPAIR}
    send(resident, CASES, body)  # packs and places are remembered from now on

    with at_most(9):  # savepoint, scope, session, twin, number, case, task, journal, release
        status, made = send(resident, CASES, body, **{"Idempotency-Key": str(uuid4())})
    assert status == 201
    with at_most(6):
        clerk.get(CASES, {"state": "submitted", "matter": "public-repair", "area": CODE})
    with at_most(8):  # session, scope, four of the sheet
        clerk.get(f"{CASES}{made['id']}")
    with at_most(13):
        assert send(clerk, f"{CASES}{made['id']}/accept", {})[0] == 200


def test_a_verb_sent_twice_with_what_was_seen_is_answered_as_the_first(villager: Account) -> None:
    case = applied(villager)
    client, key = browser(staff(PAIFANG_CLERK)), {"Idempotency-Key": str(uuid4())}

    answers = [send(client, f"{CASES}{case.pk}/accept", {"version": case.version}, **key) for _time in range(2)]

    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    assert send(client, f"{CASES}{case.pk}/return", {"version": case.version, "missing": ["x"]})[0] == 409


def test_a_key_of_somebody_else_is_another_key(villager: Account, other_villager: Account) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    body = {"matter": "public-repair", "area": CODE, "answers": REPAIR}

    answers = [send(browser(account), CASES, body, **key) for account in (villager, other_villager)]

    assert [status for status, _made in answers] == [201, 201]
    assert answers[0][1]["id"] != answers[1][1]["id"]


def test_a_key_that_was_used_for_one_case_is_another_for_the_next(villager: Account) -> None:
    first, second = applied(villager), applied(villager, matter="public-repair")
    client, key = browser(staff(PAIFANG_CLERK)), {"Idempotency-Key": str(uuid4())}

    accepted = [send(client, f"{CASES}{case.pk}/accept", {}, **key) for case in (first, second, first)]

    assert [status for status, _told in accepted] == [200, 200, 200]
    assert [told["id"] for _status, told in accepted] == [str(first.pk), str(second.pk), str(first.pk)]


def test_nobody_hands_a_case_to_a_desk_where_nobody_sits(villager: Account) -> None:
    case = applied(villager)
    send(browser(staff(PAIFANG_CLERK)), f"{CASES}{case.pk}/accept", {})
    officer = browser(staff(CIVIL_AFFAIRS))

    status, said = send(
        officer,
        f"{CASES}{case.pk}/hand_over",
        {"to": {"post": "nobody", "level": 5, "area": CODE}, "question": "请办"},
    )

    assert status == 422
    assert said["errors"][0]["field"] == "to"


def test_what_a_desk_rates_was_rated_at_the_window(villager: Account) -> None:
    case = applied(villager)
    clerk, officer = browser(staff(PAIFANG_CLERK)), browser(staff(CIVIL_AFFAIRS))
    send(clerk, f"{CASES}{case.pk}/accept", {})
    send(officer, f"{CASES}{case.pk}/decide", {"answers": GRANTED})
    send(officer, f"{CASES}{case.pk}/finish", {})

    assert send(clerk, f"{CASES}{case.pk}/rate", {"level": 5})[0] == 200

    with everywhere():
        assert Rating.objects.get().channel == "window"


def test_answers_to_who_has_signed_in_are_kept_by_nobody(villager: Account) -> None:
    client = browser(villager)

    assert client.get(CASES)["Cache-Control"] == "private, no-store"
    assert client.get("/cases")["Cache-Control"] == "private, no-store"
