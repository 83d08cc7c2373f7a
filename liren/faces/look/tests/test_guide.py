"""The style guide shows every component."""

import pytest
from django.test import Client
from pytest_django import Settings


@pytest.mark.django_db(transaction=True)
def test_the_style_guide_shows_every_component(client: Client, settings: Settings) -> None:
    settings.DEMO = True

    page = client.get("/look")

    assert page.status_code == 200
    assert "样式手册" in page.text
