"""How well what somebody would say at a window fits the name of a matter."""

from collections.abc import Sequence

EMPTY = frozenset(
    {
        "申请", "办理", "怎么", "什么", "可以", "请问", "我要", "我想", "想要", "想办", "需要", "没有", "有没", "家里", "我家", "一个", "哪里",
        "多少", "事情", "问题", "已经", "现在", "是不", "不是", "能不", "不能",
    }
)  # fmt: skip
"""Pairs of characters that say nothing about what is asked for."""


def fit(words: str, names: Sequence[str], summary: str = "") -> int:
    """Return how well everyday words fit a matter with these names, 0 to 100; 0 is not at all.

    A name said whole counts most, then a name within the words or the words within a name, then the pairs of characters that both
    share: 看病花了很多钱 finds what is also called 没钱看病.
    """
    if words in names:
        return 100
    if any(words in name or (len(name) > 1 and name in words) for name in names):
        return 60
    said = _pairs(words) - EMPTY
    if not said:
        return 0
    known = {pair for name in names for pair in _pairs(name)}
    named, told = said & known, said & (known | _pairs(summary))
    if not named and 2 * len(told) < len(said):
        return 0
    return 10 + 20 * len(named) // len(said) + 10 * len(told) // len(said)


def _pairs(text: str) -> set[str]:
    """Return the pairs of Chinese characters that stand beside each other."""
    pairs = {text[start : start + 2] for start in range(len(text) - 1)}
    return {pair for pair in pairs if all("一" <= character <= "鿿" for character in pair)}
