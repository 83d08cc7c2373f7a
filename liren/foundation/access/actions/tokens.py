"""Tokens of other systems: asked for by who holds the post, allowed by the security administrator, drawn once, taken back."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict, Forbidden, Refusal
from liren.foundation.access.actions.gate import actor
from liren.foundation.access.enums import TokenState
from liren.foundation.access.models import Appointment, Token
from liren.foundation.access.permissions import ALLOW_TOKENS, HOLD_TOKEN
from liren.foundation.access.rules import Viewer
from liren.foundation.access.rules.tokens import SHOWN, digest_of, grantable, latest
from liren.foundation.places.rules import subtree

LIVING = (TokenState.ASKED, TokenState.ALLOWED)
MOST_HELD = 20


@action(HOLD_TOKEN, on="appointment")
def ask_token(
    *,
    by: Viewer,
    at: datetime,
    appointment: Appointment,
    name: str,
    purpose: str,
    level: int,
    area: int,
    place: str,
    capabilities: Sequence[str],
    valid_until: date,
) -> Token:
    """Ask that another system may act through an appointment of one's own, with a part of its capabilities at a part of its place."""
    on = day_of(at)
    if appointment.account_id != by.account_id:
        raise Forbidden(_("只能用自己的岗位申请接口令牌。"))
    here = subtree(appointment.level, appointment.area)
    there = subtree(level, area)
    if not (here.lo <= there.lo and there.hi <= here.hi):
        raise Refusal(_("这个地方不在这个岗位的管辖范围。"), field="place")
    wanted = sorted(set(capabilities))
    if not wanted or not set(wanted) <= set(grantable(appointment.post.capabilities)):
        raise Refusal(_("请从这个岗位的权限里选，至少选一项。"), field="capabilities")
    if not on < valid_until <= latest(on):
        raise Refusal(_("到期的日子要在今天以后、一年以内。"), field="valid_until")
    if Token.objects.filter(account_id=by.account_id, state__in=LIVING).count() >= MOST_HELD:
        raise Conflict(_("您已经有 %(n)d 个令牌，请先停用不再用的。") % {"n": MOST_HELD})
    remark(name=name, place=place, capabilities=wanted, until=valid_until.isoformat(), purpose=purpose)
    return Token.objects.create(
        appointment=appointment,
        account_id=by.account_id,
        name=name,
        purpose=purpose,
        level=level,
        area=area,
        place=place,
        capabilities=wanted,
        valid_until=valid_until,
        asked_at=at,
    )


@action(ALLOW_TOKENS, on="token")
def allow_token(*, by: Viewer, at: datetime, token: Token) -> Token:
    """Let a token be drawn by who asked for it."""
    return _answered(by, at, token, TokenState.ALLOWED, "")


@action(ALLOW_TOKENS, on="token")
def refuse_token(*, by: Viewer, at: datetime, token: Token, answer: str) -> Token:
    """Refuse a token, and say why."""
    if len(answer.strip()) < 2:
        raise Refusal(_("请写明为什么不批准，申请人会看到。"), field="answer")
    return _answered(by, at, token, TokenState.REFUSED, answer.strip()[:200])


@action(HOLD_TOKEN, on="token")
def draw_token(*, by: Viewer, at: datetime, token: Token, secret: str) -> Token:
    """Give an allowed token its secret, or a new one: the one before opens nothing from now on."""
    _own(by, token)
    found = _locked(token)
    if found.state != TokenState.ALLOWED:
        raise Conflict(_("这个令牌还没有批准，或者已经停用。"))
    token.digest, token.beginning, token.drawn_at = digest_of(secret), secret[:SHOWN], at
    token.save(update_fields=["digest", "beginning", "drawn_at"])
    return token


@action(HOLD_TOKEN, on="token")
def give_token_back(*, by: Viewer, at: datetime, token: Token) -> Token:
    """End a token of one's own, at once."""
    _own(by, token)
    return _ended(at, token)


@action(ALLOW_TOKENS, on="token")
def revoke_token(*, by: Viewer, at: datetime, token: Token, answer: str) -> Token:
    """Take a token from who holds it, at once, and say why."""
    if len(answer.strip()) < 2:
        raise Refusal(_("请写明为什么收回，持有人会看到。"), field="answer")
    token.answer, token.answered_by, token.answered_at = answer.strip()[:200], actor(by), at
    token.save(update_fields=["answer", "answered_by", "answered_at"])
    remark(reason=token.answer)
    return _ended(at, token)


def _answered(by: Viewer, at: datetime, token: Token, state: TokenState, answer: str) -> Token:
    if token.account_id == by.account_id:
        raise Forbidden(_("不能批准自己的申请。请由其他安全管理员办理。"))
    if _locked(token).state != TokenState.ASKED:
        raise Conflict(_("这个申请已经办过了，请刷新页面查看。"))
    token.state, token.answer, token.answered_by, token.answered_at = state, answer, actor(by), at
    token.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    remark(name=token.name, place=token.place)
    return token


def _ended(at: datetime, token: Token) -> Token:
    if _locked(token).state == TokenState.ENDED:
        raise Conflict(_("这个令牌已经停用。"))
    token.state, token.ended_at, token.digest = TokenState.ENDED, at, None
    token.save(update_fields=["state", "ended_at", "digest"])
    remark(name=token.name, place=token.place)
    return token


def _own(by: Viewer, token: Token) -> None:
    if token.account_id != by.account_id:
        raise Forbidden(_("这是别人的令牌。"))


def _locked(token: Token) -> Token:
    return Token.objects.select_for_update().get(pk=token.pk)
