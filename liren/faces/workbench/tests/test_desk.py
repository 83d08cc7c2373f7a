"""The desk shows what waits for the viewer, and finds what the viewer may see."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from liren.base import clock
from liren.base.clock import day_of
from liren.base.ids import new_id
from liren.engines.cases.enums import State, TaskKind
from liren.engines.cases.models import Case, Task
from liren.faces.look.queries.frame import MARKS
from liren.faces.workbench.queries.inbox import left
from liren.foundation.access.models import Account
from liren.registry.actions.people import register_person
from liren.registry.models import CorrectionRequest, DuplicatePair
from liren.testing.cast import (
    JIANGNING,
    NOON,
    PAIFANG,
    PAIFANG_CLERK,
    SUPERVISOR,
    TIANRAN,
    acting,
    everywhere,
    hold,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db(transaction=True)


def waiting_case(
    number: str, *, due_on: date, area: int = PAIFANG, post: str = "window_clerk", name: str = "王小梅"
) -> Case:
    """Return a submitted case that waits to be accepted at its community."""
    common: dict[str, Any] = {"area": area, "subject": 7}
    with everywhere():
        case = Case.objects.create(
            number=number, matter="temporary-relief", matter_name="临时救助", state=State.SUBMITTED, applicant_name=name,
            created_at=NOON, updated_at=NOON, submitted_at=NOON, due_on=due_on, **common,
        )  # fmt: skip
        Task.objects.create(
            case=case,
            kind=TaskKind.ACCEPT,
            post=post,
            seat_level=5,
            seat_area=area,
            opened_at=NOON,
            due_on=due_on,
            **common,
        )
    return case


@pytest.fixture
def clerk(client: Client) -> Account:
    account = staff(PAIFANG_CLERK)
    sign_in(client, account)
    return account


def test_the_desk_lists_what_waits_for_its_post_and_nothing_of_the_neighbours(client: Client, clerk: Account) -> None:
    today = clock.today()
    late = waiting_case("320115006205-260901-0001-1", due_on=today - timedelta(days=30))
    later = waiting_case("320115006205-260901-0002-2", due_on=today + timedelta(days=60))
    other = waiting_case("320115006208-260901-0003-3", due_on=today, area=TIANRAN, name="李福生")

    page = client.get("/desk/")

    assert page.status_code == 200
    assert f'href="/desk/cases/{late.pk}"' in page.text
    assert f'href="/desk/cases/{later.pk}"' in page.text
    assert page.text.index("已超期") < page.text.index("期限内")
    assert str(other.pk) not in page.text
    assert "李福生" not in page.text


def test_an_empty_desk_says_so(client: Client, clerk: Account) -> None:
    page = client.get("/desk/")

    assert "现在没有等您办的事" in page.text


def test_a_stranger_is_led_to_the_staffs_sign_in(client: Client) -> None:
    page = client.get("/desk/")

    assert page.status_code == 302
    assert page.headers["Location"] == "/desk/sign-in?next=/desk/"


def test_a_case_is_found_by_its_number_inside_the_own_place_only(client: Client, clerk: Account) -> None:
    today = clock.today()
    own = waiting_case("320115006205-260901-0001-1", due_on=today)
    other = waiting_case("320115006208-260901-0003-3", due_on=today, area=TIANRAN)

    found = client.post("/desk/find", {"q": own.number}, headers={"HX-Request": "true"})
    hidden = client.post("/desk/find", {"q": other.number}, headers={"HX-Request": "true"})

    assert f"/desk/cases/{own.pk}" in found.text
    assert "<html" not in found.text
    assert "没有找到" in hidden.text


def test_people_are_found_by_the_initials_of_their_names(client: Client, clerk: Account) -> None:
    with acting(clerk) as viewer:
        person = register_person(by=viewer, at=NOON, area=PAIFANG, name="王小梅", sex="2", birth_on=date(1966, 2, 3))

    page = client.get("/desk/find", {"q": "wxm"}, headers={"HX-Request": "true"})

    assert f'href="/desk/people/{person.pk}"' in page.text
    assert "王小梅" in page.text
    assert "女 · " in page.text


def test_without_words_the_omnibox_says_where_one_can_go(client: Client, clerk: Account) -> None:
    page = client.get("/desk/find", headers={"HX-Request": "true"})

    assert "去哪里" in page.text
    assert 'href="/desk/"' in page.text


def test_the_whole_page_of_results_works_without_scripts(client: Client, clerk: Account) -> None:
    page = client.get("/desk/find", {"q": "查无此事"})

    assert "<h1>查找</h1>" in page.text
    assert "没有找到“查无此事”" in page.text


def test_one_changes_to_another_of_ones_posts(client: Client, clerk: Account) -> None:
    with everywhere():
        hold(clerk, SUPERVISOR)

    answer = client.post("/desk/seat", {"seat": "1"})
    page = client.get("/desk/")

    assert answer.status_code == 302
    assert "换一个岗位" in page.text
    assert page.context["frame"].viewer.current.area != JIANGNING
    assert client.session["seat"] == 1


def test_more_than_is_listed_is_said_to_be_more(client: Client, clerk: Account) -> None:
    today = clock.today()
    for number in range(101):
        waiting_case(
            f"320115006205-260901-{number:04d}-1", due_on=today - timedelta(days=40) + timedelta(days=number % 2)
        )

    page = client.get("/desk/").text

    assert page.count("临时救助") == 100
    assert re.findall(r"<dt>(\w+)</dt><dd[^>]*>(\S+?)</dd>", page) == [
        ("等我办", "100+"),
        ("已超期", "100+"),
    ]
    assert "看全部办件" in page


def test_queues_that_wait_for_a_decision_are_counted_where_the_viewer_decides(client: Client, clerk: Account) -> None:
    with everywhere():
        for area, state, late in (
            (PAIFANG, "waiting", 0), (PAIFANG, "waiting", 1), (PAIFANG, "accepted", 1), (TIANRAN, "waiting", 1)
        ):  # fmt: skip
            CorrectionRequest.objects.create(
                area=area, subject=7, account_id=7, item=f"fact-{new_id()}", before="", words="写错了", state=state, asked_at=NOON,
                due_on=clock.today() - timedelta(days=late), decided_at=None if state == "waiting" else NOON,
            )  # fmt: skip
        for left in range(105):
            DuplicatePair.objects.create(
                area=PAIFANG, left=left, right=1000 + left, other_area=PAIFANG, score=80, reasons=[], found_at=NOON
            )

    page = client.get("/desk/").text

    assert '<dt>更正申请</dt><dd><a href="/desk/corrections">2</a></dd>' in page
    assert '<dt>更正申请超期</dt><dd class="lr-danger"><a href="/desk/corrections">1</a></dd>' in page
    assert "上面标出的还等您决定" in page
    assert '<dt>重复档案</dt><dd><a href="/desk/duplicates">100+</a></dd>' in page
    assert '<a href="/desk/imports/">0' not in page


def test_who_has_several_posts_is_told_what_waits_at_each(client: Client, clerk: Account) -> None:
    with everywhere():
        hold(clerk, SUPERVISOR)
        for area in (PAIFANG, TIANRAN):
            CorrectionRequest.objects.create(
                area=area,
                subject=7,
                account_id=7,
                item=f"fact-{area}",
                before="",
                words="写错了",
                asked_at=NOON,
                due_on=day_of(NOON),
            )

    for seat in ("0", "1"):
        client.post("/desk/seat", {"seat": seat})

        assert '<a href="/desk/corrections">1</a>' in client.get("/desk/").text


@pytest.mark.parametrize("wrong", ["7", "-1", "x", ""])
def test_a_post_that_one_does_not_hold_is_not_taken(client: Client, clerk: Account, wrong: str) -> None:
    client.post("/desk/seat", {"seat": wrong})

    assert "seat" not in client.session


def test_working_days_left_are_said_in_words() -> None:
    assert [left(days) for days in (None, 0, -2, 3)] == ["", "今天到期", "超期 2 个工作日", "还剩 3 个工作日"]


def test_the_top_of_a_page_carries_the_words_of_this_page_and_of_nobody_else(clerk: Account) -> None:
    browsers = {role.name: Client(enforce_csrf_checks=True) for role in (PAIFANG_CLERK, SUPERVISOR)}
    for role in (PAIFANG_CLERK, SUPERVISOR):
        sign_in(browsers[role.name], staff(role))

    pages = {
        (name, path): browsers[name].get(path).text
        for path in ("/desk/find?q=%22%3E%3Cb%3E", "/desk/")
        for name in browsers
    }

    for (name, path), page in pages.items():
        tokens = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert len(set(tokens)) == 1
        assert f'name="csrf-token" content="{tokens[0]}"' in page
        assert f'name="next" value="{path}"' in page
        assert [other for other in browsers if other in page] == [name]
        assert "<b>" not in page
        assert not any(mark in page for mark in MARKS.values())
        asked = browsers[name].post("/look/elder", {"elder": "0", "next": path, "csrfmiddlewaretoken": tokens[0]})
        assert asked.status_code == 302
