"""Requests for a link and invitations."""

from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.foundation.access.enums import LinkState
from liren.foundation.access.models import Invitation, LinkRequest, TrayMessage
from liren.foundation.access.permissions import LINK_ACCOUNT
from liren.foundation.access.queries.viewers import each_range, find
from liren.foundation.access.rules import Viewer

WAITING = "SELECT FROM access_linkrequest WHERE area BETWEEN %(lo)s AND %(hi)s AND state = 'pending'"
"""The rows that wait for a worker in a range of areas: the desk counts them together with other queues."""


def pending_links(viewer: Viewer, *, after: int = 0, limit: int = 200) -> list[LinkRequest]:
    """Return the requests that wait for a worker, the oldest first, over all of the viewer's ranges; ``after`` is the last id seen."""
    found = each_range(
        viewer,
        lambda seat: list(
            LinkRequest.objects.visible_to(seat).filter(state=LinkState.PENDING, pk__gt=after).order_by("id")[:limit]
        ),
        capability=LINK_ACCOUNT,
    )
    return sorted(found, key=lambda request: request.pk)[:limit]


def link_request(viewer: Viewer, pk: int) -> LinkRequest:
    """Return one request, leaving the transaction at the seat that sees it; raise ``NotFound`` outside the viewer's scope."""
    return find(
        viewer,
        lambda seat: LinkRequest.objects.visible_to(seat).select_related("account").filter(pk=pk).first(),
        otherwise=_("没有找到这条申请。"),
        capability=LINK_ACCOUNT,
    )


def links_of(viewer: Viewer) -> list[LinkRequest]:
    """Return a resident's own requests, the newest first."""
    own = LinkRequest.objects.visible_to(viewer).filter(account_id=viewer.account_id)
    return list(own.order_by("-id")[:20])


def invitations(viewer: Viewer, person_id: int, *, at: datetime) -> list[Invitation]:
    """Return the open invitations of a person."""
    return list(Invitation.objects.visible_to(viewer).filter(subject=person_id, used_at=None, expires_at__gt=at))


def request_by_id(pk: int) -> LinkRequest | None:
    """Return a request inside the scope that is set."""
    return LinkRequest.objects.filter(pk=pk).first()


def own_link(viewer: Viewer, pk: int) -> LinkRequest:
    """Return a resident's own request."""
    found = LinkRequest.objects.visible_to(viewer).filter(account_id=viewer.account_id, pk=pk).first()
    if found is None:
        raise NotFound(_("没有找到这条申请。"))
    return found


def tray() -> list[TrayMessage]:
    """Return the newest texts in the demo's tray."""
    return list(TrayMessage.objects.order_by("-id")[:20])
