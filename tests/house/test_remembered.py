"""Who came before is remembered by the process: what has changed since is seen by the very next request, which does nothing in its old name."""

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from liren.base import clock
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.sessions import KNOWN, MOST_KNOWN, Known, digest
from liren.engines.cases.models import Case
from liren.engines.cases.tests.world import REPAIR
from liren.foundation.access.models import Account, Appointment, Post, Session
from liren.foundation.access.queries import Visit
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, resident, sign_in, staff

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
CODE = str(PAIFANG)[:12]
LIST = f"/api/v1/cases/?area={CODE}&limit=5"
PAGE = "/desk/cases"
Change = Callable[[Account], object]


def browser(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


def submitted(client: Client) -> int:
    body = json.dumps({"matter": "public-repair", "area": CODE, "answers": REPAIR})
    headers = {"Idempotency-Key": str(uuid4())}
    return client.post("/api/v1/cases/", body, content_type="application/json", headers=headers).status_code


def deactivated(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(is_active=False)


def given_another_password(account: Account) -> None:
    account.set_password("另外一个很长的密码 2026")
    account.save()


def signed_out_elsewhere(account: Account) -> None:
    Session.objects.filter(account_id=account.pk).delete()


def run_out(account: Account) -> None:
    Session.objects.filter(account_id=account.pk).update(expires_at=clock.now() - timedelta(seconds=1))


def dismissed(account: Account) -> None:
    Appointment.objects.filter(account_id=account.pk).update(valid_until=clock.today())


def stripped(_account: Account) -> None:
    Post.objects.filter(code="window_clerk").update(capabilities=[])


GONE: tuple[Change, ...] = (deactivated, given_another_password, signed_out_elsewhere, run_out)
LESS: tuple[Change, ...] = (dismissed, stripped)


@pytest.mark.parametrize(
    ("change", "call", "page"), [*((one, 401, 302) for one in GONE), *((one, 403, 403) for one in LESS)]
)
def test_who_is_gone_or_may_less_is_so_for_the_next_call_and_the_next_page(
    change: Change, call: int, page: int
) -> None:
    clerk = staff(PAIFANG_CLERK)
    client = browser(clerk)
    for _ in range(2):
        assert client.get(LIST).status_code == 200
        assert client.get(PAGE).status_code == 200

    change(clerk)

    assert client.get(LIST).status_code == call
    assert client.get(PAGE).status_code == page


@pytest.mark.parametrize("change", GONE)
def test_a_submission_in_the_name_of_somebody_gone_writes_nothing(change: Change) -> None:
    villager = resident("+8619900000001", "王阿婆")
    client = browser(villager)
    assert submitted(client) == 201
    assert submitted(client) == 201

    change(villager)

    assert submitted(client) == 401
    with applied(Scope.everything()):
        assert Case.objects.count() == 2


def test_what_was_refused_is_let_in_as_soon_as_it_may() -> None:
    clerk = staff(PAIFANG_CLERK)
    dismissed(clerk)
    client = browser(clerk)
    for _ in range(2):
        assert client.get(LIST).status_code == 403

    Appointment.objects.filter(account_id=clerk.pk).update(valid_until=None)

    assert client.get(LIST).status_code == 200


def test_a_post_that_ends_by_its_date_ends_without_any_change(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = staff(PAIFANG_CLERK)
    tomorrow = clock.now() + timedelta(days=1)
    Appointment.objects.filter(account_id=clerk.pk).update(valid_until=clock.day_of(tomorrow))
    client = browser(clerk)
    Session.objects.filter(account_id=clerk.pk).update(expires_at=tomorrow + timedelta(days=1))
    for _ in range(2):
        assert client.get(LIST).status_code == 200

    monkeypatch.setattr(clock, "now", lambda: tomorrow)

    assert client.get(LIST).status_code == 403


def test_who_comes_again_costs_no_statement_of_their_own() -> None:
    client = browser(staff(PAIFANG_CLERK))
    assert client.get(LIST).status_code == 200

    with CaptureQueriesContext(connection) as asked:
        assert client.get(LIST).status_code == 200

    said = [query["sql"] for query in asked.captured_queries]
    assert not any("access_session" in text for text in said)
    assert said[0].startswith("BEGIN; SET LOCAL")
    assert "EXECUTE liren_" in said[0]


def test_the_memory_forgets_the_oldest() -> None:
    known, visit = Known(), Visit("{}", clock.now(), "", None, None, None)
    for number in range(MOST_KNOWN + 3):
        known.add(digest(str(number)), visit)

    assert len(known) == MOST_KNOWN
    assert digest("2") not in known
    assert digest(str(MOST_KNOWN + 2)) in known


def test_a_request_that_asks_nothing_proves_who_is_there_before_it_answers() -> None:
    villager = resident("+8619900000001", "王阿婆")
    client = browser(villager)
    wrong = json.dumps({"matter": 5})
    for _ in range(2):
        assert client.post("/api/v1/cases/", wrong, content_type="application/json").status_code == 422
    assert any(found.account and found.account.pk == villager.pk for found in KNOWN.values())

    signed_out_elsewhere(villager)

    assert client.post("/api/v1/cases/", wrong, content_type="application/json").status_code == 401
