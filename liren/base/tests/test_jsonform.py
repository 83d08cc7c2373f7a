"""A form read from a JSON Schema asks, hides, reads and refuses in plain words."""

from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from liren.base.jsonform import Form, Kind
from liren.base.jsonform.shortcuts import holds, shortcut, simple_test

ON = date(2026, 9, 3)
SCHEMA = {
    "type": "object",
    "unevaluatedProperties": False,
    "required": ["name", "reason", "burden_fen", "happened_on", "promise"],
    "properties": {
        "name": {"title": "姓名", "type": "string", "minLength": 2, "maxLength": 10, "readOnly": True},
        "id_number": {"title": "身份证号", "type": "string", "x-kind": "id_number"},
        "reason": {
            "title": "原因",
            "type": "string",
            "oneOf": [{"const": "illness", "title": "大病"}, {"const": "other", "title": "其他"}],
        },
        "burden_fen": {"title": "负担", "type": "integer", "minimum": 0, "maximum": 10_000_000, "x-kind": "money"},
        "size": {"title": "人口", "type": "integer", "minimum": 1, "x-unit": "人"},
        "happened_on": {"title": "哪一天", "type": "string", "format": "date", "x-latest": "today"},
        "phone": {"title": "电话", "type": "string", "x-kind": "phone", "x-error": "请填写能打通的电话号码。"},
        "position": {"title": "位置", "type": "object", "x-kind": "position"},
        "papers": {"title": "单据", "type": "array", "items": {"type": "string"}, "maxItems": 2, "x-kind": "files"},
        "promise": {"title": "都是真实情况", "type": "boolean", "const": True},
    },
    "allOf": [
        {
            "if": {"properties": {"reason": {"const": "other"}}, "required": ["reason"]},
            "then": {
                "required": ["reason_other"],
                "properties": {"reason_other": {"title": "是什么", "type": "string", "maxLength": 100}},
            },
        },
        {
            "if": {"properties": {"reason_other": {"const": "x"}}, "required": ["reason_other"]},
            "then": {"properties": {"deeper": {"title": "再问", "type": "string"}}},
        },
    ],
}
STEPS = [
    {"code": "you", "title": "您", "fields": ["name", "id_number", "phone"]},
    {
        "code": "why",
        "title": "原因",
        "hint": "说说看",
        "fields": ["reason", "burden_fen", "size", "happened_on", "position"],
    },
    {"code": "papers", "title": "材料", "fields": ["papers", "promise"]},
]
FORM = Form(SCHEMA, STEPS)
GOOD = {"name": "王秀英", "reason": "illness", "burden_fen": "1,200.5", "happened_on": "2026年9月1日", "promise": "on"}


@pytest.mark.parametrize("typed", ["1e999999", "1e400", "9" * 400, "NaN", "-Infinity", "0x10", "1_000", "12.345"])
def test_an_amount_that_is_no_amount_is_refused_in_words(typed: str) -> None:
    found = FORM.clean({**GOOD, "burden_fen": typed}, on=ON)

    assert "负担" in found.errors["burden_fen"]


def test_controls_follow_the_schema() -> None:
    kinds = {each.name: each.kind for each in FORM.fields}

    assert kinds["burden_fen"] is Kind.MONEY
    assert kinds["reason"] is Kind.CHOICE
    assert kinds["papers"] is Kind.FILE
    assert kinds["happened_on"] is Kind.DATE
    assert FORM.field("promise").agree  # type: ignore[union-attr]


def test_a_conditional_field_stands_where_its_question_is_asked() -> None:
    step = FORM.step("why")

    assert step is not None
    assert [each.name for each in step.fields][:1] == ["reason"]
    assert "reason_other" in [each.name for each in step.fields]
    condition = FORM.field("reason_other").when[0]  # type: ignore[union-attr]
    assert (condition.field, condition.words) == ("reason", ["other"])


def test_posted_words_become_typed_data() -> None:
    cleaned = FORM.clean(GOOD, on=ON)

    assert cleaned.is_valid
    assert cleaned.data["burden_fen"] == 120050
    assert cleaned.data["happened_on"] == "2026-09-01"
    assert cleaned.data["promise"] is True


def test_what_is_missing_is_said_beside_its_field() -> None:
    cleaned = FORM.clean({"reason": "illness"}, on=ON)

    assert cleaned.errors["name"] == "请填写“姓名”。"
    assert set(cleaned.errors) == {"name", "burden_fen", "happened_on", "promise"}


def test_a_condition_asks_and_hides() -> None:
    asked = FORM.clean(GOOD | {"reason": "other"}, on=ON)
    hidden = FORM.clean(GOOD | {"reason_other": "修房子"}, on=ON)

    assert asked.errors == {"reason_other": "请填写“是什么”。"}
    assert hidden.is_valid
    assert "reason_other" not in hidden.data


