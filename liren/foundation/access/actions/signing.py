"""Signing in and out. These are no actions of a post: whoever knocks is nobody yet; each leaves a line in the journal.

Nothing here tells a known name or phone from an unknown one: both get the same words, the same limits and the same work.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base import clock
from liren.base.action import action, remark
from liren.base.aside import aside
from liren.base.codes import mask_phone, normal_phone
from liren.base.crypto import ring
from liren.base.errors import NotFound, Refusal, TooMany
from liren.base.texting import send_text
from liren.foundation.access import permissions
from liren.foundation.access.actions.gate import note
from liren.foundation.access.actions.tries import Tries, closed
from liren.foundation.access.models import Account, SecondFactor, SignInCode, TrayMessage
from liren.foundation.access.rules import Viewer, second
from liren.foundation.access.rules.tries import (
    CODE_DIGITS,
    CODE_LIVES,
    CODE_TRIES,
    INVITATION_ALPHABET,
    normal_username,
)

CHINESE_MOBILE = "+861"


def check_password(*, username: str, password: str, by: Viewer, at: datetime) -> Account:
    """Return the staff account behind a user name and its password; refuse a wrong pair, close the door after some."""
    advice = _("请到时再试；忘了密码请联系系统管理员，急用请联系安全管理员解除锁定。")
    name = normal_username(username)
    with aside() as connection:
        tries = Tries(connection, at)
        try:
            tries.count("password.address", by.address, advice)
            left = tries.count("password.account", name, advice)
        except TooMany:
            note("access.sign_in_closed", by, at=at)
            raise
        account = Account.objects.filter(username=username.strip()).first()
        if account is None:
            make_password(password)  # the same work as for a name that exists
            right = False
        else:
            right = account.check_password(password) and account.is_active
        if account is not None and right:
            tries.clear("password.account", name)
            return account
        note("access.sign_in_failed", by, at=at, area=account.area if account else 0, about=account)
        if left == 0:
            until = tries.until("password.account", name)
            raise closed(until or at, at, advice)
    raise Refusal(_("用户名或密码不对，请核对后再试，还可以试 %(left)s 次。") % {"left": left}, field="password")


def prove_second_factor(*, account: Account, code: str, by: Viewer, at: datetime) -> None:
    """Accept a time-based code or a recovery code of an account, each once; refuse any other."""
    advice = _("请到时再试；手机丢了请用恢复码，或联系安全管理员重置动态口令。")
    code = "".join(code.split()).replace("-", "").upper()
    with aside() as connection:
        tries = Tries(connection, at)
        left = tries.count("second.account", account.pk, advice)
        if _second_factor_holds(account, code, at):
            tries.clear("second.account", account.pk)
            return
        note("access.second_factor_failed", by, at=at, area=account.area, about=account)
        if left == 0:
            raise closed(tries.until("second.account", account.pk) or at, at, advice)
    raise Refusal(_("动态口令不对。请输入手机上现在显示的6位数字，每个数字只能用一次。"), field="code")


def _second_factor_holds(account: Account, code: str, at: datetime) -> bool:
    factor = SecondFactor.objects.select_for_update().filter(account=account).first()
    if factor is None:
        return False
    step = second.matching_step(factor.secret, code, at=at, after=factor.last_step)
    if step is not None:
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        return True
    given = _recovery_digest(account, code)
    kept = [one for one in factor.recovery if not hmac.compare_digest(bytes(one), given)]
    if len(kept) == len(factor.recovery):
        return False
    factor.recovery = kept
    factor.save(update_fields=["recovery"])
    return True


def new_secret() -> str:
    """Return a new secret for an authenticator, in Base32."""
    return base64.b32encode(secrets.token_bytes(second.SECRET_BYTES)).decode()


def new_recovery_codes() -> list[str]:
    """Return recovery codes as they are shown, once."""
    half = second.RECOVERY_LENGTH // 2
    made = (_letters(second.RECOVERY_LENGTH) for _number in range(second.RECOVERY_CODES))
    return [f"{code[:half]}-{code[half:]}" for code in made]


@action(permissions.KEEP_OWN_ACCOUNT, on="account")
def set_up_second_factor(
    *, account: Account, secret: str, code: str, recovery: Sequence[str], by: Viewer, at: datetime
) -> Account:
    """Keep the secret of one's authenticator after it has shown a right code, with the digests of the recovery codes."""
    if account.pk != by.account_id:
        raise NotFound(_("没有找到这个账号。"))
    step = second.matching_step(secret, code, at=at, after=0)
    if step is None:
        raise Refusal(_("动态口令不对。请确认手机时间准确，再输入现在显示的6位数字。"), field="code")
    digests = [_recovery_digest(account, one.replace("-", "")) for one in recovery]
    SecondFactor.objects.update_or_create(
        account=account, defaults={"secret": secret, "last_step": step, "recovery": digests, "since": at}
    )
    return account


def _recovery_digest(account: Account, code: str) -> bytes:
    return ring().blind(f"{account.pk}:{code}", "access_secondfactor.recovery")


def read_phone(text: str) -> str:
    """Return a mobile number in normal form; refuse what texts should not be sent to."""
    try:
        phone = normal_phone(text)
    except ValueError:
        phone = ""
    if not phone.startswith(CHINESE_MOBILE) or len(phone) != len("+8613812345678"):
        raise Refusal(_("请输入11位手机号。"), field="phone")
    return phone


