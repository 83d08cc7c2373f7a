"""What makes two files look like one person's."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.registry.rules.likeness import CERTAIN, LIKELY, WORTH_A_LOOK, Someone, likeness
from liren.registry.tests.desk import number_of

BIRTH = date(1962, 3, 8)
NUMBER = number_of(BIRTH, 24)


def someone(
    name: str = "王秀英",
    birth: date | None = BIRTH,
    number: str = "",
    phones: tuple[str, ...] = (),
    sex: str = "2",
    household: int | None = None,
) -> Someone:
    return Someone(name, sex, birth, number, frozenset(phones), household)


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        (someone(number=NUMBER), someone(), LIKELY),
        (someone(phones=("1",)), someone(phones=("1", "2")), CERTAIN),
        (someone(), someone("王秀瑛"), LIKELY),
        (someone(phones=("1",)), someone("王秀兰", phones=("1",)), LIKELY),
        (someone(number=NUMBER), someone(number=NUMBER[:-1] + "9"), CERTAIN),
        (someone(phones=("1",)), someone(birth=date(1962, 8, 3), phones=("1",)), LIKELY),
        (someone(birth=None, phones=("1",)), someone(phones=("1",)), LIKELY),
        (someone("单雄信"), someone("单雄心"), LIKELY),
        (someone("张国强"), someone("張囯彊"), LIKELY),
        (someone("王?英"), someone("王秀英"), LIKELY),
        (someone("王秀英", phones=("1",)), someone("王英秀", phones=("1",)), LIKELY),
    ],
)
def test_files_of_one_person_score(one: Someone, other: Someone, least: int) -> None:
    assert likeness(one, other).score >= least


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (someone(number=NUMBER), someone(number=number_of(BIRTH, 268))),
        (someone(), someone("李桂兰")),
        (someone(), someone(birth=date(1990, 7, 1))),
        (someone("王大军", sex="1", phones=("1",)), someone("王小兰", birth=date(1995, 1, 1), phones=("1",))),
        (someone("张伟", sex="1"), someone("张伟", sex="2", birth=date(1970, 2, 2))),
    ],
)
def test_files_of_two_people_do_not(one: Someone, other: Someone) -> None:
    assert likeness(one, other).score < WORTH_A_LOOK


people = st.builds(
    Someone,
    name=st.sampled_from(["王秀英", "王秀瑛", "王英", "李秀英", "欧阳娜", "Maria Silva", "单雄信"]),
    sex=st.sampled_from(["0", "1", "2"]),
    birth_on=st.none() | st.dates(date(1930, 1, 1), date(2025, 12, 31)),
    number=st.sampled_from(["", NUMBER, NUMBER[:-1] + "9", number_of(BIRTH, 268)]),
    phones=st.frozensets(st.sampled_from(["1", "2", "3"]), max_size=2),
    household=st.none() | st.integers(1, 3),
)


@given(people, people)
def test_it_does_not_matter_which_file_comes_first(one: Someone, other: Someone) -> None:
    there, back = likeness(one, other), likeness(other, one)

    assert there == back
    assert 0 <= there.score <= 100
    assert len(set(there.reasons)) == len(there.reasons)


@given(people)
def test_nobody_looks_more_like_somebody_than_they_do_themselves(one: Someone) -> None:
    assert likeness(one, one).score >= 50


@given(people, people)
def test_another_shared_phone_never_makes_two_files_less_alike(one: Someone, other: Someone) -> None:
    shared = frozenset({"9"})
    nearer = likeness(
        Someone(one.name, one.sex, one.birth_on, one.number, one.phones | shared, one.household),
        Someone(other.name, other.sex, other.birth_on, other.number, other.phones | shared, other.household),
    )

    assert nearer.score >= likeness(one, other).score
