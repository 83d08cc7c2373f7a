"""Any table is read as it is, in bounded memory and time, or refused in plain words."""

import csv
import io
import resource
import struct
import time
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liren.base.errors import Refusal
from liren.base.tables import limits, open_table

LINES = [["姓名", "身份证号", "金额"], ["张三", "320115199001011234", "1,200"], ['李"四"', "", "　全角"]]
TEXT = st.text(
    st.characters(codec="gb18030", exclude_categories=["C", "Z"]) | st.sampled_from(" ,;\"'|=\t中文𠮷㐀"), max_size=12
)


def written(folder: Path, content: bytes, name: str = "表.bin") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def xlsx(rows: Sequence[Sequence[Any]], *, inline: bool = False, **options: Any) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(
        made, {"in_memory": not inline, "constant_memory": inline, "strings_to_numbers": False, **options}
    ) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("名单")
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                elif value is not None:
                    sheet.write(line, column, value)
    return made.getvalue()


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as caught:
        for _row in open_table(path).rows():
            pass
    assert caught.value.field == "file"
    return caught.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_a_text_is_read_in_its_encoding_and_by_its_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    cells = [[cell.replace('"', "").replace(",", "") for cell in line] for line in LINES]
    content = "\r\n".join(separator.join(line) for line in cells).encode(encoding)

    table = open_table(written(tmp_path, content))

    assert (table.kind, list(table.rows())) == ("csv", cells)


@given(
    rows=st.lists(st.lists(TEXT, min_size=2, max_size=4), min_size=2, max_size=6),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
@settings(max_examples=60, deadline=None)
def test_whatever_a_csv_writer_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], encoding: str
) -> None:
    made = io.StringIO(newline="")
    writer = csv.writer(made, quoting=csv.QUOTE_ALL)
    writer.writerow(["姓名", "证件号码", "电话", "住址"])
    writer.writerows(rows)
    path = written(tmp_path_factory.mktemp("csv"), made.getvalue().encode(encoding))

    assert list(open_table(path).rows())[1:] == rows


@pytest.mark.parametrize("inline", [False, True])
def test_a_book_gives_texts_numbers_and_days(tmp_path: Path, inline: bool) -> None:
    rows: list[list[Any]] = [
        ["姓名", "出生", "数"],
        ["张三", date(1990, 1, 31), 12],
        [None, None, 1.5],
        [],
        ["=1+1", None, "320115199001011234"],
    ]

    table = open_table(written(tmp_path, xlsx([*rows[:4], [None, None, "320115199001011234"]], inline=inline)))

    assert (table.kind, table.sheets) == ("xlsx", ("名单",))
    assert list(table.rows()) == [*rows[:3], [], [None, None, "320115199001011234"]]


@given(
    rows=st.lists(
        st.lists(
            st.none() | st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20).filter(lambda x: x.strip() == x and x[0] not in "={")
            | st.integers(-(10**12), 10**12)
            | st.dates(date(1910, 1, 1), date(2090, 1, 1)),
            min_size=1, max_size=6,
        ),
        min_size=1, max_size=8,
    )
)  # fmt: skip
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_book_comes_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, rows: list[list[Any]]) -> None:
    def trimmed(row: list[Any]) -> list[Any]:
        while row and row[-1] is None:
            row = row[:-1]
        return row

    path = written(tmp_path_factory.mktemp("xlsx"), xlsx(rows, strings_to_urls=False))
    wanted = [trimmed(row) for row in rows]
    while wanted and not wanted[-1]:
        wanted.pop()

    assert list(open_table(path).rows()) == wanted


