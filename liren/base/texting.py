"""Text messages: one interface, a gateway over HTTP, and a place to plug in another."""

import json
from http import HTTPStatus
from typing import Protocol
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.utils.translation import gettext as _

from liren.base.errors import Refusal
from liren.base.keys import secret

PATIENCE_SECONDS = 5


class UnsentError(Refusal):
    """The gateway did not take a message (503)."""

    status = 503


class Gateway(Protocol):
    """Sends one text to one phone (E.164); raises ``UnsentError`` when it cannot."""

    def send(self, phone: str, text: str) -> None:
        """Send the text."""


class Webhook:
    """Hands texts to a service of the installation: POST with JSON ``{"phone", "text"}`` and a bearer key (``LIREN_KEY_SMS``)."""

    def __init__(self, address: str) -> None:
        if not address.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("LIREN_SMS must be an https address: codes travel there in the clear")
        self.address = address

    def send(self, phone: str, text: str) -> None:
        """Send the text; what the service answers but 2xx, or nothing within 5 seconds, is a failure."""
        request = Request(  # noqa: S310  checked above
            self.address,
            data=json.dumps({"phone": phone, "text": text}, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {secret('sms', settings.HOME)}"},
        )
        try:
            with urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
                taken = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        except (URLError, OSError):
            taken = False
        if not taken:
            raise UnsentError(_("短信现在发不出去。请过几分钟再试，或者到社区窗口办理。"))


_gateway: list[Gateway] = []


def plug(gateway: Gateway) -> None:
    """Put the gateway of this installation in place."""
    _gateway[:] = [gateway]


def unplug() -> None:
    """Take the gateway away: nothing can be sent."""
    _gateway.clear()


def is_plugged() -> bool:
    """Say whether this installation can send texts."""
    return bool(_gateway)


def send_text(phone: str, text: str) -> None:
    """Send a text; raise ``UnsentError`` when there is no gateway or it does not take it."""
    if not _gateway:
        raise UnsentError(_("这里还没有接入短信，不能用手机号登录。请到社区窗口办理。"))
    _gateway[0].send(phone, text)
