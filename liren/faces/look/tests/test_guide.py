"""The style guide shows every component."""

import pytest
from django.test import Client
from pytest_django import Settings


@pytest.mark.django_db(transaction=True)
def test_the_style_guide_shows_every_component(client: Client, settings: Settings) -> None:
    settings.DEMO = True

    page = client.get("/look")

    assert page.status_code == 200
    assert all(
        part in page.text
        for part in ("lr-notice", "lr-chip", "lr-timeline", "lr-steps", "lr-summary", "lr-table", "lr-rating")
    )


@pytest.mark.django_db(transaction=True)
def test_outside_demonstration_there_is_no_style_guide_but_a_page_that_says_what_to_do(client: Client) -> None:
    page = client.get("/look")

    assert page.status_code == 404
    assert "没有找到这一页" in page.text
    assert "回到首页" in page.text


@pytest.mark.django_db(transaction=True)
def test_large_type_and_language_are_kept_on_the_device(client: Client, settings: Settings) -> None:
    settings.DEMO = True

    answers = [
        client.post("/look/elder", {"elder": "1", "next": "/look"}),
        client.post("/look/language", {"language": "en", "next": "https://elsewhere.example/"}),
    ]
    page = client.get("/look")

    assert [answer.headers["Location"] for answer in answers] == ["/look", "/"]
    assert '<html lang="en" data-elder>' in page.text


@pytest.mark.django_db(transaction=True)
def test_every_page_forbids_foreign_and_inline_scripts(client: Client) -> None:
    page = client.get("/")

    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "<script>" not in page.text
    assert "style=" not in page.text
    assert "onclick" not in page.text


@pytest.mark.django_db(transaction=True)
def test_a_form_left_open_too_long_is_answered_in_words(settings: Settings) -> None:
    client = Client(enforce_csrf_checks=True)

    page = client.post("/look/elder", {"elder": "1"})

    assert page.status_code == 403
    assert "这一页放得太久了" in page.text
