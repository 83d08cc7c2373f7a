"""Files: who keeps, opens, attaches and loses them."""

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from liren.base.errors import Forbidden, NotFound, Refusal, TooMany
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.base.uploads import Upload
from liren.foundation.access.models import Account
from liren.foundation.access.rules import Viewer
from liren.foundation.commons import actions, queries
from liren.foundation.commons.models import Message, StoredFile
from liren.testing import cast
from liren.testing.cast import NOON as AT
from liren.testing.cast import PAIFANG as COMMUNITY
from liren.testing.cast import viewer

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


def resident(name: str = "张秀兰", *, person_id: int = 0) -> Account:
    phone = f"+861549000{sum(map(ord, name)) % 10_000:04d}"
    return cast.resident(phone, name, person_id=person_id)


def clerk() -> Account:
    return cast.staff(cast.PAIFANG_CLERK)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.FILES = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def owners() -> Iterator[dict[str, Any]]:
    before = dict(queries._owners)
    yield queries._owners
    queries._owners.clear()
    queries._owners.update(before)


def keep(by: Viewer, content: bytes = PDF, name: str = "证明.pdf", at: Any = AT) -> StoredFile:
    with applied(by.scope):
        return actions.store_file(
            by=by, at=at, area=queries.home_of(by), upload=Upload(name, "application/pdf", content)
        )


def about(by: Viewer, *, area: int = COMMUNITY) -> Message:
    """Return some placed row with a subject that can own files."""
    with applied(Scope.everything()):
        (row,) = actions.send_messages(
            by=Viewer.system("test"),
            at=AT,
            area=area,
            messages=[actions.NewMessage(subject=by.subject, title="办件", body="办件", once_key=str(uuid4()))],
        )
    return row


def png() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (20, 20), "#b83a26").save(drawn, "PNG")
    return drawn.getvalue()


@pytest.mark.django_db
def test_an_upload_belongs_to_its_account_until_something_takes_it_in(folder: Path) -> None:
    one, other, desk = viewer(resident()), viewer(resident("李强")), viewer(clerk())
    stored = keep(one)

    with applied(one.scope):
        assert queries.content(queries.file_for(one, stored.pk)) == PDF
    for stranger in (other, desk, Viewer.nobody()):
        with applied(stranger.scope), pytest.raises(NotFound):
            queries.file_for(stranger, stored.pk)
    assert (folder / stored.digest[:2] / stored.digest[2:4] / stored.digest).read_bytes() == PDF


@pytest.mark.django_db
def test_an_attached_file_opens_for_whom_its_owner_says(owners: dict[str, Any]) -> None:
    one, desk, next_door = viewer(resident(person_id=77)), viewer(clerk()), viewer(cast.staff(cast.TIANRAN_CLERK))
    stored, owner = keep(one), about(one)
    queries.register_owner(
        "commons.message", lambda by, file: by.owns(file.subject) or by.may("commons.view_files", file.area)
    )

    with applied(one.scope):
        actions.attach_files(by=one, at=AT, owner=owner, files=[stored.pk])
        actions.attach_files(by=one, at=AT, owner=owner, files=[stored.pk])
        assert [found.pk for found in queries.files_of(one, owner)] == [stored.pk]

    for allowed in (one, desk):
        with applied(allowed.scope):
            assert queries.file_for(allowed, stored.pk).area == COMMUNITY
    with applied(next_door.scope), pytest.raises(NotFound):
        queries.file_for(next_door, stored.pk)


@pytest.mark.django_db
def test_a_file_whose_owner_no_room_answers_for_stays_closed(owners: dict[str, Any]) -> None:
    one = viewer(resident(person_id=77))
    stored, owner = keep(one), about(one)
    owners.clear()

    with applied(one.scope):
        actions.attach_files(by=one, at=AT, owner=owner, files=[stored.pk])
        with pytest.raises(NotFound):
            queries.file_for(one, stored.pk)


