"""The township's spreadsheets are the same each time, as untidy as real ones, and the truth beside them is true."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from liren.conf.demo.people import Maker
from liren.conf.demo.sheets import FILES, TRUTH, write_sheets

ON = date(2026, 11, 21)
PLACES = [(320115006205_000, "牌坊", True), (320115006001_000, "天然", False), (320115006202_000, "花塘", True)]
ROWS = 2000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sheets")
    write_sheets(made, PLACES, seed=5, people=2060, rows=ROWS, on=ON)
    return made


def truth(folder: Path, name: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = json.loads((folder / TRUTH).read_text())[FILES[name]]
    return lines


def book(folder: Path, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(folder / FILES[name])).get_sheet_by_index(0).to_python()


def test_the_files_are_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    counted = write_sheets(tmp_path, PLACES, seed=5, people=2060, rows=ROWS, on=ON)

    assert sum(counted.values()) == ROWS
    for file in (*FILES.values(), TRUTH):
        assert (tmp_path / file).read_bytes() == (folder / file).read_bytes()


def test_whoever_is_called_known_was_settled_and_nobody_else(folder: Path) -> None:
    settled = {member.id_number for family in Maker(seed=5, on=ON).families(PLACES, 2060) for member in family.members}

    for name in FILES:
        lines = truth(folder, name)
        assert all((line["number"] in settled) == line["known"] for line in lines)
        assert 0.2 < sum(line["known"] for line in lines) / len(lines) < 0.98


@pytest.mark.parametrize(("name", "column"), [("assistance", 5), ("disability", 4), ("incomers", 6)])
def test_the_truth_names_the_line_of_each_person(folder: Path, name: str, column: int) -> None:
    rows = book(folder, name)

    clean = [line for line in truth(folder, name) if not any(kind.startswith("number") for kind in line["dirt"])]
    assert len(clean) > 0.8 * len(truth(folder, name))
    assert all(rows[line["line"] - 1][column] == line["number"] for line in clean)


def test_the_list_of_assistance_has_titles_a_head_of_two_lines_and_totals(folder: Path) -> None:
    rows = book(folder, "assistance")

    assert rows[0][0].startswith("江宁街道")
    assert not any(rows[0][1:])
    assert "对象基本情况" in rows[2]
    assert "姓名" in rows[3]
    assert rows[-2][0] == "合计"
    assert rows[-1][0].startswith("填表人")
    assert rows[-2][9] == sum(row[9] for row in rows[4:-2])


def test_the_list_of_disability_has_numbers_that_excel_spoiled_and_days_in_every_form(folder: Path) -> None:
    rows = book(folder, "disability")[2:]

    spoiled = [row[4] for row in rows if not isinstance(row[4], str) or "E+" in row[4]]
    assert sum("number:spoiled" in line["dirt"] for line in truth(folder, "disability")) == len(spoiled) > 3
    assert {type(row[3]).__name__ for row in rows} == {"str", "float", "date"}
    forms = {re.sub(r"[0-9]+", "9", row[3]) for row in rows if isinstance(row[3], str)}
    assert forms - {""} == {"9", "9-9-9", "9.9.9", "9/9/9", "9年9月9日"}


def test_the_list_of_pensions_is_in_gb18030_with_wide_digits_and_several_phones(folder: Path) -> None:
    text = (folder / FILES["pension"]).read_bytes().decode("gb18030")

    lines = text.split("\r\n")
    assert lines[0].startswith("姓名,公民身份号码")
    assert lines[-2].startswith("合计")
    assert len(lines) - 3 == len(truth(folder, "pension"))
    assert re.search(r"[０-９]{18}|[０-９]{17}X", text)
    assert re.search(r"154\d{8}[、/ ;]154\d{8}", text)


def test_the_register_of_incomers_stands_in_household_blocks(folder: Path) -> None:
    rows = book(folder, "incomers")[2:]

    heads = [row for row in rows if row[0] != ""]
    assert 0.3 < len(heads) / len(rows) < 0.7
    assert all(row[4] == "户主" and row[2] for row in heads)
    assert {row[2] for row in rows if row[0] == ""} >= {"", "同上", "〃"}


def test_some_people_stand_in_a_list_twice(folder: Path) -> None:
    again = Counter(line["number"] for line in truth(folder, "pension"))

    assert max(again.values()) == 2


def test_the_same_sheets_are_written_in_every_process() -> None:
    made = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", WRITTEN],
            env=os.environ | {"PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "liren.conf.settings"},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(made) == 1


WRITTEN = """
import django; django.setup()
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from liren.conf.demo.sheets import TRUTH, write_sheets

with TemporaryDirectory() as folder:
    places = [(320115006001000 + number * 1000, f"社区{number}", number % 2 == 0) for number in range(4)]
    write_sheets(Path(folder), places, seed=20151113, people=800, rows=400, on=date(2026, 9, 3))
    print(sha256((Path(folder) / TRUTH).read_bytes()).hexdigest())
"""
