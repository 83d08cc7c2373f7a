"""Names taken apart, and what is typed turned into ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.foundation.places.rules.names import key_of, split, stem_of
from liren.foundation.places.rules.typed import Column, Rank, halves, pieces, spans, words


@pytest.mark.parametrize(
    ("name", "stem", "ending"),
    [
        ("多福巷社区居委会", "多福巷", "社区"),
        ("牌坊村委会", "牌坊", "村"),
        ("新康村村委会", "新康", "村"),
        ("新福村民委员会", "新福", "村"),
        ("大东村村民委员会", "大东", "村"),
        ("董河下居民委员会", "董河下", "社区"),
        ("霞辉庙社区居委", "霞辉庙", "社区"),
        ("西张口村委", "西张口", "村"),
        ("芍药居五社区居民居委会", "芍药居五", "社区"),
        ("引江社区", "引江", "社区"),
        ("徐桥村", "徐桥", "村"),
        ("榆树嘎查", "榆树", "嘎查"),
        ("锡林贝尔嘎查委员会", "锡林贝尔", "嘎查"),
        ("新村村委会", "新村", ""),
        ("东移民村委会", "东移民", "村"),
        ("五连生活区", "五连生活区", ""),
        ("居委会", "居委会", ""),
    ],
)
def test_a_community_loses_its_title_and_keeps_its_name(name: str, stem: str, ending: str) -> None:
    assert split(name, 5) == (stem, ending)


@pytest.mark.parametrize(
    ("name", "level", "key"),
    [
        ("江苏省", 1, "江苏 省"),
        ("南京市", 2, "南京 市"),
        ("市辖区", 2, "市辖区"),
        ("江宁区", 3, "江宁 区"),
        ("赵县", 3, "赵县"),
        ("江宁街道", 4, "江宁 街道"),
        ("漓东街道办事处", 4, "漓东 街道"),
    ],
)
def test_a_division_is_known_by_its_stem_and_its_ending(name: str, level: int, key: str) -> None:
    assert key_of(name, level) == key


@given(st.text(alphabet="村社区居委员会民嘎查镇江宁牌坊", min_size=1, max_size=12), st.integers(1, 5))
def test_a_stem_is_never_empty_and_begins_the_name(name: str, level: int) -> None:
    assert stem_of(name, level)
    assert name.startswith(stem_of(name, level)) or stem_of(name, level).startswith(name[:1])


def test_typed_words_are_folded() -> None:
    assert words("  Jiangning　ＰＡＩＦＡＮＧ ") == ["jiangning", "paifang"]
    assert words("Xi'an") == ["xian"]
    assert words("Lüliang") == ["lvliang"]
    assert words(" ;%_\\ ") == []


def test_a_name_written_in_one_falls_into_its_divisions() -> None:
    assert pieces("江苏省南京市江宁区江宁街道牌坊") == ["江苏省", "南京市", "江宁区", "江宁街道", "牌坊"]
    assert list(halves("江宁牌坊")) == [("江宁", "牌坊")]


def test_what_is_typed_may_end_inside_an_ending() -> None:
    looked = {(span.column, span.lo) for span in spans("jiangningjie")}

    assert (Column.PINYIN, "jiangning jie") in looked


def test_the_best_ranges_come_first() -> None:
    ranks = [span.rank for span in spans("牌坊社区")]

    assert ranks == sorted(ranks)
    assert Rank.STEM in ranks


@given(st.text(min_size=0, max_size=20))
def test_whatever_is_typed_gives_well_formed_ranges(typed: str) -> None:
    for word in words(typed):
        for span in spans(word):
            assert span.lo < span.hi
