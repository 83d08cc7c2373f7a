"""Every dependency has its reason on one page, and the lock files name no address."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def wanted() -> set[str]:
    names = set()
    for path in (ROOT / "requirements").glob("*.in"):
        names |= {
            re.split(r"[\[<>=! ;#]", line)[0].lower()
            for line in path.read_text().splitlines()
            if line and line[0] not in "-#"
        }
    return names


def test_every_dependency_is_listed_with_its_reason_and_nothing_else_is() -> None:
    rows = re.findall(r"^\| (.+?) \| .+ \| .+ \|$", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    listed = {name.strip().lower() for row in rows for name in row.split(",")} - {"package"}

    assert listed == wanted()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_pins_by_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text()

    assert "://" not in text
    assert "index-url" not in text
    assert "--find-links" not in text
    pinned = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", text, re.MULTILINE)
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)
