"""Receipt numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.base.errors import Refusal
from liren.foundation.commons.queries import number_of
from liren.foundation.commons.rules import ReceiptNumber, check_character, parse_number, receipt_number

NUMBERS = st.builds(
    ReceiptNumber,
    st.integers(min_value=11, max_value=10**12 - 1).map(lambda division: division * 1000),
    st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)),
    st.integers(min_value=1, max_value=999_999),
)
PAIPAI = 320115006001000
DAY = date(2026, 11, 21)


def test_a_number_says_where_when_and_the_how_manieth() -> None:
    assert receipt_number(PAIPAI + 7, DAY, 7) == "320115006001-261121-0007-6"
    assert parse_number("320115006001-261121-0007-6") == ReceiptNumber(PAIPAI, DAY, 7)


def test_the_check_character_is_the_one_of_identity_numbers() -> None:
    # GB 11643-1999, annex: 11010519491231002X
    assert check_character("11010519491231002") == "X"


@given(NUMBERS)
def test_what_is_printed_is_read_back(number: ReceiptNumber) -> None:
    assert parse_number(str(number)) == number


@given(NUMBERS, st.sampled_from([" ", "-", "－", "—", "　", " - ", "", "·"]))
def test_how_a_number_is_grouped_and_written_does_not_matter(number: ReceiptNumber, between: str) -> None:
    wide = str(number).translate(str.maketrans("0123456789X", "０１２３４５６７８９ｘ"))

    assert parse_number(between.join(wide.split("-"))) == number


@given(NUMBERS, st.data())
def test_one_wrong_digit_is_always_found(number: ReceiptNumber, data: st.DataObject) -> None:
    text = str(number).replace("-", "")
    place = data.draw(st.integers(min_value=0, max_value=len(text) - 2))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))

    with pytest.raises(ValueError, match="编号"):
        parse_number(text[:place] + other + text[place + 1 :])


@given(NUMBERS, st.data())
def test_two_neighbours_that_changed_places_are_always_found(number: ReceiptNumber, data: st.DataObject) -> None:
    text = str(number).replace("-", "")
    place = data.draw(st.integers(min_value=0, max_value=len(text) - 3))
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]

    if swapped != text:
        with pytest.raises(ValueError, match="编号"):
            parse_number(swapped)


@given(st.text(max_size=40))
def test_any_other_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        number_of(text)

    assert refusal.value.field == "number"
