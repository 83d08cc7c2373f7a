"""The style guide in a real browser: accessible in every form, nothing sticks out, and the small behaviours work."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from liren.registry.actions.people import register_person
from liren.testing.browser import DESK, PHONE, axe_faults, open_page
from liren.testing.cast import NOON, PAIFANG, PAIFANG_CLERK, acting, sign_in, staff

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def guide(settings: Settings, live_server: Any) -> str:
    settings.DEMO = True
    return f"{live_server.url}/look"


def at(browser: Browser, url: str, **context: Any) -> Page:
    page = open_page(browser, url.removesuffix("/look"), **context)
    page.goto(url)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("elder", [False, True], ids=["usual", "elder"])
def test_no_component_shuts_anybody_out(chromium: Browser, guide: str, scheme: str, viewport: Any, elder: bool) -> None:
    page = open_page(chromium, guide.removesuffix("/look"), viewport=viewport, color_scheme=scheme)
    if elder:
        page.context.add_cookies([{"name": "elder", "value": "1", "url": guide}])
    page.goto(guide)

    assert axe_faults(page) == []
    page.context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440])
@pytest.mark.parametrize("elder", [False, True], ids=["usual", "elder"])
def test_nothing_sticks_out_sideways(chromium: Browser, guide: str, width: int, elder: bool) -> None:
    page = open_page(chromium, guide.removesuffix("/look"), viewport={"width": width, "height": 800})
    if elder:
        page.context.add_cookies([{"name": "elder", "value": "1", "url": guide}])
    page.goto(guide)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_what_can_be_touched_is_large_enough(chromium: Browser, guide: str) -> None:
    page = at(chromium, guide)

    small = page.evaluate(
        "[...document.querySelectorAll('.btn, .lr-input, .lr-choice, .lr-tabs a, .lr-rows a')].filter(e => e.offsetHeight && e.offsetHeight < 44)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )

    assert small == []
    page.context.close()


def test_a_question_is_asked_only_for_the_answers_that_need_it(chromium: Browser, guide: str) -> None:
    page = at(chromium, guide)
    told = page.locator("#field-told")

    expect(told).to_be_hidden()
    page.get_by_text("其他困难").click()
    expect(told).to_be_visible()
    expect(page.locator("#id_told")).to_be_enabled()
    page.context.close()


def test_a_dialog_says_what_will_happen_and_can_be_left(chromium: Browser, guide: str) -> None:
    page = at(chromium, guide)

    page.get_by_role("button", name="要求补正…").click()
    dialog = page.get_by_role("dialog", name="要求王小梅补正材料？")
    expect(dialog).to_contain_text("办理期限从现在起暂停")
    dialog.get_by_role("button", name="不了，返回").click()

    expect(dialog).to_be_hidden()
    page.context.close()


@pytest.mark.parametrize("width", [718, 1047], ids=["upright", "lying"])
def test_a_page_of_the_desk_fills_the_paper(chromium: Browser, live_server: Any, client: Client, width: int) -> None:
    sign_in(client, staff(PAIFANG_CLERK))
    page = open_page(
        chromium, live_server.url, session=client.cookies["sessionid"].value, viewport={"width": width, "height": 1000}
    )
    page.goto("/desk/people/")

    page.emulate_media(media="print")

    main = page.locator("main").bounding_box()
    assert main is not None
    assert main["width"] == width
    expect(page.locator(".lr-side")).to_be_hidden()
    page.context.close()


def test_large_type_is_one_press_away(chromium: Browser, guide: str) -> None:
    page = at(chromium, guide)

    page.get_by_role("button", name="长辈版").click()

    expect(page.get_by_role("button", name="标准版")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "22px"
    page.context.close()


def test_the_desk_is_worked_by_keyboard(chromium: Browser, live_server: Any, client: Client) -> None:
    sign_in(client, staff(PAIFANG_CLERK))
    page = open_page(chromium, live_server.url, session=client.cookies["sessionid"].value, viewport=DESK)
    page.goto(f"{live_server.url}/desk/")

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.locator("#omni-results")).to_contain_text("去哪里")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#omni-results a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#omni-results a")).to_have_count(0)

    assert axe_faults(page) == []
    page.context.close()


def test_a_record_opens_beside_its_list_and_is_left_with_escape(
    chromium: Browser, live_server: Any, client: Client
) -> None:
    clerk = staff(PAIFANG_CLERK)
    with acting(clerk) as viewer:
        for name in ("王小梅", "李福生"):
            register_person(by=viewer, at=NOON, area=PAIFANG, name=name)
    sign_in(client, clerk)
    page = open_page(chromium, live_server.url, session=client.cookies["sessionid"].value, viewport=DESK)
    page.goto(f"{live_server.url}/desk/people/")

    page.locator("body").click(position={"x": 700, "y": 850})
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="详情")
    expect(sheet).to_contain_text("王小梅")
    expect(sheet.locator(".lr-side")).to_have_count(0)
    assert "/desk/people/" in (sheet.get_by_role("link", name="整页打开").get_attribute("href") or "")
    page.keyboard.press("Escape")

    expect(sheet).to_be_hidden()
    page.context.close()