@pytest.mark.django_db
def test_a_file_of_an_account_without_a_place_moves_to_the_county_of_its_owner() -> None:
    one = viewer(resident())
    stored, owner = keep(one), about(one)
    assert (stored.area, stored.county) == (0, 0)

    with applied(one.scope):
        actions.attach_files(by=one, at=AT, owner=owner, files=[stored.pk])

    with applied(Scope.everything()):
        moved = StoredFile.objects.get(pk=stored.pk)
    assert (moved.area, moved.county, moved.owner_id) == (COMMUNITY, 320115, owner.pk)


@pytest.mark.django_db
def test_nobody_attaches_the_file_of_another() -> None:
    desk = viewer(clerk())
    colleague = viewer(cast.staff(replace(cast.PAIFANG_CLERK, username="second", name="钱红")))
    stored, owner = keep(desk), about(viewer(resident(person_id=77)))

    with applied(colleague.scope), pytest.raises(Refusal, match="不能用在这里"):
        actions.attach_files(by=colleague, at=AT, owner=owner, files=[stored.pk])
    with applied(colleague.scope), pytest.raises(Refusal, match="过期"):
        actions.attach_files(by=colleague, at=AT, owner=owner, files=[stored.pk + 1])


@pytest.mark.django_db
def test_a_file_that_was_handed_in_is_not_handed_in_elsewhere_nor_taken_back() -> None:
    one = viewer(resident(person_id=77))
    stored, owner, other = keep(one), about(one), about(one)

    with applied(one.scope):
        actions.attach_files(by=one, at=AT, owner=owner, files=[stored.pk])
    with applied(one.scope), pytest.raises(Refusal):
        actions.attach_files(by=one, at=AT, owner=other, files=[stored.pk])
    with applied(one.scope), pytest.raises(Refusal, match="已经提交"):
        actions.discard_file(by=one, at=AT, stored=queries.files(one, [stored.pk])[0])


@pytest.mark.django_db
def test_a_post_without_the_right_uploads_nothing(folder: Path) -> None:
    desk = viewer(cast.staff(cast.AUDITOR))

    with pytest.raises(Forbidden):
        keep(desk)
    assert not folder.exists()


@pytest.mark.django_db
def test_an_account_holds_only_so_many_files_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "WAITING_AT_MOST", 2)
    one = viewer(resident())
    keep(one), keep(one)

    with pytest.raises(TooMany):
        keep(one)


@pytest.mark.django_db
def test_the_sweep_takes_old_uploads_and_then_their_contents(folder: Path) -> None:
    one = viewer(resident(person_id=77))
    late = AT + timedelta(hours=25)
    old, attached, fresh = keep(one, PDF + b"1"), keep(one, PDF + b"2"), keep(one, PDF + b"3", at=late)
    owner = about(one)
    with applied(one.scope):
        actions.attach_files(by=one, at=AT, owner=owner, files=[attached.pk])
    for stored in (old, attached):
        os.utime(queries.blobs().path(stored.digest), (AT.timestamp(), AT.timestamp()))

    with applied(Scope.everything()):
        actions.sweep_uploads(by=Viewer.system("commons"), at=late, area=0)
    with applied(Scope.everything()):
        actions.sweep_contents(by=Viewer.system("commons"), at=late, area=0)
        left = set(StoredFile.objects.values_list("pk", flat=True))

    assert left == {attached.pk, fresh.pk}
    assert [queries.blobs().path(stored.digest).exists() for stored in (old, attached, fresh)] == [False, True, True]


@pytest.fixture
def signed_in() -> tuple[Client, Account]:
    account = resident()
    client = Client()
    cast.sign_in(client, account)
    return client, account


@pytest.mark.django_db
def test_a_picture_is_uploaded_over_the_api_and_opened_with_safe_headers(signed_in: tuple[Client, Account]) -> None:
    client, _account = signed_in
    key = str(uuid4())

    made = [
        client.post(
            "/api/v1/commons/files",
            {"file": SimpleUploadedFile("灯.png", png(), "text/html")},
            headers={"Idempotency-Key": key},
        )
        for _time in range(2)
    ]

    assert [answer.status_code for answer in made] == [200, 200]
    assert made[0].json() == made[1].json(), "the same request makes one file"
    assert isinstance(made[0].json()["id"], str)
    opened = client.get(made[0].json()["url"])
    assert opened["Content-Type"] == "image/png"
    assert opened["X-Content-Type-Options"] == "nosniff"
    assert opened["Content-Security-Policy"].endswith("sandbox")
    assert opened["Content-Disposition"].startswith("inline")
    assert "private" in opened["Cache-Control"]
    assert b"".join(opened).startswith(b"\x89PNG")
    again = client.get(made[0].json()["url"], headers={"If-None-Match": opened["ETag"]})
    assert again.status_code == 304
    saved = client.get(made[0].json()["url"] + "?download")
    assert saved["Content-Disposition"].startswith("attachment")
    assert b"".join(saved)


