"""A worker compares name and number, and the account is the person's."""

import re
from typing import Any

import pytest
from django.test import Client

from liren.base.clock import now
from liren.foundation.access import actions as access
from liren.foundation.access.models import Account, LinkRequest
from liren.registry.models import Person
from liren.registry.tests.desk import at_desk, clerk, registered
from liren.testing import cast

pytestmark = pytest.mark.django_db(transaction=True)


def someone() -> Person:
    viewer = clerk(cast.PAIFANG)
    with at_desk(viewer):
        return registered(viewer, "李小梅")


def asked_by(account: Account, name: str, number: str) -> LinkRequest:
    with cast.acting(account) as viewer:
        return access.ask_for_link(account=account, name=name, id_number=number, area=cast.PAIFANG, by=viewer, at=now())


def test_a_request_that_matches_a_file_is_confirmed_with_one_button(
    client: Client, paifang_clerk: Account, other_villager: Account
) -> None:
    person = someone()
    asked = asked_by(other_villager, "李小梅", str(person.id_number))
    cast.sign_in(client, paifang_clerk)
    page = client.get("/desk/links").content.decode()
    assert "姓名和号码与档案一致" in page
    assert str(person.id_number) not in page

    answer = client.post(f"/desk/links/{asked.pk}/confirm")

    assert answer["Location"] == "/desk/links"
    assert Account.objects.get(pk=other_villager.pk).person_id == person.pk


def test_a_request_with_another_name_cannot_be_confirmed(
    client: Client, paifang_clerk: Account, other_villager: Account
) -> None:
    person = someone()
    asked = asked_by(other_villager, "李大梅", str(person.id_number))
    cast.sign_in(client, paifang_clerk)

    assert "档案里没有一致的人" in client.get("/desk/links").content.decode()
    assert client.post(f"/desk/links/{asked.pk}/confirm").status_code == 422
    assert client.post(f"/desk/links/{asked.pk}/refuse", {"reason": "名字写错了"}).status_code == 302


def test_the_neighbouring_community_cannot_confirm(
    client: Client, tianran_clerk: Account, other_villager: Account
) -> None:
    person = someone()
    asked = asked_by(other_villager, "李小梅", str(person.id_number))
    cast.sign_in(client, tianran_clerk)

    assert "李小梅" not in client.get("/desk/links").content.decode()
    assert client.post(f"/desk/links/{asked.pk}/confirm").status_code == 404


def test_a_code_from_the_window_links_the_phone(
    client: Client, paifang_clerk: Account, other_villager: Account
) -> None:
    person = someone()
    cast.sign_in(client, paifang_clerk)
    shown = client.post(f"/desk/people/{person.pk}/invite").content.decode()
    code = re.search(r'<code class="lr-big">([0-9A-Z ]+)</code>', shown)
    assert code is not None
    phone = Client()
    cast.sign_in(phone, other_villager)

    phone.post("/me/link", {"code": code[1]})

    assert Account.objects.get(pk=other_villager.pk).person_id == person.pk


def test_many_requests_come_in_pages_and_one_question_finds_all_their_files(
    client: Client, paifang_clerk: Account, django_assert_max_num_queries: Any
) -> None:
    person = someone()
    for number in range(23):
        account = cast.resident(f"154000{number:05d}", f"某{number}")
        asked_by(account, "李小梅" if number == 21 else f"某{number}", str(person.id_number))
    cast.sign_in(client, paifang_clerk)
    client.get("/desk/links")

    with django_assert_max_num_queries(8):
        first = client.get("/desk/links").content.decode()
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more is not None
    second = client.get(f"/desk/links{more[1]}").content.decode()

    assert first.count("不能确认") == 20
    assert second.count("不能确认") == 3
    assert "姓名和号码与档案一致" in second
    assert "姓名和号码与档案一致" not in first
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second
