"""The area key: subtrees nest, codes come back, kinds are read off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liren.foundation.places.rules import (
    COMMUNITY,
    PROVINCE,
    ancestor,
    area_of,
    code_of,
    county_of,
    kind_of,
    lineage,
    place_id,
    subtree,
)

codes = st.integers(min_value=11 * 10**10, max_value=83 * 10**10).map(str)


@given(codes)
def test_a_code_comes_back_from_its_area(code: str) -> None:
    assert code_of(COMMUNITY, area_of(code)) == code


@given(codes)
def test_every_place_lies_in_the_subtree_of_each_of_its_ancestors(code: str) -> None:
    area = area_of(code)

    for level, above in lineage(COMMUNITY, area):
        assert area in subtree(level, above)
        assert above == ancestor(area, level)


@given(codes, codes)
def test_subtrees_of_one_level_never_overlap(one: str, other: str) -> None:
    for level in range(PROVINCE, COMMUNITY + 1):
        first, second = (subtree(level, ancestor(area_of(code), level)) for code in (one, other))
        assert first == second or first.hi < second.lo or second.hi < first.lo


@given(codes)
def test_the_identity_is_exact_in_a_json_number_and_tells_levels_apart(code: str) -> None:
    ids = {place_id(level, area_of(code)) for level in range(1, 6)}

    assert len(ids) == 5
    assert max(ids) < 2**53


@given(codes)
def test_the_county_is_the_leading_six_digits(code: str) -> None:
    assert str(county_of(area_of(code))) == code[:6]


@pytest.mark.parametrize("code", ["", "3", "320", "32011500620", "3201150062051", "32０1", "abcd", "-320115"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a division code"):
        area_of(code)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("320115006001", 1), ("320115006199", 1), ("320115006205", 2), ("320115006399", 2), ("320115006401", 3),
     ("320115006599", 4), ("350527000000", 0)],
)  # fmt: skip
def test_the_last_three_digits_tell_what_a_community_is(code: str, kind: int) -> None:
    assert kind_of(area_of(code)) == kind
