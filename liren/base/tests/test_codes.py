"""National numbers are read, doubted and masked as the standards and the field say."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.base import codes
from liren.base.codes import Document, Doubt

births = st.dates(date(1900, 1, 1), date(2026, 1, 1))
regions = st.sampled_from(["320115", "110101", "650102", "441900", "320590", "710000"])
serials = st.integers(0, 999).map(lambda number: f"{number:03d}")


def citizen(region: str, birth: date, serial: str) -> str:
    body = f"{region}{birth:%Y%m%d}{serial}"
    return body + codes.citizen_check(body)


@given(regions, births, serials)
def test_a_sound_number_tells_birth_and_sex(region: str, birth: date, serial: str) -> None:
    read = codes.read_id(citizen(region, birth, serial))

    assert read.is_sound
    assert read.document is Document.RESIDENT
    assert read.birth_on == birth
    assert read.sex == ("1" if int(serial) % 2 else "2")


@given(regions, births, serials, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(region: str, birth: date, serial: str, place: int, shift: int) -> None:
    number = citizen(region, birth, serial)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]

    assert not codes.read_id(wrong).is_sound


@given(regions, st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 995))
def test_a_legacy_number_becomes_the_same_number_of_18_digits(region: str, birth: date, serial: int) -> None:
    legacy = f"{region}{birth:%y%m%d}{serial:03d}"

    read = codes.read_id(legacy)

    assert read.number == citizen(region, birth, f"{serial:03d}")
    assert read.doubts == (Doubt.LEGACY,)
    assert read.is_sound


def test_a_legacy_number_of_a_centenarian_is_of_the_century_before() -> None:
    assert codes.read_id("320115980101997").birth_on == date(1898, 1, 1)


@given(st.text(max_size=40))
def test_reading_never_raises(text: str) -> None:
    codes.read_id(text)
    codes.mask_id(text)
    codes.mask_phone(text)
    codes.is_organisation_code(text)


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macau_and_taiwan_are_sound(prefix: str) -> None:
    read = codes.read_id(citizen(prefix, date(1980, 5, 1), "002"))

    assert read.is_sound
    assert read.document is Document.PERMIT
    assert read.sex == "2"


def test_permanent_residence_cards_of_both_kinds_are_read() -> None:
    new = codes.read_id(citizen("932840", date(1979, 12, 31), "011"))
    old = codes.read_id("CAN320178092001")

    assert (new.document, new.birth_on, new.is_sound) == (Document.FOREIGNER, date(1979, 12, 31), True)
    assert (old.document, old.birth_on, old.is_sound) == (Document.FOREIGNER, date(1978, 9, 20), True)


def test_doubts_are_named_and_nothing_is_refused() -> None:
    number = citizen("990115", date(1970, 2, 28), "123")

    assert codes.read_id(number).doubts == (Doubt.REGION,)
    assert codes.read_id("320115197002301235").doubts == (Doubt.CHECK, Doubt.DATE)
    assert codes.read_id("3201151970022812").doubts == (Doubt.LENGTH,)
    assert codes.read_id(citizen("320115", date(2030, 1, 1), "123"), on=date(2026, 9, 1)).doubts == (Doubt.DATE,)
    assert all(doubt.words for doubt in Doubt)


def test_typed_forms_come_out_the_same() -> None:
    number = "11010519491231002X"

    assert {
        codes.read_id(typed).number
        for typed in ("11010519491231002x", "110105 19491231 002X", "１１０１０５１９４９１２３１００２Ｘ")
    } == {number}
    assert codes.read_id(number).is_sound


@given(st.from_regex(r"[1-9AYN][1-9][0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}", fullmatch=True))
def test_organisation_codes_carry_their_check_character(body: str) -> None:
    good = body + codes.organisation_check(body)
    bad = body + codes.ORGANISATION_ALPHABET[(codes.ORGANISATION_ALPHABET.index(good[-1]) + 1) % 31]

    assert codes.is_organisation_code(good)
    assert not codes.is_organisation_code(bad)


def test_a_published_organisation_code_is_sound() -> None:
    assert codes.is_organisation_code("91350100M000100Y43")  # the example of GB 32100-2015


@pytest.mark.parametrize(
    ("typed", "normal", "masked"),
    [
        ("138 1234 5678", "+8613812345678", "138****5678"),
        ("+86-138-1234-5678", "+8613812345678", "138****5678"),
        ("025-5218 8888", "+862552188888", "255***8888"),
        ("+852 5123 4567", "+85251234567", "+85*****4567"),
    ],
)
def test_phones_have_one_form_and_a_mask(typed: str, normal: str, masked: str) -> None:
    assert codes.normal_phone(typed) == normal
    assert codes.mask_phone(normal) == masked


@pytest.mark.parametrize("typed", ["", "12", "张伟", "1" * 30])
def test_what_cannot_be_a_phone_is_said_so(typed: str) -> None:
    with pytest.raises(ValueError, match="not a phone number"):
        codes.normal_phone(typed)


def test_identity_numbers_are_masked_as_three_and_four() -> None:
    assert codes.mask_id("320115199001011234") == "320***********1234"
    assert codes.mask_id("H12345") == "H****5"
    assert codes.mask_id("") == ""


@given(births, st.integers(0, 120))
def test_age_grows_on_the_birthday_and_not_before(birth: date, years: int) -> None:
    if (birth.month, birth.day) == (2, 29):
        birth = date(birth.year, 3, 1)
    birthday = birth.replace(year=birth.year + years)

    assert codes.age_on(birth, birthday) == years
    assert codes.age_on(birth, date.fromordinal(birthday.toordinal() - 1)) == years - 1
