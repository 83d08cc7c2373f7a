"""Writes: keep and attach files, send and read messages, draw receipt numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from liren.base.action import action, announce, remark
from liren.base.errors import NotFound, Refusal, TooMany
from liren.base.rows import asked
from liren.base.uploads import Upload
from liren.foundation.access.queries import each_range
from liren.foundation.access.rules import Viewer
from liren.foundation.commons import queries
from liren.foundation.commons.events import MessagesSent
from liren.foundation.commons.models import Message, StoredFile
from liren.foundation.commons.permissions import FOLLOW_LINKS, READ_MESSAGES, SEND_MESSAGES, SWEEP, UPLOAD_FILES
from liren.foundation.commons.rules import DIVISION_STEP, receipt_number
from liren.foundation.places.models import PlacedModel
from liren.foundation.places.rules import county_of

WAITING_AT_MOST = 40
KEPT_UNATTACHED = timedelta(hours=24)


@action(UPLOAD_FILES, on="area")
def store_file(*, by: Viewer, at: datetime, area: int, upload: Upload) -> StoredFile:
    """Keep an uploaded file for its account until something takes it in; the content is on disk before the row is.

    ``area`` is where the uploader sits or lives, 0 when that is not known. Raise ``TooMany`` with 40 files waiting.
    """
    if len(queries.waiting_files(by)) >= WAITING_AT_MOST:
        raise TooMany(_("您上传的文件太多还没有提交，请先提交或删除一些。"), retry_after=3600)
    stored = StoredFile(
        area=area,
        subject=by.subject if by.mode == "resident" else 0,
        account_id=by.account_id,
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.content),
        digest=queries.blobs().put(upload.content),
        uploaded_at=at,
    )
    stored.save(force_insert=True)
    return stored


@action(UPLOAD_FILES, on="owner")
def attach_files(*, by: Viewer, at: datetime, owner: PlacedModel, files: Sequence[int]) -> PlacedModel:
    """Let a row take in files that ``by`` uploaded: they get its area and subject, and its permission.

    What the row holds already stays as it is. Raise ``Refusal`` for a file that is not there or belongs to something else.
    """
    kind, subject = owner._meta.label_lower, getattr(owner, "subject", 0)
    for stored in queries.files(by, files, field="files", lock=True):  # the sweep waits, or was first
        if (stored.owner_kind, stored.owner_id) == (kind, owner.pk):
            continue
        if stored.owner_id or stored.account_id != by.account_id:
            raise Refusal(_("附件“%(name)s”不能用在这里，请重新上传。") % {"name": stored.name}, field="files")
        stored.subject, stored.owner_kind, stored.owner_id = subject, kind, owner.pk
        _place(stored, owner.area)
    remark(files=[str(number) for number in files])
    return owner


@action(UPLOAD_FILES, on="stored")
def discard_file(*, by: Viewer, at: datetime, stored: StoredFile) -> StoredFile:
    """Take back a file that nothing has taken in yet; the sweep removes its content."""
    if stored.owner_id or stored.account_id != by.account_id:
        raise Refusal(_("这个附件已经提交，不能删除。"))
    number = stored.pk
    stored.delete()
    stored.pk = number
    return stored


def _place(stored: StoredFile, area: int) -> None:
    """Save a file at an area; a row does not change its county but is made again there (a cluster holds it elsewhere)."""
    moves = county_of(area) != stored.county
    if moves:
        StoredFile.objects.filter(pk=stored.pk).delete()
    stored.area = area
    stored.save(force_insert=moves)


@action(SWEEP, on="area")
def sweep_uploads(*, by: Viewer, at: datetime, area: int) -> None:
    """Remove the uploads that nothing took in for a day; the journal says how many."""
    rows, _details = StoredFile.objects.filter(owner_id=0, uploaded_at__lt=at - KEPT_UNATTACHED).delete()
    remark(rows=rows)


@action(SWEEP, on="area")
def sweep_contents(*, by: Viewer, at: datetime, area: int) -> None:
    """Remove from the disk what no row has named for a day; in a transaction after that which removed the rows."""
    removed = queries.blobs().sweep(before=(at - KEPT_UNATTACHED).timestamp(), named=queries.named_contents)
    remark(contents=removed)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to send: ``subject`` is the id of a person or an account, ``once_key`` makes it once; see ``rules.once_key``."""

    subject: int
    title: str
    body: str
    once_key: str
    link: str = ""
    about: models.Model | None = None


