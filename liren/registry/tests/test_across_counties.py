"""Lists and searches of a scope of several counties: each is asked for its first, merged in one order."""

from datetime import date

import pytest

from liren.registry import actions
from liren.registry.models import Person
from liren.registry.queries import people_page, search_people
from liren.registry.tests.desk import AT
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, Role, acting, everywhere, staff

pytestmark = pytest.mark.django_db(transaction=True)

CITY_DESK = Role("ziliao-shi", "许琳", "population_officer", 2, 320100000000000, "南京市")
"""Somebody of the city who may open files: an installation's own post, here a county's at the city's place."""
YUHUA, LIUHE, GUSU = 320114001001_000, 320116001001_000, 320508001001_000
NAMES = ("张伟", "李娜", "王芳", "张静", "陈杰", "赵磊", "张伟")


@pytest.fixture
def people(transactional_db: None) -> list[Person]:
    """Seven people in each of three counties of 南京 and of one of 苏州."""
    made = []
    for number, area in enumerate((PAIFANG, YUHUA, LIUHE, GUSU)):
        role = PAIFANG_CLERK if area == PAIFANG else Role(f"clerk-{number}", "郑洁", "window_clerk", 5, area, "某社区")
        with acting(staff(role)) as by:
            for turn, name in enumerate(NAMES):
                one = actions.register_person(
                    by=by, at=AT, area=area, name=name, birth_on=date(1980 + turn, 1, 1), since=date(2000, 1, 1)
                )
                made.append(one)
    return made


def in_order(people: list[Person]) -> list[int]:
    """Return whom a city's list holds, as it should be ordered."""
    city = [one for one in people if one.area // 10**11 == 3201]
    return [one.pk for one in sorted(city, key=lambda one: (one.sort_key, one.pk))]


@pytest.mark.parametrize("size", [1, 4, 50])
def test_the_pages_of_a_city_go_through_all_its_counties_in_one_order(people: list[Person], size: int) -> None:
    found: list[int] = []
    after = None
    with acting(staff(CITY_DESK)) as by:
        while True:
            page = people_page(by, size=size, after=after)
            found += [one.pk for one in page.people]
            if (after := page.after) is None:
                break

    assert found == in_order(people)


def test_a_past_day_is_listed_across_counties(people: list[Person]) -> None:
    with acting(staff(CITY_DESK)) as by:
        then = [one.pk for one in people_page(by, on=date(2010, 1, 1)).people]
        before = people_page(by, on=date(1999, 1, 1)).people

    assert then == in_order(people)
    assert before == []


def test_a_narrowed_list_holds_whom_it_names_in_every_county(people: list[Person]) -> None:
    with everywhere():
        Person.objects.filter(pk__in=[one.pk for one in people if one.name == "李娜"]).update(is_disabled=True)

    with acting(staff(CITY_DESK)) as by:
        found = people_page(by, only="disabled").people

    assert sorted(one.area for one in found) == [YUHUA, PAIFANG, LIUHE]


@pytest.mark.parametrize("typed", ["张", "zhang", "zw", "伟"])
def test_a_search_of_a_city_finds_people_of_all_its_counties_and_of_no_other(people: list[Person], typed: str) -> None:
    with acting(staff(CITY_DESK)) as by:
        answer = search_people(by, typed, 20)
        few = search_people(by, typed, 2)

    meant = {"张": {"张伟", "张静"}, "zhang": {"张伟", "张静"}}.get(typed, {"张伟"})
    assert {one.pk for one in answer.people} == {one.pk for one in people[:21] if one.name in meant}
    assert [one.pk for one in few.people] == [one.pk for one in answer.people[:2]]
    assert few.has_more
    assert not answer.has_more


def test_the_second_time_a_list_is_asked_its_kept_plan_answers_the_same(people: list[Person]) -> None:
    with acting(staff(CITY_DESK)) as by:
        pages = [[one.pk for one in people_page(by, size=30).people] for _ in range(3)]
        typed = [[one.pk for one in search_people(by, "zhang").people] for _ in range(3)]

    assert pages == [in_order(people)] * 3
    assert typed[0] == typed[1] == typed[2]
