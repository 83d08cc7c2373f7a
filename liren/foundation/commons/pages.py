"""Files to open and to upload; messages to read."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from liren.base import clock
from liren.base.clock import day_of
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.base.uploads import PDF, read_uploads
from liren.foundation.access.rules import Viewer
from liren.foundation.commons import actions, queries
from liren.foundation.commons.permissions import READ_MESSAGES, UPLOAD_FILES

SHOWN = ("image/", PDF)
PAGE = 20


@page(who="known")
@require_safe
def open_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the content of a file to who may open it; ask again each time, because a permission may end."""
    stored = queries.file_for(_viewer(request), pk)
    etag = f'"{stored.digest}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            content = queries.blobs().path(stored.digest).open("rb")
        except FileNotFoundError:
            raise NotFound(_("这个附件的内容不在了，请联系管理员。")) from None
        response = FileResponse(
            content,
            as_attachment=not stored.media_type.startswith(SHOWN) or "download" in request.GET,
            filename=stored.name,
            content_type=stored.media_type,
        )
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'" + (
            "" if stored.media_type == PDF else "; sandbox"  # browsers do not show a PDF in a sandbox
        )
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


@page(UPLOAD_FILES, who="known")
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Keep the uploaded files and answer with a list item for each; without htmx, go back to where the form was."""
    viewer = _viewer(request)
    stored = [
        actions.store_file(by=viewer.with_once(None), at=clock.now(), area=queries.home_of(viewer), upload=one)
        for one in read_uploads(request.FILES.getlist("file"), office=viewer.is_staff)
    ]
    if getattr(request, "htmx", False):
        return render(request, "commons/files.html", {"files": stored, "name": request.POST.get("name", "files")})
    return _back(request)


@page(UPLOAD_FILES, who="known")
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back an upload; htmx takes the list item away with the empty answer."""
    viewer = _viewer(request)
    actions.discard_file(by=viewer.with_once(None), at=clock.now(), stored=queries.file_for(viewer, pk))
    return HttpResponse() if getattr(request, "htmx", False) else _back(request)


@page(READ_MESSAGES, who="resident")
@require_safe
def own_messages(request: HttpRequest) -> HttpResponse:
    """List a resident's messages."""
    return _messages(request, "portal/frame.html", "commons:messages")


@page(READ_MESSAGES, who="staff")
@require_safe
def desk_messages(request: HttpRequest) -> HttpResponse:
    """List the messages to somebody at a desk."""
    return _messages(request, "workbench/frame.html", "commons:desk_messages")


@page(READ_MESSAGES, who="resident")
@require_safe
def own_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one message to a resident."""
    return _message(request, pk, "portal/frame.html", "commons:messages")


@page(READ_MESSAGES, who="staff")
@require_safe
def desk_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one message to somebody at a desk."""
    return _message(request, pk, "workbench/frame.html", "commons:desk_messages")


@page(READ_MESSAGES, who="known")
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a message was read; the page does so by itself when it is shown."""
    viewer = _viewer(request)
    actions.mark_read(by=viewer, at=clock.now(), message=queries.message_for(viewer, pk))
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    return redirect("commons:desk_messages" if viewer.is_staff else "commons:messages")


@page(READ_MESSAGES, who="known")
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Note that everything up to the newest message that was shown is read; or take that back."""
    viewer = _viewer(request)
    list_url = reverse("commons:desk_messages" if viewer.is_staff else "commons:messages")
    if "undo" in request.POST:
        actions.mark_unread_again(
            by=viewer, at=clock.now(), area=queries.home_of(viewer), read_at=_moment(request.POST["undo"])
        )
        return HttpResponseRedirect(list_url)
    newest, at = request.POST.get("newest", ""), clock.now()
    if not (newest.isdecimal() and len(newest) < 20):
        raise Refusal(_("请刷新消息页再试一次。"))
    actions.mark_all_read(by=viewer, at=at, area=queries.home_of(viewer), newest=int(newest))
    return HttpResponseRedirect(f"{list_url}?read={round(at.timestamp() * 1_000_000)}")


def _moment(text: str) -> datetime:
    """Return a moment that an address or a form holds as microseconds."""
    if not (text.isdecimal() and len(text) < 18):
        raise Refusal(_("请刷新消息页再试一次。"))
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(text))


def _messages(request: HttpRequest, frame: str, name: str) -> HttpResponse:
    viewer, after, read_at = _viewer(request), request.GET.get("after", ""), request.GET.get("read", "")
    found = queries.inbox(viewer, after=int(after) if after.isdecimal() and len(after) < 20 else None, size=PAGE + 1)
    shown = [(message, f"{reverse(name)}/{message.pk}") for message in found[:PAGE]]
    context: dict[str, Any] = {
        "extends": frame,
        "at_desk": viewer.is_staff,
        "list_url": reverse(name),
        "days": [(on, list(rows)) for on, rows in groupby(shown, lambda row: day_of(row[0].created_at))],
        "newest": found[0].pk if found and not after else None,
        "undo": read_at if read_at.isdecimal() else "",
        "newer": reverse(name) if after else "",
        "older": f"{reverse(name)}?after={found[PAGE - 1].pk}" if len(found) > PAGE else "",
    }
    return render(request, "commons/messages.html", context)


def _message(request: HttpRequest, pk: int, frame: str, name: str) -> HttpResponse:
    message = queries.message_for(_viewer(request), pk)
    return render(request, "commons/message.html", {"extends": frame, "list_url": reverse(name), "message": message})


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def _back(request: HttpRequest) -> HttpResponse:
    """Return to the page the form stood on, when that is one of ours."""
    target = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(target if safe else "/")
    response.status_code = 303
    return response
