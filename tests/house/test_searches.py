"""What somebody looks for stands in no address: no page and no operation of the API carries a typed number in its query."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from liren.conf.api import api
from liren.testing.cast import everywhere, sign_in, staff
from liren.testing.village import NUMBER, PHONE, ROLES, Village, village

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TEMPLATES = Path(__file__).parents[2] / "liren"
ADDRESS = re.compile(
    r"""(?:href|action|formaction|src|hx-(?:get|post|replace-url|push-url)|data-url)\s*=\s*["']([^"']*)"""
)
HOUSEHOLD = "320115006205"
"""How the numbers of households begin."""
OF_A_COMMUNITY = {"registry:grid-homes": {"code": HOUSEHOLD}}
"""Pages about one community: its code stands in their addresses, whatever is typed."""

WORDS = {
    ("/api/v1/places/search", "q"): "places are public",
    ("/api/v1/cases/matters", "q"): "matters are public",
    ("/api/v1/cases/", "matter"): "the code of a matter",
    **{
        (f"/api/v1/registry/categories/{{code}}/{part}", name): "what a rule of a pack is tried with"
        for part in ("members", "comparison")
        for name in ("version", "parameters")
    },
}
"""What somebody may write in the address of a call, and why it is nobody's number; ``after`` is a cursor of our own."""

TYPED_IN_ADDRESSES = {
    "faces/portal/templates/portal/home.html": "what a matter is called",
    "services/window/templates/window/portal/catalogue.html": "what a matter is called",
    "services/window/templates/window/desk/take_in.html": "what a matter is called",
    "services/window/templates/window/portal/check.html": "the number of a receipt, which a QR code leads to as well",
}
"""Forms of pages that are sent in the address although people type in them, and why."""


def searched_pages(patterns: Any, space: str = "") -> Iterator[tuple[str, Any]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from searched_pages(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern) and fields_of(one.callback):
            yield f"{space}{one.name}", one.callback


def fields_of(view: Any) -> tuple[str, ...]:
    """Return the fields in which people type, of a view however it is wrapped."""
    while view is not None:
        if hasattr(view, "searched"):
            found: tuple[str, ...] = view.searched
            return found
        view = getattr(view, "__wrapped__", None)
    return ()


PAGES = dict(searched_pages(get_resolver().url_patterns))


@pytest.fixture
def there() -> Village:
    with everywhere():
        return village()


def at_the_right_desk(view: Any) -> Client:
    """Return the browser of somebody who may open a page."""
    client = Client()
    capability = view.door.capability.code if view.door.capability else ""
    for role in ROLES:
        account = staff(role)
        sign_in(client, account)
        held = account.appointments.select_related("post").get().post.capabilities
        if capability in held or (not capability and role.post == "system_administrator"):
            return client
    raise AssertionError(f"nobody holds {capability}")


def told(page: str, typed: str) -> list[str]:
    """Return the addresses on a page in which a number stands."""
    return [address for address in ADDRESS.findall(page) if typed in beside_its_place(address)]


def beside_its_place(address: str) -> str:
    """Return an address without the community that its page is about."""
    return address.removeprefix(f"/desk/communities/{HOUSEHOLD}/")


def test_no_operation_of_the_api_takes_what_somebody_types_in_its_address() -> None:
    free = set()
    for path, methods in api.get_openapi_schema()["paths"].items():
        for operation in methods.values():
            for one in operation.get("parameters", ()):
                shapes = one["schema"].get("anyOf", [one["schema"]])
                open_ones = [each for each in shapes if each.get("type") == "string" and not bounded(each)]
                if one["in"] == "query" and open_ones and one["name"] != "after":
                    free.add((path, one["name"]))

    assert free == set(WORDS)


def bounded(shape: dict[str, Any]) -> bool:
    """Say whether a text can be nothing but what its schema lists or shapes."""
    return bool({"pattern", "format", "enum", "const"} & set(shape)) or "$ref" in shape


def test_pages_are_searched_at_all() -> None:
    assert len(PAGES) >= 9


@pytest.mark.parametrize("typed", [NUMBER, PHONE, HOUSEHOLD])
def test_what_a_page_looks_for_stands_in_no_address_of_it(there: Village, typed: str) -> None:
    for name, view in PAGES.items():
        client, path = at_the_right_desk(view), reverse(name, kwargs=OF_A_COMMUNITY.get(name))
        sent = dict.fromkeys(fields_of(view), typed)

        answered = client.post(path, sent)
        part = client.post(path, sent, headers={"HX-Request": "true", "HX-Target": "results"})
        written = client.get(path, sent)

        for answer in (answered, part):
            assert answer.status_code in {200, 302}, f"{name}: {answer.status_code}"
            assert told(answer.text, typed) == [], name
            assert typed not in beside_its_place(answer.headers.get("HX-Replace-Url", "")), name
            assert typed not in beside_its_place(answer.headers.get("Location", "")), name
        assert written.status_code == 302, f"{name}: what was written into an address leads on to one without it"
        assert typed not in beside_its_place(written.headers["Location"])
        shown = client.get(written.headers["Location"])
        assert shown.status_code in {200, 302}, f"{name}: {shown.status_code}"
        assert told(shown.text, typed) == [], name


def test_a_sealed_number_is_opened_for_nobody_else(there: Village) -> None:
    view = PAGES["registry:people"]
    client = at_the_right_desk(view)
    address = client.get(reverse("registry:people"), {"q": NUMBER}).headers["Location"]
    other = Client()
    sign_in(other, there.account("shuji"))

    assert f"/desk/people/{there.person.pk}" in client.get(address).text
    page = other.get(address).text
    assert NUMBER not in page
    assert 'value=""' in page


def test_no_form_in_which_people_type_is_sent_in_the_address() -> None:
    found = set()
    for path in sorted(TEMPLATES.rglob("*.html")):
        for opening, body in re.findall(r"(?s)<form\b([^>]*)>(.*?)</form>", path.read_text(encoding="utf-8")):
            typing = re.findall(
                r"<input\b(?![^>]*type=\"(?:hidden|date|month|radio|checkbox|number|submit)\")[^>]*>", body
            )
            if 'method="post"' not in opening and "hx-post" not in opening and (typing or "{% field" in body):
                found.add(path.relative_to(TEMPLATES).as_posix())

    assert found == set(TYPED_IN_ADDRESSES)
