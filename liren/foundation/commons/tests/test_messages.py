"""Messages, and numbers drawn from the database."""

import re
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from liren.base.errors import NotFound
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.base.uploads import PDF, Upload
from liren.foundation.access.models import Account, JournalLine, LinkRequest
from liren.foundation.access.rules import Viewer
from liren.foundation.commons import actions, jobs, queries, reactions
from liren.foundation.commons.actions import NewMessage
from liren.foundation.commons.models import Message, StoredFile
from liren.testing import cast
from liren.testing.cast import NOON as AT
from liren.testing.cast import PAIFANG as COMMUNITY
from liren.testing.cast import TIANRAN as NEIGHBOUR
from liren.testing.cast import viewer

SYSTEM = Viewer.system("cases")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    settings.FILES = tmp_path / "files"


def resident(name: str = "张秀兰", *, person_id: int = 0) -> Account:
    phone = f"+861549000{sum(map(ord, name)) % 10_000:04d}"
    return cast.resident(phone, name, person_id=person_id)


def clerk() -> Account:
    return cast.staff(cast.PAIFANG_CLERK)


def send(subject: int, *keys: str, area: int = COMMUNITY) -> list[Message]:
    with applied(Scope.staff(area, area)):
        return actions.send_messages(
            by=SYSTEM,
            at=AT,
            area=area,
            messages=[NewMessage(subject, f"消息 {key}", "您的申请已受理。", key, link="/cases/1") for key in keys],
        )


@pytest.mark.django_db
def test_a_message_is_sent_once_however_often_the_reaction_runs() -> None:
    one = viewer(resident(person_id=77))

    first, second = send(77, "accepted:1"), send(77, "accepted:1", "decided:1", "decided:1")

    assert [len(first), len(second)] == [1, 1]
    with applied(one.scope):
        assert [message.title for message in queries.inbox(one)] == ["消息 decided:1", "消息 accepted:1"]


@pytest.mark.django_db
def test_only_the_recipient_reads_a_message() -> None:
    one, other = viewer(resident(person_id=77)), viewer(resident("李强", person_id=78))
    (message,) = send(77, "a")

    with applied(one.scope):
        assert queries.unread_count(one) == 1
        actions.mark_read(by=one, at=AT, message=queries.message_for(one, message.pk))
        assert queries.unread_count(one) == 0
    for stranger in (other, viewer(clerk())):
        with applied(stranger.scope):
            assert queries.inbox(stranger) == []
            with pytest.raises(NotFound):
                queries.message_for(stranger, message.pk)
        with applied(stranger.scope), pytest.raises(NotFound):
            actions.mark_read(by=stranger, at=AT, message=message)


@pytest.mark.django_db
def test_everything_is_marked_as_read_at_once_and_taken_back(client: Client) -> None:
    account = clerk()
    desk = viewer(account)
    (_old, earlier) = send(account.pk, "a"), send(account.pk, "b")[0]
    send(77, "somebody else's")
    cast.sign_in(client, account)
    with applied(desk.scope):
        actions.mark_read(by=desk, at=AT, message=queries.message_for(desk, earlier.pk))
    page = client.get("/desk/messages").text
    (newest,) = re.findall(r'name="newest" value="(\d+)"', page)
    (late,) = send(account.pk, "came meanwhile")

    answer = client.post("/messages/read", {"newest": newest})
    after = client.get(answer.headers["Location"])

    assert "全部标为已读" in page
    with applied(desk.scope):
        assert [one.pk for one in queries.inbox(desk) if one.read_at is None] == [late.pk]
    (undo,) = re.findall(r'name="undo" value="(\d+)"', after.text)
    client.post("/messages/read", {"undo": undo})
    with applied(desk.scope):
        assert [one.title for one in queries.inbox(desk) if one.read_at is None] == ["消息 came meanwhile", "消息 a"]
    with applied(Scope.everything()):
        assert Message.objects.get(subject=77).read_at is None
        lines = JournalLine.objects.filter(verb__in=["commons.mark_all_read", "commons.mark_unread_again"])
        assert [line.changes for line in lines.order_by("id")] == [{"messages": 1}, {"messages": 1}]
    assert client.post("/messages/read", {"newest": "x"}).status_code == 422
    assert client.post("/messages/read", {"undo": "9" * 40}).status_code == 422


@pytest.mark.django_db
def test_somebody_at_a_desk_gets_messages_to_their_account() -> None:
    desk = viewer(clerk())
    (message,) = send(desk.account_id, "due:1")

    with applied(desk.scope):
        assert queries.unread_count(desk) == 1
        actions.mark_read(by=desk, at=AT, message=queries.message_for(desk, message.pk))
        assert queries.unread_count(desk) == 0


