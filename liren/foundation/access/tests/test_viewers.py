"""Who somebody is, in one query."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from liren.base.clock import day_of
from liren.foundation.access.models import Account, Appointment, Session
from liren.testing import cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_account_sees_through_its_seat(paifang_clerk: Account) -> None:
    viewer = cast.viewer(paifang_clerk)

    assert viewer.is_staff
    assert viewer.current is not None
    assert viewer.current.area == cast.PAIFANG
    assert viewer.may("access.link_account", cast.PAIFANG)
    assert not viewer.may("access.link_account", cast.TIANRAN)


def test_an_officer_without_the_second_factor_has_no_seat(auditor: Account) -> None:
    without = cast.viewer(auditor, second_factor=False)

    assert without.seats == ()
    assert without.owes == "second_factor"
    assert cast.viewer(auditor).may("access.read_journal")


def test_a_seat_that_ends_today_is_gone_today(paifang_clerk: Account) -> None:
    Appointment.objects.filter(account=paifang_clerk).update(valid_until="2026-09-03")

    assert cast.viewer(paifang_clerk, on=day_of(cast.NOON)).seats == ()


def test_a_linked_resident_is_their_person_and_an_unlinked_one_their_account(
    villager: Account, other_villager: Account
) -> None:
    assert cast.viewer(villager).subject == villager.person_id
    assert cast.viewer(other_villager).subject == other_villager.pk
    assert cast.viewer(villager).scope.own_hi == villager.person_id


def test_a_page_asks_once_who_is_there(client: Client, paifang_clerk: Account) -> None:
    cast.sign_in(client, paifang_clerk)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get("/desk/")

    assert answer.status_code == 200
    before = [query["sql"] for query in asked.captured_queries]
    assert sum("access_session" in sql for sql in before) == 1
    assert sum("access_account" in sql for sql in before) == 1
    assert "access_session" in before[0], "who is there is the first question, and the only one before the scope"
    assert "SET LOCAL" in before[1] or "SET LOCAL" in before[2]


def test_the_table_of_sessions_opens_no_session(client: Client, paifang_clerk: Account) -> None:
    cast.sign_in(client, paifang_clerk)

    kept = Session.objects.get()

    assert client.cookies["sessionid"].value.encode() not in bytes(kept.key)
    assert kept.account_id == paifang_clerk.pk


def test_a_session_ends_when_it_is_not_used(
    client: Client, paifang_clerk: Account, django_assert_num_queries: Callable[..., Any]
) -> None:
    cast.sign_in(client, paifang_clerk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_session SET expires_at = now() - interval '1 second'")

    answer = client.get("/desk/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/desk/sign-in")


def test_a_closed_account_is_out_at_once(client: Client, paifang_clerk: Account) -> None:
    cast.sign_in(client, paifang_clerk)
    Account.objects.filter(pk=paifang_clerk.pk).update(is_active=False)

    assert client.get("/desk/").status_code == 302


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.5")])
def test_behind_a_proxy_the_address_is_the_one_that_it_saw_and_not_what_the_sender_wrote(
    client: Client, settings: Any, proxies: int, seen: str
) -> None:
    settings.PROXIES = proxies

    answer = client.get("/", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.5, 198.51.100.7")

    assert answer.wsgi_request.viewer.address == seen  # type: ignore[attr-defined]
