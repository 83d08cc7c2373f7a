"""The glossary names what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORD = re.compile(r"\w+")


def test_every_identifier_of_the_glossary_stands_in_the_code() -> None:
    words = {
        word
        for path in (ROOT / "liren").rglob("*.py")
        if "tests" not in path.relative_to(ROOT).parts
        for word in WORD.findall(path.read_text(encoding="utf-8"))
    }
    rows = [line.split("|") for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()]
    named = {name for row in rows if len(row) == 6 for name in re.findall(r"`([\w.]+)`", row[3])}

    assert {name for name in named if name.split(".")[-1] not in words} == set()


def test_no_concept_of_the_glossary_stands_there_twice() -> None:
    rows = [line.split("|") for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()]
    heads = [row[1].strip() for row in rows if len(row) == 6 and row[1].strip() not in {"中文", "---"}]

    assert sorted(heads) == sorted(set(heads))
