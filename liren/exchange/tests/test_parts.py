"""However a list is cut into parts, and whoever opens its rows, the same is found."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from liren.base import clock
from liren.exchange.actions import batches, running
from liren.exchange.actions.doors import DWELLING
from liren.exchange.enums import Fault, Verdict
from liren.exchange.models import Batch, Home
from liren.exchange.tests.world import HEADS, brought_in, faults, looking, rows, somebody, staged, taken_in
from liren.testing.cast import PAIFANG_CLERK, acting, staff

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = 7


def known() -> list[list[Any]]:
    return [somebody(serial) for serial in range(60)]


def comes_again() -> list[list[Any]]:
    """Return a list about those who are known and thirty others, with what is wrong in lists."""
    found = [somebody(serial) for serial in range(90)]
    number, phone = HEADS.index("身份证号"), HEADS.index("联系电话")
    for row in found[::11]:
        row[number] = row[number][:-1] + ("0" if row[number][-1] != "0" else "1")  # miscopied
        row[phone] = ""
    for row in found[3::13]:
        row[phone] = "15498877665、" + row[phone]
    for row in found[5::17]:
        row[number] = "3.20115E+17"
    return [*found, found[8], [*found[9][:phone], "15490077009", *found[9][phone + 1 :]]]


def told(batch: Batch) -> Iterator[tuple[Any, ...]]:
    """Yield what is found of each row and each household, without the ids that are made anew each time."""
    with looking():
        homes = {home.key: home for home in Home.objects.filter(batch=batch.pk)}
    made = {str(home.household): home.key for home in homes.values() if home.is_new}
    for row in rows(batch):
        changes = [
            {**one, "offered": " ".join(made.get(word, word) for word in one["offered"].split(" "))}
            for one in row.changes or []
            if one["field"]
            != DWELLING  # a household that stays where it lives is told of by the first row of each part
        ]
        yield (
            row.number, row.area, row.verdict, row.person, row.home, row.name, row.birth_on, bytes(row.mark or b""),
            sorted(map(str, row.faults)), row.likelihood, row.content, changes,
        )  # fmt: skip
    doors: dict[int | None, str] = {}
    for key, home in sorted(homes.items()):
        door = (
            doors.setdefault(home.dwelling, f"{home.area} {home.door} {home.around}")
            if home.makes_dwelling
            else home.dwelling
        )
        yield key, home.area, home.is_new, home.number, home.address, home.door, door


def test_a_list_says_the_same_in_one_part_and_in_many_and_after_it_was_broken_off() -> None:
    clerk = staff(PAIFANG_CLERK)
    brought_in(staged(taken_in(clerk, [HEADS, *known()]), clerk), clerk)
    whole, cut, resumed = (taken_in(clerk, [HEADS, *comes_again()]) for _time in range(3))
    with acting(clerk) as by:
        batches.begin_staging(by=by, at=clock.now(), batch=resumed)
    for piece in islice(running.pieces(resumed, size=SIZE), 8):
        running.stage_piece(piece)

    staged(whole, clerk)
    staged(cut, clerk, size=SIZE)
    assert running.run_staging(resumed.pk, size=SIZE) == "staged"

    expected = list(told(whole))
    assert list(told(cut)) == expected
    assert list(told(resumed)) == expected
    found = rows(whole)
    assert {row.verdict for row in found} == set(Verdict)
    assert any(Fault.FOUND in faults(row) or Fault.LIKELY in faults(row) for row in found)
    assert Fault.REPEATED in faults(found[-2])
    assert Fault.TWICE in faults(found[-1])
