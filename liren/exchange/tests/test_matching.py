"""Rows are matched with the right people, and what cannot be known is left to somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liren.base.codes import citizen_check, normal_phone
from liren.base.likeness import DayLevel, NameLevel, day_level, name_level, name_shape
from liren.base.names import sound_of
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.exchange.queries.findings import WORDS, Found, Row
from liren.exchange.queries.matching import PEOPLE, matched, ready_table
from liren.exchange.queries.openings import number_key, phone_key, ready
from liren.exchange.queries.people import known_people
from liren.exchange.rules.weighing import COMPARISONS, Candidate, Outcome, Why, decide
from liren.exchange.tests.world import HEADS, brought_in, looking, rows, somebody, staged, taken_in
from liren.foundation.places.rules import AreaRange
from liren.registry.actions.bulk import NewHousehold, NewPerson, bulk_register
from liren.registry.models import Person
from liren.testing.cast import PAIFANG_CLERK, staff

PAIFANG, TIANRAN = 320115006205_000, 320115006001_000


@dataclass(frozen=True, slots=True)
class Known:
    who: int
    name: str
    sex: str
    birth_on: date
    number: str
    phones: tuple[str, ...]
    area: int
    household: int


def number_of(birth_on: date, serial: int) -> str:
    body = f"991234{birth_on:%Y%m%d}{serial:03d}"
    return body + citizen_check(body)


def people(*known: Known) -> pa.Table:
    columns = zip(
        *(
            (
                one.who, [one.household], one.area, one.name, sound_of(one.name), one.sex, one.birth_on,
                number_key(one.number) if one.number else None, [phone_key(normal_phone(phone)) for phone in one.phones],
            )
            for one in known
        ),
        strict=True,
    )  # fmt: skip
    return pa.table([list(column) for column in columns], schema=PEOPLE)


def match(rows: Sequence[Row], *known: Known) -> dict[int, Found]:
    """Match rows as they come, and see that those opened before by somebody else are found to be the same."""
    found = {one.ref: one for one in matched(rows, [people(*known)])}
    assert found == {one.ref: one for one in matched([], [people(*known)], ready=[ready_table(ready(rows))])}
    return found


BORN = date(1968, 3, 12)
FATHER = Known(1, "张建国", "1", BORN, number_of(BORN, 11), ("15400000001",), PAIFANG, 70)
MOTHER = Known(2, "王秀英", "2", date(1970, 7, 30), number_of(date(1970, 7, 30), 22), ("15400000002",), PAIFANG, 70)
TWIN = Known(3, "张子轩", "1", date(2012, 5, 6), number_of(date(2012, 5, 6), 31), ("15400000001",), PAIFANG, 70)
OTHERS = [
    Known(100 + n, name, "1", date(1950 + n, 1 + n % 12, 1 + n % 28), number_of(date(1950 + n, 1 + n % 12, 1 + n % 28), 101), (f"1541{n:07d}",), TIANRAN, 500 + n)
    for n, name in enumerate(["李强", "赵敏", "孙丽", "周涛", "吴军", "郑伟", "陈刚", "杨帆", "何静", "吕明", "张伟", "王伟"] * 5)
]  # fmt: skip


def test_a_number_with_a_name_that_fits_decides() -> None:
    found = match(
        [Row(1, "張建國", number=FATHER.number), Row(2, "張 建国", number=FATHER.number)], FATHER, MOTHER, *OTHERS
    )

    assert found[1].person == found[2].person == 1
    assert found[1].words == [str(WORDS[Why.NUMBER]), str(WORDS[Why.NAME_VARIANT])]
    assert found[2].repeats == 1


def test_a_number_of_fifteen_digits_finds_its_person() -> None:
    old = FATHER.number[:6] + FATHER.number[8:17]

    assert match([Row(1, "张建国", number=old)], FATHER, MOTHER, *OTHERS)[1].person == 1


def test_a_relatives_number_copied_by_mistake_is_left_to_somebody() -> None:
    found = match([Row(1, "王秀英", "2", None, FATHER.number)], FATHER, *OTHERS)[1]

    assert found.outcome is Outcome.UNSURE
    assert found.candidates[0].why == (Why.NUMBER_OF_ANOTHER,)


def test_a_relatives_number_does_not_hide_the_right_person() -> None:
    row = Row(1, "王秀英", "2", MOTHER.birth_on, FATHER.number, MOTHER.phones, PAIFANG)

    assert match([row], FATHER, MOTHER, *OTHERS)[1].person == 2


def test_a_number_with_a_slip_finds_its_person() -> None:
    wrong = FATHER.number[:9] + str((int(FATHER.number[9]) + 3) % 10) + FATHER.number[10:]
    found = match([Row(1, "张健国", "1", BORN, wrong, (), PAIFANG)], FATHER, MOTHER, *OTHERS)[1]

    assert found.person == 1
    assert {Why.NUMBER_SLIP, Why.NAME_SOUND, Why.BIRTH} <= set(found.candidates[0].why)


def test_name_birthday_and_phone_decide_without_a_number() -> None:
    found = match([Row(1, "张建国", "1", BORN, "", ("154 0000 0001",), None)], FATHER, MOTHER, TWIN, *OTHERS)[1]

    assert found.person == 1
    assert found.candidates[0].why == (Why.NAME, Why.BIRTH, Why.PHONE)


def test_name_birthday_and_phone_do_not_outweigh_another_number() -> None:
    row = Row(1, "张建国", "1", BORN, number_of(BORN, 555), FATHER.phones, PAIFANG)

    found = match([row], FATHER, MOTHER, *OTHERS)[1]

    assert Why.NUMBER_OTHER in found.candidates[0].why


def test_a_twin_who_is_not_in_the_registry_is_not_taken_for_the_other() -> None:
    rows = [
        Row(1, "张子昂", "1", TWIN.birth_on, "", TWIN.phones, PAIFANG, "7"),
        Row(2, "张建国", "1", BORN, FATHER.number, (), PAIFANG, "7"),
    ]

    found = match(rows, FATHER, MOTHER, TWIN, *OTHERS)

    assert found[2].person == 1
    assert found[1].outcome is Outcome.UNSURE


def test_the_household_speaks_for_somebody_whose_name_and_day_are_spoiled() -> None:
    rows = [
        Row(1, "王秀荚", "2", date(1970, 6, 28), "", (), None, "7"),
        Row(2, "张建国", "1", BORN, FATHER.number, (), PAIFANG, "7"),
    ]

    found = match(rows, FATHER, MOTHER, TWIN, *OTHERS)[1]

    assert found.candidates[0].person == 2
    assert {Why.HOUSEHOLD, Why.BIRTH_LUNAR, Why.NAME_SIGN} <= set(found.candidates[0].why)


def test_somebody_new_of_a_household_is_told_where_the_others_live() -> None:
    rows = [
        Row(1, "张小宝", "2", date(2025, 8, 1), "", (), PAIFANG, "7"),
        Row(2, "张建国", "1", BORN, FATHER.number, (), PAIFANG, "7"),
        Row(3, "王秀英", "2", MOTHER.birth_on, MOTHER.number, (), PAIFANG, "7"),
        Row(4, "李强", "1", OTHERS[0].birth_on, OTHERS[0].number, (), TIANRAN, "7"),
        Row(5, "钱多多", "2", date(1999, 9, 9), "", (), PAIFANG, "8"),
    ]

    found = match(rows, FATHER, MOTHER, *OTHERS)

    assert found[1].outcome is Outcome.NEW
    assert [found[ref].household for ref in (1, 2, 3, 5)] == [70, 70, 70, None]


def test_somebody_new_is_new_and_told_once() -> None:
    born = date(1999, 9, 9)
    rows = [Row(n, "钱多多", "2", born, number_of(born, 888)) for n in (4, 5)]

    found = match(rows, FATHER, MOTHER, *OTHERS)

    assert found[4].outcome is found[5].outcome is Outcome.NEW
    assert (found[4].repeats, found[5].repeats) == (None, 4)


def test_an_empty_registry_and_an_empty_file_are_no_trouble() -> None:
    assert list(matched([], [people(FATHER)])) == []
    assert [found.outcome for found in matched([Row(1, "张建国", "1", BORN)], [])] == [Outcome.NEW]


def test_breaking_off_is_possible_at_every_step() -> None:
    steps: list[str] = []

    def stop(step: str, share: float) -> None:
        steps.append(step)
        if step == "weighing":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        list(matched([Row(1, "张建国")], [people(FATHER)], say=stop))
    assert steps == ["people", "rows", "numbers", "keys", "candidates", "weighing"]


@pytest.mark.parametrize(
    ("best", "second", "outcome"),
    [
        (Candidate(1, 9.0, (Why.NAME,)), None, Outcome.MATCH),
        (Candidate(1, 7.0, (Why.NAME,)), None, Outcome.UNSURE),
        (Candidate(1, -3.0, (Why.NAME,)), None, Outcome.NEW),
        (Candidate(1, 20.0, (Why.NAME,)), Candidate(2, 15.0, (Why.NAME,)), Outcome.UNSURE),
        (Candidate(1, 20.0, (Why.NAME,)), Candidate(2, 13.0, (Why.NAME,)), Outcome.MATCH),
        (Candidate(1, 20.0, (Why.NAME_SIGN, Why.PHONE, Why.HOUSEHOLD)), None, Outcome.UNSURE),
        (Candidate(1, 20.0, (Why.NAME_SIGN, Why.NUMBER_SLIP)), None, Outcome.MATCH),
        (Candidate(1, 20.0, (Why.NAME_SOUND, Why.NUMBER_OTHER)), None, Outcome.UNSURE),
    ],
)
def test_a_row_is_decided_by_its_candidates(best: Candidate, second: Candidate | None, outcome: Outcome) -> None:
    assert decide([one for one in (best, second) if one])[0] is outcome


def test_every_reason_has_words() -> None:
    assert set(WORDS) == set(Why)


def test_the_shares_of_two_people_add_up() -> None:
    for comparison in COMPARISONS:
        for shares in ([level.one for level in comparison.levels], [level.two for level in comparison.levels]):
            assert sum(shares) == pytest.approx(1, abs=0.005), comparison.name


# What SQL compares is what the rules compare

ORDER: dict[str, list[int]] = {
    "name": [
        NameLevel.VARIANT,
        NameLevel.GAP,
        NameLevel.SOUND,
        NameLevel.TURNED,
        NameLevel.SIGN,
        NameLevel.SURNAME,
        NameLevel.OTHER,
    ],
    "birth": [DayLevel.SAME, DayLevel.TURNED, DayLevel.DIGIT, DayLevel.LUNAR, DayLevel.YEAR, DayLevel.OTHER],
}
NAMES = st.text(alphabet="王李张欧阳伟玮芳建国军静婧敏喆?", min_size=1, max_size=4)
DAYS = st.dates(date(1964, 1, 1), date(1966, 12, 31))


def reached(name: str, left: dict[str, object], right: dict[str, object]) -> int:
    comparison = next(one for one in COMPARISONS if one.name == name)
    cases = " ".join(
        f"WHEN {level.sql} THEN {place}" for place, level in enumerate(comparison.levels) if level.sql != "ELSE"
    )
    columns = {f"{key}_l": value for key, value in left.items()} | {f"{key}_r": value for key, value in right.items()}
    pair = ", ".join(f"?{'::varchar[]' if isinstance(value, list) else ''} AS {key}" for key, value in columns.items())
    found = duckdb.execute(
        f"SELECT CASE {cases} ELSE {len(comparison.levels) - 1} END FROM (SELECT {pair})", list(columns.values())
    ).fetchone()
    assert found
    return int(found[0])


def shape(name: str) -> dict[str, object]:
    made = name_shape(name)
    return {
        "folded": made.folded, "sound": made.sound, "signs": made.signs, "surname": made.surname, "gaps": made.gaps,
        "one_other": list(made.one_other), "one_less": list(made.one_less),
    }  # fmt: skip


@given(NAMES, NAMES)
@settings(max_examples=150, deadline=None)
def test_sql_sees_names_as_the_rules_do(one: str, other: str) -> None:
    level = max(name_level(one, other), NameLevel.VARIANT)

    assert ORDER["name"][reached("name", shape(one), shape(other))] == level


@given(DAYS, DAYS)
@settings(max_examples=150, deadline=None)
def test_sql_sees_birthdays_as_the_rules_do(one: date, other: date) -> None:
    assert ORDER["birth"][reached("birth", {"birth": one}, {"birth": other})] == day_level(one, other)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_people_are_read_from_the_registry_inside_the_scope() -> None:
    from liren.registry.tests.desk import AT  # noqa: PLC0415

    bulk_register(
        [
            NewPerson(ref="a", area=PAIFANG, name="张建国", sex="1", birth_on=BORN, number=FATHER.number, phone="15400000001", household="h", relation="02"),
            NewPerson(ref="b", area=TIANRAN, name="王秀英", sex="2", birth_on=date(1970, 7, 30), number=MOTHER.number),
        ],
        [NewHousehold(ref="h", area=PAIFANG, address="牌坊村12号", number="A1")],
        at=AT,
        recorded_by="导入",
    )  # fmt: skip
    rows = [Row(1, "张建国", "1", BORN, "", ("15400000001",)), Row(2, "王秀英", number=MOTHER.number)]

    with applied(Scope.staff(PAIFANG, PAIFANG + 999)):
        found = {one.ref: one for one in matched(rows, known_people(AreaRange(0, 10**15)))}

    assert found[1].outcome is Outcome.MATCH
    assert found[2].outcome is Outcome.NEW


def test_a_comparison_tells_its_levels_by_what_they_weigh() -> None:
    for comparison in COMPARISONS:
        weights = [level.bits for level in comparison.levels]
        assert [comparison.why(weight) for weight in weights] == [level.why for level in comparison.levels]
        assert min(abs(one - other) for place, one in enumerate(weights) for other in weights[:place]) > 0.2
        assert comparison.why(0.0) is None


@pytest.mark.django_db(transaction=True)
def test_rows_that_no_sure_key_found_come_to_somebody_with_whom_they_may_be() -> None:
    clerk = staff(PAIFANG_CLERK)
    brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(12))]), clerk), clerk)
    slipped, other_sign, new = somebody(3), somebody(4), somebody(500)
    slipped[2] = slipped[2][:9] + str((int(slipped[2][9]) + 4) % 10) + slipped[2][10:]
    slipped[0] = slipped[0].replace("国", "過")
    other_sign[0], other_sign[2] = other_sign[0].replace("国", "過"), ""

    batch = staged(
        taken_in(clerk, [[*HEADS, "出生日期"], [*slipped, "1953-04-04"], [*other_sign, "1954-05-05"], [*new, ""]]),
        clerk,
    )

    found = rows(batch)
    with looking():
        people = {person.name: person.pk for person in Person.objects.filter(area=PAIFANG)}
    assert [row.verdict for row in found] == ["unsure", "unsure", "new"]
    assert [row.person for row in found] == [people[somebody(3)[0]], people[somebody(4)[0]], None]
    assert all((row.likelihood or 0) > 0.99 for row in found[:2])
    assert str(WORDS[Why.NUMBER_SLIP]) in found[0].faults[-1][2]
