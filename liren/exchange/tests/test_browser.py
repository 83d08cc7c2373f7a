"""The pages of imports in a real browser: nobody shut out, nothing sticks out, on a desk and on a phone."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from liren.exchange.tests.world import HEADS, brought_in, somebody, staged, taken_in
from liren.testing.browser import DESK, PHONE, axe_faults, open_page
from liren.testing.cast import PAIFANG_CLERK, sign_in, staff

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_of_an_import_shuts_anybody_out(chromium: Browser, live_server: Any, size: dict[str, int]) -> None:
    clerk = staff(PAIFANG_CLERK)
    brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(6))], as_of=date(2026, 1, 1)), clerk), clerk)
    table = [
        ["牌坊社区居民名单"], HEADS, *(somebody(n, **{"联系电话": f"1559999{n:04d}"}) for n in range(3)), somebody(4, "改了名"), somebody(40),
        somebody(41, "", **{"身份证号": 3.20115e17}), somebody(42, **{"与户主关系": "表亲"}), ["合计", 7],
    ]  # fmt: skip
    batch = staged(taken_in(clerk, table, source="shared"), clerk)
    visitor = Client()
    sign_in(visitor, clerk)
    page = open_page(chromium, live_server.url, session=visitor.cookies["sessionid"].value, viewport=size)

    for name in ("", "new", f"{batch.pk}", f"{batch.pk}/mapping", f"{batch.pk}/rows?verdict=unsure&fault=name_differs", f"{batch.pk}/rows", f"{batch.pk}/reconciliation"):  # fmt: skip
        page.goto(f"/desk/imports/{name}")
        if shots := os.environ.get("LIREN_SHOTS"):
            page.screenshot(
                path=Path(shots)
                / f"imports-{size['width']}-{name.replace(str(batch.pk), 'x').replace('/', '-').partition('?')[0]}.png",
                full_page=True,
            )
        assert axe_faults(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    page.context.close()
