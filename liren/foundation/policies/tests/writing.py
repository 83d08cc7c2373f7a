"""Writes small packs for tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_pack(
    below: Path,
    *,
    code: str = "test/one",
    terms: Mapping[str, Any] | None = None,
    clauses: Mapping[str, str] | None = None,
    in_force_from: str = "2015-11-13",
    in_force_until: str = "null",
    depends_on: str = "[]",
) -> Path:
    """Write a pack of terms (code → value) and clauses (code → "kind code" it is tied to) and return its folder."""
    folder = below / code
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(
        f"code: {code}\ntitle: 试验\nissuer: 某地\ndocument_number: null\nissued_on: null\nin_force_from: {in_force_from}\n"
        f'in_force_until: {in_force_until}\nversion: "1"\ndepends_on: {depends_on}\n'
    )
    if terms:
        items = "".join(
            f"  - code: {name}\n    name: 某个期限\n    verified: false\n    figure:\n      value: {value}\n"
            f"      unit: days\n      verified: false\n"
            for name, value in terms.items()
        )
        (folder / "terms.yaml").write_text(f"kind: term\nitems:\n{items}")
    if clauses:
        items = "".join(
            f"  - code: {name}\n    name: 一条\n    verified: true\n    heading: false\n    summary: 说了什么\n    ties:\n"
            f"      - {{kind: {tie.split()[0]}, code: {tie.split()[1]}}}\n"
            for name, tie in clauses.items()
        )
        (folder / "clauses.yaml").write_text(f"kind: clause\nitems:\n{items}")
    return folder
