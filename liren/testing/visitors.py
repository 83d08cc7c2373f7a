"""Somebody at a screen who looks closely at every page: at three widths, in large type, by axe's rules, at the console.

Pictures of every page stay where ``LIREN_SHOTS`` says (``make shots``); otherwise pages with faults alone are pictured, in ``var/shots``:
painting two long pictures costs more than all the looking.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Response, expect

from liren.testing.browser import axe_faults, open_page
from liren.testing.database import ROOT
from liren.testing.installation import Installation

SHOTS = Path(os.environ.get("LIREN_SHOTS") or ROOT / "var" / "shots")
EVERY_PAGE = bool(os.environ.get("LIREN_SHOTS"))
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fea735814e0000000049454e44ae426082"
)
LARGE = "document.documentElement.toggleAttribute('data-elder', {})"
SMALLEST_TYPE, SMALLEST_TARGET = 18, 44  # px in large type: what the guideline for elders asks, and what a thumb meets
TOO_SMALL = """([type, target]) => {
  const shown = element => element.checkVisibility({visibilityProperty: true}) && !element.closest('.lr-hidden, .lr-skip')
    && element.getBoundingClientRect().width > 1;
  const named = element => element.outerHTML.slice(0, 120);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), small = new Set();
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const around = text.parentElement;
    if (text.data.trim() && shown(around) && !around.closest('script, style, option') && parseFloat(getComputedStyle(around).fontSize) < type)
      small.add(`type of ${getComputedStyle(around).fontSize}: ${named(around)}`);
  }
  const inWords = link => getComputedStyle(link).display === 'inline'
    && [...link.parentElement.childNodes].some(node => node !== link && node.textContent.trim());
  for (const one of document.querySelectorAll('a, button, select, textarea, summary, input:not([type=hidden])')) {
    const place = one.closest('label') ?? one;
    if (!shown(one) || (one.tagName === 'A' && inWords(one))) continue;
    if (place.getBoundingClientRect().height < target) small.add(`${Math.round(place.getBoundingClientRect().height)} px high: ${named(one)}`);
  }
  return [...small];
}"""
NARROWEST, PHONE_WIDTH, DESK_WIDTH = 320, 390, 1440
ENDED = ("htmx:sendAbort", "htmx:afterRequest")
"""What htmx says when the next letter or the next page ends a search that is under way, as it should; answers that fail are seen by themselves."""


class Visitor:
    """Somebody at a screen; ``faults`` is what was found wrong."""

    def __init__(
        self, browser: Browser, url: str, name: str, size: dict[str, int], *, elder: bool = False, session: str = ""
    ) -> None:
        """Open an empty page; with ``elder`` every page is looked at in large type too."""
        self.page = open_page(browser, url, viewport=size, session=session)
        self.name, self.size, self.elder = name, size, elder
        self.faults: list[str] = []
        self.foreseen: set[int] = set()  # statuses that a test provokes
        self.seen = 0
        self.page.set_default_timeout(20_000)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", lambda said: self._said(said.type, said.text))
        self.page.on("response", self._answered)

    def _said(self, kind: str, text: str) -> None:
        if any(text.startswith(ended) for ended in ENDED):
            return
        if kind == "error" and not any(f"status of {status}" in text for status in self.foreseen):
            self.faults.append(f"{self.page.url}: {text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.foreseen:
            self.faults.append(f"{response.request.method} {response.url}: {response.status}")

    def open(self, path: str, name: str = "") -> None:
        """Open a page and look at it."""
        self.page.goto(path)
        self.look(name)

    def look(self, name: str = "") -> None:
        """Look at the page that is open, in every size."""
        page, size = self.page, self.size
        here = re.sub(r"\d{6,}|[\w-]{30,}", "n", page.url.split("/", 3)[3].split("?")[0]).strip("/").replace("/", "-")
        self.seen += 1
        label = f"{self.name}-{self.seen:02d}-{name or here or 'home'}"
        page.wait_for_load_state("load")
        for width in (NARROWEST, PHONE_WIDTH, DESK_WIDTH):
            before = len(self.faults)
            self._fits(label, width)
            if width != NARROWEST:
                self.faults += [f"{label} at {width}: {fault}" for fault in axe_faults(page)]
            if len(self.faults) > before or (EVERY_PAGE and width != NARROWEST):
                SHOTS.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=SHOTS / f"{label}-{width}.png", full_page=True, animations="disabled")
        if self.elder:
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            page.evaluate(LARGE.format("true"))
            self.faults += [f"{label} in large type: {fault}" for fault in axe_faults(page)]
            self.faults += [
                f"{label} in large type: {fault}"
                for fault in page.evaluate(TOO_SMALL, [SMALLEST_TYPE, SMALLEST_TARGET])
            ]
            self._fits(f"{label} in large type", NARROWEST)
            page.evaluate(LARGE.format("false"))
        page.set_viewport_size({"width": size["width"], "height": size["height"]})

    def _fits(self, label: str, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 900 if width == DESK_WIDTH else 844})
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            self.faults.append(f"{label}: {wide} px wide at {width}")

    def press(self, words: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=words, exact=True).click()

    def fill(self, **values: Any) -> None:
        """Fill in a form by the names of its fields: words, or the value of a choice."""
        for name, value in values.items():
            radio = self.page.locator(f"input[name={name}][value='{value}']")
            if radio.count():
                radio.check(force=True)
            else:
                self.page.locator(f"#id_{name}").fill(str(value))

    def upload(self, selector: str, name: str) -> None:
        """Choose a picture."""
        self.page.set_input_files(selector, {"name": name, "mimeType": "image/png", "buffer": PICTURE})

    def says(self, words: str) -> None:
        """Wait until the page says something."""
        expect(self.page.locator("main")).to_contain_text(words)


@pytest.fixture
def visit(chromium: Browser, installation: Installation) -> Iterator[Callable[..., Visitor]]:
    """Return visitors of the installation; what was wrong on any of their pages fails the test in one list at its end."""
    made: list[Visitor] = []

    def come(name: str, size: dict[str, int], *, kind: type[Visitor] = Visitor, **how: Any) -> Visitor:
        made.append(kind(chromium, installation.url, name, size, **how))
        return made[-1]

    yield come
    faults = [fault for one in made for fault in one.faults]
    for one in made:
        one.page.context.close()
    assert not faults, "\n".join(dict.fromkeys(faults))
