"""The demo brings one of the township's four spreadsheets in, over HTTP: uploaded, held against the registry, written, its doubts decided, signed by two."""

import re
import time
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

from liren.conf.demo.browser import Browser
from liren.conf.demo.sheets import FILES
from liren.conf.demo.story import Story

SHEET = "incomers"
AUTHORITY = "江宁街道流动人口服务管理办公室"
LONGEST = 180.0  # seconds for one job
ROUNDS = 6  # a row may come back once somebody else's has been written
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def bring_in(story: Story, folder: Path, *, first: str, second: str, as_of: date) -> str:
    """Bring the register of people from elsewhere in, unless it is there, from wherever an earlier try stopped; return its reconciliation."""
    officer = story.staff(first)
    file = folder / FILES[SHEET]
    officer.go("/desk/imports/")
    known = re.search(rf'href="(/desk/imports/\d+)">{re.escape(file.stem)}<', officer.source)
    page = known[1] if known else _uploaded(officer, file, as_of)
    officer.go(page)
    _written(officer, page)
    for _round in range(ROUNDS):
        if not _decided(officer, page):
            break
        _written(officer, page)
    for browser in (officer, story.staff(second)):
        browser.go(f"{page}/reconciliation")
        if browser.forms(""):
            browser.send()
    told = re.search(r"对得上：([^<]+)", unescape(officer.source))
    assert told, officer.text
    assert "等待签字" not in story.staff(second).go(f"{page}/reconciliation"), "two have not signed"
    return told[1].strip()


def _uploaded(officer: Browser, file: Path, as_of: date) -> str:
    officer.go("/desk/imports/new")
    officer.send(
        files={"file": (file.name, file.read_bytes(), WORKBOOK)}, title=file.stem, authority=AUTHORITY, source="imported", as_of=as_of.isoformat()
    )  # fmt: skip
    assert officer.path.endswith("/mapping"), officer.text
    officer.send()
    return _waited(officer, officer.path)


def _waited(officer: Browser, page: str) -> str:
    """Wait until the job that is at a batch has ended."""
    begun = time.monotonic()
    while 'hx-trigger="every' in (officer.go(page) and officer.source):
        assert time.monotonic() - begun < LONGEST, officer.text
        time.sleep(0.3)
    return page


def _written(officer: Browser, page: str) -> None:
    """Have what is ready written."""
    _waited(officer, page)
    if officer.forms("do/apply"):
        officer.send("do/apply")
        _waited(officer, page)


def _decided(officer: Browser, page: str) -> bool:
    """Decide what waits in the queue as a careful officer would: what is doubtful stays as the file has it, or goes back; say whether anything did."""
    anything = False
    while True:
        officer.go(f"{page}/rows?verdict=unsure")
        answers: dict[str, list[str]] = {}
        dwellings: dict[str, Any] = {}
        for line in re.findall(r"<tr>(.*?)</tr>", officer.source, re.S):
            row = re.search(r'name="row" value="(\d+)"', line)
            if row is None:
                continue
            offered = re.search(rf'name="dwelling-{row[1]}" value="(\d+)"', line)
            if offered:
                dwellings[f"dwelling-{row[1]}"] = offered[1]
            answers.setdefault("take" if offered else "keep" if "/desk/people/" in line else "back", []).append(row[1])
        if not answers:
            return anything
        anything = True
        for answer, rows in answers.items():
            officer.go(f"{page}/rows?verdict=unsure")
            officer.send("/decide", **{"row": rows, "answer": answer, **dwellings})
