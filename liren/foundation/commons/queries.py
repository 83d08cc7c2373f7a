"""Reads: files that a viewer may open, a viewer's messages, what is named on disk."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from liren.base.blobs import Blobs
from liren.base.errors import NotFound, Refusal
from liren.base.rows import asked
from liren.foundation.access.queries import each_range, find
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.models import Message, StoredFile
from liren.foundation.commons.rules import NumberError, ReceiptNumber, parse_number
from liren.foundation.places.models import PlacedModel, PlacedQuerySet
from liren.foundation.places.rules import county_of

MayOpen = Callable[[Viewer, StoredFile], bool]

_owners: dict[str, MayOpen] = {}


def register_owner(kind: str, may_open: MayOpen) -> None:
    """Say who may open the files of a kind of row (``app.model`` in small letters); a room does so when it is ready."""
    _owners[kind] = may_open


def may_open(viewer: Viewer, stored: StoredFile) -> bool:
    """Say whether a viewer may open a file: what took it in decides; until then, only who uploaded it may."""
    if not stored.owner_id:
        return viewer.is_known and stored.account_id == viewer.account_id
    check = _owners.get(stored.owner_kind)
    return check is not None and check(viewer, stored)


def file_for(viewer: Viewer, pk: int) -> StoredFile:
    """Return a file that the viewer may open; raise ``NotFound`` for every other."""
    missing = _("没有找到这个附件，可能已经删除。")
    stored = find(viewer, lambda scoped: StoredFile.objects.visible_to(scoped).filter(pk=pk).first(), otherwise=missing)
    if not may_open(viewer, stored):
        raise NotFound(missing)
    return stored


def files(viewer: Viewer, ids: Sequence[int], *, field: str | None = None, lock: bool = False) -> list[StoredFile]:
    """Return files in the order of ``ids``, each once; raise ``Refusal`` when one is not there for the viewer."""
    rows = _here(viewer).filter(pk__in=ids)
    found = {stored.pk: stored for stored in (rows.select_for_update() if lock else rows)} if ids else {}
    if len(found) < len(set(ids)):
        raise Refusal(_("有附件已经过期，请重新上传。"), field=field)
    return [found[number] for number in dict.fromkeys(ids)]


def files_of(viewer: Viewer, owner: PlacedModel) -> list[StoredFile]:
    """Return the files of a row, oldest first; the caller has checked that the viewer may see them."""
    return list(_here(viewer).filter(owner_id=owner.pk, owner_kind=owner._meta.label_lower).order_by("id"))


def _here(viewer: Viewer) -> PlacedQuerySet[StoredFile]:
    """Return the files of the transaction's scope, which for staff may be another range than that of the current seat."""
    return StoredFile.objects.all() if viewer.is_staff else StoredFile.objects.visible_to(viewer)


def waiting_files(viewer: Viewer) -> list[StoredFile]:
    """Return what the viewer uploaded and nothing has taken in yet."""
    return list(StoredFile.objects.visible_to(viewer).filter(account_id=viewer.account_id, owner_id=0).order_by("id"))


def content(stored: StoredFile) -> bytes:
    """Return the content of a file, for those who have checked that it may be read."""
    return blobs().get(stored.digest)


def named_contents(digests: list[str]) -> set[str]:
    """Return those digests that some file has, in the scope of the whole installation."""
    return set(StoredFile.objects.filter(digest__in=digests).values_list("digest", flat=True))


def blobs() -> Blobs:
    """Return the folder of contents."""
    return _blobs(settings.FILES)


@cache
def _blobs(root: Path) -> Blobs:
    return Blobs(root)


def home_of(viewer: Viewer) -> int:
    """Return the area at which a viewer's own rows are kept: the current seat's, or where a linked resident lives, else 0."""
    return viewer.current.area if viewer.current is not None else viewer.area


def own_subjects(viewer: Viewer) -> list[int]:
    """Return the ids under which messages reach the viewer."""
    return [number for number in dict.fromkeys((viewer.person_id, viewer.account_id)) if number]


def unread_count(viewer: Viewer) -> int:
    """Return how many messages the viewer has not read, in one query of an index for each range."""
    if not viewer.is_known:
        return 0
    return sum(
        each_range(viewer, lambda scoped: [count for [count] in asked(f"SELECT {UNREAD}", unread_values(scoped))])
    )


UNREAD = """(SELECT count(*) FROM commons_message
         WHERE subject = ANY(%(unread_of)s::bigint[]) AND read_at IS NULL AND area BETWEEN %(unread_lo)s AND %(unread_hi)s)"""
"""The count as a part of the one statement of a page, for a viewer with one range; every page shows it."""


def unread_values(viewer: Viewer) -> dict[str, Any]:
    """Return the values that ``UNREAD`` asks for."""
    scope = viewer.scope
    return {"unread_of": own_subjects(viewer), "unread_lo": scope.wide_lo, "unread_hi": scope.wide_hi}


def inbox(viewer: Viewer, *, after: int | None = None, size: int = 30) -> list[Message]:
    """Return the viewer's messages, newest first: those older than the message ``after``, at most ``size``."""
    own = own_subjects(viewer)

    def ask(scoped: Viewer) -> list[Message]:
        rows = Message.objects.visible_to(scoped).filter(subject__in=own)
        return list((rows if after is None else rows.filter(pk__lt=after)).order_by("-id")[:size])

    return sorted(each_range(viewer, ask), key=lambda message: -message.pk)[:size]


def message_for(viewer: Viewer, pk: int) -> Message:
    """Return one of the viewer's own messages; raise ``NotFound`` for any other."""
    own = own_subjects(viewer)
    return find(
        viewer,
        lambda scoped: Message.objects.visible_to(scoped).filter(subject__in=own, pk=pk).first(),
        otherwise=_("没有找到这条消息。"),
    )


def sent_keys(area: int, keys: Sequence[str]) -> set[str]:
    """Return those keys under which a message was sent in the county of ``area`` before."""
    rows = Message.objects.filter(county=county_of(area), once_key__in=keys)
    return set(rows.values_list("once_key", flat=True))


def number_of(text: str) -> ReceiptNumber:
    """Return what a receipt number says, as somebody typed it; refuse a text that is none, in words."""
    try:
        return parse_number(text)
    except NumberError as mistake:
        words = {
            "form": _("编号应是 23 位，请照回执上的样子填写，例如 320115006001-261121-0007-6。"),
            "check": _("编号里有一位抄错了，请对照回执再看一遍。"),
            "day": _("编号里的日期不对，请对照回执再看一遍。"),
        }
        raise Refusal(words[mistake.kind], field="number") from None
