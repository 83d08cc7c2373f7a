"""Signing in: codes, passwords, second factors, limits, and what an outsider can learn."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from liren.base import clock, texting
from liren.base.aside import aside
from liren.base.errors import Refusal, TooMany
from liren.base.rows import applied
from liren.foundation.access import actions
from liren.foundation.access.actions.tries import Tries
from liren.foundation.access.models import Account, JournalLine, SecondFactor, Session, SignInCode, TrayMessage
from liren.foundation.access.rules import Viewer
from liren.foundation.access.rules.second import code_at, matching_step, step_of
from liren.foundation.access.rules.tries import own_path
from liren.testing import cast

pytestmark = pytest.mark.django_db(transaction=True)
NEW_PHONE = "15490000077"


@pytest.fixture(autouse=True)
def tray() -> Iterator[None]:
    texting.plug(actions.Tray())
    yield
    texting._gateway.clear()


def last_code() -> str:
    text = TrayMessage.objects.order_by("-id")[0].text
    found = re.search(r"\d{6}", text)
    assert found is not None
    return found[0]


def lines(verb: str) -> list[JournalLine]:
    with cast.everywhere():
        return list(JournalLine.objects.filter(verb=verb))


def by_phone(client: Client, phone: str) -> Any:
    client.post("/sign-in?next=/me", {"phone": phone})
    return client.post("/sign-in/code", {"code": last_code()})


def test_a_new_phone_gets_an_account_and_is_asked_for_a_name(client: Client) -> None:
    cast.posts()

    answer = by_phone(client, NEW_PHONE)

    assert answer["Location"] == "/welcome"
    client.post("/welcome", {"name": "王阿姨", "language": "zh-hans", "elder_mode": "yes"})
    account = Account.objects.get(phone_blind="+86" + NEW_PHONE)
    assert (account.name, account.elder_mode) == ("王阿姨", True)
    assert client.get("/me").status_code == 200
    assert len(lines("access.signed_up")) == len(lines("access.signed_in")) == 1


def test_a_known_phone_comes_back_to_where_it_wanted_to_go(client: Client, villager: Account) -> None:
    assert by_phone(client, cast.VILLAGER_PHONE)["Location"] == "/me"
    assert Account.objects.count() == 1


def test_known_and_unknown_phones_are_answered_alike(client: Client, villager: Account) -> None:
    known = client.post("/sign-in", {"phone": cast.VILLAGER_PHONE})
    unknown = Client().post("/sign-in", {"phone": NEW_PHONE})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert TrayMessage.objects.count() == 2


def test_a_code_is_good_for_five_tries_and_one_use(client: Client) -> None:
    cast.posts()
    client.post("/sign-in", {"phone": NEW_PHONE})
    right = last_code()
    wrong = "000000" if right != "000000" else "111111"

    for _try in range(5):
        assert client.post("/sign-in/code", {"code": wrong}).status_code == 422

    assert client.post("/sign-in/code", {"code": right}).status_code == 422
    assert not Account.objects.exists()


def test_a_code_does_not_outlive_five_minutes(villager: Account) -> None:
    at = clock.now()
    with applied(Viewer.nobody().scope):
        sent = actions.send_code(phone=cast.VILLAGER_PHONE, by=Viewer.nobody(), at=at)
    late = at + timedelta(minutes=5, seconds=1)

    with pytest.raises(Refusal, match="失效"), applied(Viewer.nobody().scope):
        actions.check_code(code_id=sent.pk, code=last_code(), by=Viewer.nobody(), at=late)


def test_codes_and_phones_are_not_readable_in_the_database(client: Client) -> None:
    client.post("/sign-in", {"phone": NEW_PHONE})
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM access_signincode c")
        code_row = cursor.fetchone()[0]
        cursor.execute("SELECT row_to_json(t)::text FROM access_traymessage t")
        text_row = cursor.fetchone()[0]
        cursor.execute("SELECT data FROM access_session")
        session = cursor.fetchone()[0]

    for kept in (code_row, text_row, session):
        assert NEW_PHONE not in kept
        assert last_code() not in kept


def test_asking_again_at_once_is_refused_with_the_time_to_wait(client: Client) -> None:
    client.post("/sign-in", {"phone": NEW_PHONE})

    answer = client.post("/sign-in", {"phone": NEW_PHONE})

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 61


def test_a_try_counts_even_when_its_request_is_rolled_back() -> None:
    at = clock.now()
    with transaction.atomic(), aside() as apart:
        Tries(apart, at).count("second.account", 1, "")
        transaction.set_rollback(True)

    with aside() as apart:
        left = Tries(apart, at).count("second.account", 1, "")

    assert left == 3


def test_a_door_closed_by_tries_opens_again_by_itself() -> None:
    at = clock.now()
    with aside() as apart:
        tries = Tries(apart, at)
        for _try in range(5):
            tries.count("second.account", 1, "")
        with pytest.raises(TooMany):
            tries.count("second.account", 1, "")

        later = Tries(apart, at + timedelta(minutes=16))

        assert later.count("second.account", 1, "") == 4


def test_text_messages_go_to_chinese_mobiles_only(client: Client) -> None:
    for phone in ("025-52280000", "+12025550123", "abc", ""):
        assert client.post("/sign-in", {"phone": phone}).status_code == 422
    assert not SignInCode.objects.exists()


def test_staff_sign_in_with_password_and_get_a_fresh_session(client: Client, paifang_clerk: Account) -> None:
    client.get("/desk/sign-in")
    session = client.session
    session["planted"] = 1
    session.save()
    before = session.session_key

    answer = client.post("/desk/sign-in?next=/desk/find", {"username": "paifang", "password": cast.PASSWORD})

    assert answer["Location"] == "/desk/find"
    assert client.session.session_key != before
    assert "planted" not in client.session
    assert client.get("/desk/").status_code == 200
    assert [line.area for line in lines("access.signed_in")] == [cast.PAIFANG]


def test_wrong_passwords_close_the_door_and_say_until_when(client: Client, paifang_clerk: Account) -> None:
    for _try in range(4):
        assert client.post("/desk/sign-in", {"username": "paifang", "password": "x"}).status_code == 422
    fifth = client.post("/desk/sign-in", {"username": "paifang", "password": "x"})

    with_the_right_one = client.post("/desk/sign-in", {"username": "paifang", "password": cast.PASSWORD})

    assert fifth.status_code == with_the_right_one.status_code == 429
    assert "安全管理员" in with_the_right_one.content.decode()
    assert int(with_the_right_one["Retry-After"]) <= 15 * 60 + 1
    assert len(lines("access.sign_in_failed")) == 5
    assert all("x" not in str(line.changes) for line in lines("access.sign_in_failed"))


def test_an_unknown_name_is_treated_like_a_known_one(client: Client, paifang_clerk: Account) -> None:
    known = [client.post("/desk/sign-in", {"username": "paifang", "password": "x"}) for _try in range(6)]
    unknown = [client.post("/desk/sign-in", {"username": "nobody-here", "password": "x"}) for _try in range(6)]

    assert [one.status_code for one in known] == [one.status_code for one in unknown]


def test_the_security_administrator_opens_the_door(
    client: Client, paifang_clerk: Account, security_administrator: Account
) -> None:
    for _try in range(5):
        client.post("/desk/sign-in", {"username": "paifang", "password": "x"})
    officer = Client()
    cast.sign_in(officer, security_administrator)
    assert "解除锁定" in officer.get("/desk/accounts").content.decode()

    officer.post(f"/desk/accounts/{paifang_clerk.pk}/unlock")

    answer = client.post("/desk/sign-in", {"username": "paifang", "password": cast.PASSWORD})
    assert answer.status_code == 302
    assert len(lines("access.unlock_account")) == 1


def test_an_officer_is_led_to_set_the_second_factor_up_and_then_asked_for_it(client: Client, auditor: Account) -> None:
    first = client.post("/desk/sign-in", {"username": "shenji", "password": cast.PASSWORD})
    assert first["Location"] == "/desk/account/second-factor"
    assert client.get("/desk/journal")["Location"] == "/desk/account/second-factor"
    page = client.get("/desk/account/second-factor").content.decode()
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found is not None
    secret = found[1].replace(" ", "")

    shown = client.post("/desk/account/second-factor", {"code": code_at(secret, step_of(clock.now()))})

    recovery = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", shown.content.decode())
    assert len(recovery) == 10
    assert client.get("/desk/journal").status_code == 200

    again = Client()
    asked = again.post("/desk/sign-in", {"username": "shenji", "password": cast.PASSWORD})
    assert asked["Location"] == "/desk/sign-in/code"
    assert again.get("/desk/journal").status_code == 302
    assert again.post("/desk/sign-in/code", {"code": recovery[0]}).status_code == 302
    assert again.get("/desk/journal").status_code == 200
    once_more = Client()
    once_more.post("/desk/sign-in", {"username": "shenji", "password": cast.PASSWORD})
    assert once_more.post("/desk/sign-in/code", {"code": recovery[0]}).status_code == 422


def test_a_time_based_code_counts_once(auditor: Account) -> None:
    secret = actions.new_secret()
    at = clock.now()
    SecondFactor.objects.create(account=auditor, secret=secret, since=at)
    code = code_at(secret, step_of(at))
    nobody = Viewer.nobody()

    with applied(nobody.scope):
        actions.prove_second_factor(account=auditor, code=code, by=nobody, at=at)

    with pytest.raises(Refusal), applied(nobody.scope):
        actions.prove_second_factor(account=auditor, code=code, by=nobody, at=at)


def test_codes_of_the_half_minutes_around_now_count_and_no_others() -> None:
    secret = actions.new_secret()
    at = cast.NOON
    now = step_of(at)

    assert [matching_step(secret, code_at(secret, now + shift), at=at, after=0) for shift in (-2, -1, 0, 1, 2)] == [
        None, now - 1, now, now + 1, None,
    ]  # fmt: skip
    assert matching_step(secret, code_at(secret, now), at=at, after=now) is None


def test_a_first_password_must_be_changed_before_any_post_counts(client: Client, paifang_clerk: Account) -> None:
    Account.objects.filter(pk=paifang_clerk.pk).update(must_change_password=True)
    answer = client.post("/desk/sign-in", {"username": "paifang", "password": cast.PASSWORD})
    assert answer["Location"] == "/desk/account/password"
    assert client.get("/desk/")["Location"] == "/desk/account/password"

    new = "village-lantern-42"
    changed = client.post("/desk/account/password", {"old": cast.PASSWORD, "new": new, "repeated": new})

    assert changed["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200
    line = lines("access.change_password")[0]
    assert line.changes == {"must_change_password": [True, False], "password": [True, True]}


def test_a_changed_password_ends_other_sessions(client: Client, paifang_clerk: Account) -> None:
    cast.sign_in(client, paifang_clerk)
    paifang_clerk.set_password("another-long-one-7")
    paifang_clerk.save()

    assert client.get("/desk/").status_code == 302


def test_signing_out_ends_the_session(client: Client, paifang_clerk: Account) -> None:
    cast.sign_in(client, paifang_clerk)

    client.post("/sign-out")

    assert client.get("/desk/").status_code == 302
    assert not Session.objects.filter(account=paifang_clerk).exists()
    assert len(lines("access.signed_out")) == 1


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", None, "/a\nb"]
)
def test_the_way_back_stays_on_this_site(target: str | None) -> None:
    assert own_path(target, "/") == "/"


def test_the_tray_exists_in_the_demo_only(client: Client, settings: Any) -> None:
    settings.DEMO = False
    assert client.get("/demo/tray").status_code == 404
    settings.DEMO = True
    assert client.get("/demo/tray").status_code == 200


def test_forms_are_protected_against_other_sites(paifang_clerk: Account) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/desk/sign-in", {"username": "paifang", "password": cast.PASSWORD}).status_code == 403
    assert strict.post("/sign-in", {"phone": NEW_PHONE}).status_code == 403
