"""Calls of other systems: ``Authorization: Bearer <token>`` says who calls, and no cookie counts beside it."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from liren.base import clock
from liren.base.errors import TooMany
from liren.conf.middleware import address_of, once_of
from liren.foundation.access.actions import count_tries
from liren.foundation.access.queries.tokens import call
from liren.foundation.access.rules import Viewer
from liren.foundation.access.rules.tokens import MOST_A_MINUTE, digest_of, token_in


def machine(request: HttpRequest, header: str) -> Viewer:
    """Return who calls with a token; nobody for one that opens nothing. Raise ``TooMany`` for too many calls, or too many wrong tokens."""
    address, at = address_of(request), clock.now()
    token = token_in(header)
    found = call(digest_of(token), at=at, on=clock.today(), address=address[:64]) if token else None
    if found is None:
        count_tries({"token.address": address}, at=at, advice=_("请核对令牌是不是写对了、有没有到期或停用。"))
        return Viewer.nobody(address=address, door="api")
    if found.calls > MOST_A_MINUTE:
        raise TooMany(_("一分钟里调用得太多，请稍后再试。"), retry_after=60 - int(at.timestamp()) % 60)
    return found.viewer.with_once(once_of(request))
