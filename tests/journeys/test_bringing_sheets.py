"""The four spreadsheets of the demo's township come in as they are, and what becomes of each row is what the truth beside them says."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from liren.base import clock
from liren.base.clock import day_of
from liren.conf.demo.settle import places, settle
from liren.conf.demo.sheets import FILES, TRUTH, write_sheets
from liren.exchange.enums import Verdict
from liren.exchange.models import Batch, Row
from liren.exchange.queries.batches import asides
from liren.exchange.tests.world import brought_in, counted, faults, looking, rows, staged, taken_in
from liren.foundation.places.rules import TOWNSHIP
from liren.registry.models import Dwelling, Fact, Household, Person, Stay
from liren.registry.rules.addresses import read_door
from liren.registry.rules.stays import placements, stays
from liren.testing.cast import CIVIL_AFFAIRS, JIANGNING, staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PEOPLE, ROWS, SEED = 1300, 1000, 20151113


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a line."""

    line: int
    number: str
    name: str
    known: bool
    area: int
    home: str
    address: str
    dirt: tuple[str, ...]

    def has(self, *kinds: str) -> bool:
        """Say whether something of these kinds was spoiled."""
        return any(what.startswith(kinds) for what in self.dirt)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    at = clock.now()
    settle(at=at, people=PEOPLE, using="default")
    write_sheets(tmp_path, places(), seed=SEED, people=PEOPLE, rows=ROWS, on=day_of(at))
    return tmp_path


