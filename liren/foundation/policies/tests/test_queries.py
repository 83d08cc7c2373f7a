"""Which item counts at a place on a day, what a process remembers, and who may adopt."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from liren.base.calendar import Due, add_working_days
from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.models import JournalLine
from liren.foundation.access.rules import Seat, Viewer
from liren.foundation.places.rules import ancestor
from liren.foundation.policies import queries
from liren.foundation.policies.actions import adopt, end_adoption, load
from liren.foundation.policies.models import Adoption, Pack, PackItem
from liren.foundation.policies.tests.writing import write_pack
from liren.testing.cast import JIANGNING as TOWNSHIP
from liren.testing.cast import JIANGNING_DISTRICT as COUNTY
from liren.testing.cast import PAIFANG
from liren.testing.plugin import close_connections

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
ON = date(2026, 3, 2)
SYSTEM = Viewer.system("policies")

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _packs(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Load three packs for all tests of this module: adoptions roll back with each test, packs go at the end."""
    below = tmp_path_factory.mktemp("packs")
    with django_db_blocker.unblock():
        load(write_pack(below, code="test/county", terms={"draft-days": 60}), at=AT)
        load(write_pack(below, code="test/township", terms={"draft-days": 90}), at=AT)
        for since, days in (("2020-01-01", 60), ("2026-07-01", 45)):
            load(write_pack(below, code="test/dated", terms={"draft-days": days}, in_force_from=since), at=AT)
        yield
        PackItem.objects.using("owner").filter(pack__code__startswith="test/").delete()
        Pack.objects.using("owner").filter(code__startswith="test/").delete()
        close_connections()


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


def adopted(
    level: int, area: int, pack: str, *, by: Viewer = SYSTEM, since: date = ON, until: date | None = None
) -> Adoption:
    """Adopt a pack in a transaction of its own."""
    with applied(Scope.everything()):
        return adopt(by=by, at=AT, level=level, area=area, pack=pack, valid_from=since, valid_until=until)


def supervisor(level: int, area: int) -> Viewer:
    """Return somebody who may adopt packs at a place."""
    seat = Seat("service_supervisor", "政务服务管理工作人员", level, area, "某地", frozenset({"policies.adopt"}))
    return Viewer("staff", 7, 0, "甲", (seat,))


def days_at(level: int, area: int, on: date = ON) -> float:
    """Return the test term at a place."""
    return queries.term("draft-days", level=level, area=area, on=on).value


def test_without_adoption_the_national_base_answers() -> None:
    matter = queries.item("matter", "temporary-assistance", level=5, area=PAIFANG, on=ON)

    assert (matter.name, matter.pack, matter.verified) == ("临时救助", "national/base", False)
    assert {one.code for one in queries.items("matter", on=ON)} == {
        "temporary-assistance",
        "old-age-allowance",
        "public-repair",
    }


def test_what_nobody_has_is_not_found() -> None:
    assert queries.find_item("matter", "flying", on=ON) is None
    with pytest.raises(NotFound):
        queries.item("matter", "flying", on=ON)
    with pytest.raises(NotFound):
        queries.item_by_id(0)


def test_the_nearest_adoption_wins_from_the_day_it_begins() -> None:
    adopted(3, COUNTY, "test/county")
    adopted(4, TOWNSHIP, "test/township", since=date(2026, 4, 1))

    assert days_at(5, PAIFANG) == 60
    assert days_at(5, PAIFANG, date(2026, 4, 1)) == 90
    assert days_at(3, COUNTY, date(2026, 4, 1)) == 60
    assert days_at(5, PAIFANG, date(2026, 3, 1)) == 30
    assert days_at(2, ancestor(PAIFANG, 2)) == 30


def test_an_old_version_answers_for_the_days_before_the_new_one() -> None:
    adopted(3, COUNTY, "test/dated", since=date(2021, 1, 1))

    assert days_at(5, PAIFANG) == 60
    assert days_at(5, PAIFANG, date(2026, 7, 1)) == 45


