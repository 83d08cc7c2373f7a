"""What it says that a row and a person agree in this and differ in that, and what becomes of the row.

A Fellegi–Sunter model: every comparison has levels, every level the share of the pairs of one person that stand on it (``one``)
and of the pairs of two people (``two``); what it weighs is log2(one / two), in bits. The shares of one person were counted in pairs that
an identity number had proved, those of two people in random pairs, both on the harder setting of the made-up lists (docs/performance.md).
Names weigh by how frequent they are in the registry at hand, communities by how the two lists lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import log2

from liren.base.likeness import DayLevel, NameLevel

MATCH_BITS = 8.0  # 255 : 1
UNSURE_BITS = -2.0  # 1 : 4
GAP_BITS = 6.0  # so much likelier than the next person
PROVED_BITS = 13.0  # a number with a name that fits, or name, birthday and phone together; 1 in 8,192 is left to chance
EXPECTED = 0.3  # of the rows that no number decided, so many are of somebody in the registry
MOST_CANDIDATES = 3


class Outcome(StrEnum):
    """What became of a row."""

    MATCH = "match"
    UNSURE = "unsure"
    NEW = "new"


class Why(StrEnum):
    """What a row and a person agree in, and what they differ in."""

    NUMBER = "number"
    NUMBER_SLIP = "number_slip"
    NUMBER_OTHER = "number_other"
    NUMBER_OF_ANOTHER = "number_of_another"
    NAME = "name"
    NAME_VARIANT = "name_variant"
    NAME_GAP = "name_gap"
    NAME_SOUND = "name_sound"
    NAME_TURNED = "name_turned"
    NAME_SIGN = "name_sign"
    NAME_SURNAME = "name_surname"
    NAME_OTHER = "name_other"
    BIRTH = "birth"
    BIRTH_TURNED = "birth_turned"
    BIRTH_DIGIT = "birth_digit"
    BIRTH_LUNAR = "birth_lunar"
    BIRTH_YEAR = "birth_year"
    BIRTH_OTHER = "birth_other"
    SEX_OTHER = "sex_other"
    PHONE = "phone"
    COMMUNITY = "community"
    TOWNSHIP = "township"
    HOUSEHOLD = "household"
    HOUSEHOLD_OTHER = "household_other"
    SEVERAL = "several"
    TAKEN = "taken"


OF_NAMES = {level: Why(f"name_{level.name.lower()}") for level in NameLevel if level} | {NameLevel.SAME: Why.NAME}
OF_DAYS: dict[DayLevel, Why | None] = {
    DayLevel.SAME: Why.BIRTH,
    DayLevel.TURNED: Why.BIRTH_TURNED,
    DayLevel.DIGIT: Why.BIRTH_DIGIT,
    DayLevel.LUNAR: Why.BIRTH_LUNAR,
    DayLevel.YEAR: Why.BIRTH_YEAR,
    DayLevel.OTHER: Why.BIRTH_OTHER,
    DayLevel.UNKNOWN: None,
}
PROVING_NAMES = frozenset({Why.NAME, Why.NAME_GAP, Why.NAME_SOUND, Why.NAME_TURNED})


@dataclass(frozen=True, slots=True)
class Level:
    """One level: the SQL over a pair (``_l``, ``_r``) that holds on it, the shares of one person and of two people, the word for it."""

    sql: str
    one: float
    two: float
    why: Why | None = None
    by_frequency: bool = False

    @property
    def bits(self) -> float:
        """Return what the level weighs, before the frequency of a name."""
        return log2(self.one / self.two)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: when it says nothing, and its levels, the likest first; the last holds whenever no other does."""

    name: str
    unknown: str
    levels: tuple[Level, ...]

    def why(self, bits: float) -> Why | None:
        """Return the word for the level that weighs so much; nothing was known where it weighs nothing."""
        return min(self.levels, key=lambda level: abs(level.bits - bits)).why if bits else None


