"""The frame around pages: its token is one that Django takes, its side marks the duty that a page belongs to."""

import pytest
from django.http import HttpRequest
from django.middleware import csrf
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH
from hypothesis import given
from hypothesis import strategies as some

from liren.faces.look.queries.duties import home_of
from liren.faces.look.queries.frame import Frame, masked

SECRETS = some.text(CSRF_ALLOWED_CHARS, min_size=CSRF_SECRET_LENGTH, max_size=CSRF_SECRET_LENGTH)

opens, new_secret = csrf._does_token_match, csrf._get_new_csrf_string  # type: ignore[attr-defined]  # how Django reads a token


@given(SECRETS, SECRETS)
def test_a_token_opens_to_its_secret_and_to_no_other(secret: str, other: str) -> None:
    token = masked(secret)

    assert opens(token, secret)
    assert opens(token, other) is (secret == other)


def test_no_two_pages_carry_the_same_token_and_every_sign_comes_up() -> None:
    secret = new_secret()

    tokens = [masked(secret) for _ in range(200)]

    assert len(set(tokens)) == 200
    assert set("".join(token[:CSRF_SECRET_LENGTH] for token in tokens)) == set(CSRF_ALLOWED_CHARS)


def test_who_has_no_secret_yet_is_given_one_and_who_has_keeps_it() -> None:
    new, known = HttpRequest(), HttpRequest()
    known.META["CSRF_COOKIE"] = secret = new_secret()

    tokens = Frame(new).token, Frame(known).token

    assert opens(tokens[0], new.META["CSRF_COOKIE"])
    assert new.META["CSRF_COOKIE_NEEDS_UPDATE"]
    assert opens(tokens[1], secret)
    assert "CSRF_COOKIE_NEEDS_UPDATE" not in known.META


@pytest.mark.parametrize(
    ("path", "duty"),
    [
        ("/desk/", "/desk"),
        ("/desk/communities/320115006205", "/desk/communities"),
        ("/desk/communities/320115006205/grids", "/desk/grids"),
        ("/desk/communities/320115006205/grids/homes", "/desk/grids"),
        ("/desk/grids/17/put", "/desk/grids"),
        ("/desk/merges/17", "/desk/duplicates"),
        ("/desk/people/17/grid", "/desk/people"),
        ("/desk/imports/17/rows", "/desk/imports"),
    ],
)
def test_the_side_of_the_desk_marks_the_duty_that_a_page_belongs_to(path: str, duty: str) -> None:
    assert home_of(path) == duty
