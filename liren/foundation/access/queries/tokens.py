"""Tokens of other systems: who calls with one, one's own, those of a security administrator's places."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.base.rows import asked
from liren.foundation.access.enums import TokenState
from liren.foundation.access.models import Appointment, Token
from liren.foundation.access.permissions import ALLOW_TOKENS, HOLD_TOKEN
from liren.foundation.access.queries.people import reach
from liren.foundation.access.rules.tokens import grantable
from liren.foundation.access.rules.viewer import Seat, Viewer

WAITING = "SELECT FROM access_token WHERE area BETWEEN %(lo)s AND %(hi)s AND state = 'asked'"
"""The tokens that wait for the security administrator: the desk counts them together with other queues."""

# The call is counted in the statement that finds the token, so that neither can be passed by.
_CALL = """
UPDATE access_token t SET used_at = %(at)s, used_from = %(address)s, minute = %(minute)s,
       calls = CASE WHEN t.minute = %(minute)s THEN t.calls + 1 ELSE 1 END
  FROM access_appointment m, access_post p, access_account a
 WHERE t.digest = %(digest)s AND t.state = 'allowed' AND t.valid_until > %(on)s
   AND m.id = t.appointment_id AND m.valid_from <= %(on)s AND (m.valid_until IS NULL OR m.valid_until > %(on)s)
   AND p.code = m.post_id AND a.id = m.account_id AND a.is_active AND NOT a.must_change_password
RETURNING t.id, t.name, t.level, t.area, t.place, t.capabilities, t.calls, p.code, p.title, p.capabilities, a.id, a.name, a.language
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A call with a token: who calls, and how many calls it has made in this minute."""

    viewer: Viewer
    calls: int


def call(digest: bytes, *, at: datetime, on: date, address: str) -> Call | None:
    """Count a call with a token and return who calls; nothing for one that is unknown, ended or run out, or whose appointment is.

    It may do what it was given and its post still holds. That it was used is written apart from what the call does.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")  # a count, and no act: it need not outlive a crash
        rows = asked(
            _CALL, {"digest": digest, "at": at, "on": on, "minute": int(at.timestamp()) // 60, "address": address}
        )
    if not rows:
        return None
    pk, name, level, area, place, given, calls, post, title, held, account, person, language = rows[0]
    seat = Seat(post, title, level, area, place, frozenset(given) & frozenset(grantable(held)))
    who = f"{person}·接口 {name}"  # as the journal names it, in whatever language
    return Call(
        Viewer("staff", account, 0, who, (seat,), door="api", address=address, language=language, token=pk), calls
    )


def own_tokens(viewer: Viewer) -> list[Token]:
    """Return the tokens that the viewer has asked for, those that live first, the newest first."""
    living = Case(When(state__in=[TokenState.ASKED, TokenState.ALLOWED], then=Value(0)), default=Value(1))
    return list(Token.objects.filter(account_id=viewer.account_id).order_by(living, "-pk")[:100])


def own_token(viewer: Viewer, pk: int) -> Token:
    """Return one of the viewer's own tokens."""
    found = Token.objects.filter(account_id=viewer.account_id, pk=pk).first()
    if found is None:
        raise NotFound(_("没有找到这个令牌，可能不是您的。"))
    return found


def own_appointments(viewer: Viewer, on: date) -> list[Appointment]:
    """Return the viewer's appointments of a day through which another system may act."""
    held = Appointment.objects.filter(account_id=viewer.account_id, valid_from__lte=on).exclude(valid_until__lte=on)
    return [
        one
        for one in held.select_related("post").order_by("pk")
        if HOLD_TOKEN.code in one.post.capabilities and grantable(one.post.capabilities)
    ]


def tokens_below(viewer: Viewer, *, after: int = 0, limit: int = 50) -> list[Token]:
    """Return the tokens at the places whose security the viewer looks after: those that wait first, then the newest; ``after`` is an offset."""
    waits = Case(When(state=TokenState.ASKED, then=Value(0)), default=Value(1))
    return list(
        _reached(viewer).select_related("account", "appointment__post").order_by(waits, "-pk")[after : after + limit]
    )


def token_below(viewer: Viewer, pk: int) -> Token:
    """Return one of these tokens; raise ``NotFound`` for any other."""
    found = _reached(viewer).select_related("account", "appointment__post").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有找到这个令牌，或者不在您的管理范围内。"))
    return found


def _reached(viewer: Viewer) -> QuerySet[Token]:
    condition = Q(pk__in=())
    for one in reach(viewer, ALLOW_TOKENS):
        condition |= Q(area__gte=one.lo, area__lte=one.hi)
    return Token.objects.filter(condition)
