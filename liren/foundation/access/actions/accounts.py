"""Staff accounts, one's own account, and the way out of a lock."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.foundation.access import permissions
from liren.foundation.access.models import Account, SecondFactor
from liren.foundation.access.rules import Viewer


@action(permissions.MANAGE_ACCOUNTS, on="area")
def open_account(*, username: str, name: str, password: str, area: int, by: Viewer, at: datetime) -> Account:
    """Open a staff account kept by the unit at ``area``; its first password must be changed at the first sign-in."""
    account = Account(
        username=username.strip(),
        name=name.strip(),
        password=make_password(password),
        home_area=area,
        must_change_password=True,
        created_at=at,
    )
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("用户名“%(name)s”已经有人使用，请换一个。") % {"name": username}, field="username") from error
    remark(username=account.username, name=account.name)
    return account


@action(permissions.MANAGE_ACCOUNTS, on="account")
def reset_password(*, account: Account, password: str, by: Viewer, at: datetime) -> Account:
    """Give a staff account a new first password, which ends its sessions and must be changed at the next sign-in."""
    _not_oneself(account, by)
    account.password = make_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    return account


@action(permissions.UNLOCK, on="account")
def reset_second_factor(*, account: Account, by: Viewer, at: datetime) -> Account:
    """Take the second factor from a staff account whose phone was lost; the officers' seats do not count until a new one is set up.

    Passwords are the system administrator's, second factors the security administrator's: neither can take an account over alone.
    """
    _not_oneself(account, by)
    if not SecondFactor.objects.filter(account=account).delete()[0]:
        raise Conflict(_("这个账号没有设置动态口令。"))
    return account


@action(permissions.MANAGE_ACCOUNTS, on="account")
def close_account(*, account: Account, by: Viewer, at: datetime) -> Account:
    """Close a staff account: nobody can sign in with it, its sessions end at once."""
    _not_oneself(account, by)
    if not account.is_active:
        raise Conflict(_("这个账号已经停用。"))
    account.is_active = False
    account.save(update_fields=["is_active"])
    return account


@action(permissions.MANAGE_ACCOUNTS, on="account")
def reopen_account(*, account: Account, by: Viewer, at: datetime) -> Account:
    """Let a closed staff account sign in again."""
    if account.is_active:
        raise Conflict(_("这个账号没有停用。"))
    account.is_active = True
    account.save(update_fields=["is_active"])
    return account


@action(permissions.KEEP_OWN_ACCOUNT, on="account")
def change_password(*, account: Account, old: str, new: str, by: Viewer, at: datetime) -> Account:
    """Choose a new password for oneself."""
    _oneself(account, by)
    if not account.check_password(old):
        raise Refusal(_("原密码不对，请再输一次。"), field="old")
    if old == new:
        raise Refusal(_("新密码不能和原密码一样。"), field="new")
    try:
        validate_password(new, account)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field="new") from error
    account.password = make_password(new)
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])
    return account


@action(permissions.KEEP_OWN_ACCOUNT, on="account")
def keep_settings(*, account: Account, name: str, language: str, elder_mode: bool, by: Viewer, at: datetime) -> Account:
    """Say by what name one wants to be called, in which language, and whether in large type."""
    _oneself(account, by)
    if account.is_staff_account and name != account.name:
        raise Refusal(_("工作人员的姓名由系统管理员维护。"), field="name")
    account.name, account.language, account.elder_mode = name, language, elder_mode
    account.save(update_fields=["name", "language", "elder_mode"])
    return account


def _oneself(account: Account, by: Viewer) -> None:
    if account.pk != by.account_id:
        raise NotFound(_("没有找到这个账号。"))


def _not_oneself(account: Account, by: Viewer) -> None:
    if account.pk == by.account_id:
        raise Forbidden(_("不能对自己的账号这样做。请由其他管理员办理。"))
