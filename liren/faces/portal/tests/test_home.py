"""The residents' home greets, asks, and shows the next thing to do."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from liren.engines.cases.enums import State
from liren.engines.cases.models import Case
from liren.faces.portal.pages import greeting
from liren.foundation.access.models import Account
from liren.testing.cast import NOON, PAIFANG, VILLAGER_PHONE, everywhere, resident, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def villager(client: Client) -> Account:
    with everywhere():
        account = resident(VILLAGER_PHONE, "王小梅")
    sign_in(client, account)
    return account


def own_case(account: Account, state: State, name: str, **changes: Any) -> Case:
    with everywhere():
        return Case.objects.create(
            area=PAIFANG, subject=account.pk, account_id=account.pk, matter="m", matter_name=name, state=state,
            number="" if state == State.DRAFT else f"n-{name}", created_at=NOON, updated_at=NOON, **changes,
        )  # fmt: skip


def test_a_stranger_is_greeted_and_sees_no_cases(client: Client) -> None:
    page = client.get("/")

    assert page.status_code == 200
    assert "好</h1>" in page.text
    assert "我的办件</h2>" not in page.text


def test_what_the_resident_has_to_do_comes_first(client: Client, villager: Account) -> None:
    handled = own_case(villager, State.IN_HAND, "高龄津贴", due_on=date(2030, 9, 18))
    asked = own_case(villager, State.ASKED, "临时救助", answer_due_on=date(2030, 9, 3))

    page = client.get("/")

    assert "请在2030年9月3日前补齐材料。" in page.text
    assert "正在办理，最晚2030年9月18日给您结果。" in page.text
    assert page.text.index(f"/cases/{asked.pk}") < page.text.index(f"/cases/{handled.pk}")


def test_closed_cases_and_those_of_others_are_not_on_the_home_page(client: Client, villager: Account) -> None:
    own_case(villager, State.RATED, "已经评价的事")
    with everywhere():
        other = resident("+8615490000009", "李福生")
    own_case(other, State.ASKED, "别人的事")

    page = client.get("/")

    assert "已经评价的事" not in page.text
    assert "别人的事" not in page.text


@pytest.mark.parametrize(
    ("hour", "words"), [(4, "晚上好"), (5, "早上好"), (11, "中午好"), (13, "下午好"), (18, "晚上好")]
)
def test_the_greeting_follows_the_day(hour: int, words: str) -> None:
    assert greeting("", hour) == words
    assert greeting("王小梅", hour) == f"王小梅，{words}"
