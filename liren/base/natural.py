"""The natural order of names with numbers in them: 9幢 before 10幢, 2单元 before 11单元."""

from typing import Any

from django.db.models import CharField, Func, Value
from django.db.models.expressions import Combinable

DIGITS = 6
"""Numbers up to this long are ordered by their value; longer ones by their last digits."""
PADDING = "0" * (DIGITS - 1)


def natural(words: str | Combinable) -> Any:
    """Return the SQL by which a text column is ordered naturally: each number filled up to ``DIGITS`` digits.

    It is immutable, so a generated column may hold it.
    """
    return _replaced(_replaced(words, "([0-9]+)", PADDING + r"\1"), f"[0-9]*([0-9]{{{DIGITS}}})", r"\1")


def _replaced(words: str | Combinable, pattern: str, by: str) -> Func:
    return Func(words, Value(pattern), Value(by), Value("g"), function="REGEXP_REPLACE", output_field=CharField())
