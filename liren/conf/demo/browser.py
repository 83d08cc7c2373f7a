"""A browser without a screen: it keeps cookies, reads forms and sends them as a person would, over HTTP."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx

Values = dict[str, list[str]]


@dataclass(slots=True)
class HtmlForm:
    """A form on a page: where it goes and what its controls hold."""

    action: str = ""
    method: str = "get"
    values: Values = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads the forms and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[HtmlForm] = []
        self.words: list[str] = []
        self.open: HtmlForm | None = None
        self.area: tuple[str, list[str]] | None = None
        self.select = ""
        self.silent = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms, controls and what is no text."""
        given = {name: value or "" for name, value in attrs}
        self.silent = tag in {"script", "style"}
        if tag == "form":
            self.open = HtmlForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.open)
        if self.open is None:
            return
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "input" and name and kind == "file":
            self.open.files.append(name)
        elif tag == "input" and name and kind not in {"submit", "button"}:
            if kind not in {"radio", "checkbox"} or "checked" in given:
                self.open.values.setdefault(name, []).append(given.get("value", "on"))
        elif tag == "textarea" and name:
            self.area = (name, [])
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given and self.select:
            self.open.values[self.select] = [given.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        self.silent = False
        if tag == "textarea" and self.area and self.open:
            self.open.values[self.area[0]] = ["".join(self.area[1]).removeprefix("\n")]
            self.area = None
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.open = None

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if self.area:
            self.area[1].append(data)
        elif not self.silent and data.strip():
            self.words.append(data.strip())


class Browser:
    """One person's browser at one address."""

    def __init__(self, base: str) -> None:
        self.client = httpx.Client(base_url=base, follow_redirects=True, timeout=60)
        self.page: httpx.Response | None = None

    @property
    def path(self) -> str:
        """Return the path of the page that is open."""
        return self._open.url.path

    @property
    def text(self) -> str:
        """Return the words of the page that is open."""
        return " ".join(Reader(self._open.text).words)

    @property
    def source(self) -> str:
        """Return the page that is open as it came."""
        return self._open.text

    @property
    def _open(self) -> httpx.Response:
        if self.page is None:
            raise RuntimeError("no page is open")
        return self.page

    def go(self, path: str) -> str:
        """Open a page and return its words; raise ``AssertionError`` unless it is there."""
        return self._seen(self.client.get(path))

    def get(self, path: str) -> bytes:
        """Return what is at a path without leaving the page."""
        found = self.client.get(path)
        assert found.status_code == httpx.codes.OK, f"{path}: {found.status_code}"
        return found.content

    def forms(self, action: str) -> list[HtmlForm]:
        """Return the forms whose action contains ``action``; without one, the page's own."""
        posted = [one for one in Reader(self.source).forms if one.method == "post"]
        return [one for one in posted if (action in one.action if action else one.action in {"", self.path})]

    def file_fields(self, action: str) -> list[str]:
        """Return the names of a form's file controls."""
        return [name for form in self.forms(action) for name in form.files]

    def send(
        self,
        action: str = "",
        *,
        having: str = "",
        files: dict[str, tuple[str, bytes, str]] | None = None,
        **values: Any,
    ) -> str:
        """Fill in the form with this action (and a control called ``having``) and send it; other controls keep what they hold."""
        forms = self.forms(action)
        form = next((one for one in forms if not having or having in one.values), None)
        assert form is not None, f"no form for {action!r} on {self.path}: {self.text[:400]}"
        data = {
            **form.values,
            **{name: value if isinstance(value, list) else [str(value)] for name, value in values.items()},
        }
        target = urljoin(str(self._open.url), form.action or str(self._open.url))
        return self._seen(self.client.post(target, data=data, files=files, headers={"Referer": str(self._open.url)}))

    def _seen(self, page: httpx.Response) -> str:
        self.page = page
        assert page.status_code == httpx.codes.OK, (
            f"{page.request.method} {page.url.path}: {page.status_code} {self.text[:600]}"
        )
        return self.text
