"""The story in a real browser: a villager's matter from the phone to a five-level rating, her phone here, two desks there.

Every page of it is looked at: at 320, 390 and 1440 px, in large type where residents see it, by axe's rules, for errors on the console.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from liren.base import clock
from liren.testing.browser import DESK, PHONE
from liren.testing.cast import CIVIL_AFFAIRS, PAIFANG_CLERK, PASSWORD, Role
from liren.testing.installation import Installation
from liren.testing.village import HEAD, STRANGER_NAME, STRANGER_NUMBER, STRANGER_PHONE
from liren.testing.visitors import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.xdist_group("journey")]


class Desk(Visitor):
    """Somebody at a desk."""

    def sign_in(self, role: Role) -> None:
        """Sign in with the password."""
        self.open("/desk/sign-in")
        self.fill(username=role.username, password=PASSWORD)
        self.page.locator("form.lr-form button[type=submit]").click()
        self.page.wait_for_url("**/desk/")
        self.look("today")

    def act(self, case: str, words: str, done: str, **values: Any) -> None:
        """Open a case, press one of its buttons, fill the form that unfolds, and send it."""
        self.page.goto(f"/desk/cases/{case}")
        self.page.get_by_role("link", name=words, exact=True).click()
        form = self.page.locator("#act form")
        expect(form).to_be_visible()
        self.fill(**values)
        self.look(f"case-{words}")
        form.locator("button[type=submit]").first.click()
        expect(self.page.locator(".lr-flash, .lr-notice, main").first).to_contain_text(done)
        self.look(f"case-after-{words}")


def days_ago(days: int) -> str:
    return (clock.today() - timedelta(days=days)).isoformat()


def sign_in_by_phone(villager: Visitor) -> None:
    """Ask for a code, read it from the demo's message tray, sign in, say a name."""
    villager.open("/sign-in")
    villager.fill(phone=STRANGER_PHONE)
    villager.press("获取验证码")
    villager.says("验证码已发到")
    villager.look("code")
    tray = villager.page.context.new_page()
    tray.goto("/demo/tray")
    code = re.search(r"\b(\d{6})\b", tray.locator(f"[data-phone$='{STRANGER_PHONE}']").first.inner_text())
    assert code
    tray.close()
    villager.fill(code=code[1])
    villager.press("登录")
    villager.says("怎么称呼您")
    villager.look("welcome")
    villager.fill(name="张阿姨")
    villager.press("好了，继续")


def ask_for_link(villager: Visitor) -> None:
    """Say who one is."""
    villager.open("/me/link")
    villager.fill(name=STRANGER_NAME, id_number=STRANGER_NUMBER, community="江宁街道 牌坊")
    villager.press("提交核对")
    villager.says("社区正在核对")
    villager.look("link-asked")


def apply(villager: Visitor) -> str:
    """Go through the steps of 临时救助; what is known stands there. Return the id of the case."""
    villager.open("/")
    villager.open("/matters?q=生病")
    villager.page.locator("main").get_by_role("link", name=re.compile("临时救助")).click()
    villager.says("我能办吗")
    villager.look("matter")
    villager.press("开始办理")
    villager.says("我们已有，请核对")
    assert villager.page.locator("#id_applicant_name").input_value() == STRANGER_NAME
    steps: tuple[dict[str, str], ...] = (
        {},
        {"reason": "illness", "happened_on": days_ago(20), "description": "家里人住院做手术，自己负担的钱太多。"},
        {"burden_fen": "36000", "monthly_income_fen": "2600", "other_help": "no"},
        {"account_number": "6230520012345678", "bank_name": "江苏省农村商业银行"},
    )
    for values in steps:
        villager.look()
        villager.fill(**values)
        villager.press("下一步")
    villager.page.locator("#id_promise").check(force=True)
    villager.upload("#id_medical_files", "出院小结.png")
    villager.look()
    villager.press("下一步")
    villager.page.wait_for_url("**/review")
    villager.look()
    villager.press("提交申请")
    villager.says("交好了")
    villager.look("case-submitted")
    found = re.search(r"/cases/(\d+)", villager.page.url)
    assert found
    return found[1]


def test_the_story_of_one_matter(visit: Callable[..., Any], installation: Installation) -> None:
    villager = visit("resident", PHONE, elder=True)
    clerk = visit("clerk", DESK, kind=Desk)
    officer = visit("officer", DESK, kind=Desk)

    sign_in_by_phone(villager)
    ask_for_link(villager)
    clerk.sign_in(PAIFANG_CLERK)
    clerk.open("/desk/links")
    asked = clerk.page.locator(".lr-card", has_text=STRANGER_NAME)
    asked.get_by_role("button", name="确认是本人").click()
    clerk.says(f"已确认{STRANGER_NAME}的身份")
    villager.open("/me/link")
    villager.says("已经核对过了")

    case = apply(villager)
    clerk.open("/desk/cases")
    clerk.open(f"/desk/cases/{case}")
    clerk.act(case, "受理", "已受理，最晚")
    villager.open(f"/cases/{case}")
    villager.says("受理了您的申请")

    officer.sign_in(CIVIL_AFFAIRS)
    officer.act(case, "开始办理", "开始办理了")
    officer.act(
        case, "请申请人补充", "办理时间从今天起停住", question="请补一份医保报销结算单。", materials="医保报销结算单"
    )
    villager.open(f"/cases/{case}")
    villager.says("办理时间从这天起停住")
    villager.upload("input[type=file][name^=paper-]", "结算单.png")
    villager.fill(answer="已经上传，请查收。")
    villager.press("交给工作人员")
    villager.says("办理时间接着算")

    officer.act(case, "作出决定", "决定作出了", granted="yes", amount_fen="3000", reason="经核实，符合临时救助条件。")
    officer.act(case, "送达结果并办结", "办结了")
    document(villager, case)
    rate(villager, case, "2", "卡号登记错了，钱没有到账。")
    villager.says("我们会查清楚，给您一个答复")

    head = visit("head", DESK, kind=Desk)
    head.sign_in(HEAD)
    head.act(case, "重新办理", "重新办理了", reason="核对卡号后重新拨付，并电话告知您。")
    officer.act(case, "作出决定", "决定作出了", granted="yes", amount_fen="3000", reason="卡号已经更正，重新拨付。")
    officer.act(case, "送达结果并办结", "办结了")
    rate(villager, case, "4", "钱收到了，谢谢。")
    villager.says("谢谢您的评价")
    villager.open("/cases")
    villager.open("/me/messages")
    assert installation.command("journal", "verify").returncode == 0


def document(villager: Visitor, case: str) -> None:
    """Open the result when its document has been made, and prove it."""
    for _attempt in range(60):
        villager.page.goto(f"/cases/{case}")
        if villager.page.get_by_role("link", name="打开结果文书（PDF）").count():
            break
        villager.page.wait_for_timeout(250)
    villager.look("result")
    paper = villager.page.context.request.get(f"/cases/{case}/result")
    assert paper.body().startswith(b"%PDF-")
    villager.page.get_by_role("link", name="核对真伪").click()
    villager.says("这份文书是真的")
    villager.look("genuine")


def rate(villager: Visitor, case: str, level: str, words: str) -> None:
    """Rate on the phone."""
    villager.open(f"/cases/{case}/rate")
    villager.page.locator(f"input[name=level][value='{level}']").check(force=True)
    villager.fill(comment=words)
    villager.press("交上评价")
    villager.page.wait_for_url(f"**/cases/{case}")
    villager.look("rated")
