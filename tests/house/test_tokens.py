"""Tokens of other systems: asked for, allowed, drawn once, used within what they were given, and ended."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from liren.base import clock
from liren.base.errors import Conflict, Forbidden, Refusal
from liren.base.words import day
from liren.foundation.access import actions
from liren.foundation.access.models import Account, Appointment, JournalLine, Post, Token
from liren.foundation.access.rules import tokens as rules
from liren.foundation.places.rules import COMMUNITY, COUNTY
from liren.registry.actions import register_person
from liren.registry.models import Person
from liren.testing.cast import (
    JIANGNING_DISTRICT,
    PAIFANG,
    PAIFANG_CLERK,
    SECURITY_ADMINISTRATOR,
    TIANRAN,
    TIANRAN_CLERK,
    Role,
    acting,
    everywhere,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

BUREAU = Role("minzhengju", "顾科长", "civil_affairs_bureau_officer", COUNTY, JIANGNING_DISTRICT, "江宁区")
OTHER_COUNTY = Role("anquan-2", "别处", "security_administrator", COUNTY, 320106_000_000_000, "鼓楼区")
SEARCH = "/api/v1/registry/people/search"
RESIDENTS = "/api/v1/registry/residents"


def asked(**values: Any) -> Token:
    """Ask for a token with which another system may look at the registry of the district."""
    account = staff(BUREAU)
    with acting(account) as by:
        return actions.ask_token(
            by=by,
            at=clock.now(),
            appointment=Appointment.objects.select_related("post").get(account=account),
            **{
                "name": "区医保信息平台",
                "purpose": "核对参保人员",
                "level": COUNTY,
                "area": JIANGNING_DISTRICT,
                "place": "江宁区",
                "capabilities": ["registry.view"],
                "valid_until": clock.today() + timedelta(days=90),
                **values,
            },
        )


def allowed(**values: Any) -> Token:
    token = asked(**values)
    with acting(staff(SECURITY_ADMINISTRATOR)) as by:
        return actions.allow_token(by=by, at=clock.now(), token=token)


def drawn(**values: Any) -> tuple[Token, str]:
    """Return a token in use with its secret."""
    token, secret = allowed(**values), rules.new_token()
    with acting(staff(BUREAU)) as by:
        return actions.draw_token(by=by, at=clock.now(), token=token, secret=secret), secret


def system(secret: str) -> Client:
    """Return another system that calls with a token; it has no cookies and sends none."""
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"})


def two_people() -> None:
    for role, area, name in ((PAIFANG_CLERK, PAIFANG, "王秀英"), (TIANRAN_CLERK, TIANRAN, "王秀兰")):
        with acting(staff(role)) as by:
            register_person(by=by, at=clock.now(), area=area, name=name, since=date(2020, 1, 1))


def search(client: Client, typed: str = "王秀") -> Any:
    return client.post(SEARCH, {"q": typed}, content_type="application/json")


# in use


def test_another_system_calls_with_a_token_and_needs_no_csrf_token() -> None:
    two_people()
    token, secret = drawn()

    answer = search(system(secret))

    assert answer.status_code == 200, answer.text
    assert {one["name"] for one in answer.json()["items"]} == {"王秀英", "王秀兰"}
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not answer.cookies
    token.refresh_from_db()
    assert token.used_at is not None
    assert (token.used_from, token.calls) == ("127.0.0.1", 1)


def test_it_sees_no_further_than_its_own_place() -> None:
    two_people()
    _token, secret = drawn(level=COMMUNITY, area=PAIFANG, place="牌坊社区")
    with everywhere():
        elsewhere = Person.objects.get(name="王秀兰")

    assert [one["name"] for one in search(system(secret)).json()["items"]] == ["王秀英"]
    assert system(secret).get(f"/api/v1/registry/people/{elsewhere.pk}").status_code == 404


def test_it_may_only_what_it_was_given_and_its_post_still_holds() -> None:
    _token, secret = drawn(capabilities=["registry.figures"])

    assert search(system(secret)).status_code == 403
    assert system(secret).get("/api/v1/registry/categories").status_code == 200
    Post.objects.filter(code=BUREAU.post).update(capabilities=["registry.view"])
    assert system(secret).get("/api/v1/registry/categories").status_code == 403


def test_what_it_does_is_written_under_its_name_and_not_twice() -> None:
    two_people()
    clerk = staff(PAIFANG_CLERK)
    Post.objects.filter(code=PAIFANG_CLERK.post).update(
        capabilities=[*Post.objects.get(code=PAIFANG_CLERK.post).capabilities, "access.hold_token"]
    )
    with acting(clerk) as by:
        token = actions.ask_token(
            by=by, at=clock.now(), appointment=Appointment.objects.select_related("post").get(account=clerk), name="区劳动就业系统",
            purpose="登记就业", level=COMMUNITY, area=PAIFANG, place="牌坊社区", capabilities=["registry.edit", "registry.view"],
            valid_until=clock.today() + timedelta(days=9),
        )  # fmt: skip
    with acting(staff(SECURITY_ADMINISTRATOR)) as by:
        actions.allow_token(by=by, at=clock.now(), token=token)
    secret = rules.new_token()
    with acting(clerk) as by:
        actions.draw_token(by=by, at=clock.now(), token=token, secret=secret)
    with everywhere():
        person = Person.objects.get(name="王秀英")
    body = {"kind": "employer", "words": "某某电子厂", "since": "2026-01-01"}
    key = {"Idempotency-Key": str(uuid4())}

    answers = [
        system(secret).post(
            f"/api/v1/registry/people/{person.pk}/facts", body, content_type="application/json", headers=key
        )
        for _time in range(2)
    ]

    assert [one.status_code for one in answers] == [201, 201], answers[0].text
    assert answers[0].json()["id"] == answers[1].json()["id"]
    with everywhere():
        (line,) = JournalLine.objects.filter(verb="registry.record")
    assert line.account_id == clerk.pk
    assert "接口 区劳动就业系统" in line.actor


def test_a_token_opens_no_page_and_no_residents_operation() -> None:
    _token, secret = drawn()

    assert system(secret).get("/desk/people/").status_code == 302
    assert system(secret).get("/api/v1/registry/me").status_code == 403


def test_a_cookie_beside_a_token_counts_for_nothing() -> None:
    two_people()
    token, secret = drawn(level=COMMUNITY, area=TIANRAN, place="天然社区")
    browser = Client()
    sign_in(browser, staff(PAIFANG_CLERK))

    both = browser.post(
        SEARCH, {"q": "王秀"}, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )
    wrong = browser.post(
        SEARCH, {"q": "王秀"}, content_type="application/json", headers={"Authorization": "Bearer liren_x"}
    )

    assert [one["name"] for one in both.json()["items"]] == ["王秀兰"]
    assert wrong.status_code == 401
    assert token.name


# no longer in use


def test_what_is_no_token_opens_nothing() -> None:
    drawn()
    for header in ("Bearer liren_nothing", "Bearer ", "Basic eDp5", "liren_nothing", f"Bearer {rules.new_token()}"):
        answer = Client(headers={"Authorization": header}).get(RESIDENTS)
        assert answer.status_code == 401, header
        assert answer.json()["type"] == "urn:liren:problem:unauthorized"


def end_appointment(token: Token) -> None:
    Appointment.objects.filter(pk=token.appointment_id).update(valid_until=clock.today())


def close_account(token: Token) -> None:
    Account.objects.filter(pk=token.account_id).update(is_active=False)


def run_out(token: Token) -> None:
    Token.objects.filter(pk=token.pk).update(valid_until=clock.today())


def revoke(token: Token) -> None:
    with acting(staff(SECURITY_ADMINISTRATOR)) as by:
        actions.revoke_token(by=by, at=clock.now(), token=token, answer="系统停用了")


def give_back(token: Token) -> None:
    with acting(staff(BUREAU)) as by:
        actions.give_token_back(by=by, at=clock.now(), token=token)


def draw_another(token: Token) -> None:
    with acting(staff(BUREAU)) as by:
        actions.draw_token(by=by, at=clock.now(), token=token, secret=rules.new_token())


@pytest.mark.parametrize("end", [end_appointment, close_account, run_out, revoke, give_back, draw_another])
def test_a_token_ends_at_once(end: Any) -> None:
    token, secret = drawn()
    assert system(secret).get(RESIDENTS).status_code == 200

    end(token)

    assert system(secret).get(RESIDENTS).status_code == 401


def test_too_many_calls_in_a_minute_wait_for_the_next() -> None:
    token, secret = drawn()
    assert system(secret).get(RESIDENTS).status_code == 200
    Token.objects.filter(pk=token.pk).update(calls=rules.MOST_A_MINUTE, minute=int(clock.now().timestamp()) // 60)

    answer = system(secret).get(RESIDENTS)

    if answer.status_code == 200:  # the minute has just turned
        Token.objects.filter(pk=token.pk).update(calls=rules.MOST_A_MINUTE)
        answer = system(secret).get(RESIDENTS)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    Token.objects.filter(pk=token.pk).update(minute=0)
    assert system(secret).get(RESIDENTS).status_code == 200


def test_who_guesses_tokens_is_stopped_and_who_has_one_is_not() -> None:
    _token, secret = drawn()
    tried = [Client(headers={"Authorization": "Bearer liren_guess"}).get(RESIDENTS).status_code for _try in range(32)]

    assert tried[:30] == [401] * 30
    assert tried[-1] == 429
    assert system(secret).get(RESIDENTS).status_code == 200


# asking, allowing, drawing


def test_the_table_keeps_no_secret_and_the_journal_tells_none() -> None:
    token, secret = drawn()

    assert bytes(token.digest or b"") == rules.digest_of(secret)
    with everywhere():
        told = " ".join(str(line.changes) for line in JournalLine.objects.filter(object_id=token.pk))
    assert secret not in told
    assert bytes(token.digest or b"").hex() not in told


def test_nobody_gives_more_than_they_have() -> None:
    wrong: dict[str, Any]
    for wrong in (
        {"capabilities": ["registry.edit"]},
        {"capabilities": []},
        {"capabilities": ["access.hold_token"]},
        {"level": COUNTY, "area": 320106_000_000_000},
        {"level": 2, "area": 320100_000_000_000},
        {"valid_until": clock.today()},
        {"valid_until": clock.today() + timedelta(days=400)},
    ):
        with pytest.raises(Refusal):
            asked(**wrong)


def test_a_token_is_drawn_only_when_it_was_allowed_and_by_who_asked() -> None:
    token = asked()
    with acting(staff(BUREAU)) as by, pytest.raises(Conflict):
        actions.draw_token(by=by, at=clock.now(), token=token, secret=rules.new_token())
    with acting(staff(SECURITY_ADMINISTRATOR)) as by:
        actions.allow_token(by=by, at=clock.now(), token=token)
        with pytest.raises(Conflict):
            actions.refuse_token(by=by, at=clock.now(), token=token, answer="晚了")
        with pytest.raises(Forbidden):
            actions.draw_token(by=by, at=clock.now(), token=token, secret=rules.new_token())


def test_the_pages_lead_from_asking_to_the_secret_which_is_shown_once() -> None:
    holder, officer, elsewhere = Client(), Client(), Client()
    sign_in(holder, staff(BUREAU))
    sign_in(officer, staff(SECURITY_ADMINISTRATOR))
    sign_in(elsewhere, staff(OTHER_COUNTY))
    assert "还没有令牌" in holder.get("/desk/tokens").text
    form = {
        "name": "区医保信息平台", "purpose": "核对参保人员", "appointment": Appointment.objects.get(account=staff(BUREAU)).pk,
        "place": "江宁街道", "capabilities": ["registry.view"], "valid_until": str(clock.today() + timedelta(days=30)),
    }  # fmt: skip

    assert holder.post("/desk/tokens/new", {**form, "capabilities": []}).status_code == 422
    answer = holder.post("/desk/tokens/new", form)
    assert answer.status_code == 302, answer.text
    token = Token.objects.get()
    assert token.place == "江宁街道"
    assert "等批准的接口令牌" in officer.get("/desk/").text
    assert "区医保信息平台" not in elsewhere.get("/desk/token-requests").text
    assert elsewhere.get(f"/desk/token-requests/{token.pk}").status_code == 404
    asked_for = officer.get(f"/desk/token-requests/{token.pk}").text
    assert "居民档案" in asked_for
    assert "查看居民档案" in asked_for
    assert day(token.valid_until, clock.today()) in asked_for
    assert "（选填）" not in officer.get(f"/desk/token-requests/{token.pk}/refuse").text
    assert officer.post(f"/desk/token-requests/{token.pk}/refuse", {"answer": ""}).status_code == 422
    assert officer.post(f"/desk/token-requests/{token.pk}/allow", {}).status_code == 302
    once = str(uuid4())
    page = holder.post(f"/desk/tokens/{token.pk}/draw", {"once": once}).text
    secret = re.search(r"liren_[A-Za-z0-9_-]{43}", page)

    assert secret is not None
    assert system(secret[0]).get(RESIDENTS).status_code == 200
    again = holder.post(f"/desk/tokens/{token.pk}/draw", {"once": once})
    assert again.status_code == 302, "a form that is sent twice makes no second secret"
    assert secret[0] not in holder.get("/desk/tokens").text
    assert "127.0.0.1" in holder.get("/desk/tokens").text
    before = officer.get(f"/desk/token-requests/{token.pk}/revoke").text
    assert "马上不能再调用接口" in before
    assert "（选填）" not in before
    assert system(secret[0]).get(RESIDENTS).status_code == 200, "nothing is taken back by looking"
    assert officer.post(f"/desk/token-requests/{token.pk}/revoke", {"answer": " "}).status_code == 422
    assert officer.post(f"/desk/token-requests/{token.pk}/revoke", {"answer": "系统停用了"}).status_code == 302
    assert system(secret[0]).get(RESIDENTS).status_code == 401
    assert "系统停用了" in holder.get("/desk/tokens").text
