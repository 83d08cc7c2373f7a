"""Everyday words find the matter they mean."""

import pytest

from liren.engines.cases.rules.everyday import fit

HELP = ("临时救助", ["临时救助", "temporary assistance", "生病", "住院", "没钱看病", "生活困难", "申请救助"])
ELDERS = ("高龄津贴", ["高龄津贴", "old-age allowance", "老人补贴", "长寿补贴"])
REPAIR = ("公共设施报修", ["公共设施报修", "public repair", "路灯坏了", "路坏了", "漏水", "上报问题"])
SUMMARIES = {"临时救助": "家里突然遇到大病、事故、火灾等难事，可以申请一次性的生活救助。"}


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("看病花了很多钱", "临时救助"),
        ("我妈住院了", "临时救助"),
        ("老人有没有补贴", "高龄津贴"),
        ("门口的路灯不亮", "公共设施报修"),
        ("水管漏水怎么办", "公共设施报修"),
        ("遇到火灾", "临时救助"),
    ],
)
def test_what_people_say_finds_what_they_mean(words: str, meant: str) -> None:
    ranks = {name: fit(words, names, SUMMARIES.get(name, "")) for name, names in (HELP, ELDERS, REPAIR)}

    assert max(ranks, key=ranks.__getitem__) == meant
    assert ranks[meant]


@pytest.mark.parametrize("words", ["修飞机", "怎么办理", "我想申请", "x", "passport"])
def test_what_nothing_is_named_like_finds_nothing(words: str) -> None:
    assert not any(fit(words, names) for _name, names in (HELP, ELDERS, REPAIR))


def test_a_name_said_whole_comes_before_a_part_of_one() -> None:
    assert fit("生病", HELP[1]) > fit("家里人生病了", HELP[1]) > fit("病得很重没钱", HELP[1]) > 0