def test_what_a_hidden_answer_had_made_visible_goes_too() -> None:
    read = FORM.read({"reason": "illness", "reason_other": "x", "deeper": "y"}, known={})

    assert read.data == {"reason": "illness"}


def test_a_step_is_checked_for_itself_and_keeps_the_other_answers() -> None:
    cleaned = FORM.clean(
        {"reason": "illness", "burden_fen": "3", "happened_on": "20260901"}, on=ON, step="why", known={"name": "王秀英"}
    )

    assert cleaned.is_valid
    assert cleaned.data["name"] == "王秀英"


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"burden_fen": "许多"}, "burden_fen", "“负担”请填数字，例如 1200 或 1200.50。"),
        ({"burden_fen": "1.005"}, "burden_fen", "“负担”最多填到分，例如 1200.50。"),
        ({"burden_fen": "200000"}, "burden_fen", "“负担”不能大于 100,000 元。"),
        ({"name": "王"}, "name", "“姓名”至少写 2 个字。"),
        ({"happened_on": "2026-09-31"}, "happened_on", "“哪一天”请填日期，例如 2026-09-03。"),
        ({"happened_on": "2026-09-04"}, "happened_on", "“哪一天”不能晚于今天。"),
        ({"phone": "12"}, "phone", "请填写能打通的电话号码。"),
        ({"reason": "luck"}, "reason", "“原因”请从列出的选项里选一个。"),
        ({"promise": "false"}, "promise", "请先确认“都是真实情况”，才能继续。"),
        ({"papers": ["1", "2", "3"]}, "papers", "“单据”最多 2 项，请去掉几项。"),
        ({"size": "0"}, "size", "“人口”不能小于 1人。"),
        ({"position": "somewhere"}, "position", "没有读到位置，请在地图上再点一次，或用文字写明地点。"),
    ],
)
def test_wrong_answers_are_refused_in_words(changed: dict[str, object], field: str, said: str) -> None:
    assert FORM.clean(GOOD | changed, on=ON).errors == {field: said}


def test_a_wrong_check_digit_is_a_doubt_and_no_refusal() -> None:
    cleaned = FORM.clean(GOOD | {"id_number": "320115195001011234"}, on=ON)

    assert cleaned.is_valid
    assert "id_number" in cleaned.warnings


def test_what_is_already_known_stands_in_a_read_only_field() -> None:
    cleaned = FORM.clean(GOOD | {"name": "别人"}, on=ON, held={"name": "王秀英"})

    assert cleaned.data["name"] == "王秀英"


def test_unknown_answers_over_the_api_are_refused() -> None:
    data = FORM.clean(GOOD, on=ON).data

    assert FORM.check(data, on=ON).is_valid
    assert "" in FORM.check(data | {"extra": 1}, on=ON).errors
    assert "size" in FORM.check(data | {"size": "3"}, on=ON).errors


def test_the_summary_shows_every_answer_in_words() -> None:
    data = FORM.clean(GOOD, on=ON).data

    shown = {field.name: text for _step, lines in FORM.summary(data) for field, text in lines}

    assert shown["burden_fen"] == "1,200.50 元"
    assert shown["reason"] == "大病"
    assert shown["happened_on"] == "2026年9月1日"
    assert shown["promise"] == "是"
    assert "reason_other" not in shown


def test_a_schema_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a JSON Schema"):
        Form({"type": "objekt"})
    with pytest.raises(ValueError, match="unknown fields"):
        Form(SCHEMA, [{"code": "a", "title": "a", "fields": ["nobody"]}])


values = st.one_of(
    st.text(max_size=8),
    st.integers(-5, 15),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
    st.lists(st.text(max_size=2)),
)
schemas = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "minLength": st.integers(0, 4),
            "maxLength": st.integers(1, 8),
            "pattern": st.sampled_from(["^[0-9]+$", "a"]),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={"minimum": st.integers(-3, 3), "maximum": st.integers(0, 9)},
    ),
    st.fixed_dictionaries({"type": st.just("boolean")}, optional={"const": st.booleans()}),
    st.fixed_dictionaries(
        {"type": st.just("string"), "oneOf": st.just([{"const": "a", "title": "A"}, {"const": "b", "title": "B"}])}
    ),
    st.fixed_dictionaries({"type": st.just("array"), "maxItems": st.integers(0, 2)}),
)


@given(schemas, values)
def test_what_surely_fits_is_valid(schema: dict[str, object], value: object) -> None:
    if shortcut(schema)(value):
        assert Draft202012Validator(schema).is_valid(value)


@given(st.dictionaries(st.sampled_from(["a", "b"]), values), values)
def test_a_simple_test_says_what_the_validator_says(data: dict[str, object], value: object) -> None:
    for prop in ({"const": value}, {"enum": [value, "x"]}):
        test = {"properties": {"a": prop}, "required": ["a"]}
        simple = simple_test(test)

        assert simple is not None
        assert holds(simple, data) == Draft202012Validator(test).is_valid(data)
