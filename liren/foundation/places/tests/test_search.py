"""Search over the whole tree, on the real data."""

from collections.abc import Iterable

import pytest
from django.test import Client

from liren.foundation.places.queries.near import county_around
from liren.foundation.places.queries.search import Hit, search
from liren.foundation.places.queries.tree import children, communities, path_of, paths_of, place_by_code
from liren.foundation.places.rules import AreaRange
from liren.foundation.places.rules.typed import Rank
from liren.foundation.places.schemas import FoundOut

pytestmark = pytest.mark.django_db

PAIFANG = "320115006205"
JIANGNING = AreaRange(320115000000000, 320115999999999)
JIANGSU = AreaRange(320000000000000, 329999999999999)


def codes(hits: Iterable[Hit]) -> list[str]:
    return [hit.place.code for hit in hits]


@pytest.mark.parametrize(
    "typed",
    [
        "jiangning paifang",
        "江宁 牌坊",
        "江宁牌坊",
        "江苏省南京市江宁区江宁街道牌坊村",
        "南京 江宁街道 牌坊",
        "nanjing jiangning jnjd paif",
        "320115006205",
    ],
)
def test_a_village_is_found_however_it_is_typed(typed: str) -> None:
    assert codes(search(typed))[0] == PAIFANG


@pytest.mark.parametrize("typed", ["jnjd", "jiangningjiedao", "jiangningjie", "江宁街道", "江宁街", "江宁街道办事处"])
def test_a_township_is_found_by_its_name_its_pinyin_and_its_initials(typed: str) -> None:
    assert "320115006" in codes(search(typed, under=JIANGSU))


def test_exact_names_come_before_longer_ones_and_upper_levels_first() -> None:
    hits = search("江宁")

    assert codes(hits)[:2] == ["320115", "320115006"]
    assert [hit.rank for hit in hits] == sorted(hit.rank for hit in hits)
    exact = [hit.place.level for hit in hits if hit.rank == Rank.EXACT]
    assert exact == sorted(exact)


def test_what_lies_near_comes_first_among_equals() -> None:
    assert codes(search("牌坊", near=county_around(320115006208000)))[0] == PAIFANG
    assert codes(search("北京", near=JIANGNING))[0] == "11"


def test_a_part_of_a_name_is_found() -> None:
    hits = search("像素")

    assert hits
    assert all(hit.rank == Rank.SUBSTRING and "像素" in hit.place.name for hit in hits)


def test_a_search_stays_in_the_place_and_on_the_levels_asked_for() -> None:
    hits = search("xin", under=JIANGSU, levels=[3, 4])

    assert hits
    assert all(hit.place.area in JIANGSU and hit.place.level in {3, 4} for hit in hits)


def test_an_old_kind_still_finds_the_place() -> None:
    hits = search("牌坊社区", under=JIANGNING)

    assert [(hit.place.code, hit.rank) for hit in hits] == [(PAIFANG, Rank.STEM)]


def test_a_city_that_is_its_own_county_is_shown_once_and_said_once() -> None:
    hits = search("东莞市")

    assert codes(hits) == ["4419"]
    assert path_of(4, 441900003000000).text() == "广东省东莞市东城街道"


def test_placeholders_are_neither_found_nor_said() -> None:
    assert search("市辖区") == []
    assert path_of(3, 110101000000000).text() == "北京市东城区"


def test_hong_kong_macau_and_taiwan_are_only_places_of_registration() -> None:
    assert "81" not in codes(search("香港"))
    assert codes(search("香港", registered=True))[0] == "81"


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "'; DROP TABLE", "\x00", "不存在的地方名字", "9" * 15, "١٢"])
def test_what_fits_nothing_gives_an_empty_list(typed: str) -> None:
    assert search(typed) == []


def test_the_reading_is_the_places_own() -> None:
    assert "3415" in codes(search("luan", levels=[2]))
    assert "331000"[:4] in codes(search("taizhou", levels=[2]))
    assert "1404" in codes(search("changzhi", levels=[2]))


def test_many_paths_take_one_query(django_assert_num_queries: object) -> None:
    places = list(communities(place_by_code("320115006")))

    with django_assert_num_queries(1):  # type: ignore[operator]
        paths = paths_of([(place.level, place.area) for place in places])

    assert len(places) == 22
    assert paths[5, 320115006205000].text("/") == "江苏省/南京市/江宁区/江宁街道/牌坊村委会"


def test_the_tree_is_whole() -> None:
    assert children(None).count() == 34
    assert [place.name for place in children(place_by_code("320115006"))][:1] == ["江宁社区居委会"]
    assert place_by_code("4419").subtree == AreaRange(441900000000000, 441999999999999)


def test_a_search_takes_few_queries(django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        search("新村", near=JIANGNING)


def test_anybody_may_search_over_the_api(client: Client) -> None:
    answer = client.get("/api/v1/places/search?q=paifang&under=320115&limit=3").json()

    assert answer["items"][0] == {
        "id": "3201150062050005",
        "code": PAIFANG,
        "level": 5,
        "name": "牌坊村委会",
        "short": "牌坊",
        "kind": 2,
        "path": "江苏省南京市江宁区江宁街道牌坊村委会",
        "match": "exact",
    }


@pytest.mark.parametrize("typed", ["paifang", "江宁", "320115006", "jnjd", "新村"])
def test_what_a_search_answers_has_the_described_shape(client: Client, typed: str) -> None:
    answer = client.get("/api/v1/places/search", {"q": typed}).json()

    assert FoundOut.model_validate(answer).model_dump() == answer
    assert answer["items"]


def test_a_place_is_shown_with_those_above_it(client: Client) -> None:
    answer = client.get(f"/api/v1/places/{PAIFANG}").json()

    assert [step["code"] for step in answer["above"]] == ["32", "3201", "320115", "320115006"]
    assert answer["children"] == 0


@pytest.mark.parametrize("code", ["99", "320115999", "3", "abc", "3201150062051"])
def test_an_unknown_code_is_answered_with_a_problem(client: Client, code: str) -> None:
    answer = client.get(f"/api/v1/places/{code}")

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json")


def test_a_form_offers_what_fits_as_choices(client: Client) -> None:
    page = client.get("/places/pick", {"q": "pf", "levels": "5", "under": "320115006", "name": "home"}).content.decode()

    assert f'name="home" value="{PAIFANG}"' in page
    assert "没有找到" in client.get("/places/pick", {"q": "不存在的名字", "name": "<script>"}).content.decode()
