"""What day a moment belongs to is said in one place: between midnight and eight in the morning a moment in UTC has yesterday's date."""

import ast
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parents[2]
NAIVE = {
    "liren/base/clock.py": "the one place",
    "liren/base/tables/old.py": "a cell of a file has no time zone",
    "liren/base/tables/books.py": "a cell of a file has no time zone",
    "liren/base/remote/child.py": "a column of another database has no time zone",
    "liren/exchange/rules/values.py": "a cell of a file has no time zone",
}


def days_taken(path: Path) -> Iterator[int]:
    """Give the lines in which a moment is asked for its date, or Django for the day of a moment."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "localdate" or (name == "date" and isinstance(node.func, ast.Attribute) and not node.args):
            yield node.lineno


def test_the_day_of_a_moment_is_told_by_the_clock_alone() -> None:
    found = [
        f"{name}:{line}"
        for part in ("liren", "tests")
        for path in sorted((HOUSE / part).rglob("*.py"))
        if (name := path.relative_to(HOUSE).as_posix()) not in NAIVE
        for line in days_taken(path)
    ]
    assert not found, f"liren.base.clock.day_of says it: {found}"
    assert all(list(days_taken(HOUSE / name)) for name in NAIVE), "an exception that is none any more"
