"""From an account to a person: a request that a worker confirms, or an invitation code from the window.

This room does not know persons: the registry looks them up and names ``person_id`` and ``person_area``.
"""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base.action import action, announce, remark
from liren.base.aside import aside
from liren.base.codes import normal_number
from liren.base.errors import Conflict, NotFound, Refusal
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.foundation.access import permissions
from liren.foundation.access.actions.tries import Tries
from liren.foundation.access.enums import LinkState
from liren.foundation.access.events import AccountLinked, LinkAsked, LinkRefused
from liren.foundation.access.models import Account, Invitation, LinkRequest
from liren.foundation.access.rules import Viewer
from liren.foundation.access.rules.tries import (
    INVITATION_ALPHABET,
    INVITATION_LENGTH,
    INVITATION_LIVES,
    normal_invitation,
)


@action(permissions.KEEP_OWN_ACCOUNT, on="account")
def ask_for_link(*, account: Account, name: str, id_number: str, area: int, by: Viewer, at: datetime) -> LinkRequest:
    """Ask the community ``area`` to link one's account; name and number are kept sealed until a worker has compared them."""
    _own_and_open(account, by)
    _count(account, by, at)
    try:
        with transaction.atomic():
            asked = LinkRequest.objects.create(
                area=area,
                subject=by.subject,
                account=account,
                name=name.strip(),
                id_number=normal_number(id_number),
                created_at=at,
            )
    except IntegrityError as error:
        raise Conflict(_("您已经提交过核对申请，社区核对后会告诉您。")) from error
    announce(LinkAsked(area=area, request_id=asked.pk))
    return asked


@action(permissions.KEEP_OWN_ACCOUNT, on="request")
def withdraw_link(*, request: LinkRequest, by: Viewer, at: datetime) -> LinkRequest:
    """Take one's request back."""
    if request.account_id != by.account_id:
        raise NotFound(_("没有找到这条申请。"))
    return _decide(request, LinkState.WITHDRAWN, at)


@action(permissions.LINK_ACCOUNT, on="request")
def confirm_link(*, request: LinkRequest, person_id: int, person_area: int, by: Viewer, at: datetime) -> LinkRequest:
    """Link the account of a request to a person, after a worker has seen that name and number are theirs."""
    if not by.may(permissions.LINK_ACCOUNT, person_area):
        raise NotFound(_("没有找到这个人，或者不在您的管理范围内。"))
    request.person_id = person_id
    _decide(request, LinkState.CONFIRMED, at, "person_id")
    _link(request.account, person_id, person_area)
    remark(account=request.account_id)
    return request


@action(permissions.LINK_ACCOUNT, on="request")
def refuse_link(*, request: LinkRequest, reason: str, by: Viewer, at: datetime) -> LinkRequest:
    """Say why a request cannot be confirmed; the resident reads the reason."""
    if not reason.strip():
        raise Refusal(_("请写明原因，申请人会看到。"), field="reason")
    request.reason = reason.strip()
    _decide(request, LinkState.REFUSED, at, "reason")
    announce(LinkRefused(area=request.area, request_id=request.pk, account_id=request.account_id))
    return request


def new_invitation_code() -> str:
    """Return eight characters none of which looks like another: about 39 bits."""
    return "".join(secrets.choice(INVITATION_ALPHABET) for _number in range(INVITATION_LENGTH))


@action(permissions.LINK_ACCOUNT, on="person_area")
def invite(*, person_id: int, person_area: int, code: str, by: Viewer, at: datetime) -> Invitation:
    """Make an invitation for a person who stands at the window: ``code`` (of ``new_invitation_code``) is printed, its digest kept.

    Earlier invitations of the same person end.
    """
    open_ones = Invitation.objects.filter(area=person_area, subject=person_id, used_at=None, expires_at__gt=at)
    open_ones.update(expires_at=at)
    return Invitation.objects.create(
        area=person_area,
        subject=person_id,
        code=normal_invitation(code),
        expires_at=at + INVITATION_LIVES,
        created_at=at,
    )


@action(permissions.KEEP_OWN_ACCOUNT, on="account")
def use_invitation(*, account: Account, code: str, by: Viewer, at: datetime) -> Account:
    """Link one's account with the code from the window: seven days, one use."""
    _own_and_open(account, by)
    _count(account, by, at)
    with rescoped(Scope.everything()):  # the person's row is not the account's to see, yet
        found = Invitation.objects.filter(code=normal_invitation(code)).order_by("-id").first()
        if found is None or found.used_at is not None or found.expires_at <= at:
            found = None
        else:
            used = Invitation.objects.filter(pk=found.pk, area=found.area, used_at=None)
            if not used.update(used_at=at, account_id=account.pk):
                found = None
    if found is None:
        raise Refusal(_("邀请码不对或已过期。请核对纸条上的8位字符，或到窗口换一张。"), field="code")
    for request in LinkRequest.objects.filter(account=account, state=LinkState.PENDING):
        _decide(request, LinkState.WITHDRAWN, at)
    _link(account, found.subject, found.area)
    remark(invitation=found.pk)
    return account


@action(permissions.LINK_ACCOUNT, on="person_area")
def unlink_account(*, person_id: int, person_area: int, by: Viewer, at: datetime) -> Account:
    """Take a person from their account, because the phone was lost or given away; what they filed stays theirs."""
    account = Account.objects.filter(person_id=person_id, person_area=person_area).first()
    if account is None:
        raise Conflict(_("这个人现在没有关联的账号。"))
    account.person_id = account.person_area = None
    account.save(update_fields=["person_id", "person_area"])
    return account


def _own_and_open(account: Account, by: Viewer) -> None:
    if account.pk != by.account_id or by.mode != "resident":
        raise NotFound(_("没有找到这个账号。"))
    if account.person_id:
        raise Conflict(_("您的身份已经核对过了。"))


def _count(account: Account, by: Viewer, at: datetime) -> None:
    advice = _("请到时再试，或者带身份证到社区窗口当面核对。")
    with aside() as connection:
        tries = Tries(connection, at)
        tries.count("link.address", by.address, advice)
        tries.count("link.account", account.pk, advice)


def _decide(request: LinkRequest, state: LinkState, at: datetime, *columns: str) -> LinkRequest:
    waiting = LinkRequest.objects.filter(pk=request.pk, area=request.area, state=LinkState.PENDING)
    if not waiting.update(state=state, decided_at=at, **{column: getattr(request, column) for column in columns}):
        raise Conflict(_("这条申请已经处理过了。"))
    request.state, request.decided_at = state, at
    return request


def _link(account: Account, person_id: int, person_area: int) -> None:
    if account.person_id:
        raise Conflict(_("这个账号已经关联到一个人。"))
    account.person_id, account.person_area = person_id, person_area
    try:
        with transaction.atomic():
            account.save(update_fields=["person_id", "person_area"])
    except IntegrityError as error:
        raise Conflict(_("这个人已经关联了另一个手机号。如需更换，请先在窗口解除原来的关联。")) from error
    announce(AccountLinked(area=person_area, account_id=account.pk, person_id=person_id))
