"""What every room's API is made of."""

import json

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from liren.base.api import Id, cursor, invalid_problem, read_cursor, refusal_problem
from liren.base.errors import Refusal, TooMany

IDS = TypeAdapter(Id)


def test_an_id_is_a_number_inside_and_a_string_outside() -> None:
    assert IDS.validate_python("382641131524984832") == 382641131524984832
    assert IDS.dump_python(382641131524984832) == "382641131524984832"
    for wrong in ("", "12a", "-1", "９", "1" * 20):
        with pytest.raises(ValidationError):
            IDS.validate_python(wrong)


@given(st.tuples(st.integers(), st.text()))
def test_a_cursor_brings_back_the_key(key: tuple[int, str]) -> None:
    assert read_cursor(cursor(*key), int, str) == key


@given(st.text())
def test_a_cursor_that_is_none_is_refused(text: str) -> None:
    if not text:
        assert read_cursor(text, int) is None
        return
    with pytest.raises(Refusal):
        read_cursor(text, int, str, int)


def test_a_refusal_is_a_problem_document() -> None:
    response = refusal_problem(Refusal("请填写姓名。", field="name", details=["一", "二"]))

    assert json.loads(response.content) == {
        "type": "urn:liren:problem:unprocessable-entity",
        "title": "请填写姓名。",
        "status": 422,
        "detail": "一\n二",
        "errors": [{"field": "name", "message": "请填写姓名。"}],
    }
    assert refusal_problem(TooMany("慢一点。", retry_after=30))["Retry-After"] == "30"


@pytest.mark.parametrize(
    ("error", "field", "message"),
    [
        ({"type": "missing", "loc": ("body", "payload", "name")}, "name", "请填写这一项。"),
        (
            {"type": "string_too_long", "loc": ("body", "payload", "a", 0, "b"), "ctx": {"max_length": 5}},
            "a.0.b",
            "最多 5 个字。",
        ),
        ({"type": "int_parsing", "loc": ("query", "size")}, "size", "这里要填数字。"),
        (
            {"type": "date_from_datetime_parsing", "loc": ("query", "on")},
            "on",
            "日期不对，请按 2026-09-03 的样子填写。",
        ),
        ({"type": "something_new", "loc": ("body",)}, "body", "这一项填写不对。"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_in_words(error: dict[str, object], field: str, message: str) -> None:
    body = json.loads(invalid_problem([error]).content)

    assert body["errors"] == [{"field": field, "message": message}]
    assert body["title"].startswith("有 1 处")


@pytest.mark.django_db
def test_the_description_is_served_and_no_page_that_loads_from_elsewhere(client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()

    assert described["openapi"] == "3.1.0"
    upload = described["paths"]["/api/v1/commons/files"]["post"]
    assert upload["x-capability"] == "commons.upload_files"
    assert "4XX" in upload["responses"]
    assert client.get("/api/v1/docs").status_code == 404


@pytest.mark.django_db
def test_every_operation_says_who_may_call_it(client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()

    silent = [
        f"{method} {path}"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if "x-who" not in operation
    ]

    assert silent == []


@pytest.mark.django_db
def test_a_request_larger_than_anything_is_refused_unread(client: Client, settings: object) -> None:
    answer = client.post("/files", b"x", content_type="application/octet-stream", CONTENT_LENGTH=str(2**30))

    assert answer.status_code == 413
