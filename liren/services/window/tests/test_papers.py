"""The papers of a case."""

import shutil
import subprocess
from datetime import UTC, date, datetime
from typing import Any

import pytest

from liren.base.documents import pdf
from liren.services.window.rules.papers import (
    DECISION,
    RECEIPT,
    Decision,
    Material,
    Receipt,
    decision_data,
    long_day,
    receipt_data,
)

AT = datetime(2026, 11, 21, 2, 32, tzinfo=UTC)


def receipt(**changes: Any) -> Receipt:
    values: dict[str, Any] = {
        "place": "江宁街道牌坊社区",
        "office": "一门受理窗口",
        "number": "320115006001-261121-0007-3",
        "check_url": "https://example.org/check/320115006001-261121-0007-3",
        "matter": "临时救助",
        "applicant": "张*兰",
        "id_number": "999***********1234",
        "submitted_on": date(2026, 11, 20),
        "accepted_on": date(2026, 11, 23),
        "promised_on": date(2026, 12, 21),
        "promised_days": 20,
        "provisional": False,
        "printed_at": AT,
        "clerk": "经办 王小敏",
        "phone": "025-5555-0101",
        "materials": (Material("身份证明", "系统已有"), Material("医疗费用票据", "本人提交")),
    }
    return Receipt(**(values | changes))


def decision(**changes: Any) -> Decision:
    values: dict[str, Any] = {
        "place": "江宁街道办事处",
        "office": "民政办公室",
        "title": "临时救助决定书",
        "number": "320115006001-261121-0007-3",
        "check_url": "https://example.org/check/320115006001-261121-0007-3",
        "addressee": "张秀兰",
        "paragraphs": ["经审核，您家符合临时救助的条件。"],
        "grounds": ["《社会救助暂行办法》第四十七条。"],
        "signed_by": "江宁街道办事处",
        "signed_on": date(2026, 12, 8),
        "amount_fen": 325000,
    }
    return Decision(**(values | changes))


def words(made: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.fail(
            "pdftotext is not installed: scripts/setup dev browser installs it, or apt-get install poppler-utils"
        )
    read = subprocess.run(["pdftotext", "-", "-"], input=made, capture_output=True, check=True).stdout.decode()
    return "".join(read.split())


def test_a_receipt_says_what_was_handed_in_and_until_when_there_is_an_answer() -> None:
    read = words(pdf(RECEIPT, receipt_data(receipt()), at=AT))

    assert "受理回执" in read
    assert "320115006001-261121-0007-3" in read
    assert "2026年12月21日前" in read
    assert "受理后20个工作日内" in read
    assert "身份证明" in read
    assert "本人提交" in read


def test_a_receipt_before_acceptance_promises_no_day() -> None:
    read = words(pdf(RECEIPT, receipt_data(receipt(accepted_on=None, promised_on=None, materials=())), at=AT))

    assert "收件回执" in read
    assert "受理后告诉您" in read
    assert "受理日期" not in read
    assert "这件事不需要交材料" in read


def test_a_provisional_day_is_said_to_be_one() -> None:
    assert "暂定" in words(pdf(RECEIPT, receipt_data(receipt(provisional=True)), at=AT))


def test_a_decision_gives_the_amount_in_figures_and_capitals() -> None:
    read = words(pdf(DECISION, decision_data(decision()), at=AT))

    assert "¥3,250.00" in read
    assert "人民币叁仟贰佰伍拾元整" in read
    assert "2026年12月8日" in read
    assert "行政复议" in read


def test_a_decision_without_money_shows_no_amount() -> None:
    assert "大写" not in words(pdf(DECISION, decision_data(decision(amount_fen=None)), at=AT))


def test_a_long_decision_goes_on_to_further_pages() -> None:
    data = decision_data(decision(paragraphs=["经审核，您家符合临时救助的条件。" * 12] * 12))

    assert "3/3" in words(pdf(DECISION, data, at=AT))


@pytest.mark.parametrize(
    ("template", "data"), [(RECEIPT, receipt_data(receipt())), (DECISION, decision_data(decision()))]
)
def test_the_same_paper_is_the_same_file(template: str, data: Any) -> None:
    assert pdf(template, data, at=AT) == pdf(template, data, at=AT)


def test_signs_of_the_template_language_are_only_signs() -> None:
    read = words(pdf(RECEIPT, receipt_data(receipt(applicant='#panic("x") $a$ *b* _c_ @d')), at=AT))

    assert '#panic("x")$a$*b*_c_@d' in read


def test_a_day_is_written_as_on_papers() -> None:
    assert long_day(date(2026, 9, 3), weekday=True) == "2026年9月3日（星期四）"
