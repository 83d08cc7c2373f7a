"""The pages of sources in a real browser: nobody shut out, nothing sticks out, on a desk and on a phone."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.test import Client
from playwright.sync_api import Browser

from liren.base import clock
from liren.exchange import jobs
from liren.exchange.actions import batches, fetching, sources
from liren.exchange.actions.sources import SourceGiven
from liren.exchange.models import Feed, FeedRun
from liren.exchange.tests.world import brought_in, fresh, looking, somebody
from liren.foundation.places.rules import TOWNSHIP
from liren.testing.browser import DESK, PHONE, axe_faults, open_page
from liren.testing.cast import JIANGNING, acting, sign_in, staff
from liren.testing.remote import Answers, http_server
from liren.testing.village import CENTRE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def web() -> Iterator[Answers]:
    before, house.SOURCES = house.SOURCES, "127.0.0.1"
    with http_server() as made:
        yield made
    house.SOURCES = before


def read(feed: Feed) -> FeedRun:
    with acting(staff(CENTRE)) as by:
        run = fetching.begin_run(by=by, at=clock.now(), feed=feed)
    jobs.fetch.func(run=str(run.pk))
    with looking():
        run = FeedRun.objects.select_related("batch").get(pk=run.pk)
    if run.batch is not None:
        jobs.stage.func(batch=str(run.batch.pk))
    return run


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_of_a_source_shuts_anybody_out(
    chromium: Browser, live_server: Any, web: Answers, size: dict[str, int]
) -> None:
    people = [
        {"xm": one[0], "xb": one[1], "sfzh": one[2], "lxdh": one[4], "zz": one[7], "gxsj": "2026-01-02 03:04:05"}
        for one in map(somebody, range(24))
    ]
    web.routes["/people"] = lambda _asked: (200, {}, json.dumps(people).encode())
    heads, targets = list(people[0]), ["name", "sex", "id_number", "phone", "address", ""]
    head = staff(CENTRE)
    with acting(head) as by:
        feeds = []
        for name in ("省民政厅残疾人两项补贴发放接口", "区公安人口库"):
            given = SourceGiven(name, "api", {"address": web.address("/people"), "style": "none"}, {}, "江苏省民政厅")
            feeds.append(sources.open_feed(by=by, at=clock.now(), area=JIANGNING, level=TOWNSHIP, given=given))
        feed = sources.map_feed(
            by=by, at=clock.now(), feed=feeds[0], heads=heads, targets=targets, options={"blocks": False, "constants": {}}, authority="江苏省民政厅", source="shared", key="sfzh"
        )  # fmt: skip
        sources.set_schedule(by=by, at=clock.now(), feed=feed, every="week", hour=3, day=2)
    first = read(feed)
    assert first.batch is not None
    brought_in(fresh(first.batch), head)
    del people[20:]
    people[1]["lxdh"] = "15400000001"
    second = read(feed)
    assert second.batch is not None
    with acting(head) as by:
        batches.set_aside(by=by, at=clock.now(), batch=fresh(second.batch))
    web.routes["/people"] = lambda _asked: (401, {}, b"")
    read(feed)
    web.routes["/people"] = lambda _asked: (200, {}, json.dumps(people).encode())
    visitor = Client()
    sign_in(visitor, head)
    page = open_page(chromium, live_server.url, session=visitor.cookies["sessionid"].value, viewport=size)

    pk = str(feed.pk)
    for name in (
        "../",
        "",
        "new",
        "new?kind=database",
        "new?kind=api",
        pk,
        f"{pk}/edit",
        f"{pk}/columns",
        f"{pk}/gone",
        str(feeds[1].pk),
        f"../{second.batch.pk}",
    ):
        page.goto(f"/desk/imports/sources/{name}")
        if shots := os.environ.get("LIREN_SHOTS"):
            plain = name.replace(pk, "x").replace(str(feeds[1].pk), "y").replace("/", "-").replace("?", "-").strip(
                ".-"
            ) or ("list" if not name else "imports")
            page.screenshot(path=Path(shots) / f"sources-{size['width']}-{plain}.png", full_page=True)
        assert axe_faults(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    page.goto(f"/desk/imports/sources/{pk}")
    page.click("[data-opens=remove]")
    page.wait_for_selector("dialog[open]")
    if shots:
        page.screenshot(path=Path(shots) / f"sources-{size['width']}-remove.png")
    assert axe_faults(page) == []
    page.click("dialog[open] button[type=submit]")
    page.wait_for_url("**/desk/imports/sources/")
    assert "已移除" in page.content()
    page.context.close()
