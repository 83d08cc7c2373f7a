"""The lists that matching is measured with hold what they promise."""

from collections import Counter
from datetime import date

import pytest

from liren.conf.demo.dirt import HARDER, NORMAL, Setting
from liren.conf.demo.truth import Home, two_lists

ON = date(2026, 11, 21)
PEOPLE = 12_000


def lists(setting: Setting, seed: int = 3) -> list[Home]:
    return list(two_lists(PEOPLE, setting, seed=seed, on=ON))


def test_the_same_seed_gives_the_same_lists() -> None:
    assert lists(HARDER) == lists(HARDER)


@pytest.mark.parametrize("setting", [NORMAL, HARDER])
def test_so_much_is_wrong_as_was_set(setting: Setting) -> None:
    entries = [entry for home in lists(setting) for entry in home.entries]
    dirt = Counter(kind.split(":")[0] for entry in entries for kind in set(entry.dirt))
    missing = sum("number:missing" in entry.dirt for entry in entries)

    for kind, share in (
        ("name", setting.name_wrong),
        ("moved", setting.moved),
        ("number", setting.number_missing + setting.number_wrong),
    ):
        assert dirt[kind] / len(entries) == pytest.approx(share, rel=0.25)
    assert missing / len(entries) == pytest.approx(setting.number_missing, rel=0.25)


def test_every_row_tells_whose_it_is_and_some_people_are_on_one_side_only() -> None:
    homes = lists(HARDER)
    known = {person.who: person for home in homes for person in home.known}
    rows = Counter(entry.who for home in homes for entry in home.entries)

    assert len(known) == sum(len(home.known) for home in homes)
    assert 0.05 < sum(who not in known for who in rows) / len(rows) < 0.12
    assert 0.04 < sum(who not in rows for who in known) / len(known) < 0.1
    assert any(number > 1 for number in rows.values())
    for entry in (entry for home in homes for entry in home.entries if not entry.dirt and entry.who in known):
        person = known[entry.who]
        assert (entry.name, entry.sex, entry.birth_on, entry.area) == (
            person.name,
            person.sex,
            person.birth_on,
            person.area,
        )
        assert not person.number or entry.number == person.number


def test_numbers_could_be_nobodys_and_belong_to_one_person() -> None:
    numbers = Counter(person.number for home in lists(HARDER) for person in home.known if person.number)

    assert set(numbers.values()) == {1}
    assert all(number.startswith("99") for number in numbers)


def test_there_are_twins_and_sons_called_like_their_fathers() -> None:
    homes = lists(HARDER)
    twins = [
        (one, other)
        for home in homes
        for place, one in enumerate(home.known)
        for other in home.known[place + 1 :]
        if one.birth_on == other.birth_on
    ]

    assert len(twins) > 20
    assert all(one.name != other.name and one.number != other.number for one, other in twins if one.number)
