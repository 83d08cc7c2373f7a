"""``make draw``: draw FLOORS into docs/house.md, between its two marks; a house test holds drawing and house equal."""

import re
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from liren.conf.rooms import FLOORS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "house.md"
BEGIN, END = "<!-- drawn by make draw -->", "<!-- drawn until here -->"


def drawing() -> str:
    """Return the house as a Mermaid flow chart and a table of its rooms, the highest floor first."""
    lines = ["```mermaid", "flowchart TB", '  conf["conf · settings, addresses, command line"]']
    for floor in reversed(FLOORS):
        named = [room for room in floor.rooms if room]
        if named:
            lines.append(f'  subgraph {floor.name}["{floor.number} · {floor.name}"]')
            lines += [f"    {floor.name}.{room}[{room}]" for room in named]
            lines.append("  end")
        else:
            lines.append(f'  {floor.name}["{floor.number} · {floor.name}"]')
    stack = ["conf", *(floor.name for floor in reversed(FLOORS))]
    lines += [f"  {upper} --> {lower}" for upper, lower in pairwise(stack)]
    lines += ["```", "", "| floor | room | what it is for |", "|---|---|---|"]
    for floor in reversed(FLOORS):
        for room in floor.rooms or ("",):
            dotted = f"liren.{floor.name}.{room}".rstrip(".")
            lines.append(f"| {floor.number} {floor.name} | `{dotted.removeprefix('liren.')}` | {purpose(dotted)} |")
    return "\n".join(lines)


def purpose(dotted: str) -> str:
    """Return the first sentence of a package's docstring."""
    first = (import_module(dotted).__doc__ or "").strip().split("\n\n")[0]
    return re.sub(r"\s+", " ", first).replace("|", "\\|")


def drawn(page: str) -> str:
    """Return ``page`` with the drawing between its marks made anew."""
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n{drawing()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
    sys.stdout.write(f"{PAGE}\n")
