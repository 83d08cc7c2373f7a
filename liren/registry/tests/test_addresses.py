"""However a door is written, it is read as the same door; what is no door is read as none."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liren.registry.rules.addresses import Door, door_of, number_of, plain, read_door

TENS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """Write a number below a thousand as people say it."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{TENS[hundreds]}百" if hundreds else ""
    if tens:
        said += ("" if tens == 1 and not hundreds else TENS[tens]) + "十"
    elif hundreds and ones:
        said += "零"
    return said + (TENS[ones] if ones or not number else "")


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("牌坊3组2号", "h/3/2"), ("江宁区江宁街道牌坊社区３组２号", "h/3/2"), ("牌坊村三组2号", "h/3/2"), ("十二组二十三号", "h/12/23"),
        ("牌坊村民委员会3村民小组12号-1", "h/3/12-1"), ("二队15号乙", "h/2/15乙"), ("天元西路128号", "r/天元西路/128"), ("宁溪路5巷3号", "r/宁溪路5巷/3"),
        ("天然3幢2单元501室", "f/3/501"), ("翠屏苑3号楼2单元501", "f/3/501"), ("3-2-501", "f/3/501"), ("3栋501室", "f/3/501"), ("A座1203", "f/a/1203"),
        ("天元西路128号翠屏小区12甲幢501室", "f/12甲/501"), ("前王村12号", "h//12"),
        ("牌坊社区", ""), ("牌坊3组", ""), ("12号", ""), ("", ""), ("同上", ""), ("3幢2单元", ""),
    ],
)  # fmt: skip
def test_a_door_is_read_from_the_usual_ways_of_writing_it(words: str, key: str) -> None:
    assert read_door(words, "牌坊").key == key


@given(st.integers(0, 999))
def test_numbers_in_words_are_read_as_they_are_said(number: int) -> None:
    assert number_of(chinese(number)) == number


@given(st.text(max_size=40), st.text(max_size=6))
@example("A¨", "")
def test_nothing_that_anybody_writes_breaks_the_reading(words: str, community: str) -> None:
    door = read_door(words, community)

    assert len(door.key) <= 64
    assert read_door(words, community) == door
    assert plain(plain(words)) == plain(words)


FLATS = st.tuples(
    st.sampled_from(["", "翠屏苑", "百家湖花园", "前进新村"]),
    st.integers(1, 120),
    st.integers(1, 9),
    st.integers(1, 33),
    st.integers(1, 4),
)
BEFORE = st.sampled_from(
    ["", "牌坊", "牌坊社区", "江宁街道牌坊社区", "江宁区江宁街道牌坊社区居委会", "江苏省南京市江宁区江宁街道牌坊村"]
)


@given(FLATS, BEFORE, st.sampled_from(["幢", "栋", "号楼", "座"]), st.booleans(), st.booleans(), st.booleans())
def test_a_flat_is_the_same_however_it_is_written(
    flat: tuple[str, int, int, int, int], before: str, word: str, dashed: bool, wide: bool, spaced: bool
) -> None:
    estate, building, entrance, floor, room = flat
    number = f"{floor}{room:02d}"
    plainly = read_door(f"{estate}{building}幢{entrance}单元{number}室", "牌坊")

    written = (
        f"{building}-{entrance}-{number}" if dashed and len(number) > 2 else f"{building}{word}{entrance}单元{number}室"
    )
    written = f"{before}{estate}{' ' if spaced else ''}{written}"
    if wide:
        written = written.translate(str.maketrans("0123456789", "０１２３４５６７８９"))

    assert read_door(written, "牌坊") == plainly
    assert plainly == Door(near=estate, building=str(building), entrance=str(entrance), room=number)
    assert plainly.fits(read_door(f"{building}{word}{number}", "牌坊"))


@given(
    st.integers(1, 60), st.integers(1, 400), BEFORE, st.sampled_from(["组", "队", "村民小组", "生产队"]), st.booleans()
)
def test_a_house_is_the_same_however_it_is_written(
    group: int, number: int, before: str, word: str, in_words: bool
) -> None:
    written = f"{before}{chinese(group) if in_words else group}{word}{number}号"

    assert read_door(written, "牌坊") == Door(group=str(group), number=str(number))


@given(FLATS, FLATS)
def test_two_doors_that_differ_in_a_number_are_two(
    one: tuple[str, int, int, int, int], other: tuple[str, int, int, int, int]
) -> None:
    doors = [read_door(f"{estate}{b}幢{e}单元{floor}{room:02d}室") for estate, b, e, floor, room in (one, other)]

    assert doors[0].fits(doors[1]) == doors[1].fits(doors[0])
    assert doors[0].fits(doors[1]) == (one[1:] == other[1:] and (one[0] == other[0] or not one[0] or not other[0]))


def test_a_dwelling_has_the_door_of_its_columns_where_its_address_says_less() -> None:
    assert door_of("翠屏苑", building="3幢", entrance="2单元", room="501室").key == "f/3/501"
    assert door_of("翠屏苑3幢2单元501室", building="3幢", entrance="2单元", room="501室").near == "翠屏苑"
    assert door_of("牌坊3组2号", building="3组").key == "h/3/2"


def test_wide_signs_are_read_as_plain_ones() -> None:
    assert plain("３－２－５０１　室") == unicodedata.normalize("NFKC", "3-2-501室")
