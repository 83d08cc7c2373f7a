"""Written names meet the tree by rules with names; where they leave a doubt, nothing is guessed."""

from dataclasses import dataclass

import pytest

from liren.foundation.places.queries.listed import match_listed
from liren.foundation.places.rules.matching import Match, Written, match_name


@dataclass(frozen=True)
class Place:
    level: int
    area: int
    name: str


def place(code: str, name: str) -> Place:
    return Place({4: 2, 6: 3, 9: 4, 12: 5}[len(code)], int(code.ljust(15, "0")), name)


TREE = [
    place("9901", "甲市"),
    place("990101", "东海区"),
    place("990101100", "大湾镇"),
    place("990101100201", "石桥村民委员会"),
    place("990101100202", "南岸村委会"),
    place("990101100203", "（氵甸）口村委会"),
    place("990101002", "北门街道"),
    place("990101002001", "柳林社区居委会"),
    place("990101002002", "新民社区居委会"),
    place("990101101", "新民镇"),
    place("990101101201", "新民村委会"),
    place("990101102", "湖㳇镇"),
    place("990101102201", "大东村村民委员会"),
    place("990101103", "湖塘镇"),
    place("990101103201", "大东村村民委员会"),
]
READINGS = {"父": "fu", "㳇": "fu", "甸": "dian", "淀": "dian", "江": "jiang", "塘": "tang"}


def matched(county: str, township: str, community: str) -> Match[Place]:
    return match_name("甲市", county, township, community, TREE, READINGS)


@pytest.mark.parametrize(
    ("county", "township", "community", "code", "how"),
    [
        ("东海区", "大湾镇", "石桥村", "990101100201", "exact"),
        ("东海区", "北门街道", "柳林社区", "990101002001", "exact"),
        ("东海县", "大湾镇", "石桥村", "990101100201", "renamed county"),
        ("东海区", "大湾乡", "石桥村", "990101100201", "renamed township"),
        ("东海区", "大湾镇", "南岸社区", "990101100202", "社区 ↔ 村委会"),
        ("东海区", "大湾镇", "南岸村社区", "990101100202", "社区 ↔ 村委会"),
        ("东海区", "湖氵父镇", "大东村", "990101102201", "split character"),
        ("东海区", "大湾镇", "淀口村", "990101100203", "split character"),
        ("东海区", "大湾镇", "江口村", None, "unresolved"),
        ("东海区", "北门街道", "石桥村", "990101100201", "moved within the county"),
        ("东海区", "老桥乡", "柳林社区", "990101002001", "township merged"),
        ("东海区", "老桥乡", "柳林村", "990101002001", "township merged + 社区 ↔ 村委会"),
        ("西山县", "大湾镇", "石桥村", "990101100201", "county merged"),
        ("东海县", "大湾镇", "南岸社区", "990101100202", "renamed county + 社区 ↔ 村委会"),
    ],
)
def test_each_change_of_the_tree_is_a_rule_with_a_name(
    county: str, township: str, community: str, code: str | None, how: str
) -> None:
    found = matched(county, township, community)

    assert (found.code, found.how) == (code, how)


def test_a_character_in_two_halves_is_only_joined_to_one_that_has_that_radical() -> None:
    found = matched("东海区", "湖氵父镇", "大东村")

    assert found.place is not None
    assert found.place.area // 10**6 == 990101102  # 塘 is made with earth, not with water


def test_two_places_of_one_name_are_candidates_and_no_answer() -> None:
    found = matched("东海区", "老桥乡", "大东村")

    assert found.place is None
    assert found.how == "unresolved"
    assert {one.area // 1000 for one in found.candidates} == {990101102201, 990101103201}


def test_what_is_unknown_comes_with_names_that_look_alike() -> None:
    found = matched("东海区", "大湾镇", "石桥头村")

    assert found.place is None
    assert [one.name for one in found.candidates] == ["石桥村民委员会"]


def test_an_unknown_county_and_township_are_unresolved() -> None:
    assert matched("西山县", "无名镇", "无名村") == Match("unresolved", None, ())


def test_a_list_is_matched_in_the_shipped_divisions_with_counts() -> None:
    listed = [
        Written("南京市", "江宁区", "江宁街道", "牌坊社区"),
        Written("无锡市", "宜兴市", "湖氵父镇", "大东村"),
        Written("淮安市", "洪泽县", "岔河镇", "滨河村"),
        Written("常州市", "武进区", "雪堰镇", "新康村"),
        Written("常州市", "武进区", "雪堰镇", "无此村"),
    ]

    report = match_listed(listed, province="江苏")

    assert report.as_data() == {
        "江宁区江宁街道牌坊社区": {"code": "320115006205", "how": "社区 ↔ 村委会"},
        "宜兴市湖氵父镇大东村": {"code": "320282113204", "how": "split character"},
        "洪泽县岔河镇滨河村": {"code": "320813103202", "how": "renamed county"},
        "武进区雪堰镇新康村": {"code": "320412110240", "how": "exact"},
        "武进区雪堰镇无此村": {"code": None, "how": "unresolved"},
    }
    assert sum(report.counts.values()) == 5
    assert report.as_text().splitlines()[-1].startswith("exact: 1")


def test_an_unknown_province_is_said_so() -> None:
    with pytest.raises(LookupError, match="no province"):
        match_listed([], province="某省")
