"""Vendored files are the ones that the record names, byte for byte."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| \S+ \| \S+ \| \S+ \| `([^`]+)` \| `([0-9a-f]{64})` \|$", (ROOT / "THIRD_PARTY.md").read_text(), re.M
)


@pytest.mark.parametrize(("path", "digest"), ROWS)
def test_a_vendored_file_is_the_one_on_record(path: str, digest: str) -> None:
    files = sorted(ROOT.glob(path))

    assert files
    assert hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest() == digest


def test_every_vendored_file_is_on_record() -> None:
    vendored = {
        file.relative_to(ROOT).as_posix() for folder in (ROOT / "liren").rglob("vendor") for file in folder.iterdir()
    }

    assert vendored <= {path for path, _digest in ROWS}
