"""The annex of the Jiangsu notice is read letter by letter."""

import pytest
from django.conf import settings

from liren.foundation.policies.management.commands.build_calendar import TARGET, calendar_text
from liren.foundation.policies.management.commands.read_annex import PACK, annex_text
from liren.foundation.policies.rules.annex import read_annex

TEXT = (settings.ROOT / "packs" / "jiangsu" / "2015-rural-pilot" / "annex.txt").read_text()


def test_the_annex_names_two_communities_of_each_of_thirteen_cities() -> None:
    listed = read_annex(TEXT)

    cities = [one.city for one in listed]
    assert len(listed) == 26
    assert len(set(cities)) == 13
    assert all(cities.count(city) == 2 for city in cities)


def test_a_name_without_county_lies_where_the_one_before_it_does() -> None:
    first, second, *_ = read_annex(TEXT)

    assert first.key == "江宁区江宁街道牌坊社区"
    assert (second.city, second.county, second.township, second.community) == (
        "南京市",
        "江宁区",
        "江宁街道",
        "天然社区",
    )


def test_names_stay_as_printed() -> None:
    assert "宜兴市湖氵父镇大东村" in {one.key for one in read_annex(TEXT)}
    assert {one.city for one in read_annex(TEXT)} >= {"南京市", "连云港市"}


def test_a_line_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="南 京 市"):
        read_annex("南 京 市:牌坊")


def test_the_shipped_annex_and_calendar_are_what_the_commands_write() -> None:
    assert (PACK / "annex.yaml").read_text() == annex_text(TEXT)
    assert TARGET.read_text() == calendar_text()
