"""Error pages say what to do next, in the frame of the face where the error struck."""

import pytest
from django.test import RequestFactory

from liren.faces.look.pages.errors import error_page


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500])
@pytest.mark.parametrize(("path", "frame"), [("/cases/1", "lr-portal"), ("/desk/cases/1", "lr-desk")])
def test_an_error_has_its_page_even_before_the_viewer_is_known(status: int, path: str, frame: str) -> None:
    page = error_page(RequestFactory().get(path), status)

    assert page.status_code == status
    assert f'<body class="{frame}">' in page.text
    assert "请" in page.text


def test_a_refusal_is_said_in_its_own_words_with_its_details() -> None:
    request = RequestFactory().get("/desk/cases/1")

    page = error_page(request, 409, "这件事已由李主任受理。", ["受理时间：9月3日"])

    assert page.status_code == 409
    assert "<h1>这件事已由李主任受理</h1>" in page.text
    assert "<li>受理时间：9月3日</li>" in page.text


def test_the_first_sentence_is_the_heading_and_the_rest_says_what_to_do() -> None:
    page = error_page(RequestFactory().get("/desk/journal"), 403, "您的岗位不能“查阅日志”。请联系安全管理员。").text

    assert "<h1>您的岗位不能“查阅日志”</h1>" in page
    assert page.count("请联系安全管理员。") == 1
    assert "请联系本单位管理员开通" not in page, "one advice is enough"


def test_a_part_of_a_page_is_refused_with_a_notice_only() -> None:
    request = RequestFactory().get("/desk/cases/1", headers={"HX-Request": "true"})

    part = error_page(request, 429, "试得太多了，请 10 分钟后再来。")

    assert part.status_code == 429
    assert "试得太多了" in part.text
    assert "<html" not in part.text
