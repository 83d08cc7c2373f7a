"""The rows that a transaction may see and write, as six numbers."""

from dataclasses import dataclass
from functools import lru_cache

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows that a transaction may see and write; every pair is an inclusive range."""

    lo: int = 1
    hi: int = 0
    wide_lo: int = 1
    wide_hi: int = 0
    own_lo: int = 1
    own_hi: int = 0

    @classmethod
    def nothing(cls) -> "Scope":
        """Return the scope of somebody unknown."""
        return cls()

    @classmethod
    @lru_cache(maxsize=4096)
    def staff(cls, lo: int, hi: int) -> "Scope":
        """Return the scope of a post at the area ``lo``–``hi``."""
        return cls(lo, hi, lo, hi, 0, LARGEST)

    @classmethod
    @lru_cache(maxsize=4096)
    def resident(cls, subject: int) -> "Scope":
        """Return the scope of a resident: what belongs to ``subject``, wherever it is."""
        return cls(wide_lo=0, wide_hi=LARGEST, own_lo=subject, own_hi=subject) if subject else cls()

    @classmethod
    def public(cls, lo: int, hi: int) -> "Scope":
        """Return the scope behind a receipt number: the subject tables of one community; queries name their columns."""
        return cls(wide_lo=lo, wide_hi=hi, own_hi=LARGEST, own_lo=0)

    @classmethod
    def everything(cls) -> "Scope":
        """Return the scope of migrations and of jobs that serve the whole installation."""
        return cls.staff(0, LARGEST)
