"""Calls of the API take a short way of their own: it leads where Django's leads, and what guards a page guards a call."""

import json
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import resolve

from liren.conf.api import api
from liren.conf.calls import FOOT, Routes
from liren.foundation.access.models import Account
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, resident, sign_in, staff

ROUTES = Routes(api)
OPERATIONS = [
    (f"{prefix}{path}".lstrip("/"), operation)
    for prefix, router in api._routers
    for path, view in router.path_operations.items()
    for operation in view.operations
]
CASES = "/api/v1/cases/"
GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def browser(account: Account, **options: Any) -> Client:
    client = Client(**options)
    sign_in(client, account)
    return client


@pytest.mark.parametrize(("route", "operation"), OPERATIONS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_operation_is_found_where_django_finds_it(route: str, operation: Any) -> None:
    segments = route.split("/")
    path = "/".join("7" if part.startswith("{") else part for part in segments)

    for method in operation.methods:
        found = ROUTES.find(path, method)

        assert found is not None
        assert found[0].view_func is operation.view_func
        assert found[1] == {part[1:-1]: "7" for part in segments if part.startswith("{")}
        assert resolve(FOOT + path).route == FOOT.lstrip("/") + route.replace("{", "<").replace("}", ">")


@pytest.mark.parametrize("route", ["", "cases", "cases//accept", "cases/7/accept/", "nowhere/7"])
def test_nothing_is_found_where_there_is_nothing(route: str) -> None:
    assert ROUTES.find(route, "POST") is None
    assert ROUTES.find(f"{route}x", "POST") is None


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_an_answer_carries_what_guards_it() -> None:
    call = browser(staff(PAIFANG_CLERK)).get(CASES)
    page = browser(staff(PAIFANG_CLERK)).get("/desk/cases")

    assert {name: call[name] for name in GUARDS} == GUARDS == {name: page[name] for name in GUARDS}
    assert "Content-Security-Policy" in page
    assert call["Vary"] == "Accept-Language, Cookie"
    assert int(call["Content-Length"]) == len(call.content)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_call_that_changes_something_needs_the_token_of_the_page() -> None:
    client = browser(resident("+8619900000001", "王阿婆"), enforce_csrf_checks=True)
    body = json.dumps({"matter": "public-repair", "area": str(PAIFANG)[:12], "answers": {}})

    without = client.post(CASES, body, content_type="application/json")
    client.cookies["csrftoken"] = token = "a" * 32
    wrong = client.post(CASES, body, content_type="application/json", headers={"X-CSRFToken": "b" * 32})
    right = client.post(CASES, body, content_type="application/json", headers={"X-CSRFToken": token})
    elsewhere = client.post(
        CASES, body, content_type="application/json", headers={"X-CSRFToken": token, "Origin": "https://example.org"}
    )

    assert [answer.status_code for answer in (without, wrong, right, elsewhere)] == [403, 403, 422, 403]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_call_speaks_the_language_of_the_browser_or_the_account() -> None:
    account = resident("+8619900000001", "王阿婆")
    client = browser(account)
    path = f"{CASES}?area=1"

    assert client.get(path, headers={"Accept-Language": "en"})["Content-Language"] == "zh-hans"
    Account.objects.filter(pk=account.pk).update(language="en")
    assert client.get(path)["Content-Language"] == "en"
    assert Client().get("/api/v1/places/search?q=1", headers={"Accept-Language": "en"})["Content-Language"] == "en"
    client.cookies["django_language"] = "zh-hans"
    assert client.get(path, headers={"Accept-Language": "en"})["Content-Language"] == "zh-hans"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_cookie_that_opens_nothing_is_taken_back() -> None:
    client = Client()
    client.cookies["sessionid"] = "x" * 32

    answer = client.get(CASES)

    assert answer.status_code == 401
    assert answer.cookies["sessionid"]["max-age"] == 0


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@override_settings(ALLOWED_HOSTS=["localhost"])
def test_a_call_under_another_name_is_refused() -> None:
    assert Client().get(CASES, headers={"Host": "example.org"}).status_code == 400
    assert Client().get(CASES, headers={"Host": "localhost"}).status_code == 401


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_what_is_no_operation_goes_on_to_django() -> None:
    client = browser(staff(PAIFANG_CLERK))

    assert client.get("/api/v1/nowhere").status_code == 404
    assert client.delete(CASES).status_code == 405
    assert client.get("/api/v1/openapi.json").status_code == 200