def test_a_formula_gives_what_it_last_came_to(tmp_path: Path) -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, '=HYPERLINK("http://x","y")', None, "看这里")
        sheet.write_formula(0, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(0, 2, "=6*7", None, 42)

    assert list(open_table(written(tmp_path, made.getvalue())).rows()) == [["看这里", None, 42]]


def test_hidden_sheets_are_left_out(tmp_path: Path) -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        for name in ("甲", "乙", "丙"):
            book.add_worksheet(name).write(0, 0, name)
        book.get_worksheet_by_name("乙").hide()

    table = open_table(written(tmp_path, made.getvalue()))

    assert (table.sheets, list(table.rows(1))) == (("甲", "丙"), [["丙"]])


def test_an_old_book_and_an_open_document_are_read_in_a_child(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        parts.writestr(
            "content.xml",
            '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
            ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
            '<office:body><office:spreadsheet><table:table table:name="名单"><table:table-row>'
            '<table:table-cell office:value-type="string"><text:p>张三</text:p></table:table-cell>'
            '<table:table-cell office:value-type="date" office:date-value="1990-01-31"><text:p>x</text:p></table:table-cell>'
            "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>",
        )

    table = open_table(written(tmp_path, content.getvalue(), "x.xls"))

    assert (table.kind, table.sheets) == ("ods", ("名单",))
    assert list(table.rows()) == [["张三", date(1990, 1, 31)]]


BOOKS = Path(__file__).parent / "books"
OLD = [
    ["牌坊社区残疾人名单"],
    ["姓名", "身份证号", "出生日期", "补助金额", "联系电话", "在册", "备注"],
    ["王秀英", "990115195301010012", date(1953, 1, 1), 320.5, 15490000001, True, "𠮷里 3 组"],
    ["李明", "990115196002290034", date(1960, 2, 29), 80, 15490000002, False],
    [],
    ["张伟", 320115195301000000, "", 0, "", "", "号码已成数字"],
]


@pytest.mark.parametrize(("name", "kind"), [("biff8.xls", "xls"), ("whole.xlsb", "xlsb")])
def test_a_real_binary_book_is_read_whole(name: str, kind: str) -> None:
    """``biff8.xls`` was written by xlwt 1.3.0, ``whole.xlsb`` by SheetJS 0.16.9, from these rows and a hidden sheet."""
    table = open_table(BOOKS / name)

    found = list(table.rows())

    assert (table.kind, table.sheets, found[: len(OLD)]) == (kind, ("名单",), OLD)
    assert found[len(OLD) :] in ([], [[]])  # xls: a formula that no program has worked out yet


def test_a_binary_book_whose_cells_would_be_lost_is_refused() -> None:
    """SheetJS 0.18.5 writes cells without columns; of this file the reader finds the first cell of each row."""
    assert "读不全" in refused(BOOKS / "short.xlsb")


@pytest.mark.parametrize("name", ["biff8.xls", "whole.xlsb"])
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_a_spoiled_binary_book_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    whole = bytearray((BOOKS / name).read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=8)):
        whole[place] = data.draw(st.integers(0, 255))
    del whole[data.draw(st.integers(len(whole) // 2, len(whole))) :]

    try:
        for _row in open_table(written(tmp_path_factory.mktemp("spoiled"), bytes(whole))).rows():
            pass
    except Refusal:
        pass


def test_what_is_no_table_is_refused_whatever_it_is_called(tmp_path: Path) -> None:
    plain_zip = io.BytesIO()
    with zipfile.ZipFile(plain_zip, "w") as parts:
        parts.writestr("a.txt", "x")

    for content in (
        b"%PDF-1.4\n%%EOF",
        b"\x89PNG\r\n\x1a\n" + bytes(99),
        plain_zip.getvalue(),
        b"<html><table></table>",
        bytes(range(256)),
    ):
        assert "不是表格" in refused(written(tmp_path, content, "名单.xlsx"))
    assert "没有内容" in refused(written(tmp_path, b"", "名单.csv"))


@pytest.mark.parametrize("keep", [10, 200, 1000, -200, -30, -1])
def test_a_book_that_was_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    whole = xlsx([["姓名", "号码"], *([f"张{n}", n] for n in range(2000))])

    assert refused(written(tmp_path, whole[:keep], "名单.xlsx"))


SOUND = xlsx([["姓名", "号码"], *([f"张{n}", n] for n in range(50))])  # made once: a book says when it was made


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_book_with_any_byte_changed_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(SOUND)
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=5)):
        whole[place] = data.draw(st.integers(0, 255))
    began = time.monotonic()

    try:
        for _row in open_table(written(tmp_path_factory.mktemp("fuzz"), bytes(whole))).rows():
            pass
    except Refusal:
        pass

    assert time.monotonic() - began < 10


@given(st.binary(max_size=4000), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf", "姓名,".encode()]))
@settings(max_examples=120, deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, head: bytes) -> None:
    try:
        for _row in open_table(written(tmp_path_factory.mktemp("bytes"), head + content)).rows():
            pass
    except Refusal:
        pass


@given(st.binary(max_size=2000))
@settings(max_examples=6, deadline=None)
def test_a_broken_old_book_is_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    assert refused(written(tmp_path_factory.mktemp("old"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content))


def parts_of(sheet: bytes | None = None, **more: bytes) -> bytes:
    """Return a book with the given sheet."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx([["姓名"]]))) as good,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in good.namelist():
            made.writestr(
                name, sheet if sheet is not None and name.endswith("sheet1.xml") else more.get(name, good.read(name))
            )
    return content.getvalue()


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    bomb = parts_of(SHEET % (b"<row>" + b" " * 400_000_000 + b"</row>"))

    message = refused(written(tmp_path, bomb, "名单.xlsx"))

    assert "不正常" in message
    assert time.monotonic() - began < 20
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_200_000
    )  # the bomb itself was made in this process


def test_a_book_that_lies_about_its_size_is_found_out(tmp_path: Path) -> None:
    content = bytearray(parts_of(SHEET % (b"<row>" + b" " * 60_000_000 + b"</row>")))
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:  # the table of contents says: one byte
        if b"sheet1.xml" in bytes(content[place + 46 : place + 120]):
            content[place + 24 : place + 28] = struct.pack("<I", 1)
        place += 4

    assert refused(written(tmp_path, bytes(content), "名单.xlsx"))


def test_entities_are_refused(tmp_path: Path) -> None:
    laughs = (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + SHEET % b'<row><c t="str"><v>&b;</v></c></row>'
    )

    assert refused(written(tmp_path, parts_of(laughs), "名单.xlsx"))


def test_a_million_columns_and_far_cells_are_refused_at_once(tmp_path: Path) -> None:
    wide = SHEET % b'<row r="1"><c r="XFD1"><v>1</v></c></row>'
    wider = SHEET % b'<row r="1"><c r="AAAAAA1"><v>1</v></c></row>'
    deep = SHEET % b'<row r="99999999"><c r="A1"><v>1</v></c></row>'
    commas = ("姓名" + "," * (2**20) + "x\n").encode()

    assert "256" in refused(written(tmp_path, parts_of(wide)))
    assert refused(written(tmp_path, parts_of(wider)))
    assert "200 万" in refused(written(tmp_path, parts_of(deep)))
    assert "256" in refused(written(tmp_path, commas))


def test_a_shared_string_that_is_not_there_breaks_the_book(tmp_path: Path) -> None:
    assert refused(written(tmp_path, parts_of(SHEET % b'<row r="1"><c r="A1" t="s"><v>9999</v></c></row>')))


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    row = b"".join(b'<c r="%c%%d" t="inlineStr"><is><t>\xe5\xbc\xa0</t></is></c>' % (65 + n) for n in range(10))
    rows = b"".join(b'<row r="%d">%s</row>' % (n, row.replace(b"%d", str(n).encode())) for n in range(1, 40_001))
    path = written(tmp_path, parts_of(SHEET % rows))
    del rows
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    count = sum(1 for _row in open_table(path).rows())

    assert count == 40_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


PLAIN = b'<row r="%d"><c r="A%d" t="s"><v>0</v></c><c r="B%d"><v>7</v></c></row>'
ODD: tuple[tuple[bytes, list[Any] | None], ...] = (
    (b'<row r="%d"><!-- <row r="3"><c r="A3"><v>9</v></c></row> --><c r="A%d"><v>1</v></c></row>', [1]),
    (b'<!-- <row r="%d"><c r="A%d"><v>9</v></c></row> -->', None),
    (b'<row r="%d"><c r="A%d" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c></row>', ["ab"]),
    (b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>a&#65;&amp;&lt;</t></is></c></row>', ["aA&<"]),
    (b'<row r="%d"><c r="A%d" t="str"><f>1</f><v><![CDATA[</row>]]></v></c></row>', ["</row>"]),
    (b'<row r="%d">\n <c r="A%d" cm="1"><v>1</v></c>\n</row>', [1]),
    (b'<row r="%d"><c r="A%d" t="str"><v>a\r\nb</v></c></row>', ["a\nb"]),
    (b"<row r='%d'><c r='A%d'><v>2</v></c></row>", [2]),
    (b'<row r="%d" ht="3"/><?x %d?>', []),
)  # fmt: skip


@given(st.lists(st.none() | st.sampled_from(ODD), min_size=1, max_size=12))
def test_rows_read_by_patterns_and_by_the_parser_stand_in_their_order(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[tuple[bytes, list[Any] | None] | None]
) -> None:
    lines, wanted = [], list[list[Any]]()
    for kind in kinds:
        number = len(wanted) + 1
        if kind is None:
            lines.append(PLAIN % (number, number, number))
            wanted.append(["姓名", 7])
        else:
            lines.append(kind[0] % (number, number))
            wanted += [] if kind[1] is None else [kind[1]]

    path = written(tmp_path_factory.mktemp("odd"), parts_of(SHEET % b"".join(lines)))

    assert list(open_table(path).rows()) == wanted


def test_a_moment_keeps_its_time(tmp_path: Path) -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet().write_datetime(0, 0, datetime(2024, 1, 31, 8, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))  # fmt: skip

    assert list(open_table(written(tmp_path, made.getvalue())).rows()) == [[datetime(2024, 1, 31, 8, 30)]]


def test_limits_leave_room_for_a_million_rows() -> None:
    assert limits.MOST_ROWS >= 1_000_000
    assert limits.UNPACKED >= 1_000_000 * 30 * 45
