"""Units and grids below a community: added by who may, seen in scope, ended on a day."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client

from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.foundation.places.actions import add_grid, add_unit, end_unit
from liren.foundation.places.models import Grid, Unit
from liren.foundation.places.queries.tree import place_at, place_by_code
from liren.foundation.places.queries.units import grids_of, unit_for, units_of
from liren.testing import cast

Post = apps.get_model("access", "Post")

pytestmark = pytest.mark.django_db(transaction=True)
PAIFANG = "320115006205"
DAY = date(2026, 9, 3)


@pytest.fixture
def keeper(db: None) -> Any:
    """Return the clerk of 牌坊, whose post also keeps units."""
    clerk = cast.staff(cast.PAIFANG_CLERK)
    post = Post.objects.get(code=cast.PAIFANG_CLERK.post)
    post.capabilities = sorted({*post.capabilities, "places.edit_units", "places.view"})
    post.save()
    return clerk


def test_a_unit_is_added_to_a_community_and_found_there(keeper: Any) -> None:
    with cast.acting(keeper) as by:
        place = place_by_code(PAIFANG)
        unit = add_unit(place=place, kind="group", name=" 第三  小组 ", by=by, at=cast.NOON)

        assert (unit.name, unit.area, unit.county, unit.valid_from) == ("第三 小组", place.area, 320115, DAY)
        assert list(units_of(by, place, on=DAY)) == [unit]
        assert list(units_of(by, place, on=date(2026, 9, 2))) == []


def test_a_name_is_given_once_until_the_unit_has_ended(keeper: Any) -> None:
    with cast.acting(keeper) as by:
        place = place_by_code(PAIFANG)
        unit = add_unit(place=place, kind="building", name="1号楼", by=by, at=cast.NOON)
        with pytest.raises(Conflict, match="1号楼"):
            add_unit(place=place, kind="building", name="1号楼", by=by, at=cast.NOON)

        end_unit(unit=unit, until=date(2026, 9, 4), by=by, at=cast.NOON)

        add_unit(place=place, kind="building", name="1号楼", by=by, at=cast.NOON)


def test_a_unit_with_units_inside_ends_after_them(keeper: Any) -> None:
    with cast.acting(keeper) as by:
        place = place_by_code(PAIFANG)
        yard = add_unit(place=place, kind="courtyard", name="东院", by=by, at=cast.NOON)
        house = add_unit(place=place, kind="building", name="2号楼", within=yard, by=by, at=cast.NOON)
        with pytest.raises(Conflict, match="下面还有"):
            end_unit(unit=yard, until=date(2026, 9, 4), by=by, at=cast.NOON)

        end_unit(unit=house, until=date(2026, 9, 4), by=by, at=cast.NOON)
        assert end_unit(unit=yard, until=date(2026, 9, 4), by=by, at=cast.NOON).valid_until == date(2026, 9, 4)
        with pytest.raises(Conflict, match="已经停用"):
            end_unit(unit=yard, until=date(2026, 9, 5), by=by, at=cast.NOON)


@pytest.mark.parametrize(("kind", "name", "field"), [("group", "  ", "name"), ("castle", "一组", "kind")])
def test_what_is_wrong_is_said_beside_its_field(keeper: Any, kind: str, name: str, field: str) -> None:
    with cast.acting(keeper) as by, pytest.raises(Refusal) as refused:
        add_unit(place=place_by_code(PAIFANG), kind=kind, name=name, by=by, at=cast.NOON)

    assert refused.value.field == field


def test_a_township_has_no_units_of_its_own(civil_affairs_officer: Any) -> None:
    with cast.everywhere() as by, pytest.raises(Refusal, match="村"):
        add_unit(place=place_at(4, cast.JIANGNING), kind="group", name="一组", by=by, at=cast.NOON)


def test_a_clerk_neither_changes_nor_sees_the_units_of_the_neighbour(keeper: Any, tianran_clerk: Any) -> None:
    with cast.everywhere() as system:
        unit = add_unit(place=place_at(5, cast.TIANRAN), kind="group", name="一组", by=system, at=cast.NOON)

    with cast.acting(keeper) as by:
        with pytest.raises(Forbidden):
            add_unit(place=place_at(5, cast.TIANRAN), kind="group", name="二组", by=by, at=cast.NOON)
        with pytest.raises(NotFound):
            unit_for(by, unit.pk)
        assert not Unit.objects.exists(), "row security hides it, whatever the query says"


def test_a_grid_is_a_number_of_its_community(keeper: Any) -> None:
    with cast.acting(keeper) as by:
        place = place_by_code(PAIFANG)
        grid = add_grid(place=place, number=7, name="牌坊七网格", by=by, at=cast.NOON)

        assert grid.area == place.area + 7
        assert list(grids_of(by, place, on=DAY)) == [grid]
        with pytest.raises(Conflict, match="007"):
            add_grid(place=place, number=7, name="又一个", by=by, at=cast.NOON)
        with pytest.raises(Refusal, match="001"):
            add_grid(place=place, number=1000, name="太大", by=by, at=cast.NOON)


def test_the_table_itself_refuses_a_grid_without_a_number() -> None:
    with cast.everywhere(), pytest.raises(IntegrityError, match="has_a_number"), transaction.atomic():
        Grid.objects.create(area=cast.PAIFANG, name="x", valid_from=DAY)


def test_units_are_added_and_listed_over_the_api(keeper: Any, client: Client) -> None:
    cast.sign_in(client, keeper)

    made = client.post(
        f"/api/v1/places/{PAIFANG}/units", {"kind": "hamlet", "name": "石桥屯"}, content_type="application/json"
    )

    assert made.status_code == 201, made.content
    listed = client.get(f"/api/v1/places/{PAIFANG}/units").json()["items"]
    assert [(one["id"], one["code"], one["name"]) for one in listed] == [(made.json()["id"], PAIFANG, "石桥屯")]


def test_nobody_and_the_wrong_post_get_no_units(client: Client, auditor: Any) -> None:
    assert client.get(f"/api/v1/places/{PAIFANG}/units").status_code == 401

    cast.sign_in(client, auditor)
    assert client.get(f"/api/v1/places/{PAIFANG}/units").status_code == 403
