"""A clerk finds a name by whatever part of it she types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.base.names import name_keys, plain_name, search_key, sound_of


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("张伟明", "zhangw"),
        ("张伟明", "zwm"),
        ("张伟明", "zhangwm"),
        ("张伟明", "伟明"),
        ("张伟明", "weiming"),
        ("单雄信", "shan"),
        ("单雄信", "danxiong"),
        ("仇和", "qiuhe"),
        ("曾国藩", "zengg"),
        ("解缙", "xiejin"),
        ("覃乐", "tanle"),
        ("万俟卨", "mqx"),
        ("欧阳娜娜", "ouyang"),
        ("吕蒙", "lvmeng"),
        ("吕蒙", "LÜ MENG"),
        ("吕蒙", "lyumeng"),
        ("买买提·艾力", "艾力"),
        ("买买提·艾力", "mmt"),
        ("Maria da Silva", "silva"),
        ("José García", "jose g"),
    ],
)
def test_a_name_is_found_by_what_is_typed(name: str, typed: str) -> None:
    assert any(key.startswith(search_key(typed)) for key in name_keys(name).all)


def test_lists_sort_by_the_reading_the_surname_really_has() -> None:
    assert [name_keys(name).sort for name in ("单雄信", "解缙", "区慕洁")] == ["shanxiongxin", "xiejin", "oumujie"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("张 三", "张三"),
        ("买买提 . 艾力", "买买提·艾力"),
        ("买买提•艾力", "买买提·艾力"),
        (" Maria  Silva ", "Maria Silva"),
    ],
)
def test_names_are_stored_in_one_form(typed: str, stored: str) -> None:
    assert plain_name(typed) == stored


@given(st.text(max_size=12))
def test_any_text_has_keys_without_raising(text: str) -> None:
    keys = name_keys(text)

    assert len(keys.all) == len(set(keys.all))
    assert "" not in keys.all


@given(st.text(alphabet="王李张刘陈单仇曾伟芳娜敏静乐朝", min_size=2, max_size=4))
def test_every_run_of_characters_finds_a_chinese_name(name: str) -> None:
    keys = name_keys(name).all

    assert all(
        any(key.startswith(name[start:end]) for key in keys)
        for start in range(len(name))
        for end in range(start + 1, len(name) + 1)
    )


@given(st.text(alphabet="单仇曾欧阳万俟张乐朝茜晟传王伟明吕 A·", max_size=5))
def test_the_quick_sound_is_the_key_that_sorts(name: str) -> None:
    assert sound_of(name) == name_keys(name).sort
