"""Files that come with a form: read, kept, attached to the case, and shown again beside their question."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.http import HttpRequest
from django.urls import reverse

from liren.base.blobs import sm3
from liren.base.jsonform import Field, Kind
from liren.base.screen import HeldFile
from liren.base.uploads import LARGEST, read_upload
from liren.engines.cases.models import Case
from liren.foundation.access.rules import Viewer
from liren.foundation.commons import actions as commons
from liren.foundation.commons import queries as stored


def keep(request: HttpRequest, name: str, *, by: Viewer, at: datetime, area: int) -> list[str]:
    """Keep the files that came in under a name; return their ids as the answers hold them."""
    kept = []
    for number, uploaded in enumerate(request.FILES.getlist(name)):
        upload = read_upload(uploaded.name or name, uploaded.read(LARGEST + 1), office=by.is_staff)
        one = by.with_once(derived(by, f"{name}-{number}-{sm3(upload.content)}"))  # another file is no repetition
        kept.append(str(commons.store_file(by=one, at=at, area=area, upload=upload).pk))
    return kept


def derived(by: Viewer, part: str) -> UUID | None:
    """Return the idempotency key of one part of a request."""
    return uuid5(by.once, part) if by.once else None


def with_files(
    request: HttpRequest, fields: Iterable[Field], answers: dict[str, Any], *, by: Viewer, at: datetime, case: Case
) -> None:
    """Add the files that came in to the answers, and take away those whose removal was asked for."""
    removed = request.POST.get("remove", "")
    for field in fields:
        if field.kind is not Kind.FILE:
            continue
        held = [number for number in answers.get(field.name, []) if number != removed]
        held += keep(request, field.name, by=by, at=at, area=case.area)
        if held:
            answers[field.name] = list(dict.fromkeys(held))  # a page that is sent twice brings the same file
        else:
            answers.pop(field.name, None)


def attach(case: Case, numbers: Iterable[int], *, by: Viewer, at: datetime) -> None:
    """Let a case take in files, so that who may see the case may open them."""
    taken = list(numbers)
    if taken:
        commons.attach_files(by=by.with_once(None), at=at, owner=case, files=taken)


def named(fields: Iterable[Field], answers: dict[str, Any]) -> list[int]:
    """Return the ids of all files that the answers name."""
    return [int(number) for field in fields if field.kind is Kind.FILE for number in answers.get(field.name, [])]


def held(fields: Iterable[Field], answers: dict[str, Any], *, viewer: Viewer) -> dict[str, Sequence[HeldFile]]:
    """Return the files of each question, in one query."""
    asked = [field for field in fields if field.kind is Kind.FILE and answers.get(field.name)]
    found = {one.pk: one for one in stored.files(viewer, named(asked, answers))} if asked else {}
    return {
        field.name: [
            HeldFile(found[int(number)].name, number, size(found[int(number)].size), address(int(number)))
            for number in answers[field.name]
            if int(number) in found
        ]
        for field in asked
    }


def size(octets: int) -> str:
    """Return a size in words."""
    return f"{octets / 1_000_000:.1f} MB" if octets >= 1_000_000 else f"{max(1, octets // 1000)} kB"


def address(number: int) -> str:
    """Return where a file is opened."""
    return reverse("commons:file", args=[number])