def send_code(*, phone: str, by: Viewer, at: datetime) -> SignInCode:
    """Send a code to a phone, whether we know it or not."""
    phone = read_phone(phone)
    advice = _("收不到短信时，请过一会儿再试，或者到社区窗口办理。")
    with aside() as connection:
        tries = Tries(connection, at)
        tries.count("code.address", by.address, advice)
        tries.count("code.phone_day", phone, advice)
        tries.count("code.phone", phone, advice)
        tries.count("code.pause", phone, _("验证码刚刚发过，请先看看短信。"))
    digits = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    sent = SignInCode(phone=phone, code=b"", sent_at=at, expires_at=at + CODE_LIVES)
    sent.save(force_insert=True)
    sent.code = _code_digest(sent.pk, digits)
    sent.save(update_fields=["code"])
    minutes = int(CODE_LIVES.total_seconds() // 60)
    send_text(
        phone,
        _("【里仁】验证码 %(code)s，%(minutes)s 分钟内有效。请不要告诉别人。") % {"code": digits, "minutes": minutes},
    )
    note("access.code_sent", by, at=at)
    return sent


def check_code(*, code_id: int, code: str, by: Viewer, at: datetime) -> str:
    """Return the phone to which a code was sent; a code bears five tries within five minutes and one use."""
    advice = _("请到时再试，或者到社区窗口办理。")
    gone = _("验证码已经失效，请重新获取。")
    with aside() as connection:
        tries = Tries(connection, at)
        tries.count("try.address", by.address, advice)
        sent = SignInCode.objects.filter(pk=code_id).first()
        row = connection.execute(
            "UPDATE access_signincode SET tries = tries + 1 WHERE id = %s AND tries < %s AND expires_at > %s"
            " RETURNING code, tries",
            [code_id, CODE_TRIES, at],
        ).fetchone()
        if sent is None or row is None:
            raise Refusal(gone, field="code")
        phone = str(sent.phone)
        tries.count("try.phone", phone, advice)
        if hmac.compare_digest(bytes(row[0]), _code_digest(code_id, "".join(code.split()))):
            used = connection.execute("DELETE FROM access_signincode WHERE id = %s", [code_id]).rowcount
            if not used:
                raise Refusal(gone, field="code")
            for kind in ("try.phone", "code.phone", "code.pause"):
                tries.clear(kind, phone)
            return phone
        note("access.code_failed", by, at=at)
        left = CODE_TRIES - row[1]
    if not left:
        raise Refusal(gone, field="code")
    raise Refusal(_("验证码不对，请核对短信里的6位数字，还可以试 %(left)s 次。") % {"left": left}, field="code")


def _code_digest(code_id: int, digits: str) -> bytes:
    return ring().blind(f"{code_id}:{digits}", "access_signincode.code")


def account_of_phone(*, phone: str, by: Viewer, at: datetime) -> tuple[Account, bool]:
    """Return the account of a phone that has just been proved, making it when there is none; say whether it is new."""
    account = Account.objects.filter(phone_blind=phone).first()
    if account is not None:
        if not account.is_active:
            raise Refusal(_("这个账号已停用。请带身份证到社区窗口办理。"))
        return account, False
    account = Account(phone=phone, phone_blind=phone, created_at=at)
    account.set_unusable_password()
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:  # its twin was quicker
        return Account.objects.get(phone_blind=phone), False
    note("access.signed_up", _as(account, by), at=at, about=account, subject=account.pk)
    return account, True


def signed_in(*, account: Account, by: Viewer, at: datetime, second_factor: bool = False) -> None:
    """Note that somebody has signed in."""
    account.last_login = at
    account.save(update_fields=["last_login"])
    subject = account.person_id or account.pk
    note(
        "access.signed_in",
        _as(account, by),
        at=at,
        area=account.area,
        about=account,
        subject=0 if account.is_staff_account else subject,
        second_factor=second_factor,
    )


def signed_out(*, by: Viewer, at: datetime) -> None:
    """Note that somebody has signed out."""
    account = Account.objects.get(pk=by.account_id)
    note("access.signed_out", by, at=at, area=account.area, about=account, subject=0 if by.is_staff else by.subject)


def _as(account: Account, by: Viewer) -> Viewer:
    return replace(
        by, mode="staff" if account.is_staff_account else "resident", account_id=account.pk, name=account.name
    )


@action(permissions.UNLOCK, on="account")
def unlock_account(*, account: Account, by: Viewer, at: datetime) -> Account:
    """Open the door for a staff account that was closed after wrong passwords or codes."""
    with aside() as connection:
        tries = Tries(connection, at)
        tries.clear("password.account", normal_username(account.username or ""))
        tries.clear("second.account", account.pk)
    return account


@action(permissions.UNLOCK, on="area")
def unlock_phone(*, phone: str, area: int, by: Viewer, at: datetime) -> None:
    """Open the door for a resident's phone; ``area`` is the seat's own, because a phone has no place."""
    phone = read_phone(phone)
    with aside() as connection:
        tries = Tries(connection, at)
        for kind in ("code.pause", "code.phone", "code.phone_day", "try.phone"):
            tries.clear(kind, phone)
    remark(phone=mask_phone(phone))


class Tray:
    """The gateway of the demo: nothing is sent, the text lies in a tray that everybody can see."""

    def send(self, phone: str, text: str) -> None:
        """Put a text into the tray."""
        TrayMessage.objects.create(phone=phone, text=text, at=clock.now())


def _letters(count: int) -> str:
    return "".join(secrets.choice(INVITATION_ALPHABET) for _number in range(count))
