"""From an account to a person."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from liren.base import clock
from liren.base.errors import Conflict, NotFound, Refusal, TooMany
from liren.base.ids import new_id
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access import actions, queries
from liren.foundation.access.models import Account, Invitation, JournalLine, LinkRequest
from liren.testing import cast

pytestmark = pytest.mark.django_db(transaction=True)


def ask(account: Account, area: int = cast.PAIFANG) -> LinkRequest:
    with cast.acting(account) as viewer:
        return actions.ask_for_link(
            account=account, name="李小梅", id_number="990115199001010015", area=area, by=viewer, at=clock.now()
        )


def invitation(clerk: Account, person: int) -> str:
    code = actions.new_invitation_code()
    with cast.acting(clerk) as viewer:
        actions.invite(person_id=person, person_area=cast.PAIFANG, code=code, by=viewer, at=clock.now())
    return code


def test_a_worker_of_the_community_sees_and_confirms(other_villager: Account, paifang_clerk: Account) -> None:
    asked, person = ask(other_villager), new_id()

    with cast.acting(paifang_clerk) as viewer:
        [waiting] = queries.pending_links(viewer)
        assert (waiting.name, waiting.id_number) == ("李小梅", "990115199001010015")
        found = queries.link_request(viewer, asked.pk)
        actions.confirm_link(request=found, person_id=person, person_area=cast.PAIFANG, by=viewer, at=clock.now())

    linked = Account.objects.get(pk=other_villager.pk)
    assert (linked.person_id, linked.person_area) == (person, cast.PAIFANG)
    assert cast.viewer(linked).subject == person


def test_the_neighbour_does_not_even_see_it(other_villager: Account, tianran_clerk: Account) -> None:
    asked = ask(other_villager)

    with cast.acting(tianran_clerk) as viewer:
        assert queries.pending_links(viewer) == []
        with pytest.raises(NotFound):
            queries.link_request(viewer, asked.pk)


def test_names_and_numbers_are_sealed_at_rest_and_absent_from_the_journal(other_villager: Account) -> None:
    ask(other_villager)

    with applied(Scope.everything()), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM access_linkrequest r")
        kept = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(row_to_json(l)::text, '') FROM access_journalline l")
        journal = cursor.fetchone()[0]

    for text in (kept, journal):
        assert "李小梅" not in text
        assert "990115199001010015" not in text


def test_a_resident_asks_once_at_a_time_and_may_take_it_back(other_villager: Account) -> None:
    asked = ask(other_villager)
    with pytest.raises(Conflict):
        ask(other_villager)

    with cast.acting(other_villager) as viewer:
        actions.withdraw_link(request=asked, by=viewer, at=clock.now())

    assert ask(other_villager).state == "pending"


def test_a_request_is_decided_once(other_villager: Account, paifang_clerk: Account) -> None:
    asked = ask(other_villager)
    with cast.acting(paifang_clerk) as viewer:
        actions.refuse_link(request=asked, reason="姓名和证件号码对不上", by=viewer, at=clock.now())

    with pytest.raises(Conflict), cast.acting(paifang_clerk) as viewer:
        actions.confirm_link(request=asked, person_id=new_id(), person_area=cast.PAIFANG, by=viewer, at=clock.now())

    assert Account.objects.get(pk=other_villager.pk).person_id is None


def test_a_person_has_one_account(villager: Account, other_villager: Account, paifang_clerk: Account) -> None:
    asked = ask(other_villager)
    assert villager.person_id is not None

    with pytest.raises(Conflict), cast.acting(paifang_clerk) as viewer:
        actions.confirm_link(
            request=asked, person_id=villager.person_id, person_area=cast.PAIFANG, by=viewer, at=clock.now()
        )


def test_an_invitation_links_at_once_and_once_only(
    client: Client, other_villager: Account, paifang_clerk: Account
) -> None:
    person = new_id()
    code = invitation(paifang_clerk, person)
    cast.sign_in(client, other_villager)

    typed = f"{code[:4].lower()} {code[4:]}"
    assert client.post("/me/link", {"code": typed})["Location"] == "/me"

    assert Account.objects.get(pk=other_villager.pk).person_id == person
    another = cast.resident("+8615490000003", "第三人")
    with pytest.raises(Refusal), cast.acting(another) as viewer:
        actions.use_invitation(account=another, code=code, by=viewer, at=clock.now())
    with cast.everywhere():
        assert bytes(Invitation.objects.get().code) != code.encode()


def test_an_invitation_ends_after_seven_days_and_with_the_next_one(
    other_villager: Account, paifang_clerk: Account
) -> None:
    person = new_id()
    first = invitation(paifang_clerk, person)
    second = invitation(paifang_clerk, person)

    for code, at in ((first, clock.now()), (second, clock.now() + timedelta(days=7))):
        with pytest.raises(Refusal), cast.acting(other_villager) as viewer:
            actions.use_invitation(account=other_villager, code=code, by=viewer, at=at)


def test_guessing_codes_ends_soon(other_villager: Account) -> None:
    for _try in range(5):
        with pytest.raises(Refusal), cast.acting(other_villager) as viewer:
            actions.use_invitation(account=other_villager, code="AAAA2222", by=viewer, at=clock.now())

    with pytest.raises(TooMany), cast.acting(other_villager) as viewer:
        actions.use_invitation(account=other_villager, code="AAAA2222", by=viewer, at=clock.now())


def test_the_same_request_twice_is_one_request(other_villager: Account) -> None:
    key = uuid4()
    made = []
    for _time in range(2):
        with cast.acting(other_villager) as viewer:
            made.append(
                actions.ask_for_link(
                    account=other_villager,
                    name="李小梅",
                    id_number="1",
                    area=cast.PAIFANG,
                    by=replace(viewer, once=key),
                    at=clock.now(),
                ).pk
            )

    assert made[0] == made[1]
    with cast.everywhere():
        assert LinkRequest.objects.count() == 1
        assert JournalLine.objects.filter(verb="access.ask_for_link").count() == 1


def test_the_page_shows_how_it_stands(client: Client, other_villager: Account, paifang_clerk: Account) -> None:
    cast.sign_in(client, other_villager)
    assert "邀请码" in client.get("/me/link").content.decode()
    asked = ask(other_villager)
    assert "社区正在核对" in client.get("/me/link").content.decode()
    with cast.acting(paifang_clerk) as viewer:
        actions.refuse_link(request=asked, reason="照片看不清，请到窗口来一趟。", by=viewer, at=clock.now())

    assert "照片看不清" in client.get("/me/link").content.decode()


def test_a_lost_phone_is_taken_from_its_person(villager: Account, paifang_clerk: Account) -> None:
    assert villager.person_id is not None
    with cast.acting(paifang_clerk) as viewer:
        actions.unlink_account(person_id=villager.person_id, person_area=cast.PAIFANG, by=viewer, at=clock.now())

    assert Account.objects.get(pk=villager.pk).person_id is None


def test_only_a_community_with_somebody_who_answers_is_offered(
    client: Client, other_villager: Account, paifang_clerk: Account
) -> None:
    del paifang_clerk  # the only one at work: of all places called 牌坊 only hers can answer
    cast.sign_in(client, other_villager)
    who = {"name": "李小梅", "id_number": "990115199001010015"}

    elsewhere = client.post("/me/link", {**who, "community": "天然", "once": str(uuid4())})
    here = client.post("/me/link", {**who, "community": "牌坊", "once": str(uuid4())})

    assert elsewhere.status_code == 422
    assert "还不能在网上核对" in elsewhere.content.decode()
    assert here.status_code == 302
    with applied(Scope.everything()):
        assert LinkRequest.objects.get(account=other_villager).area == cast.PAIFANG
    assert "提交核对" not in client.get("/me/link").content.decode()  # one waits already
