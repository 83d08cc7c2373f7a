"""Files and messages over the API."""

from typing import Any

from django.http import HttpRequest
from ninja import File, Query, Status
from ninja.files import UploadedFile

from liren.base import clock
from liren.base.api import Id, Page, Router, cursor, read_cursor
from liren.base.uploads import read_uploads
from liren.foundation.commons import actions, queries
from liren.foundation.commons.permissions import READ_MESSAGES, UPLOAD_FILES
from liren.foundation.commons.schemas import FileOut, MessageOut, Unread

router = Router()


@router.post("/files", capability=UPLOAD_FILES, response=FileOut, summary="Upload a file; attach it within a day")
def upload_file(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Keep a picture, a PDF or, for staff, an XLSX or DOCX of at most 10 MB; pictures are redrawn without their metadata."""
    viewer = request.viewer  # type: ignore[attr-defined]
    (upload,) = read_uploads([file], office=viewer.is_staff)
    return actions.store_file(by=viewer, at=clock.now(), area=queries.home_of(viewer), upload=upload)


@router.get("/files/{pk}", response=FileOut, summary="What a file is")
def describe_file(request: HttpRequest, pk: Id) -> Any:
    """Describe a file that the caller may open."""
    return queries.file_for(request.viewer, pk)  # type: ignore[attr-defined]


@router.delete("/files/{pk}", capability=UPLOAD_FILES, response={204: None}, summary="Take back an upload")
def discard_file(request: HttpRequest, pk: Id) -> Any:
    """Take back an own upload that nothing has taken in yet."""
    viewer = request.viewer  # type: ignore[attr-defined]
    actions.discard_file(by=viewer.with_once(None), at=clock.now(), stored=queries.file_for(viewer, pk))
    return Status(204, None)


@router.get("/messages", capability=READ_MESSAGES, response=Page[MessageOut], summary="Own messages, newest first")
def own_messages(request: HttpRequest, after: str | None = None, size: Query[int] = 30) -> Any:
    """List the caller's own messages."""
    size = min(max(size, 1), 100)
    key = read_cursor(after, int)
    found = queries.inbox(request.viewer, after=key[0] if key else None, size=size + 1)  # type: ignore[attr-defined]
    return {"items": found[:size], "next": cursor(found[size - 1].pk) if len(found) > size else None}


@router.get("/messages/unread", capability=READ_MESSAGES, response=Unread, summary="How many messages are unread")
def unread(request: HttpRequest) -> Any:
    """Count the caller's unread messages."""
    return {"count": queries.unread_count(request.viewer)}  # type: ignore[attr-defined]


@router.post(
    "/messages/{pk}/read", capability=READ_MESSAGES, response=MessageOut, summary="Note that a message was read"
)
def read_message(request: HttpRequest, pk: Id) -> Any:
    """Note that one of the caller's messages was read."""
    viewer = request.viewer  # type: ignore[attr-defined]
    return actions.mark_read(by=viewer, at=clock.now(), message=queries.message_for(viewer, pk))
