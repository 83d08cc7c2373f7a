"""A file goes next door over the API, and everybody whom it concerns hears of it."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from liren.base.codes import mask_id
from liren.foundation.access.models import Account
from liren.foundation.commons.models import Message
from liren.registry import actions
from liren.registry.models import Move, Person
from liren.registry.tests.desk import AT, number_of
from liren.testing.cast import (
    CIVIL_AFFAIRS,
    PAIFANG,
    PAIFANG_CLERK,
    TIANRAN,
    TIANRAN_CLERK,
    acting,
    everywhere,
    resident,
    sign_in,
    staff,
)
from liren.testing.jobs import forget_jobs, run_jobs

pytestmark = pytest.mark.django_db(transaction=True)

COLLEAGUE = replace(PAIFANG_CLERK, username="paifang-2", name="陶小燕")
API = "/api/v1/registry"
NUMBER = number_of(date(1962, 3, 8), 24, "990115")


def signed_in(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


@pytest.fixture
def wang() -> Person:
    with acting(staff(PAIFANG_CLERK)) as by:
        return actions.register_person(by=by, at=AT, area=PAIFANG, name="王阿婆", number=NUMBER, since=date(2000, 1, 1))


@pytest.fixture
def giver() -> Client:
    return signed_in(staff(PAIFANG_CLERK))


@pytest.fixture
def taker() -> Client:
    return signed_in(staff(TIANRAN_CLERK))


@pytest.fixture(autouse=True)
def _no_jobs_before(transactional_db: None) -> None:
    forget_jobs()


def post(client: Client, address: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(f"{API}{address}", body, content_type="application/json", headers=headers)


def proposed(giver: Client, wang: Person, **more: Any) -> Any:
    body = {
        "community": str(TIANRAN // 1000), "on": "2026-09-01", "residence": "registered", "reason": "随女儿居住",
    }  # fmt: skip
    return post(giver, f"/people/{wang.pk}/moves", body | more)


def inbox(subject: int) -> list[str]:
    with everywhere():
        return list(Message.objects.filter(subject=subject).order_by("pk").values_list("title", flat=True))


def test_a_file_is_handed_over_by_two_desks(giver: Client, taker: Client, wang: Person) -> None:
    made = proposed(giver, wang)
    assert made.status_code == 201, made.text
    assert (made.json()["side"], made.json()["state"]) == ("giving", "proposed")

    (incoming,) = taker.get(f"{API}/moves", {"side": "receiving"}).json()["items"]
    (mover,) = incoming["people"]
    assert (mover["id"], mover["name"], mover["birth_on"]) == (str(wang.pk), "王阿婆", "1962-03-08")
    assert mover["number"] == mask_id(NUMBER)
    assert NUMBER not in str(incoming)
    assert taker.get(f"{API}/people/{wang.pk}").status_code == 404, "nothing has moved yet"

    accepted = post(taker, f"/moves/{incoming['id']}/accept", {"answer": "人已住下"})

    assert accepted.json()["state"] == "accepted"
    assert taker.get(f"{API}/people/{wang.pk}").status_code == 200
    assert giver.get(f"{API}/people/{wang.pk}").status_code == 404
    assert giver.get(f"{API}/moves").json() == {"items": [], "next": None}
    (settled,) = giver.get(f"{API}/moves", {"settled": True}).json()["items"]
    assert (settled["state"], settled["answer"]) == ("accepted", "人已住下")


def test_a_request_sent_twice_moves_once(giver: Client, taker: Client, wang: Person) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    body = {"community": str(TIANRAN // 1000), "on": "2026-09-01", "residence": "registered", "reason": "随女儿居住"}

    first = post(giver, f"/people/{wang.pk}/moves", body, **key)
    second = post(giver, f"/people/{wang.pk}/moves", body, **key)

    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]
    with everywhere():
        assert Move.objects.count() == 2, "one for each side"


def test_only_the_side_whose_turn_it_is_may_act(giver: Client, taker: Client, wang: Person) -> None:
    outgoing = proposed(giver, wang).json()["id"]
    (incoming,) = taker.get(f"{API}/moves").json()["items"]

    assert post(giver, f"/moves/{outgoing}/accept", {}).status_code == 409
    assert post(giver, f"/moves/{incoming['id']}/accept", {}).status_code == 404
    assert post(taker, f"/moves/{incoming['id']}/withdraw", {}).status_code == 409
    assert post(taker, f"/moves/{incoming['id']}/refuse", {"answer": ""}).status_code == 422
    assert proposed(giver, wang).status_code == 409, "it waits already"
    assert proposed(giver, wang, community="320115006999").status_code in {404, 409, 422}


def test_the_other_side_hears_of_a_proposal_and_the_sender_of_the_answer(
    giver: Client, taker: Client, wang: Person
) -> None:
    sender, receiver = staff(PAIFANG_CLERK), staff(TIANRAN_CLERK)
    above = staff(CIVIL_AFFAIRS)
    resident("+8619900000001", "王阿婆", person_id=wang.pk)

    proposed(giver, wang)
    run_jobs("registry")

    assert inbox(receiver.pk) == ["有档案等您接收"]
    assert inbox(sender.pk) == []
    assert inbox(above.pk) == [], "it is for the community to answer"
    assert inbox(wang.pk) == ["您的居民档案正要转走"]
    with everywhere():
        told = Message.objects.get(subject=receiver.pk)
    assert taker.get(told.link).status_code == 200, "the message leads to the move"
    assert "王阿婆" not in told.body, "who it is stands behind the door only"

    (incoming,) = taker.get(f"{API}/moves").json()["items"]
    post(taker, f"/moves/{incoming['id']}/refuse", {"answer": "人没有住下"})
    run_jobs("registry")

    assert inbox(sender.pk) == ["转去的档案被退回"]
    assert inbox(wang.pk) == ["您的居民档案正要转走", "您的居民档案没有转走"]

    proposed(giver, wang)
    run_jobs("registry")
    (incoming,) = taker.get(f"{API}/moves").json()["items"]
    post(taker, f"/moves/{incoming['id']}/accept", {})
    run_jobs("registry")

    assert inbox(sender.pk) == ["转去的档案被退回", "档案已经转走"]
    assert inbox(wang.pk)[-1] == "您的居民档案已经转走"


def test_where_the_sender_is_gone_the_desk_hears_of_the_answer(giver: Client, taker: Client, wang: Person) -> None:
    sender, colleague = staff(PAIFANG_CLERK), staff(COLLEAGUE)
    proposed(giver, wang)
    Account.objects.filter(pk=sender.pk).update(is_active=False)
    with acting(staff(TIANRAN_CLERK)) as by:
        actions.accept_move(by=by, at=AT, move=Move.objects.get(side="receiving"))

    run_jobs("registry")

    assert inbox(sender.pk) == []
    assert inbox(colleague.pk) == ["档案已经转走"]


def test_what_is_withdrawn_needs_no_answer_any_more(giver: Client, taker: Client, wang: Person) -> None:
    receiver = staff(TIANRAN_CLERK)
    outgoing = proposed(giver, wang).json()["id"]
    run_jobs("registry")

    assert post(giver, f"/moves/{outgoing}/withdraw", {}).json()["state"] == "withdrawn"
    run_jobs("registry")

    assert inbox(receiver.pk) == ["有档案等您接收", "转来的档案已经撤回"]
    assert taker.get(f"{API}/moves").json()["items"] == []


def test_a_resident_without_an_account_gets_no_message(giver: Client, wang: Person) -> None:
    proposed(giver, wang)

    run_jobs("registry")

    assert inbox(wang.pk) == []
