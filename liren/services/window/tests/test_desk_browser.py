"""The desk in a real browser: a case handled in the side sheet, somebody taken in from the card reader, nobody shut out."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from liren.base import clock
from liren.services.window.tests.world import NUMBER, applied, at_desk, linked, wang
from liren.testing.browser import DESK, PHONE, axe_faults, open_page
from liren.testing.cast import CIVIL_AFFAIRS, PAIFANG_CLERK, Role, sign_in, staff

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
SIZES = pytest.mark.parametrize("size", [PHONE, {"width": 1024, "height": 768}, DESK], ids=["phone", "small", "desk"])


def opened(browser: Browser, base: str, role: Role, size: Any = DESK) -> Page:
    visitor = Client()
    sign_in(visitor, staff(role))
    return open_page(browser, base, session=visitor.cookies["sessionid"].value, viewport=size)


def whole(page: Page, width: int) -> None:
    """Check that a page shuts nobody out and that nothing sticks out sideways."""
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_clerk_accepts_in_the_side_sheet_and_the_list_follows(chromium: Browser, live_server: Any) -> None:
    who = linked(wang())
    applied(who, at=clock.now())
    page = opened(chromium, live_server.url, PAIFANG_CLERK)
    page.goto("/desk/cases")

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="详情")
    sheet.get_by_role("link", name="受理", exact=True).click()
    expect(sheet.get_by_text("起算，最晚")).to_be_visible()
    sheet.get_by_role("button", name="受理", exact=True).click()

    expect(sheet.get_by_text("已受理，最晚")).to_be_visible()
    expect(page.locator("#results").get_by_text("还剩 10 个工作日")).to_be_attached()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.context.close()


def test_what_is_missing_is_said_beside_its_field_in_the_sheet(chromium: Browser, live_server: Any) -> None:
    case = applied(linked(wang()), at=clock.now())
    page = opened(chromium, live_server.url, PAIFANG_CLERK)
    page.goto(f"/desk/cases/{case.pk}")

    page.get_by_role("link", name="一次性告知补正").click()
    page.get_by_label("缺什么").fill("")
    page.get_by_label("还想说明的").fill("请带原件")
    page.get_by_role("button", name="一次性告知补正", exact=True).click()

    expect(page.locator("#error-missing")).to_be_visible()
    expect(page.get_by_label("还想说明的")).to_have_value("请带原件")
    page.get_by_label("缺什么").fill("诊断证明")
    page.get_by_role("button", name="一次性告知补正", exact=True).click()
    expect(page.get_by_text("等补齐再看")).to_be_visible()
    page.context.close()


def test_a_card_reader_and_a_search_lead_to_the_form(chromium: Browser, live_server: Any) -> None:
    person = wang()
    page = opened(chromium, live_server.url, PAIFANG_CLERK)

    page.goto("/desk/take-in")
    expect(
        page.locator("#id_q")
    ).to_be_focused()  # a reader types into what has the focus; the browser gives it when it has painted
    page.keyboard.type("wxy")
    page.locator("#people").get_by_role("link", name="王秀英").wait_for()
    page.goto("/desk/take-in?matter=temporary-assistance")
    expect(page.locator("#id_q")).to_be_focused()
    page.keyboard.type(NUMBER)
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/desk/take-in/temporary-assistance?person={person.pk}")
    expect(page.get_by_text("来自", exact=False).first).to_be_visible()
    page.context.close()


@SIZES
def test_every_page_of_the_desk_is_for_everybody(chromium: Browser, live_server: Any, size: Any) -> None:
    person = wang()
    who = linked(person)
    fresh = applied(who)
    running = at_desk(PAIFANG_CLERK, "accept", applied(who))
    asked = at_desk(PAIFANG_CLERK, "accept", applied(who))
    at_desk(CIVIL_AFFAIRS, "ask", asked, question="请补一张出院小结。", materials=["出院小结"])
    clerk, officer = (
        opened(chromium, live_server.url, PAIFANG_CLERK, size),
        opened(chromium, live_server.url, CIVIL_AFFAIRS, size),
    )

    for page, path in (
        (clerk, "/desk/cases"),
        (clerk, f"/desk/cases/{fresh.pk}"),
        (clerk, f"/desk/cases/{fresh.pk}/return"),
        (clerk, f"/desk/cases/{asked.pk}/supply"),
        (clerk, "/desk/take-in"),
        (clerk, f"/desk/take-in/temporary-assistance?person={person.pk}"),
        (officer, "/desk/cases"),
        (officer, f"/desk/cases/{running.pk}"),
        (officer, f"/desk/cases/{running.pk}/decide"),
        (officer, f"/desk/cases/{running.pk}/hand_over"),
    ):
        page.goto(path)
        whole(page, size["width"])
    clerk.context.close()
    officer.context.close()
