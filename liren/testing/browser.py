"""A real browser for journeys: Debian's Chromium, driven by Playwright, with axe-core's rules at hand."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("LIREN_CHROMIUM", "/usr/bin/chromium")
AXE = Path(__file__).resolve().parents[2] / "tests" / "vendor" / "axe.min.js"
AXE_FAULTS = """async () => {
  const lesser = axe._audit.rules.filter(rule => ['minor', 'moderate'].includes(rule.impact));
  const found = await axe.run(document, {
    resultTypes: ['violations'], rules: Object.fromEntries(lesser.map(rule => [rule.id, {enabled: false}])),
  });
  return found.violations.filter(fault => ['serious', 'critical'].includes(fault.impact))
    .flatMap(fault => fault.nodes.map(node => `${fault.id}: ${fault.help} (${node.target[0]}) ${node.html.slice(0, 160)}`));
}"""
"""Runs the rules whose faults are serious or critical: a rule that says less of itself never finds worse."""
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the browser once for a test run."""
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: make setup installs it, or set LIREN_CHROMIUM.")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # Playwright keeps an event loop in this thread; nothing runs on it
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def open_page(browser: Browser, base_url: str, *, session: str = "", **context: Any) -> Page:
    """Return an empty page of a new visitor, in Chinese and on a phone unless ``context`` says otherwise.

    ``session`` is the session cookie of somebody who has signed in. Errors on the page's console fail the test at ``page.close``.
    """
    options: dict[str, Any] = {"locale": "zh-CN", "viewport": PHONE, "base_url": base_url, **context}
    visitor = browser.new_context(**options)
    if session:
        visitor.add_cookies([{"name": "sessionid", "value": session, "url": base_url}])
    return visitor.new_page()


def axe_faults(page: Page) -> list[str]:
    """Return the serious and critical violations on a page as it stands, one sentence each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    return [str(fault) for fault in page.evaluate(AXE_FAULTS)]