@pytest.mark.django_db
def test_messages_and_files_follow_an_account_to_its_person() -> None:
    account = resident()
    send(account.pk, "a")
    unplaced = viewer(account)
    with applied(unplaced.scope):
        actions.store_file(by=unplaced, at=AT, area=0, upload=Upload("证明.pdf", PDF, b"%PDF-"))

    reactions.follow_link(lo=COMMUNITY, hi=COMMUNITY, area=COMMUNITY, account_id=account.pk, person_id=90)

    with applied(Scope.resident(90)):
        assert (Message.objects.count(), StoredFile.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_who_asked_to_be_known_is_told_what_came_of_it_once() -> None:
    account = resident()
    with applied(Scope.everything()):
        asked = LinkRequest.objects.create(
            area=COMMUNITY, subject=account.pk, account=account, name="王阿婆", id_number="1", reason="号码差一位", created_at=AT
        )  # fmt: skip
    where: dict[str, Any] = {"lo": COMMUNITY, "hi": COMMUNITY, "area": COMMUNITY, "account_id": account.pk}

    for _time in range(2):
        reactions.tell_refused(**where, request_id=asked.pk)
        reactions.tell_linked(**where, person_id=90)

    with applied(Scope.resident(account.pk)):
        (refused,) = Message.objects.values_list("title", "link", "body")
    with applied(Scope.resident(90)):
        (linked,) = Message.objects.values_list("title", "link")
    assert refused[:2] == ("身份没有核对上", "/me/link")
    assert "号码差一位" in refused[2]
    assert linked == ("身份核对好了", "/me/record")


@pytest.mark.django_db
def test_the_sweeps_run_by_the_clock() -> None:
    jobs.sweep_uploads(timestamp=0)
    jobs.sweep_contents(timestamp=0)

    with applied(Scope.everything()):
        swept = JournalLine.objects.filter(verb__in=["commons.sweep_uploads", "commons.sweep_contents"])
        assert [line.changes for line in swept.order_by("id")] == [{"rows": 0}, {"contents": 0}]


@pytest.mark.django_db
def test_the_inbox_is_read_page_by_page() -> None:
    account = resident(person_id=77)
    send(77, *(str(number) for number in range(25)))
    client = Client()
    cast.sign_in(client, account)

    first = client.get("/api/v1/commons/messages?size=20").json()
    second = client.get("/api/v1/commons/messages", {"size": 20, "after": first["next"]}).json()

    assert [len(first["items"]), len(second["items"]), second["next"]] == [20, 5, None]
    assert first["items"][0]["title"] == "消息 24"
    assert client.get("/api/v1/commons/messages?after=nonsense").status_code == 422
    assert client.get("/api/v1/commons/messages/unread").json() == {"count": 25}


@pytest.mark.django_db
@pytest.mark.parametrize(("desk", "base"), [(False, "/me/messages"), (True, "/desk/messages")])
def test_messages_are_pages_of_both_faces(desk: bool, base: str) -> None:
    account = clerk() if desk else resident(person_id=77)
    (message,) = send(account.pk if desk else 77, "a")
    client = Client()
    cast.sign_in(client, account)

    listed = client.get(base)
    shown = client.get(f"{base}/{message.pk}")
    done = client.post(f"/messages/{message.pk}/read")
    after = client.get(f"{base}/{message.pk}")

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert "未读" in listed.content.decode()
    assert "您的申请已受理。" in shown.content.decode()
    assert f"/messages/{message.pk}/read" in shown.content.decode()
    assert (done.status_code, done["Location"]) == (302, base)
    assert f"/messages/{message.pk}/read" not in after.content.decode()
    assert client.get("/desk/messages" if not desk else "/me/messages").status_code == 403


@pytest.mark.django_db
def test_numbers_count_from_one_for_each_community_and_day() -> None:
    with transaction.atomic():
        drawn = [
            actions.next_receipt_number(area, day)
            for area, day in (
                (COMMUNITY, date(2026, 11, 21)),
                (COMMUNITY + 12, date(2026, 11, 21)),
                (NEIGHBOUR, date(2026, 11, 21)),
                (COMMUNITY, date(2026, 11, 22)),
            )
        ]

    assert [number.split("-")[2] for number in drawn] == ["0001", "0002", "0001", "0001"]
    assert queries.number_of(drawn[1]).area == COMMUNITY


@pytest.mark.django_db(transaction=True)
def test_windows_that_draw_at_the_same_time_get_different_numbers() -> None:
    drawn: list[str] = []

    def draw() -> None:
        for _time in range(10):
            with transaction.atomic():
                drawn.append(actions.next_receipt_number(COMMUNITY, date(2026, 11, 21)))
        connection.close()

    clerks = [threading.Thread(target=draw) for _ in range(4)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()

    assert len(set(drawn)) == 40
    assert max(queries.number_of(number).serial for number in drawn) == 40
