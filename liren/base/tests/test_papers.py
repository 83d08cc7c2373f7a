"""QR codes, sheets and the paper mill."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from liren.base import documents, qr, sheets
from liren.base.sheets import Cell, Column

COLUMNS = [
    Column("姓名"),
    Column("身份证号"),
    Column("金额（元）", "money"),
    Column("登记日期", "day"),
    Column("时间", "moment"),
]
ROWS: list[list[Cell]] = [
    ["张秀兰", "320115199001011234", 120050, date(2026, 9, 3), datetime(2026, 9, 3, 1, 30, tzinfo=UTC)],
    ["=HYPERLINK(1)", "+8613800000000", None, None, None],
]  # fmt: skip


def test_templates_take_nothing_from_the_network() -> None:
    sources = list(documents.ROOT.rglob("*.typ"))

    assert sources
    assert [path for path in sources if '"@' in path.read_text()] == []


def test_a_qr_code_is_a_drawing_without_fixed_size() -> None:
    drawn = qr.svg("https://example.org/check/320115006001-261121-0007-3")

    assert drawn.startswith("<svg")
    assert "viewBox" in drawn
    assert " width=" not in drawn


def test_a_workbook_keeps_codes_as_text_and_days_as_days() -> None:
    made = sheets.xlsx("救助 [名册]", COLUMNS, ROWS, notes=["数据截至 2026-09-03。"])

    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    assert book.sheet_names == ["救助  名册", "说明"]
    assert book.get_sheet_by_index(0).to_python() == [
        ["姓名", "身份证号", "金额（元）", "登记日期", "时间"],
        ["张秀兰", "320115199001011234", 1200.5, date(2026, 9, 3), datetime(2026, 9, 3, 9, 30)],
        ["=HYPERLINK(1)", "+8613800000000", "", "", ""],
    ]
    assert made == sheets.xlsx("救助 [名册]", COLUMNS, ROWS, notes=["数据截至 2026-09-03。"])


def test_a_csv_file_holds_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(sheets.text_csv(COLUMNS, ROWS).decode("utf-8-sig"))))

    assert rows[1] == ["张秀兰", "320115199001011234", "1200.50", "2026-09-03", "2026-09-03 09:30"]
    assert rows[2] == ["'=HYPERLINK(1)", "'+8613800000000", "", "", ""]


def test_data_is_never_read_as_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "ROOT", tmp_path)
    (tmp_path / "base" / "paper").mkdir(parents=True)
    (tmp_path / "one.typ").write_text(
        '#set document(title: "x")\n#set text(font: "Noto Sans SC", lang: "zh")\n#json(bytes(sys.inputs.data)).words'
    )
    documents._compiler.cache_clear()

    made = documents.pdf("one.typ", {"words": '#panic("里仁")'}, at=datetime(2026, 9, 3, tzinfo=UTC))

    documents._compiler.cache_clear()
    assert made.startswith(b"%PDF-")
