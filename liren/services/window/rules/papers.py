"""What stands on the papers of a case. Papers are official Chinese documents: their words do not follow the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypedDict

from liren.base import money, qr
from liren.base.clock import day_of

WEEKDAYS = "一二三四五六日"
RECEIPT = "services/window/documents/receipt.typ"
DECISION = "services/window/documents/decision.typ"


@dataclass(frozen=True, slots=True)
class Material:
    """A paper that was handed in; ``source`` says where it came from, such as 本人提交 or 系统已有."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt tells: ``applicant`` and ``id_number`` are masked already, ``number`` is written with hyphens.

    ``place`` and ``office`` stand in the head (江宁街道牌坊社区, 一门受理窗口), ``check_url`` in the QR code. ``accepted_on``
    and ``promised_on`` are empty until the case is accepted; ``provisional`` marks a day beyond the published calendars.
    """

    place: str
    office: str
    number: str
    check_url: str
    matter: str
    applicant: str
    id_number: str
    submitted_on: date
    accepted_on: date | None
    promised_on: date | None
    promised_days: int | None
    provisional: bool
    printed_at: datetime
    clerk: str
    phone: str = ""
    agent: str = ""
    materials: Sequence[Material] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision tells: ``addressee`` in full, because it is theirs; ``amount_fen`` where money is granted.

    ``grounds`` are sentences with the clauses they rest on, ``remedies`` what the addressee can do about it.
    """

    place: str
    office: str
    title: str
    number: str
    check_url: str
    addressee: str
    paragraphs: Sequence[str]
    signed_by: str
    signed_on: date
    grounds: Sequence[str] = ()
    remedies: Sequence[str] = field(default_factory=lambda: REMEDIES)
    amount_fen: int | None = None
    issue: str = ""


REMEDIES: tuple[str, ...] = (
    "对本决定有不明白的地方，可以到受理窗口或拨打窗口电话询问。",
    "对本决定不服的，可以自收到之日起六十日内依法申请行政复议，也可以自收到之日起六个月内依法向人民法院提起行政诉讼。",
)


class ReceiptData(TypedDict):
    """What ``receipt.typ`` reads."""

    title: str
    place: str
    office: str
    number: str
    promised: str
    provisional: str
    qr: str
    qr_alt: str
    qr_caption: str
    facts: list[list[str]]
    materials: list[dict[str, str]]
    follow: list[str]
    printed: str
    phone: str
    labels: dict[str, str]


class Amount(TypedDict):
    """An amount in both ways of writing."""

    figures: str
    capitals: str


class DecisionData(TypedDict):
    """What ``decision.typ`` reads."""

    title: str
    place: str
    office: str
    issue: str
    number: str
    number_line: str
    to: str
    paragraphs: list[str]
    amount: Amount | None
    grounds: list[str]
    remedies: list[str]
    signed_by: str
    signed_on: str
    qr: str
    qr_alt: str
    qr_caption: list[str]
    foot: str
    labels: dict[str, str]


def long_day(day: date, *, weekday: bool = False) -> str:
    """Return a day as papers write it: 2026年9月3日, with ``weekday`` 2026年9月3日（星期四）."""
    words = f"{day.year}年{day.month}月{day.day}日"
    return f"{words}（星期{WEEKDAYS[day.weekday()]}）" if weekday else words


def receipt_data(receipt: Receipt) -> ReceiptData:
    """Return what the template of the receipt reads."""
    accepted = receipt.accepted_on is not None
    if receipt.promised_on is not None:
        promised = f"{long_day(receipt.promised_on)}前"
        label = (
            "最晚答复" if receipt.promised_days is None else f"最晚答复（受理后 {receipt.promised_days} 个工作日内）"
        )
    else:
        promised, label = "受理后告诉您", "最晚答复"
    applicant = f"{receipt.applicant}　{receipt.id_number}".rstrip()
    facts = [["办理事项", receipt.matter], ["申请人", applicant]]
    if receipt.agent:
        facts.append(["代办人", receipt.agent])
    facts.append(["提交日期", long_day(receipt.submitted_on, weekday=True)])
    if receipt.accepted_on is not None:
        facts.append(["受理日期", long_day(receipt.accepted_on, weekday=True)])
    follow = [
        "用手机扫右上角的二维码，输入申请时所留手机号的后四位。",
        "在手机上登录后，打开“我的办件”。",
        "到受理窗口报回执编号" + (f"，或拨打 {receipt.phone}。" if receipt.phone else "。"),
    ]
    return {
        "title": "受理回执" if accepted else "收件回执",
        "place": receipt.place,
        "office": receipt.office,
        "number": receipt.number,
        "promised": promised,
        "provisional": "暂定：这一天在尚未公布放假安排的年份里，公布后会重新计算并通知您。"
        if receipt.provisional
        else "",
        "qr": qr.svg(receipt.check_url),
        "qr_alt": f"查询办理进度的二维码：{receipt.check_url}",
        "qr_caption": "扫码看办到哪一步",
        "facts": facts,
        "materials": [{"name": one.name, "source": one.source} for one in receipt.materials],
        "follow": follow,
        "printed": f"{receipt.clerk}　{long_day(day_of(receipt.printed_at))} {receipt.printed_at:%H:%M} 打印",
        "phone": f"窗口电话 {receipt.phone}" if receipt.phone else "",
        "labels": {
            "number": "回执编号",
            "promise": label,
            "materials": f"已收材料（{len(receipt.materials)} 份）" if receipt.materials else "已收材料",
            "no_materials": "这件事不需要交材料。",
            "follow": "怎样知道办到哪一步",
        },
    }


def decision_data(decision: Decision) -> DecisionData:
    """Return what the template of the decision reads; raise ``ValueError`` for an amount that cannot be written in words."""
    amount: Amount | None = None
    if decision.amount_fen is not None:
        amount = {
            "figures": f"¥ {money.figures(decision.amount_fen)}",
            "capitals": money.capitals(decision.amount_fen),
        }
    return {
        "title": decision.title,
        "place": decision.place,
        "office": decision.office,
        "issue": decision.issue,
        "number": decision.number,
        "number_line": f"办件编号 {decision.number}",
        "to": decision.addressee,
        "paragraphs": list(decision.paragraphs),
        "amount": amount,
        "grounds": list(decision.grounds),
        "remedies": list(decision.remedies),
        "signed_by": decision.signed_by,
        "signed_on": long_day(decision.signed_on),
        "qr": qr.svg(decision.check_url),
        "qr_alt": f"核对本文书真伪的二维码：{decision.check_url}",
        "qr_caption": ["扫码核对真伪", decision.number],
        "foot": f"{decision.title}　{decision.number}",
        "labels": {
            "figures": "金额",
            "capitals": "大写",
            "grounds": "依据",
            "remedies": "如有异议",
            "seal": "（盖章处）",
        },
    }