def test_an_adoption_ends_and_the_base_answers_again() -> None:
    adoption = adopted(3, COUNTY, "test/county")

    with applied(Scope.everything()):
        end_adoption(by=SYSTEM, at=AT, adoption=adoption, on=date(2026, 5, 1))

    assert days_at(5, PAIFANG, date(2026, 4, 30)) == 60
    assert days_at(5, PAIFANG, date(2026, 5, 1)) == 30


def test_an_adoption_is_journalled() -> None:
    adoption = adopted(3, COUNTY, "test/county", by=supervisor(3, COUNTY))

    with applied(Scope.everything()):
        line = JournalLine.objects.get(object_id=adoption.pk)
    assert (line.verb, line.area) == ("policies.adopt", COUNTY)


def test_a_township_cannot_adopt_for_its_county() -> None:
    with pytest.raises(Forbidden):
        adopted(3, COUNTY, "test/county", by=supervisor(4, TOWNSHIP))


def test_a_county_without_townships_below_is_not_its_city() -> None:
    dongguan = 441900000000000

    with pytest.raises(Forbidden, match="本级和下级"):
        adopted(2, dongguan, "test/county", by=supervisor(3, dongguan))


def test_a_pack_is_adopted_once_for_any_day() -> None:
    adopted(3, COUNTY, "test/county", until=date(2026, 6, 1))

    with pytest.raises(Conflict):
        adopted(3, COUNTY, "test/county", since=date(2026, 5, 31))
    with pytest.raises(Refusal, match="晚于"):
        adopted(3, COUNTY, "test/county", since=ON, until=ON)
    with pytest.raises(NotFound, match="没有载入"):
        adopted(3, COUNTY, "test/nobody")
    assert adopted(3, COUNTY, "test/county", since=date(2026, 6, 1)).valid_from == date(2026, 6, 1)


def test_asking_again_costs_no_query(django_assert_num_queries: object) -> None:
    queries.item("matter", "public-repair", level=5, area=PAIFANG, on=ON)
    queries.calendar(level=5, area=PAIFANG, on=ON)

    with django_assert_num_queries(0):  # type: ignore[operator]
        queries.item("matter", "public-repair", level=5, area=PAIFANG, on=ON)
        queries.calendar(level=5, area=PAIFANG, on=ON)
        queries.codelist("sex", on=ON)


def test_the_calendar_of_the_base_knows_the_moved_days_and_where_it_ends() -> None:
    calendar = queries.calendar(on=ON)

    assert add_working_days(date(2024, 9, 30), 5, calendar) == Due(date(2024, 10, 12), provisional=False)
    assert add_working_days(date(2026, 11, 30), 30, calendar).provisional
    assert not calendar.is_working_day(date(2027, 10, 1))
    assert set(range(2004, 2027)) == set(calendar.covered)  # type: ignore[call-overload]


def test_code_lists_are_read_by_code_in_order() -> None:
    assert queries.codelist("sex", on=ON)["1"] == "男"
    ethnicities = queries.codelist("ethnicity", on=ON)
    assert list(ethnicities)[:2] == ["01", "02"]
    assert len([code for code in ethnicities if code < "90"]) == 56


def test_a_clause_shows_the_items_tied_to_it() -> None:
    shown = queries.pack_shown(Pack.objects.get(code="jiangsu/2015-rural-pilot").pk)
    tied = {one.clause.code: [item.code for item in one.items] for one in shown.clauses}

    assert tied["二.一.三"] == ["temporary-assistance", "old-age-allowance"]
    assert len(tied["附件"]) == 26
    assert list(tied)[:4] == ["前言", "一", "二", "二.一"]


def test_every_unverified_figure_can_be_listed() -> None:
    unverified = {(one.kind, one.code): one for one in queries.unverified_items(on=ON)}

    assert ("term", "supplement-days") in unverified
    assert "promised_days" in queries.unverified_paths(unverified["matter", "public-repair"].body)
    assert ("codelist", "window-group") not in unverified