@pytest.mark.django_db
def test_nobody_and_others_open_nothing(signed_in: tuple[Client, Account]) -> None:
    client, _account = signed_in
    url = client.post("/api/v1/commons/files", {"file": SimpleUploadedFile("灯.png", png())}).json()["url"]
    stranger = Client()

    assert stranger.get(url).status_code == 302
    cast.sign_in(stranger, resident("李强"))
    assert stranger.get(url).status_code == 404
    assert stranger.get(f"/api/v1/commons{url}").status_code == 404


@pytest.mark.django_db
def test_a_bad_file_is_a_problem_document_that_names_the_field(signed_in: tuple[Client, Account]) -> None:
    client, _account = signed_in

    refused = client.post("/api/v1/commons/files", {"file": SimpleUploadedFile("灯.png", b"<html>")})
    missing = client.post("/api/v1/commons/files", {})

    assert refused.status_code == 422
    assert refused["Content-Type"].startswith("application/problem+json")
    assert refused.json()["errors"][0]["field"] == "file"
    assert missing.status_code == 422
    assert missing.json()["errors"] == [{"field": "file", "message": "请填写这一项。"}]


@pytest.mark.django_db
def test_the_api_asks_for_a_session_and_for_the_token() -> None:
    account = resident()
    strict = Client(enforce_csrf_checks=True)

    assert strict.get("/api/v1/commons/messages").status_code == 401
    cast.sign_in(strict, account)
    assert strict.get("/api/v1/commons/messages").status_code == 200
    refused = strict.post("/api/v1/commons/files", {"file": SimpleUploadedFile("灯.png", png())})
    assert refused.status_code == 403
    assert refused["Content-Type"].startswith("application/problem+json")


@pytest.mark.django_db
def test_a_form_gets_a_list_item_for_its_upload_and_can_take_it_back(signed_in: tuple[Client, Account]) -> None:
    client, _account = signed_in

    item = client.post(
        "/files",
        {"file": SimpleUploadedFile("<b>灯.png", png()), "name": "photos"},
        headers={"HX-Request": "true"},
    ).content.decode()
    with applied(Scope.everything()):
        stored = StoredFile.objects.get()
    gone = client.post(f"/files/{stored.pk}/discard", headers={"HX-Request": "true"})

    assert f'name="photos" value="{stored.pk}"' in item
    assert "<b>灯" not in item
    assert (gone.status_code, gone.content) == (200, b"")
    with applied(Scope.everything()):
        assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_without_scripts_an_upload_leads_back_to_the_form_and_nowhere_else(signed_in: tuple[Client, Account]) -> None:
    client, _account = signed_in

    def sent(target: str) -> Any:
        return client.post("/files", {"file": SimpleUploadedFile("灯.png", png()), "next": target})

    assert (sent("/me/messages").status_code, sent("/me/messages")["Location"]) == (303, "/me/messages")
    assert sent("https://evil.example/")["Location"] == "/"


@pytest.mark.django_db
def test_staff_may_upload_a_sheet_and_residents_may_not() -> None:
    import zipfile  # noqa: PLC0415

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        parts.writestr("[Content_Types].xml", "x")
        parts.writestr("xl/workbook.xml", "x")
    answers = []
    for account in (cast.staff(cast.CIVIL_AFFAIRS), resident()):
        client = Client()
        cast.sign_in(client, account)
        answers.append(client.post("/api/v1/commons/files", {"file": SimpleUploadedFile("表.xlsx", packed.getvalue())}))

    assert [answer.status_code for answer in answers] == [200, 422]
