"""Grids: people are in that of their home; parts go in, out and back; a grid that closes keeps its past."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection

from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.models import JournalLine
from liren.foundation.access.rules import Viewer
from liren.foundation.places.actions import add_grid, add_unit
from liren.foundation.places.models import Grid
from liren.foundation.places.queries.tree import place_at
from liren.registry import actions
from liren.registry.models import GridChange, GridPart, Household, Person
from liren.registry.queries import lists
from liren.registry.queries.allotting import ANY_GRID, Asked, Part, choices, every_part, foreseen
from liren.registry.queries.grids import (
    NONE,
    figures,
    grid_of_household,
    grids_of_people,
    grids_on,
    parts_of,
    workers_of,
)
from liren.registry.queries.lists import Wanted
from liren.registry.tests.desk import AT, NEXT_DOOR, PAIFANG, TODAY, at_desk, clerk, registered
from liren.testing.cast import PAIFANG as REAL
from liren.testing.cast import PAIFANG_CLERK, TIANRAN_CLERK, staff

KEEPER = frozenset({"registry.view", "registry.edit", "places.view", "places.edit_units"})
BEGAN = date(2026, 1, 1)
THREE = Part("building", building="3幢")


@pytest.fixture
def keeper(transactional_db: None) -> Iterator[Viewer]:
    """Somebody who keeps the grids of a real community."""
    with at_desk(clerk(REAL, capabilities=KEEPER)) as by:
        yield by


def grid(by: Viewer, number: int, name: str = "") -> Grid:
    return add_grid(
        place=place_at(5, REAL), number=number, name=name or f"第{number}网格", valid_from=BEGAN, by=by, at=AT
    )


def home(
    by: Viewer,
    building: str,
    room: str,
    *people: str,
    serial: int,
    unit: int | None = None,
    birth: date = date(1990, 1, 1),
) -> tuple[Household, list[Person]]:
    """Let people live in a flat, or without one where no building is named."""
    flat = actions.add_dwelling(by=by, at=AT, area=REAL, building=building, room=room, unit=unit) if room else None
    opened = actions.open_household(
        by=by, at=AT, area=REAL, address=f"牌坊社区{building}{room}", dwelling=flat.pk if flat else None
    )
    found = []
    for index, name in enumerate(people):
        person = registered(by, name, serial + index, birth)
        actions.join_household(
            by=by, at=AT, person=person, household=opened, relation="02" if not index else "10", since=date(2020, 1, 1)
        )
        found.append(person)
    return Household.objects.get(pk=opened.pk), found


def put(by: Viewer, into: Grid | None, *parts: Part, on: date = BEGAN) -> GridChange:
    return actions.allot(by=by, at=AT, area=REAL, grid=into, parts=parts, on=on)


def where(*people: Person, on: date = TODAY) -> list[int]:
    found = grids_of_people({person.pk for person in people}, on=on)
    return [found[person.pk] for person in people]


def test_people_are_in_the_grid_of_their_building_also_who_comes_later(keeper: Viewer) -> None:
    first = grid(keeper, 1)
    _home, early = home(keeper, "3幢", "101", "张伟", "李娜", serial=1)

    change = put(keeper, first, THREE)
    _home, late = home(keeper, "3幢", "102", "王芳", serial=5)

    assert (change.parts, change.households, change.people) == (1, 1, 2)
    assert where(*early, *late) == [first.pk] * 3
    found = figures(REAL, on=TODAY)
    assert found.of(first.pk) == (2, 3, 0)
    assert found.of(NONE) == (0, 0, 0)


def test_the_narrowest_counts_dwelling_before_building_before_unit_and_a_household_only_without_a_dwelling(
    keeper: Viewer,
) -> None:
    one, two, three, four = (grid(keeper, number) for number in (1, 2, 3, 4))
    yard = add_unit(place=place_at(5, REAL), kind="courtyard", name="东院", by=keeper, at=AT)
    flat, (a,) = home(keeper, "3幢", "101", "张伟", serial=1, unit=yard.pk)
    _other, (b,) = home(keeper, "3幢", "102", "李娜", serial=2, unit=yard.pk)
    _third, (c,) = home(keeper, "4幢", "101", "王芳", serial=3, unit=yard.pk)
    bare, (d,) = home(keeper, "", "", "赵敏", serial=4)

    put(keeper, one, Part("unit", part=yard.pk))
    put(keeper, two, THREE)
    put(keeper, three, Part("dwelling", part=flat.dwelling_id or 0))
    put(keeper, four, Part("household", part=bare.pk), Part("household", part=flat.pk))

    assert where(a, b, c, d) == [three.pk, two.pk, one.pk, four.pk]
    assert grid_of_household(flat.pk, on=TODAY) == three
    registered(keeper, "无户", 9)
    assert figures(REAL, on=TODAY).of(NONE) == (0, 1, 0)


def test_who_has_no_home_is_in_the_grid_of_the_register(keeper: Viewer) -> None:
    first = grid(keeper, 1)
    register = actions.open_household(by=keeper, at=AT, area=REAL, address="牌坊社区3组", kind="register", number="H1")
    person = registered(keeper, "张伟", 1)
    actions.join_household(by=keeper, at=AT, person=person, household=register, relation="02", since=date(2020, 1, 1))

    listed = choices(REAL, Asked("household"), on=TODAY).rows
    put(keeper, first, *every_part(REAL, Asked("household"), on=TODAY))

    assert [row.part.part for row in listed] == [register.pk]
    assert where(person) == [first.pk]


def test_what_moves_is_foreseen_before_anything_is_done(keeper: Viewer) -> None:
    one, two = grid(keeper, 1), grid(keeper, 2)
    flat, _people = home(keeper, "3幢", "101", "张伟", "李娜", serial=1)
    home(keeper, "3幢", "102", "王芳", serial=5)
    home(keeper, "4幢", "101", "赵敏", serial=7)
    put(keeper, one, THREE)
    put(keeper, one, Part("dwelling", part=flat.dwelling_id or 0))
    parts = [THREE, Part("building", building="4幢")]
    before = GridPart.objects.count()

    seen = foreseen(REAL, parts, grid=two.pk, on=TODAY)

    assert seen.households == {one.pk: 1, NONE: 1}
    assert seen.people == {one.pk: 1, NONE: 1}
    assert (seen.totals, seen.kept) == ((2, 2), 1)
    assert GridPart.objects.count() == before
    out = foreseen(REAL, [Part("dwelling", part=flat.dwelling_id or 0)], grid=NONE, on=TODAY)
    assert out.totals == (0, 0), "without a line of its own it is where its building is"


def test_a_part_that_goes_elsewhere_keeps_its_past(keeper: Viewer) -> None:
    one, two = grid(keeper, 1), grid(keeper, 2)
    _home, (person,) = home(keeper, "3幢", "101", "张伟", serial=1)
    put(keeper, one, THREE)

    put(keeper, two, THREE, on=date(2026, 6, 1))
    put(keeper, None, THREE, on=date(2026, 8, 1))

    assert where(person, on=date(2026, 5, 31)) == [one.pk]
    assert where(person, on=date(2026, 6, 1)) == [two.pk]
    assert where(person) == [NONE]
    assert [(row.grid, row.valid_from, row.valid_until) for row in GridPart.objects.order_by("id")] == [
        (one.pk, BEGAN, date(2026, 6, 1)), (two.pk, date(2026, 6, 1), date(2026, 8, 1)),
    ]  # fmt: skip
    with pytest.raises(Refusal, match="日期不能早于"):
        put(keeper, one, THREE, on=date(2026, 7, 1))


def test_what_was_put_wrongly_on_the_same_day_was_never_there(keeper: Viewer) -> None:
    one, two = grid(keeper, 1), grid(keeper, 2)
    home(keeper, "3幢", "101", "张伟", serial=1)
    put(keeper, one, THREE)

    put(keeper, two, THREE)

    assert [(row.grid, row.withdrawn_at is None) for row in GridPart.objects.order_by("id")] == [
        (one.pk, False),
        (two.pk, True),
    ]


def test_a_change_is_taken_back_as_a_whole_until_something_builds_on_it(keeper: Viewer) -> None:
    one, two = grid(keeper, 1), grid(keeper, 2)
    _home, (person,) = home(keeper, "3幢", "101", "张伟", serial=1)
    first = put(keeper, one, THREE)
    second = put(keeper, two, THREE, on=date(2026, 6, 1))

    with pytest.raises(Conflict, match="后来"):
        actions.undo_allotment(by=keeper, at=AT, change=first)
    actions.undo_allotment(by=keeper, at=AT, change=second)

    assert where(person) == [one.pk]
    with pytest.raises(Conflict, match="已经撤回"):
        actions.undo_allotment(by=keeper, at=AT, change=second)
    actions.undo_allotment(by=keeper, at=AT, change=first)
    assert where(person) == [NONE]
    verbs = list(JournalLine.objects.filter(verb__startswith="registry.").order_by("id").values_list("verb", flat=True))
    assert verbs[-4:] == ["registry.allot", "registry.allot", "registry.undo_allotment", "registry.undo_allotment"]


def test_taking_back_a_leaving_fails_where_somebody_put_it_elsewhere_since(keeper: Viewer) -> None:
    one, two = grid(keeper, 1), grid(keeper, 2)
    home(keeper, "3幢", "101", "张伟", serial=1)
    put(keeper, one, THREE)
    taken = put(keeper, None, THREE, on=date(2026, 6, 1))
    put(keeper, two, THREE, on=date(2026, 7, 1))

    with pytest.raises(Conflict, match="后来又划过"):
        actions.undo_allotment(by=keeper, at=AT, change=taken)


def test_a_grid_that_closes_keeps_its_past_and_hands_its_homes_on(keeper: Viewer) -> None:
    one, two = grid(keeper, 1), grid(keeper, 2)
    _home, (person,) = home(keeper, "3幢", "101", "张伟", serial=1)
    put(keeper, one, THREE)

    change = actions.close_grid(by=keeper, at=AT, grid=one, on=date(2026, 8, 1), into=two)

    assert (change.kind, change.parts, change.households, change.people) == ("closed", 1, 1, 1)
    assert [found.pk for found in grids_on(REAL, TODAY)] == [two.pk]
    assert [found.pk for found in grids_on(REAL, date(2026, 7, 31))] == [one.pk, two.pk]
    assert where(person, on=date(2026, 7, 31)) == [one.pk]
    assert where(person) == [two.pk]
    with pytest.raises(Refusal, match="停用"):
        put(keeper, one, THREE)
    actions.undo_allotment(by=keeper, at=AT, change=change)
    assert where(person) == [one.pk]
    assert Grid.objects.get(pk=one.pk).valid_until is None


def test_a_number_that_was_given_again_stands_against_taking_a_closing_back(keeper: Viewer) -> None:
    one = grid(keeper, 1)
    change = actions.close_grid(by=keeper, at=AT, grid=one, on=date(2026, 8, 1))
    add_grid(place=place_at(5, REAL), number=1, name="新的一号", by=keeper, at=AT)

    with pytest.raises(Conflict, match="001"):
        actions.undo_allotment(by=keeper, at=AT, change=change)


def test_what_is_not_there_or_changes_nothing_is_refused(keeper: Viewer) -> None:
    one = grid(keeper, 1)
    home(keeper, "3幢", "101", "张伟", serial=1)
    put(keeper, one, THREE)

    for into, parts, error in (
        (one, [THREE], Refusal), (None, [Part("building", building="9幢")], NotFound), (one, [], Refusal),
        (None, [Part("dwelling", part=7)], NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            put(keeper, into, *parts, on=TODAY)
    with pytest.raises(Refusal, match="还没有到"):
        put(keeper, None, THREE, on=TODAY + timedelta(days=3))


def test_only_who_keeps_the_units_of_a_community_puts_homes_into_its_grids(keeper: Viewer) -> None:
    one = grid(keeper, 1)
    home(keeper, "3幢", "101", "张伟", serial=1)

    with pytest.raises(Forbidden):
        actions.allot(by=clerk(REAL), at=AT, area=REAL, grid=one, parts=[THREE])
    with pytest.raises(Forbidden):
        actions.allot(by=clerk(NEXT_DOOR, capabilities=KEEPER), at=AT, area=REAL, grid=one, parts=[THREE])
    with pytest.raises(Refusal):
        actions.allot(by=keeper, at=AT, area=REAL, grid=Grid(area=PAIFANG + 1, valid_from=BEGAN), parts=[THREE])


def test_the_database_itself_lets_nothing_lie_in_two_grids_at_once(keeper: Viewer) -> None:
    one, two = grid(keeper, 1), grid(keeper, 2)
    home(keeper, "3幢", "101", "张伟", serial=1)
    put(keeper, one, THREE)

    with pytest.raises(Exception, match="lies_in_one_grid_at_a_time"):
        GridPart.objects.create(area=REAL, grid=two.pk, kind="building", building="3幢", valid_from=TODAY, change=1)


def test_parts_are_chosen_page_by_page_in_natural_order_and_by_grid(keeper: Viewer) -> None:
    one = grid(keeper, 1)
    for serial, building in enumerate(("10幢", "9幢", "2幢")):
        home(keeper, building, "101", f"张{serial}", serial=serial * 3 + 1)
    put(keeper, one, Part("building", building="9幢"))

    first = choices(REAL, Asked("building"), on=TODAY, size=2)
    second = choices(REAL, Asked("building"), on=TODAY, after=first.after, size=2)

    assert [row.words for row in (*first.rows, *second.rows)] == ["2幢", "9幢", "10幢"]
    assert [row.words for row in choices(REAL, Asked("building", grid=one.pk), on=TODAY).rows] == ["9幢"]
    assert [row.words for row in choices(REAL, Asked("building", grid=NONE), on=TODAY).rows] == ["2幢", "10幢"]
    flats = choices(REAL, Asked("dwelling", "幢", ANY_GRID), on=TODAY, size=2)
    assert [(row.words, row.is_own) for row in flats.rows] == [("2幢101", False), ("9幢101", False)]
    assert [row.words for row in choices(REAL, Asked("dwelling"), on=TODAY, after=flats.after, size=2).rows] == [
        "10幢101"
    ]


def test_a_grid_worker_is_somebody_at_a_post_of_the_community(transactional_db: None) -> None:
    with applied(Scope.everything()):
        here, elsewhere = staff(PAIFANG_CLERK), staff(TIANRAN_CLERK)
    with at_desk(clerk(REAL, capabilities=KEEPER)) as by:
        one = grid(by, 1)

        named = actions.name_grid_worker(by=by, at=AT, grid=one, account=here, since=date(2026, 3, 1))

        assert [carer.line.name for carer in workers_of(REAL, on=TODAY)[one.pk]] == [here.name]
        assert workers_of(REAL, on=date(2026, 2, 1)) == {}
        with pytest.raises(Conflict):
            actions.name_grid_worker(by=by, at=AT, grid=one, account=here, since=date(2026, 4, 1))
        with pytest.raises(Refusal, match="没有岗位"):
            actions.name_grid_worker(by=by, at=AT, grid=one, account=elsewhere)
        actions.end_grid_worker(by=by, at=AT, worker=named, until=date(2026, 8, 1))
        assert workers_of(REAL, on=TODAY) == {}


def test_what_lay_where_is_asked_by_indexes(keeper: Viewer) -> None:
    one = grid(keeper, 1)
    home(keeper, "3幢", "101", "张伟", serial=1)
    put(keeper, one, THREE)

    assert [row.building for row in parts_of(one, on=TODAY)] == ["3幢"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_gridchange")
        assert cursor.fetchone() == (1,)


# By list


def on_a_list(by: Viewer, building: str, serial: int) -> Person:
    """Let somebody of ninety live in a building."""
    _home, (person,) = home(by, building, f"10{serial}", f"老{serial}", serial=serial, birth=date(1936, 1, 1))
    return person


SEES = KEEPER | {"registry.lists", "registry.figures", "registry.export"}


@pytest.fixture
def listed(transactional_db: None) -> Iterator[tuple[Viewer, Grid, list[Person]]]:
    """Three people of ninety: two in a grid, one in none."""
    with at_desk(clerk(REAL, capabilities=SEES)) as by:
        one = grid(by, 1)
        people = [on_a_list(by, building, serial) for serial, building in enumerate(("3幢", "3幢", "9幢"), 1)]
        put(by, one, THREE)
        yield by, one, people


def test_a_list_is_mapped_to_grids_and_narrowed_to_one_and_to_those_in_none(
    listed: tuple[Viewer, Grid, list[Person]],
) -> None:
    by, one, people = listed
    sight = lists.sight_of(by)
    rule = lists.category_at(sight, "elder-90", TODAY)

    cells = lists.cells_by_grid(sight, rule, REAL, on=TODAY)
    inside = lists.members(sight, rule, Wanted(REAL, REAL + 999, grid=one.pk), on=TODAY)
    outside = lists.members(sight, rule, Wanted(REAL, REAL + 999, grid=NONE), on=TODAY)

    assert cells == {one.pk: 2, NONE: 1}
    assert {member.subject for member in inside} == {people[0].pk, people[1].pk}
    assert [member.subject for member in outside] == [people[2].pk]
    assert lists.members_total(sight, rule, Wanted(REAL, REAL + 999, grid=NONE), on=TODAY) == 1
    assert lists.grid_names(sight, {person.pk for person in people}, on=TODAY) == {
        person.pk: one.name for person in people[:2]
    }
    assert figures(REAL, on=TODAY, rules=lists.key_rules(by, REAL, TODAY)).of(one.pk) == (2, 2, 2)
    line = next(line for line in lists.lines_by_grid(sight, REAL, on=TODAY) if line.rule.code == "elder-90")
    assert (line.cells, line.total) == ({one.pk: 2, NONE: 1}, 3)


def test_a_list_of_a_past_day_is_mapped_by_the_grids_of_that_day(listed: tuple[Viewer, Grid, list[Person]]) -> None:
    by, one, _people = listed
    two = grid(by, 2)
    put(by, two, THREE, on=date(2026, 8, 1))
    sight = lists.sight_of(by)
    rule = lists.category_at(sight, "elder-90", TODAY)

    assert lists.cells_by_grid(sight, rule, REAL, on=TODAY) == {two.pk: 2, NONE: 1}
    assert lists.cells_by_grid(sight, rule, REAL, on=date(2026, 7, 31)) == {one.pk: 2, NONE: 1}


def test_who_sees_figures_alone_sees_no_small_ones_by_grid_and_none_of_them_from_a_wider_seat(
    listed: tuple[Viewer, Grid, list[Person]],
) -> None:
    here = clerk(REAL, capabilities=frozenset({"registry.figures"}))
    wider = clerk(320115006000000, level=4, capabilities=frozenset({"registry.figures"}))

    line = next(one for one in lists.lines_by_grid(lists.sight_of(here), REAL, on=TODAY) if one.rule.code == "elder-90")

    assert set(line.cells.values()) == {None}
    assert line.total is None
    assert lists.lines_by_grid(lists.sight_of(wider), REAL, on=TODAY) == []
    assert lists.key_rules(wider, REAL, TODAY) == ()
