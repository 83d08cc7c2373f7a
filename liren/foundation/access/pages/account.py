"""One's own account: name and language, password, second factor."""

import base64
from typing import Any

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from liren.base import clock, qr
from liren.base.codes import mask_phone
from liren.base.crypto import ring
from liren.base.doors import again, attempt, page
from liren.base.errors import Forbidden
from liren.foundation.access import actions, queries
from liren.foundation.access.forms import CodeForm, PasswordForm, SettingsForm
from liren.foundation.access.pages.signing import NEXT, dressed
from liren.foundation.access.rules.second import setup_address, spelled
from liren.foundation.access.rules.tries import SECOND_FACTOR, own_path

SETUP, SETUP_CONTEXT = "second_factor_setup", "session.second_factor"


@page(who="resident")
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """Show a resident what is known about their account."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    account = queries.own_account(viewer)
    waiting = next((one for one in queries.links_of(viewer) if one.state == "pending"), None)
    return render(
        request, "access/me.html", {"account": account, "phone": mask_phone(account.phone or ""), "waiting": waiting}
    )


@page(who="resident")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Ask somebody new by what name they want to be called, then lead on to where they wanted to go."""
    target = own_path(request.session.get(NEXT), "/")
    return _settings(request, "access/welcome.html", target)


@page(who="known")
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Change name, language and size of type."""
    return _settings(request, "access/settings.html", "/me")


def _settings(request: HttpRequest, template: str, target: str) -> HttpResponse:
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    account = queries.own_account(viewer)
    switched = request.COOKIES.get(
        "elder"
    )  # the switch at the top counts on this device, until one says otherwise here
    elder = switched == "1" if switched in {"0", "1"} else account.elder_mode
    start = {"name": account.name, "language": account.language, "elder_mode": elder}
    form = SettingsForm(request.POST or None, initial=start)
    if request.method != "POST":
        return render(request, template, {"form": form, "target": target})
    refusal = None
    if form.is_valid():
        kept, refusal = attempt(
            form, lambda: actions.keep_settings(account=account, **form.cleaned_data, by=viewer, at=clock.now())
        )
        if kept is not None:
            request.session.pop(NEXT, None)
            return dressed(HttpResponseRedirect(target), kept)
    return again(request, template, {"form": form, "target": target}, refusal)


@page(who="known")
@never_cache
@require_GET
def desk_account(request: HttpRequest) -> HttpResponse:
    """Show staff their posts, password and second factor."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    _at_desk(viewer)
    factor = queries.second_factor_of(viewer.account_id)
    context = {
        "account": queries.own_account(viewer),
        "seats": viewer.seats,
        "factor": factor,
        "recovery_left": len(factor.recovery) if factor else 0,
        "owes": viewer.owes,
    }
    return render(request, "access/desk_account.html", context)


@page(who="known")
@never_cache
@sensitive_post_parameters("old", "new", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose a new password; the first one must be changed before any post counts."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    _at_desk(viewer)
    account = queries.own_account(viewer)
    form = PasswordForm(request.POST or None)
    context = {"form": form, "first": account.must_change_password}
    if request.method != "POST":
        return render(request, "access/password.html", context)
    refusal = None
    if form.is_valid():
        changed, refusal = attempt(
            form,
            lambda: actions.change_password(
                account=account, old=form.cleaned_data["old"], new=form.cleaned_data["new"], by=viewer, at=clock.now()
            ),
        )
        if changed is not None:
            request.session.cycle_key()
            request.session[HASH_SESSION_KEY] = changed.get_session_auth_hash()  # other sessions end here
            messages.success(request, _("新密码已生效，其他设备需要重新登录。"))
            return HttpResponseRedirect("/desk/")
    return again(request, "access/password.html", context, refusal)


@page(who="known")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set an authenticator up: QR code, first code, recovery codes that are shown once."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    _at_desk(viewer)
    if viewer.owes == "password":
        return HttpResponseRedirect("/desk/account/password")
    if queries.second_factor_of(viewer.account_id) is not None and SECOND_FACTOR not in request.session:
        raise Forbidden(_("您已经设置过动态口令。请退出后用动态口令重新登录；手机丢了请联系安全管理员重置。"))
    account = queries.own_account(viewer)
    secret = _secret_in(request)
    form = CodeForm(request.POST or None)
    context = {
        "form": form,
        "drawing": _drawing(setup_address(secret, account.username or "")),
        "spelled": spelled(secret),
    }
    if request.method != "POST":
        return render(request, "access/second_factor.html", context)
    refusal = None
    if form.is_valid():
        recovery = actions.new_recovery_codes()
        done, refusal = attempt(
            form,
            lambda: actions.set_up_second_factor(
                account=account,
                secret=secret,
                code="".join(form.cleaned_data["code"].split()),
                recovery=recovery,
                by=viewer,
                at=clock.now(),
            ),
        )
        if done is not None:
            request.session.cycle_key()
            request.session.pop(SETUP, None)
            request.session[SECOND_FACTOR] = int(clock.now().timestamp())
            return render(request, "access/recovery.html", {"codes": recovery})
    return again(request, "access/second_factor.html", context, refusal)


def _drawing(address: str) -> str:
    """Return the QR code for a ``data:`` address, on white: a dark page must not swallow it."""
    drawn = qr.svg(address).replace("<path", '<rect width="100%" height="100%" fill="#fff"/><path', 1)
    return base64.b64encode(drawn.encode()).decode()


def _secret_in(request: HttpRequest) -> str:
    """Return the secret that is being set up, kept sealed in the session until its first code."""
    if SETUP not in request.session:
        sealed = ring().seal(actions.new_secret().encode(), SETUP_CONTEXT)
        request.session[SETUP] = base64.b64encode(sealed).decode()
    return ring().open(base64.b64decode(request.session[SETUP]), SETUP_CONTEXT).decode()


def _at_desk(viewer: Any) -> None:
    if not viewer.is_staff:
        raise Forbidden(_("这一页给窗口和机关工作人员使用，请从居民首页办理。"))
