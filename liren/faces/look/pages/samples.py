"""What the style guide shows: made-up people and cases in every state."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from liren.base.screen import Field, HeldFile, Moment, Option, Position

CHINA = ZoneInfo("Asia/Shanghai")


def samples() -> dict[str, Any]:
    """Return what the style guide shows; everything in it is made up."""
    levels = [
        Option(str(5 - i), word) for i, word in enumerate(("非常满意", "满意", "基本满意", "不满意", "非常不满意"))
    ]
    kinds = [
        Option("ill", "生病住院，花费很大"),
        Option("fire", "火灾、车祸等突发事故"),
        Option("other", "其他困难", "请在下一题写清楚"),
    ]
    return {
        "levels": levels,
        "step_names": ["说明情况", "家庭和收入", "上传材料", "核对并提交"],
        "facts": [
            ("申请人", "王小梅（320***********1234）"),
            ("事项", "临时救助"),
            ("住址", "牌坊社区一组 12 号"),
            ("受理编号", "20260903-0007"),
        ],
        "moments": [
            Moment(datetime(2026, 9, 1, 9, 12, tzinfo=CHINA), "您提交了申请。"),
            Moment(datetime(2026, 9, 1, 14, 40, tzinfo=CHINA), "牌坊社区已受理，材料齐全。", "good"),
            Moment(
                datetime(2026, 9, 3, 10, 5, tzinfo=CHINA),
                "镇民政办请您补交一份材料，办理时间从今天起暂停计算。",
                "wait",
                "需要补：医院收费票据（复印件即可）",
            ),
            Moment(date(2026, 9, 4), "镇民政办正在审核，最晚 9月18日（周五）给您结果。", "now"),
        ],
        "fields": [
            Field(name="name", label="您的姓名", value="王小梅", known=True, autocomplete="name"),
            Field(
                name="idn",
                label="身份证号码",
                widget="id",
                help="18 位，最后一位可能是 X。",
                error="号码少了一位，请对照证件再看一遍。",
                value="32010619660203123",
            ),
            Field(name="tel", label="手机号码", widget="phone", help="办理进度会发到这个号码。"),
            Field(name="kind", label="遇到了什么困难？", widget="radio", options=kinds, value="ill"),
            Field(name="told", label="请说说具体情况", widget="textarea", shown_if=("kind", ("other",)), maxlength=500),
            Field(name="amount", label="已经花了多少钱？", widget="money", help="不清楚可以先估一个数。"),
            Field(name="people", label="家里一起吃住的有几个人？", widget="number", unit="人"),
            Field(name="since", label="从哪天开始的？", widget="date"),
            Field(
                name="bank",
                label="收款银行",
                widget="select",
                options=[Option("a", "农村商业银行"), Option("b", "邮政储蓄银行")],
                required=False,
            ),
            Field(name="low", label="家里现在领低保吗？", widget="yesno", value=False),
            Field(
                name="have",
                label="手头有哪些票据？",
                widget="checks",
                options=[Option("bill", "医院收费票据"), Option("sum", "出院小结")],
                value=["bill"],
                required=False,
            ),
            Field(
                name="bills",
                label="上传票据照片",
                widget="file",
                help="拍清楚四个角。一张不超过 10 MB。",
                files=[HeldFile("收费票据.jpg", "1", "1.2 MB")],
                multiple=True,
            ),
            Field(name="spot", label="在什么地方？", widget="position", value=Position("村口公交站旁的路灯")),
            Field(name="true", label="我填写的内容属实。", widget="check", required=True),
        ],
        "questions": [
            Field(name="q1", label="您或家人的户口在本镇吗？", widget="yesno", value=True),
            Field(name="q2", label="最近半年遇到过重大疾病或者意外吗？", widget="yesno", help="例如住院、火灾、车祸。"),
        ],
        "lines": [
            "补正通知会马上发到王小梅的手机。",
            "办理期限从现在起暂停，收到材料后继续计算。",
            "之后不能再次要求补正。",
        ],
        "a_day": date(2026, 9, 3),
    }
