"""Ratings: which levels open a duty to answer, and when a case may be handled once more."""

from liren.engines.cases.enums import RatingLevel

ANSWERED_LEVELS = frozenset({RatingLevel.VERY_BAD, RatingLevel.BAD})
REOPENINGS = 1


def must_be_answered(level: int) -> bool:
    """Say whether a rating opens a duty to answer: the last two of the five levels (国办发〔2019〕51号)."""
    return level in ANSWERED_LEVELS


def may_reopen(level: int | None, reopened: int) -> bool:
    """Say whether a case may be handled once more: after a bad rating, once."""
    return level is not None and must_be_answered(level) and reopened < REOPENINGS
