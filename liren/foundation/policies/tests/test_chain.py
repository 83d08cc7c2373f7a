"""The nearest adoption up the tree wins, then the national base."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from liren.foundation.places.rules import ancestor
from liren.foundation.policies.rules.chain import NATIONAL_BASE, Adopted, Edition, chain, edition_on

ON = date(2026, 3, 2)
PAIFANG = 320115006001000
PROVINCE, COUNTY, COMMUNITY = (1, ancestor(PAIFANG, 1)), (3, ancestor(PAIFANG, 3)), (5, PAIFANG)


def adopted(place: tuple[int, int], pack: str, since: date = date(2020, 1, 1), until: date | None = None) -> Adopted:
    """Return an adoption."""
    return Adopted(*place, pack, since, until)


def depends_on(code: str) -> tuple[str, ...]:
    """Return what the packs of these tests depend on."""
    return {"jiangsu/two": ("jiangsu/one", NATIONAL_BASE), "jiangsu/one": (NATIONAL_BASE,)}.get(code, ())


def packs_at(place: tuple[int, int], *adoptions: Adopted, on: date = ON) -> tuple[str, ...]:
    """Return the packs that count at a place."""
    return chain(adoptions, *place, on, depends_on)


def test_without_any_adoption_the_national_base_counts() -> None:
    assert packs_at(COMMUNITY) == (NATIONAL_BASE,)


def test_the_nearest_adoption_goes_first() -> None:
    everywhere, here = adopted(PROVINCE, "jiangsu/one"), adopted(COUNTY, "nanjing/one")

    assert packs_at(COMMUNITY, everywhere, here) == ("nanjing/one", "jiangsu/one", NATIONAL_BASE)
    assert packs_at(PROVINCE, everywhere, here) == ("jiangsu/one", NATIONAL_BASE)


def test_a_pack_is_followed_by_those_it_depends_on() -> None:
    assert packs_at(COMMUNITY, adopted(COUNTY, "jiangsu/two")) == ("jiangsu/two", "jiangsu/one", NATIONAL_BASE)


def test_the_later_adoption_of_one_place_goes_first() -> None:
    early, late = adopted(COUNTY, "a/one", date(2020, 1, 1)), adopted(COUNTY, "b/one", date(2024, 1, 1))

    assert packs_at(COMMUNITY, early, late) == ("b/one", "a/one", NATIONAL_BASE)


def test_an_adoption_that_has_ended_or_lies_ahead_does_not_count() -> None:
    ended, ahead = adopted(COUNTY, "a/one", until=ON), adopted(COUNTY, "b/one", since=date(2026, 3, 3))

    assert packs_at(COMMUNITY, ended, ahead) == (NATIONAL_BASE,)


def test_places_that_share_an_integer_are_told_apart_by_level() -> None:
    dongguan = 441900000000000

    assert packs_at((2, dongguan), adopted((3, dongguan), "dongguan/one")) == (NATIONAL_BASE,)
    assert packs_at((3, dongguan), adopted((2, dongguan), "dongguan/one")) == ("dongguan/one", NATIONAL_BASE)


@given(
    st.lists(
        st.builds(Adopted, st.integers(1, 5), st.just(PAIFANG), st.sampled_from(["a/a", "b/b", "c/c"]), st.dates())
    )
)
def test_every_pack_stands_once_and_the_national_base_last(adoptions: list[Adopted]) -> None:
    packs = packs_at(COMMUNITY, *adoptions)

    assert len(set(packs)) == len(packs)
    assert packs[-1] == NATIONAL_BASE


def test_of_the_editions_in_force_the_last_loaded_counts() -> None:
    first = Edition(1, "a/one", 1, date(2015, 1, 1), None)
    corrected = Edition(2, "a/one", 2, date(2015, 1, 1), None)
    coming = Edition(3, "a/one", 3, date(2027, 1, 1), None)

    assert edition_on([first, corrected, coming], ON) == corrected
    assert edition_on([first, corrected, coming], date(2027, 1, 1)) == coming
    assert edition_on([first, corrected, coming], date(2014, 1, 1)) is None
