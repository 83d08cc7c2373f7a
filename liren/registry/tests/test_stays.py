"""Where somebody was counted follows from the lines, day by day: the rule against a day-by-day reading of the same lines."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from liren.registry.enums import FactKind, ResidenceKind
from liren.registry.rules import Line
from liren.registry.rules.stays import COUNTED, Counted, placements, stays

START = date(2026, 1, 1)
HERE, THERE, ELSEWHERE = 320115006008000, 320115006009000, 320116006001000
DAYS = [START + timedelta(days=number) for number in range(-3, 64)]


@dataclass(frozen=True)
class Said:
    """A line made up."""

    pk: int
    kind: str
    code: str
    valid_from: date
    valid_until: date | None = None
    household: int | None = None
    replaces: int | None = None
    is_void: bool = False


days = st.integers(0, 60).map(lambda number: START + timedelta(days=number))
codes = st.sampled_from([kind.value for kind in ResidenceKind])


@st.composite
def residence(draw: st.DrawFn, pk: int) -> Said:
    begins = draw(days)
    lasts = draw(st.none() | st.integers(1, 40))
    replaces = draw(st.none() | st.integers(1, pk - 1)) if pk > 1 else None
    void = draw(st.booleans()) if replaces is not None else False
    until = None if lasts is None else begins + timedelta(days=lasts)
    return Said(pk, FactKind.RESIDENCE, draw(codes), begins, until, None, replaces, void)


@st.composite
def files(draw: st.DrawFn) -> tuple[list[Line], list[tuple[date, int, int]]]:
    lines: list[Line] = [draw(residence(pk)) for pk in range(1, draw(st.integers(1, 7)) + 1)]
    if draw(st.booleans()):
        lines.append(Said(90, FactKind.DEATH, "", draw(days)))
    for pk, kind, code in ((91, FactKind.BIRTH, ""), (92, FactKind.MOVED, "in"), (93, FactKind.MOVED, "out")):
        if draw(st.booleans()):
            lines.append(Said(pk, kind, code, draw(days)))
    places = draw(st.lists(st.sampled_from([HERE, THERE, ELSEWHERE]), min_size=1, max_size=4))
    moves = sorted(draw(st.lists(days, min_size=len(places) - 1, max_size=len(places) - 1)))
    return lines, [(day, giver, taker) for day, giver, taker in zip(moves, places, places[1:], strict=False)]


def counted(lines: list[Line], moves: list[tuple[date, int, int]], last: int, on: date) -> tuple[int, str] | None:
    """Read the file for one day, the long way."""
    gone = {line.replaces for line in lines}
    stand = [line for line in lines if line.pk not in gone and not line.is_void]
    if any(line.kind == FactKind.DEATH and line.valid_from <= on for line in stand):
        return None
    held = [
        line
        for line in stand
        if line.kind == FactKind.RESIDENCE
        and line.valid_from <= on
        and (line.valid_until is None or on < line.valid_until)
    ]
    if not held:
        return None
    kind = max(held, key=lambda line: (line.valid_from, line.pk)).code
    area = moves[0][1] if moves else last
    for day, _giver, taker in moves:
        if day <= on:
            area = taker
    return (area, kind) if kind in COUNTED else None


@given(files())
@settings(max_examples=300, deadline=None)
def test_the_stays_say_of_every_day_what_the_lines_say(made: tuple[list[Line], list[tuple[date, int, int]]]) -> None:
    lines, moves = made
    last = moves[-1][2] if moves else HERE

    found = stays(lines, placements(last, moves))

    for on in DAYS:
        holding = [
            (one.area, one.residence)
            for one in found
            if one.valid_from <= on and (one.valid_until is None or on < one.valid_until)
        ]
        expected = counted(lines, moves, last, on)
        assert holding == ([] if expected is None else [expected]), on


@given(files())
@settings(max_examples=300, deadline=None)
def test_stays_follow_one_another_and_every_change_has_its_counterpart(
    made: tuple[list[Line], list[tuple[date, int, int]]],
) -> None:
    lines, moves = made
    found = stays(lines, placements(moves[-1][2] if moves else HERE, moves))

    for one, after in pairwise(found):
        assert one.valid_until is not None
        assert one.valid_until <= after.valid_from
        touching = one.valid_until == after.valid_from
        assert (one.ended in {"changed", "handed-out"}) == (touching and after.began in {"changed", "handed-in"})
        if touching:
            assert (one.area, one.residence) != (after.area, after.residence)
    assert all((one.valid_until is None) == (one.ended == "") for one in found)


def only(lines: list[Line], moves: list[tuple[date, int, int]] | None = None) -> list[tuple[int, str, str, str]]:
    found: list[Counted] = stays(lines, placements(THERE if moves else HERE, moves or []))
    return [(one.area, one.residence, one.began, one.ended) for one in found]


def test_a_child_is_born_grows_moves_next_door_and_its_grandfather_dies() -> None:
    spring, summer = START + timedelta(days=90), START + timedelta(days=180)
    child = [Said(1, "birth", "", START), Said(2, "residence", "registered", START)]
    old = [Said(3, "residence", "registered", date(2000, 1, 1)), Said(4, "death", "", summer)]

    assert only([*child], [(spring, HERE, THERE)]) == [
        (HERE, "registered", "born", "handed-out"),
        (THERE, "registered", "handed-in", ""),
    ]
    assert only([*old]) == [(HERE, "registered", "listed", "died")]


def test_somebody_who_leaves_and_comes_back_was_away_in_between() -> None:
    left, back = START + timedelta(days=10), START + timedelta(days=40)

    assert only(
        [
            Said(1, "residence", "registered", date(2010, 1, 1), left),
            Said(2, "moved", "out", left),
            Said(3, "residence", "gone", left, back),
            Said(4, "residence", "incomer", back),
        ]
    ) == [(HERE, "registered", "listed", "moved-out"), (HERE, "incomer", "moved-in", "")]
