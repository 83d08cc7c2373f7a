"""What holds of every list, whatever stands in it: proposals for columns, what cells say, households in blocks, whose word counts."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liren.base.codes import citizen_check
from liren.exchange.enums import REFUSING, Target
from liren.exchange.rules import headers, layout, values
from liren.exchange.rules.cleaning import Cleaner
from liren.exchange.rules.deciding import IDENTITY, STANDARD_RANKS, Said, Way, decide

ON = date(2026, 11, 21)
DAYS = st.dates(date(1911, 1, 1), ON)
CELLS = st.one_of(
    st.none(), st.text(max_size=30), st.integers(-(10**20), 10**20), st.floats(allow_nan=True), st.booleans(), DAYS, st.sampled_from(["同上", "无", "-", "3.20115E+17"])
)  # fmt: skip
HEADED = ("村（社区）", "户号", "姓名", "与户主关系", "性别", "身份证号码", "民族", "联系电话")
HEADS = st.sampled_from([word for words in headers.SYNONYMS.values() for word in words])


# proposals


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # many cells, on a machine that others use too
@given(st.lists(HEADS | st.text(max_size=12), max_size=12), st.lists(st.lists(CELLS, max_size=12), max_size=3))
def test_each_column_gets_one_proposal_and_no_meaning_is_given_twice(heads: list[str], rows: list[list[Any]]) -> None:
    proposed = headers.propose(heads, rows)

    given_ = [one.target for one in proposed if one.target]
    assert len(proposed) == len(heads)
    assert len(set(given_)) == len(given_)
    assert set(given_) <= set(Target.values)
    assert all(0 <= one.score <= 100 for one in proposed)


def test_a_list_of_who_came_in_is_known_by_its_head() -> None:
    assert (
        headers.residence_of(["姓名", "流入日期", "现住地址"])
        == headers.residence_of(["暂住地址", "姓名"])
        == "incomer"
    )
    assert headers.residence_of(["姓名", "户籍地址", "联系电话"]) == ""


SIGNS = st.sampled_from(["", " ", "：", "*", "  ", "\n", "（必填）", "(填写)"])


@given(HEADS, SIGNS, SIGNS)
def test_a_head_is_known_whatever_signs_stand_around_it(head: str, before: str, after: str) -> None:
    plain = headers.named(head)

    assert plain is not None
    assert headers.named(f"{before}{head}{after}") == plain or before in {"（必填）", "(填写)"}
    assert headers.fingerprint([f" {head}："]) == headers.fingerprint([head])


@given(
    st.lists(HEADS, min_size=3, max_size=8, unique=True),
    st.lists(st.sampled_from(["某某街道人员名册", "填报单位：民政办", ""]), max_size=3),
)
def test_the_head_is_found_below_any_title_lines(heads: list[str], titles: list[str]) -> None:
    rows = [["张三", "男", "990115198001010012", "牌坊1组2号", "15400000001"][: len(heads)] for _ in range(3)]
    found = layout.find([*([title] for title in titles), heads, *rows])

    assert found.head_from == found.head_to == len(titles) + 1
    assert found.heads[: len(heads)] == tuple(values.text(head) for head in heads)


# cells


@given(CELLS)
def test_no_cell_breaks_the_reading(value: Any) -> None:
    words = values.text(value)

    assert values.text(words) == words
    assert values.says(value) in {"", words}
    good, bad = values.phones(value)
    assert len(set(good)) == len(good)
    assert all(number.isdigit() for number in good)
    assert not set(good) & set(bad)
    assert values.yes_or_no(value) in {True, False, None}
    amount = values.fen(value)
    assert amount is None or amount >= 0


FORMS = st.sampled_from(
    [
        "{0:%Y-%m-%d}",
        "{0.year}/{0.month}/{0.day}",
        "{0.year}.{0.month}.{0.day}",
        "{0.year}年{0.month}月{0.day}日",
        "{0:%Y%m%d}",
        " {0:%Y-%m-%d} ",
    ]
)


@given(DAYS, FORMS, st.booleans())
def test_a_day_is_read_from_every_way_of_writing_it(day: date, form: str, wide: bool) -> None:
    written = form.format(day)
    if wide:
        written = written.translate(str.maketrans("0123456789", "０１２３４５６７８９"))

    assert values.day(written) == day
    assert values.day(day) == day
    assert values.day((day - values.EPOCH).days) == day or (day - values.EPOCH).days not in values.SERIALS


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan"), 1e300])
def test_a_number_without_end_is_no_day(number: float) -> None:
    assert values.day(number) is None


@given(st.integers(0, 10**9 - 1), st.integers(0, 99), st.sampled_from(["", "元", "￥", " ", "元/月"]))
def test_an_amount_is_read_to_the_fen(yuan: int, fen: int, sign: str) -> None:
    assert values.fen(f"{yuan}.{fen:02d}{sign}") == yuan * 100 + fen


@given(
    st.lists(
        st.integers(10**9, 2 * 10**9 - 1).map(lambda rest: f"1{3 + rest % 7}{rest % 10**9:09d}"),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    st.sampled_from("、/，,; ;|"),
)
def test_several_phones_in_a_cell_are_told_apart(phones: list[str], between: str) -> None:
    assert values.phones(between.join(phones)) == (phones, [])


TARGETS = [
    Target.NAME,
    Target.ID_NUMBER,
    Target.BIRTH,
    Target.SEX,
    Target.PHONE,
    Target.RELATION,
    Target.ADDRESS,
    Target.AWAY,
    Target.AMOUNT,
    Target.DISABILITY,
]


@given(st.lists(CELLS, max_size=len(TARGETS)))
def test_whatever_stands_in_a_row_it_is_read_and_nobody_without_a_name_passes(cells: list[Any]) -> None:
    row = Cleaner([str(one) for one in TARGETS], words={}, on=ON).clean(cells)

    assert row.is_refused == any(one.fault in REFUSING for one in row.wrong)
    assert row.is_refused or (row.name and (row.number or row.birth_on))
    assert row.birth_on is None or row.birth_on <= ON
    assert all(-1 <= one.column < len(TARGETS) for one in row.wrong)
    assert len(row.name) <= 64


@given(
    st.lists(st.lists(CELLS | st.sampled_from(["1", 1, 1.0, True, "男", "户主"]), max_size=len(TARGETS)), max_size=6)
)
def test_a_row_is_read_alike_whatever_was_read_before(lines: list[list[Any]]) -> None:
    targets = [str(one) for one in TARGETS]
    used = Cleaner(targets, words={}, on=ON)

    for cells in [*lines, *lines]:
        assert used.clean(cells) == Cleaner(targets, words={}, on=ON).clean(cells)


@given(DAYS, st.integers(1, 999), st.sampled_from(["{}", " {}", "'{}", "\t{}"]), st.booleans())
def test_a_number_tells_birth_and_sex_however_it_was_copied(day: date, serial: int, form: str, wide: bool) -> None:
    body = f"990115{day:%Y%m%d}{serial:03d}"
    number = body + citizen_check(body)
    written = form.format(number.translate(str.maketrans("0123456789", "０１２３４５６７８９")) if wide else number)

    row = Cleaner(["name", "id_number"], words={}, on=ON).clean(["张三", written])

    assert (row.number, row.birth_on, row.sex) == (number, day, "1" if serial % 2 else "2") or number.endswith("000")


@given(st.floats(1e15, 9e17) | st.integers(10**15, 10**18 - 1))
def test_a_number_that_lost_its_last_digits_is_refused_for_that(value: float) -> None:
    row = Cleaner(["name", "id_number"], words={}, on=ON).clean(["张三", value])

    assert row.number == ""
    assert [one.fault for one in row.wrong] == ["spoiled"]


LINES = st.sampled_from(
    [
        "合计",
        "小 计",
        "注：如下",
        "2024年3月1日",
        "第1页",
        "制表人：张三",
        "　",
        "牌坊",
        "张三",
        "女",
        12,
        "990115198001010012",
        "汉族",
        *HEADED,
    ]
)


@given(st.lists(CELLS | LINES, max_size=12))
def test_what_is_plainly_a_row_is_one_at_a_closer_look(cells: list[Any]) -> None:
    heads = [headers.plain_head(head) for head in HEADED]

    assert layout.aside(cells, heads) == layout.looked_at(cells, heads)


# households in blocks

HOMES = st.lists(st.integers(1, 5), min_size=1, max_size=8)


@given(HOMES, st.sampled_from(["", "同上", "〃", None]))
def test_every_member_stands_in_the_household_of_the_head_above(sizes: list[int], above: str | None) -> None:
    targets = ["household", "address", "name", "relation"]
    rows: list[list[Any]] = []
    for house, size in enumerate(sizes, 1):
        rows.append([house, f"{house}组1号", f"户主{house}", "户主"])
        rows += [[above, above, f"家人{house}", "子"] for _ in range(size - 1)]
    assert layout.is_in_blocks(targets, rows) is (max(sizes) > 1)

    blocks = layout.Blocks(targets)
    filled = [blocks.filled(row) for row in rows]

    wanted = [house for house, size in enumerate(sizes, 1) for _ in range(size)]
    assert [number for number, _cells in filled] == wanted
    assert [cells[0] for _number, cells in filled] == wanted
    assert [cells[1] for _number, cells in filled] == [f"{house}组1号" for house in wanted]


# whose word counts

SOURCES = st.sampled_from(sorted(STANDARD_RANKS))
SAID = st.builds(
    Said, st.sampled_from(["", "a", "b"]), SOURCES, st.integers(0, 9).map(lambda n: ON - timedelta(days=n))
)
FIELDS = st.sampled_from([*sorted(IDENTITY), "sex", "residence", "marriage"])


@given(FIELDS, SAID, SAID)
def test_a_blank_never_comes_over_a_value_and_who_somebody_is_is_never_overwritten(
    field: str, held: Said, offered: Said
) -> None:
    way = decide(field, held, offered)

    if not offered.value:
        assert way in {Way.SAME, Way.KEEP}
    if field in IDENTITY and held.value:
        assert way is not Way.TAKE
    assert (way is Way.SAME) == (held.value == offered.value)
    if not held.value and offered.value:
        assert way is Way.TAKE


@given(FIELDS, SAID, SAID, st.integers(1, 30))
def test_a_later_word_counts_no_less_than_an_earlier_one_of_the_same_source(
    field: str, held: Said, offered: Said, days: int
) -> None:
    order = [Way.KEEP, Way.ASK, Way.TAKE]
    way, later = (
        decide(field, held, offered),
        decide(field, held, Said(offered.value, offered.source, offered.on + timedelta(days=days))),
    )

    assert way is Way.SAME or order.index(later) >= order.index(way)


@given(FIELDS, SAID, SAID)
def test_two_sides_never_both_win(field: str, one: Said, other: Said) -> None:
    ways = {decide(field, one, other), decide(field, other, one)}

    assert ways != {Way.TAKE}
