"""Two ways of writing one name, birthday or number are told from two people."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from liren.base.codes import citizen_check
from liren.base.likeness import DayLevel, NameLevel, NumberLevel, day_level, folded, name_level, number_level, slips

NAMES = st.text(alphabet="王李张欧阳伟玮芳建国军静婧敏喆?", min_size=1, max_size=4)
NUMBERS = st.tuples(st.dates(date(1920, 1, 1), date(2026, 1, 1)), st.integers(1, 999)).map(
    lambda given: (body := f"991234{given[0]:%Y%m%d}{given[1]:03d}") + citizen_check(body)
)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("王芳", "王芳", NameLevel.SAME),
        ("王芳", "王　芳", NameLevel.VARIANT),
        ("张伟", "張偉", NameLevel.VARIANT),
        ("李堃", "李方方土", NameLevel.VARIANT),
        ("李堃", "李(方方土)", NameLevel.VARIANT),
        ("买买提·艾力", "买买提艾力", NameLevel.VARIANT),
        ("王巧芳", "王?芳", NameLevel.GAP),
        ("李婧", "李静", NameLevel.SOUND),
        ("单雄", "单熊", NameLevel.SOUND),
        ("赵国建", "赵建国", NameLevel.TURNED),
        ("李建国", "李建军", NameLevel.SIGN),
        ("李建国", "李建", NameLevel.SIGN),
        ("李建国", "李小妹", NameLevel.SURNAME),
        ("欧阳娜", "欧阳静雯", NameLevel.SURNAME),
        ("李建国", "王小妹", NameLevel.OTHER),
    ],
)
def test_names_are_like_each_other_in_steps(one: str, other: str, level: NameLevel) -> None:
    assert name_level(one, other) == name_level(other, one) == level


def test_two_signs_written_apart_are_joined_only_where_a_name_would_be_too_long() -> None:
    assert folded("王日升") == "王日升"  # a name of its own
    assert folded("王小日升") == "王小升"


@given(NAMES, NAMES)
def test_which_name_comes_first_says_nothing(one: str, other: str) -> None:
    assert name_level(one, other) == name_level(other, one)


@pytest.mark.parametrize(
    ("other", "level"),
    [
        (date(1965, 3, 12), DayLevel.SAME),
        (date(1965, 12, 3), DayLevel.TURNED),
        (date(1966, 3, 12), DayLevel.DIGIT),
        (date(1956, 3, 12), DayLevel.DIGIT),
        (date(1965, 2, 10), DayLevel.LUNAR),
        (date(1965, 3, 27), DayLevel.YEAR),
        (date(1967, 3, 12), DayLevel.DIGIT),
        (date(1981, 7, 30), DayLevel.OTHER),
        (None, DayLevel.UNKNOWN),
    ],
)
def test_birthdays_are_like_each_other_in_steps(other: date | None, level: DayLevel) -> None:
    day = date(1965, 3, 12)

    assert day_level(day, other) == day_level(other, day) == level


@given(NUMBERS, st.integers(0, 17), st.integers(0, 9))
def test_a_number_with_one_wrong_digit_finds_the_right_one(number: str, place: int, digit: int) -> None:
    assume(number[place] != str(digit))
    wrong = number[:place] + str(digit) + number[place + 1 :]

    assert number in set(slips(wrong))
    assert len(set(slips(wrong))) < 40
    assert number_level(wrong, number) == number_level(number, wrong) == NumberLevel.SLIP


@given(NUMBERS, st.integers(0, 16))
def test_a_number_with_two_digits_exchanged_finds_the_right_one(number: str, place: int) -> None:
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assume(wrong != number and "X" not in wrong[:17])

    assert number in set(slips(wrong))


@given(NUMBERS)
def test_a_sound_number_is_taken_as_it_is(number: str) -> None:
    assert not list(slips(number))


def test_a_number_of_fifteen_digits_is_the_one_it_became() -> None:
    body = "99123419650312001"

    assert number_level("991234650312001", body + citizen_check(body)) == NumberLevel.SAME
    assert number_level("", body + citizen_check(body)) == NumberLevel.UNKNOWN