_MONTH_DAY = "month(birth_l) = month(birth_r) AND day(birth_l) = day(birth_r)"
_DIGITS = "strftime(birth_l, '%Y%m%d'), strftime(birth_r, '%Y%m%d')"
COMPARISONS = (
    Comparison(
        "name",
        "folded_l IS NULL OR folded_r IS NULL",
        (
            Level("folded_l = folded_r", 0.938, 0.00001, Why.NAME, by_frequency=True),
            Level(
                "gaps_l + gaps_r > 0 AND length(folded_l) > gaps_l + gaps_r AND length(folded_r) > gaps_l + gaps_r"
                " AND (folded_l LIKE replace(folded_r, '?', '_') OR folded_r LIKE replace(folded_l, '?', '_'))",
                0.009,
                0.0004,
                Why.NAME_GAP,
            ),
            Level("sound_l <> '' AND sound_l = sound_r", 0.037, 0.000015, Why.NAME_SOUND),
            Level("signs_l = signs_r", 0.004, 0.000002, Why.NAME_TURNED),
            Level(
                "list_has_any(one_other_l, one_other_r) OR list_contains(one_less_l, folded_r) OR list_contains(one_less_r, folded_l)",
                0.008,
                0.003,
                Why.NAME_SIGN,
            ),
            Level("surname_l = surname_r", 0.0035, 0.02, Why.NAME_SURNAME),
            Level("ELSE", 0.0005, 0.976, Why.NAME_OTHER),
        ),
    ),
    Comparison(
        "birth",
        "birth_l IS NULL OR birth_r IS NULL",
        (
            Level("birth_l = birth_r", 0.967, 0.00006, Why.BIRTH),
            Level(
                "year(birth_l) = year(birth_r) AND month(birth_l) = day(birth_r) AND day(birth_l) = month(birth_r)",
                0.003,
                0.00002,
                Why.BIRTH_TURNED,
            ),
            Level(
                f"hamming({_DIGITS}) = 1 OR (hamming({_DIGITS}) = 2 AND damerau_levenshtein({_DIGITS}) = 1)",
                0.012,
                0.001,
                Why.BIRTH_DIGIT,
            ),
            Level("abs(datediff('day', birth_l, birth_r)) BETWEEN 17 AND 53", 0.012, 0.003, Why.BIRTH_LUNAR),
            Level(
                f"(abs(year(birth_l) - year(birth_r)) <= 2 AND {_MONTH_DAY}) OR (year(birth_l) = year(birth_r) AND month(birth_l) = month(birth_r))",
                0.003,
                0.0005,
                Why.BIRTH_YEAR,
            ),
            Level("ELSE", 0.003, 0.99542, Why.BIRTH_OTHER),
        ),
    ),
    Comparison(
        "number",  # equal numbers with names that fit were settled before
        "number_l IS NULL OR number_r IS NULL",
        (
            Level("number_l = number_r", 0.18, 0.001, Why.NUMBER),
            Level(
                "list_contains(slips_l, number_r) OR list_contains(slips_r, number_l)", 0.80, 0.000001, Why.NUMBER_SLIP
            ),
            Level("ELSE", 0.02, 0.998999, Why.NUMBER_OTHER),
        ),
    ),
    Comparison(
        "sex",
        "sex_l = '0' OR sex_r = '0'",
        (Level("sex_l = sex_r", 0.995, 0.5), Level("ELSE", 0.005, 0.5, Why.SEX_OTHER)),
    ),
    Comparison(
        "phone",
        "len(phones_l) = 0 OR len(phones_r) = 0",
        (Level("list_has_any(phones_l, phones_r)", 0.8, 0.00001, Why.PHONE), Level("ELSE", 0.2, 0.99999)),
    ),
    Comparison(
        "area",
        "area_l IS NULL OR area_r IS NULL",
        (
            Level("area_l // 1000 = area_r // 1000", 0.959, 0.002, Why.COMMUNITY),
            Level("area_l // 1000000 = area_r // 1000000", 0.008, 0.03, Why.TOWNSHIP),
            Level("ELSE", 0.033, 0.968),
        ),
    ),
    Comparison(
        "home",  # households in which others of the same household of the file were found
        "len(homes_l) = 0 OR len(homes_r) = 0",
        (
            Level("list_has_any(homes_l, homes_r)", 0.98, 0.0001, Why.HOUSEHOLD),
            Level("ELSE", 0.02, 0.9999, Why.HOUSEHOLD_OTHER),
        ),
    ),
)


def model(*, same_community: float, same_township: float) -> tuple[Comparison, ...]:
    """Return the comparisons for two lists in which random pairs share the community, or else the township, so often."""
    near = min(max(same_community, 1e-6), 0.998)
    wide = min(max(same_township, 1e-6), 0.999 - near)
    shares = (near, wide, 1 - near - wide)
    return tuple(
        replace(
            comparison,
            levels=tuple(replace(level, two=two) for level, two in zip(comparison.levels, shares, strict=True)),
        )
        if comparison.name == "area"
        else comparison
        for comparison in COMPARISONS
    )


def chance(bits: float) -> float:
    """Return the probability that a weight stands for."""
    return 1 / (1 + 2 ** -max(-60.0, min(60.0, bits)))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a row may be, how probably, and why."""

    person: int
    bits: float
    why: tuple[Why, ...]

    @property
    def probability(self) -> float:
        """Return the probability that it is this person."""
        return chance(self.bits)


def decide(candidates: Sequence[Candidate]) -> tuple[Outcome, Why | None]:
    """Return what becomes of a row whose candidates are given, the likest first, and what speaks against deciding.

    Somebody else of the same family is the nearest thing to the same person: who differs in a sign of the name is taken for the
    same only by the number, and never against it.
    """
    if not candidates or candidates[0].bits < UNSURE_BITS:
        return Outcome.NEW, None
    best = candidates[0]
    slipped = Why.NUMBER_SLIP in best.why
    proving = PROVING_NAMES.intersection(best.why)
    if best.bits < MATCH_BITS or (not proving and not slipped):
        return Outcome.UNSURE, None
    if Why.NUMBER_OTHER in best.why and Why.NAME not in best.why:
        return Outcome.UNSURE, None
    if len(candidates) > 1 and best.bits - candidates[1].bits < GAP_BITS:
        return Outcome.UNSURE, Why.SEVERAL
    return Outcome.MATCH, None