def truth_of(folder: Path, name: str) -> dict[int, Truth]:
    told = json.loads((folder / TRUTH).read_text())[FILES[name]]
    return {one["line"]: Truth(**one | {"dirt": tuple(one["dirt"])}) for one in told}


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a row while the list was held against the registry; ``who`` is the number of the person found, if any."""

    truth: Truth
    verdict: str
    faults: tuple[str, ...]
    who: str | None
    is_repeated: bool


def told(folder: Path, name: str, batch: Batch) -> list[Told]:
    truth, seen, found = truth_of(folder, name), set[str](), []
    with looking():
        numbers = dict(Person.objects.values_list("id", "id_number"))
    for row in rows(batch):
        true = truth[row.number]
        who = None if row.person is None else numbers[row.person]
        found.append(Told(true, row.verdict, tuple(faults(row)), who, true.number in seen))
        seen.add(true.number)
    assert len(found) == len(truth)  # titles, heads and totals are nobody
    return found


IDENTITY = ("name", "number", "birth", "sex")


def judge(one: Told, *, has_birth: bool) -> str:
    """Return what is wrong with what became of a row; empty when it is as the truth says."""
    true = one.truth
    if true.has("number:spoiled"):
        return (
            "" if (one.verdict, one.faults) == ("refused", ("spoiled",)) else "a spoiled number was not refused for it"
        )
    if true.has("number:missing") and (not has_birth or true.has("birth:missing")):
        return "" if (one.verdict, one.faults) == ("refused", ("no_identity",)) else "nobody is known by a name alone"
    if one.verdict in {"same", "changed"} and one.who not in {None, true.number}:
        return "taken for somebody else"
    if one.verdict == "refused":
        return "refused without a reason of the truth"
    if one.is_repeated or true.has(*IDENTITY):
        return ""
    if one.faults == ("several_dwellings",):
        return ""  # an address without its entrance
    if true.known:
        return "" if one.verdict in {"same", "changed"} and one.who == true.number else "known, and not found"
    if one.verdict == "new" or (one.verdict in {"same", "changed"} and one.who == true.number):
        return ""
    is_asked = one.verdict == "unsure" and (one.who == true.number or set(one.faults) <= {"likely", "several"})
    return (
        "" if is_asked else "nobody had known them"
    )  # an earlier list may have brought them in, misspelt or without a number


ASIDES = {
    "assistance": ["合计", "说明或签名"],
    "disability": [],
    "pension": ["合计"],
    "incomers": [],
}


def test_all_four_come_in_as_the_truth_beside_them_says(folder: Path) -> None:
    officer = staff(CIVIL_AFFAIRS)
    with looking():
        settled = set(Person.objects.values_list("id_number", flat=True))
    missed = queued = spoiled = 0
    for name, file in FILES.items():
        batch = taken_in(officer, (folder / file).read_bytes(), area=JIANGNING, level=TOWNSHIP)
        assert batch.options["blocks"] is (name == "incomers")

        batch = staged(batch, officer)

        found = told(folder, name, batch)
        assert [
            (one.truth.line, why, one) for one in found if (why := judge(one, has_birth=name != "assistance"))
        ] == []
        with looking():
            assert [why for _line, why, _words in asides(batch)] == ASIDES[name]
        spoiled += sum("spoiled" in one.faults for one in found)
        assert sum("likely" in one.faults and not one.truth.dirt for one in found) <= 0.01 * len(found)
        assert not any("kin_differs" in one.faults for one in found), "no list contradicts what is true of a family"
        missed += sum(one.truth.known and one.verdict == Verdict.NEW for one in found)
        ready = counted(batch).ready
        batch = brought_in(batch, officer)
        figures = counted(batch)
        assert figures.is_even
        assert (
            figures.applied + figures.queued >= ready
        )  # who stands in the list twice without a number waits when the first is written
        queued += figures.queued
    assert spoiled > 2
    assert missed <= 3
    assert queued < 0.09 * ROWS
    nobody_twice(settled, folder, missed)


def nobody_twice(settled: set[str | None], folder: Path, missed: int) -> None:
    everybody = {one.number for name in FILES for one in truth_of(folder, name).values()}
    with looking():
        every = list(Person.objects.filter(deceased_on=None).values_list("id_number", flat=True))
    numbers = [number for number in every if number is not None]
    assert len(set(numbers)) == len(numbers)
    strangers = set(numbers) - settled - everybody  # a number that was miscopied, or its old form
    bare = len(every) - len(numbers)
    assert set(numbers) >= settled
    assert len(strangers) <= 5
    assert bare <= missed + 0.01 * ROWS


def test_households_of_the_register_live_where_the_truth_says(folder: Path) -> None:
    officer = staff(CIVIL_AFFAIRS)
    batch = taken_in(officer, (folder / FILES["incomers"]).read_bytes(), area=JIANGNING, level=TOWNSHIP)

    batch = brought_in(staged(batch, officer), officer)

    truth = truth_of(folder, "incomers")
    with looking():
        written = {
            row.number: Person.objects.select_related("household__dwelling").get(pk=row.person or 0)
            for row in Row.objects.filter(batch=batch.pk, person__isnull=False).exclude(
                verdict__in=["unsure", "refused"]
            )
        }
        homes: dict[str, set[Any]] = {}
        for line, person in written.items():
            homes.setdefault(truth[line].home, set()).add(person.household_id)
            assert person.area == truth[line].area
            assert person.residence == "incomer"
        assert {len(households) for households in homes.values()} == {1}
        assert len({next(iter(one)) for one in homes.values()}) == len(homes)
        outcome = Counter(
            "none" if person.household is None or person.household.dwelling is None
            else "right" if person.household.dwelling.door == door(truth[line].address) else "wrong"
            for line, person in written.items()
            if truth[line].home
        )  # fmt: skip
        assert outcome["wrong"] <= 0.03 * len(written)
        assert outcome["none"] <= 0.08 * len(written)
        assert not Dwelling.objects.exclude(recorded_by__in=["", batch.mark]).exists()
        heads = Household.objects.filter(pk__in={next(iter(one)) for one in homes.values()})
        assert {home.size for home in heads} <= {1, 2, 3, 4, 5}


def door(address: str) -> str:
    return read_door(address).key


def test_the_children_of_the_register_have_their_parents(folder: Path) -> None:
    officer = staff(CIVIL_AFFAIRS)
    batch = taken_in(officer, (folder / FILES["incomers"]).read_bytes(), area=JIANGNING, level=TOWNSHIP)

    batch = brought_in(staged(batch, officer), officer)

    with looking():
        lines = list(Fact.objects.filter(kind="relation", recorded_by=batch.mark))
        people = {
            one.pk: one
            for one in Person.objects.filter(pk__in={pk for line in lines for pk in (line.subject, line.other or 0)})
        }
    kinds = Counter(line.code for line in lines)
    assert kinds["spouse"] > 20
    assert kinds["parent"] > 10
    for line in lines:
        one, other = people[line.subject], people[line.other or 0]
        assert one.household_id == other.household_id
        if line.code == "parent" and one.birth_on and other.birth_on:
            assert other.birth_on.year + 12 <= one.birth_on.year


def test_the_population_afreshfrom_the_files_is_the_one_that_is_kept(folder: Path) -> None:
    officer = staff(CIVIL_AFFAIRS)

    brought_in(
        staged(taken_in(officer, (folder / FILES["incomers"]).read_bytes(), area=JIANGNING, level=TOWNSHIP), officer),
        officer,
    )

    with looking():
        lines: dict[int, list[Fact]] = {}
        for line in Fact.objects.filter(kind__in=["residence", "death", "birth", "moved"]):
            lines.setdefault(line.subject, []).append(line)
        afresh = {
            (pk, stay.residence, stay.valid_from, stay.valid_until, stay.began)
            for pk, area in Person.objects.values_list("pk", "area")
            for stay in stays(lines[pk], placements(area, ()))
        }
        kept = set(Stay.objects.values_list("subject", "residence", "valid_from", "valid_until", "began"))
    assert afresh == kept
