"""Matching, measured in small against people of whom the truth is known; ``liren bench --only match_quality`` does it in large."""

from datetime import date

import pytest

from liren.conf.demo.dirt import HARDER, NORMAL, Setting
from liren.conf.demo.truth import Entry, two_lists
from liren.conf.demo.truth_tables import known_table
from liren.exchange.queries.matching import matched
from liren.exchange.rules.weighing import Outcome


@pytest.mark.parametrize(("setting", "seed"), [(HARDER, 11), (HARDER, 12), (NORMAL, 13)])
def test_nearly_all_are_found_and_hardly_anybody_is_mistaken(setting: Setting, seed: int) -> None:
    homes = list(two_lists(5000, setting, seed=seed, on=date(2026, 11, 1)))
    known = [person for home in homes for person in home.known]
    entries: dict[int, Entry] = {entry.ref: entry for home in homes for entry in home.entries}
    registered = {person.who for person in known}

    found = list(matched(entries.values(), known_table(known)))

    assert sorted(one.ref for one in found) == sorted(entries)
    right = sum(one.person == entries[one.ref].who for one in found)
    taken = sum(one.person is not None for one in found)
    there = sum(entry.who in registered for entry in entries.values())
    assert right / taken >= 0.999
    assert right / there >= 0.985
    assert sum(one.outcome is Outcome.UNSURE for one in found) / len(found) < 0.01
    assert sum(one.outcome is Outcome.NEW and entries[one.ref].who in registered for one in found) <= 2
    repeated = [one for one in found if one.repeats is not None]
    assert sum(entries[one.ref].who == entries[one.repeats or 0].who for one in repeated) / len(repeated) > 0.95
    houses = {person.who: person.household for person in known}
    housed = [one for one in found if one.household is not None and entries[one.ref].who in houses]
    assert len(housed) > 1500
    assert sum(one.household == houses[entries[one.ref].who] for one in housed) / len(housed) > 0.995
