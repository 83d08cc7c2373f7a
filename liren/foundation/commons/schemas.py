"""What the API gives: files and messages."""

from datetime import datetime

from ninja import Schema

from liren.base.api import Id


class FileOut(Schema):
    """A file: ``url`` gives its content."""

    id: Id
    name: str
    media_type: str
    size: int
    uploaded_at: datetime
    url: str

    @staticmethod
    def resolve_url(stored: object) -> str:
        """Return the address of the content."""
        return f"/files/{stored.pk}"  # type: ignore[attr-defined]


class MessageOut(Schema):
    """A message to the caller."""

    id: Id
    title: str
    body: str
    link: str
    created_at: datetime
    read_at: datetime | None


class Unread(Schema):
    """How many messages wait to be read."""

    count: int
