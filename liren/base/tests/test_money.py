"""Amounts in capitals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.base.money import DIGITS, GROUPS, UNITS, capitals, figures


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        # the examples of 正确填写票据和结算凭证的基本规定
        (1409_50, "人民币壹仟肆佰零玖元伍角整"),
        (6007_14, "人民币陆仟零柒元壹角肆分"),
        (1680_32, "人民币壹仟陆佰捌拾元零叁角贰分"),
        (107000_53, "人民币壹拾万柒仟元零伍角叁分"),
        (16409_02, "人民币壹万陆仟肆佰零玖元零贰分"),
        (325_04, "人民币叁佰贰拾伍元零肆分"),
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角整"),
        (10_00, "人民币壹拾元整"),
        (10020_00, "人民币壹万零贰拾元整"),
        (100_0001_00, "人民币壹佰万零壹元整"),
        (1_0000_0000_00, "人民币壹亿元整"),
        (1_0100_0000_00, "人民币壹亿零壹佰万元整"),
        (-200_00, "人民币负贰佰元整"),
    ],
)
def test_an_amount_reads_as_on_a_bank_paper(fen: int, words: str) -> None:
    assert capitals(fen) == words


@given(st.integers(min_value=-(10**18) + 1, max_value=10**18 - 1))
def test_capitals_say_the_amount_and_nothing_else(fen: int) -> None:
    assert read(capitals(fen)) == fen


def test_figures_have_separators_and_two_decimals() -> None:
    assert figures(123456) == "1,234.56"
    assert figures(-5) == "-0.05"


def test_an_amount_that_no_paper_carries_is_refused() -> None:
    with pytest.raises(ValueError, match="in words"):
        capitals(10**18)


def read(words: str) -> int:
    """Return the amount of capitals in fen, by another way than they were written."""
    words = words.removeprefix("人民币").removesuffix("整")
    sign = -1 if words.startswith("负") else 1
    words = words.removeprefix("负")
    yuan, _, rest = words.rpartition("元")
    fen = 0
    for sign_, worth in (("角", 10), ("分", 1)):
        if sign_ in rest:
            fen += DIGITS.index(rest[rest.index(sign_) - 1]) * worth
    total = section = digit = 0
    for letter in yuan:
        if letter in DIGITS:
            digit = DIGITS.index(letter)
        elif letter in UNITS:
            section, digit = section + digit * 10 ** UNITS.index(letter), 0
        else:
            worth = 10 ** (4 * GROUPS.index(letter))
            total = (total + section + digit) * worth if worth == 10**8 else total + (section + digit) * worth
            section = digit = 0
    return sign * ((total + section + digit) * 100 + fen)
