"""A what-if over many people in a real browser: asked, left alone until it is worked out, read; on a desk and on a phone."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.registry.models import CategoryTrial
from liren.registry.tests.test_trials import COUNTY, OFFICER, many
from liren.testing.browser import DESK, PHONE, axe_faults, open_page
from liren.testing.cast import sign_in, staff
from liren.testing.jobs import run_jobs

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]
__all__ = ["many"]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_district_asks_what_if_and_comes_back_when_it_is_worked_out(
    chromium: Browser, live_server: Any, size: dict[str, int]
) -> None:
    visitor = Client()
    sign_in(visitor, staff(OFFICER))
    page = open_page(chromium, live_server.url, session=visitor.cookies["sessionid"].value, viewport=size)

    def look(name: str) -> None:
        if shots := os.environ.get("LIREN_SHOTS"):
            page.screenshot(path=Path(shots) / f"trial-{size['width']}-{name}.png", full_page=True)
        assert axe_faults(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name

    page.goto("/desk/categories/left-behind-child/what-if")
    page.get_by_label("不满多少周岁").fill("18")
    look("asking")
    page.get_by_role("button", name="试算").click()
    page.wait_for_url("**/desk/trials/*")
    expect(page.get_by_role("button", name="不算了")).to_be_visible()
    look("at-work")

    run_jobs("registry")

    expect(page.get_by_role("table")).to_be_visible()  # the page asks by itself
    expect(page.get_by_role("link", name="导出表格…")).to_be_visible()
    look("done")
    page.get_by_role("link", name="看换了以后的名单").click()
    expect(page.get_by_text("一个村（社区）一个村（社区）地打开")).to_be_visible()
    page.goto("/desk/messages")
    page.get_by_text("换个口径：算好了").first.click()
    page.goto("/desk/categories/left-behind-child/what-if")
    page.get_by_label("不满多少周岁").fill("12")
    page.get_by_role("button", name="试算").click()
    page.get_by_role("button", name="不算了").click()
    expect(page.get_by_text("已取消")).to_be_visible()
    look("given-up")
    page.get_by_role("button", name="重新算").click()
    expect(page.get_by_role("button", name="不算了")).to_be_visible()
    page.context.close()
    with applied(Scope.everything()):
        assert CategoryTrial.objects.filter(area=COUNTY).count() == 2
