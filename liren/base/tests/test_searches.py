"""What is typed into a search stands in an address only when it can be nobody's number."""

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from liren.base.searches import is_private, searched


@searched(shown=True)
def words(request: HttpRequest) -> HttpResponse:
    """Answer with what was typed."""
    return HttpResponse(request.GET.get("q", "") + request.GET.get("kind", ""))


def send(**sent: str) -> HttpResponse:
    given = {"csrfmiddlewaretoken": "secret", **sent}
    return words(RequestFactory().post("/desk/people/", given))


def send_part(**sent: str) -> HttpResponse:
    return words(RequestFactory().post("/desk/people/", sent, headers={"HX-Request": "true"}))


@pytest.mark.parametrize(
    "typed", ["990115195001011230", "9901151", "19900000001", "199 0000 0001", "025-8431-2345", "１９９０００００００１", "王 19900000001"]
)  # fmt: skip
def test_a_number_or_a_part_of_one_is_private(typed: str) -> None:
    assert is_private(typed)


@pytest.mark.parametrize("typed", ["", "王秀英", "wxy", "3 组 12 号", "江宁路100号3幢2单元301室", "A12", "2026-09"])
def test_a_name_or_an_address_is_not(typed: str) -> None:
    assert not is_private(typed)


def test_ordinary_words_lead_on_to_an_address_that_can_be_shared() -> None:
    answer = send(q="王", kind="living", area="")

    assert isinstance(answer, HttpResponseRedirect)
    assert answer.headers["Location"] == "/desk/people/?q=%E7%8E%8B&kind=living"
    assert send(q="").headers["Location"] == "/desk/people/"


def test_a_number_is_answered_in_place() -> None:
    answer = send(q="990115195001011230", kind="living")

    assert answer.status_code == 200
    assert answer.text == "990115195001011230living"
    assert "Location" not in answer.headers


def test_while_one_types_the_address_follows_the_words_and_forgets_a_number() -> None:
    assert send_part(q="王", kind="living").headers["HX-Replace-Url"] == "/desk/people/?q=%E7%8E%8B&kind=living"
    assert send_part(q="19900000001").headers["HX-Replace-Url"] == "/desk/people/?q="
    assert send_part(q="19900000001").text == "19900000001"


def test_an_address_still_says_what_to_look_for() -> None:
    assert words(RequestFactory().get("/desk/people/", {"q": "王"})).text == "王"
    assert words(RequestFactory().delete("/desk/people/")).status_code == 405