@action(SEND_MESSAGES, on="area")
def send_messages(*, by: Viewer, at: datetime, area: int, messages: Sequence[NewMessage]) -> list[Message]:
    """Put messages into inboxes, each once however often this runs; return those that are new.

    ``area`` is where the matter is. Send from a reaction or a job: a resident's own transaction reaches nobody else's inbox.
    """
    rows = [
        Message(
            area=area,
            subject=new.subject,
            title=new.title,
            body=new.body,
            link=new.link,
            about_kind=new.about._meta.label_lower if new.about is not None else "",
            about_id=new.about.pk if new.about is not None else 0,
            once_key=new.once_key,
            created_at=at,
        )
        for new in messages
        if new.subject
    ]
    sent_before = queries.sent_keys(area, [row.once_key for row in rows])
    fresh = list({row.once_key: row for row in rows if row.once_key not in sent_before}.values())
    Message.objects.bulk_create(fresh, ignore_conflicts=True)  # a twin that runs just now writes the same
    if fresh:
        announce(MessagesSent(area, tuple(row.pk for row in fresh)))
    remark(messages=len(fresh))
    return fresh


@action(READ_MESSAGES, on="message")
def mark_read(*, by: Viewer, at: datetime, message: Message) -> Message:
    """Note that the recipient has read a message, the first time."""
    if message.subject not in queries.own_subjects(by):
        raise NotFound(_("没有找到这条消息。"))
    if message.read_at is None:
        message.read_at = at
        message.save(update_fields=["read_at"])
    return message


@action(READ_MESSAGES, on="area")
def mark_all_read(*, by: Viewer, at: datetime, area: int, newest: int) -> None:
    """Note that the viewer has read every message up to ``newest``, the last one that the page showed; ``area`` is the viewer's own."""
    _note_read(by, Q(read_at=None, pk__lte=newest), at)


@action(READ_MESSAGES, on="area")
def mark_unread_again(*, by: Viewer, at: datetime, area: int, read_at: datetime) -> None:
    """Take ``mark_all_read`` back: what was read at that moment is unread again."""
    _note_read(by, Q(read_at=read_at), None)


def _note_read(by: Viewer, which: Q, read_at: datetime | None) -> None:
    own = queries.own_subjects(by)

    def change(scoped: Viewer) -> list[int]:
        return [Message.objects.visible_to(scoped).filter(which, subject__in=own).update(read_at=read_at)]

    remark(messages=sum(each_range(by, change)))


@action(FOLLOW_LINKS, on="area")
def follow_link(*, by: Viewer, at: datetime, area: int, account_id: int, person_id: int) -> None:
    """Let the files and messages of an account belong to the person it was linked to."""
    for table in (StoredFile, Message):
        table.objects.filter(subject=account_id).update(subject=person_id)


def next_receipt_number(area: int, day: date) -> str:
    """Draw the next receipt number of a community for a day, in one statement; part of the action that receives something.

    Requests of the same community wait for each other until their transactions end; a number that was rolled back is given again.
    """
    community: Any = area // DIVISION_STEP * DIVISION_STEP
    [[last]] = asked(
        "INSERT INTO commons_receiptserial AS s (county, area, day, last) VALUES (%s, %s, %s, 1)"
        " ON CONFLICT (county, area, day) DO UPDATE SET last = s.last + 1 RETURNING last",
        [county_of(community), community, day],
    )
    return receipt_number(community, day, last)
