"""The officers' pages: accounts for the system administrator, appointments and locks for the security administrator."""

import secrets
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from liren.base import clock
from liren.base.doors import again, attempt, page
from liren.base.errors import Forbidden, Refusal
from liren.base.searches import searched, shareable, typed
from liren.base.words import day
from liren.foundation.access import actions, permissions, queries
from liren.foundation.access.forms import AccountForm, AppointForm, PhoneForm
from liren.foundation.access.models import Account, Appointment, Post
from liren.foundation.places.enums import Level
from liren.foundation.places.models import Place
from liren.foundation.places.queries.search import search

PAGE = 50

KEEPERS = (permissions.MANAGE_ACCOUNTS, permissions.UNLOCK, permissions.APPOINT)
WORDS = "abcdefghjkmnpqrstuvwxyz23456789"


def _seat_area(viewer: Any) -> int:
    return viewer.current.area if viewer.current else 0


def first_password() -> str:
    """Return a first password that can be read out: four groups of four, about 79 bits."""
    return "-".join("".join(secrets.choice(WORDS) for _letter in range(4)) for _group in range(4))


@page(who="staff")
@never_cache
@searched()
def accounts(request: HttpRequest) -> HttpResponse:
    """List the staff accounts that the viewer's officers' posts reach."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    capability = next((one for one in KEEPERS if viewer.may(one)), None)
    if capability is None:
        raise Forbidden(_("账号由系统管理员和安全管理员管理。"))
    text, after = typed(request), request.GET.get("after", "")
    found = queries.staff_accounts(
        viewer, capability, on=clock.today(), text=text, after=int(after) if after.isdecimal() else 0, limit=51
    )
    closed = queries.locked_until(found, at=clock.now())
    rows = [(account, closed.get(account.pk)) for account in found[:50]]
    older = "?" + urlencode({"q": shareable(request, text), "after": found[49].pk}) if len(found) > 50 else ""
    context = {
        "rows": rows,
        "text": text,
        "older": older,
        "manages": viewer.may(permissions.MANAGE_ACCOUNTS),
        "unlocks": viewer.may(permissions.UNLOCK),
        "phone_form": PhoneForm(),
    }
    return render(request, "access/accounts.html", context)


@page(permissions.MANAGE_ACCOUNTS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """Open a staff account and show its first password, once."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    form = AccountForm(request.POST or None)
    if request.method != "POST":
        return render(request, "access/new_account.html", {"form": form})
    refusal = None
    if form.is_valid():
        password = first_password()
        opened, refusal = attempt(
            form,
            lambda: actions.open_account(
                **form.cleaned_data, password=password, area=_seat_area(viewer), by=viewer, at=clock.now()
            ),
        )
        if opened is not None:
            return _shown_once(request, opened, password)
    return again(request, "access/new_account.html", {"form": form}, refusal)


@page(permissions.MANAGE_ACCOUNTS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Ask before a password is reset or an account closed or reopened, then do it."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    account = queries.account_at_desk(viewer, permissions.MANAGE_ACCOUNTS, pk=pk)
    if request.method != "POST":
        return render(request, "look/confirm.html", _asking(account, verb))
    at = clock.now()
    if verb == "password":
        password = first_password()
        changed = actions.reset_password(account=account, password=password, by=viewer, at=at)
        return _shown_once(request, changed, password)
    act = actions.close_account if verb == "close" else actions.reopen_account
    act(account=account, by=viewer, at=at)
    messages.success(request, _asking(account, verb)["done"])
    return HttpResponseRedirect("/desk/accounts")


@page(permissions.UNLOCK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take the second factor from an account whose phone was lost."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    account = queries.account_at_desk(viewer, permissions.UNLOCK, pk=pk)
    asking = _asking(account, "second-factor")
    if request.method != "POST":
        return render(request, "look/confirm.html", asking)
    actions.reset_second_factor(account=account, by=viewer, at=clock.now())
    messages.success(request, asking["done"])
    return HttpResponseRedirect("/desk/accounts")


def _shown_once(request: HttpRequest, account: Account, password: str) -> HttpResponse:
    """Show a first password; a form that was sent twice made it the first time, and it cannot be shown again."""
    if account.check_password(password):
        return render(request, "access/first_password.html", {"account": account, "password": password})
    messages.warning(request, _("已经办好。初始密码只显示一次；没有抄下来的，请再重置一次密码。"))
    return HttpResponseRedirect("/desk/accounts")


def _asking(account: Account, verb: str) -> dict[str, Any]:
    name = {"name": account.name, "username": account.username}
    title, lines, button, done, style = {
        "password": (
            _("重置 %(name)s 的密码？") % name,
            [
                _("会生成一个新的初始密码，只显示一次。"),
                _("%(name)s 已登录的设备会立即退出，下次登录要改密码。") % name,
            ],
            _("重置密码"),
            "",
            "primary",
        ),
        "second-factor": (
            _("重置 %(name)s 的动态口令？") % name,
            [
                _("原来的验证器和恢复码都不能再用。"),
                _("必须用动态口令的岗位，在 %(name)s 重新设置之前不起作用。") % name,
            ],
            _("重置动态口令"),
            _("动态口令已重置，请 %(name)s 重新登录设置。") % name,
            "primary",
        ),
        "close": (
            _("停用 %(name)s 的账号？") % name,
            [
                _("%(name)s（%(username)s）马上不能登录，已登录的设备会退出。") % name,
                _("他的任职记录和经办记录都保留，以后可以恢复。"),
            ],
            _("停用账号"),
            _("账号已停用。"),
            "danger",
        ),
        "reopen": (
            _("恢复 %(name)s 的账号？") % name,
            [_("%(name)s 可以重新登录，仍在任期内的岗位马上生效。") % name],
            _("恢复账号"),
            _("账号已恢复。"),
            "primary",
        ),
    }[verb]
    return {
        "extends": "workbench/frame.html",
        "title": title,
        "lines": lines,
        "action": button,
        "done": done,
        "style": style,
        "back": "/desk/accounts",
    }


@page(permissions.UNLOCK)
@require_POST
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the door of a staff account before its time."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    account = queries.account_at_desk(viewer, permissions.UNLOCK, pk=pk)
    actions.unlock_account(account=account, by=viewer, at=clock.now())
    messages.success(request, _("已解除 %(name)s 的登录锁定。") % {"name": account.name})
    return HttpResponseRedirect("/desk/accounts")


@page(permissions.UNLOCK)
@require_POST
def unlock_phone(request: HttpRequest) -> HttpResponse:
    """Open the door of a resident's phone before its time."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    actions.unlock_phone(phone=request.POST.get("phone", ""), area=_seat_area(viewer), by=viewer, at=clock.now())
    messages.success(request, _("已解除这个手机号的锁定，请居民重新获取验证码。"))
    return HttpResponseRedirect("/desk/accounts")


@page(permissions.APPOINT)
@never_cache
@searched()
def appointments(request: HttpRequest) -> HttpResponse:
    """List who holds which post where."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    text, post, ended = typed(request), request.GET.get("post", ""), request.GET.get("ended") == "1"
    after = request.GET.get("after", "")
    found = queries.appointments(
        viewer,
        permissions.APPOINT,
        on=clock.today(),
        text=text,
        post=post,
        ended=ended,
        after=place_of(after),
        limit=PAGE + 1,
    )
    here = {"q": shareable(request, text), "post": post, "ended": "1" if ended else ""}
    context = {
        "found": found[:PAGE],
        "older": next_page(here, found[PAGE - 1]) if len(found) > PAGE else "",
        "newer": f"?{urlencode(here)}" if after else "",
        "text": text,
        "post": post,
        "ended": ended,
        "posts": queries.posts_to_give(),
        "today": clock.today(),
    }
    return render(request, "access/appointments.html", context)


def place_of(after: str) -> tuple[int, int] | None:
    """Return (area, id) of a pager's key; nothing for one that nobody made."""
    area, _dash, pk = after.partition("-")
    return (int(area), int(pk)) if area.isdecimal() and pk.isdecimal() and len(after) < 36 else None


def next_page(here: dict[str, str], last: Appointment) -> str:
    """Return the address of the page behind ``last``."""
    return f"?{urlencode({**here, 'after': f'{last.area}-{last.pk}'})}"


@page(permissions.APPOINT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_appointment(request: HttpRequest) -> HttpResponse:
    """Fill in an appointment, see what it will do, then make it."""
    posts = {post.code: post for post in queries.posts_to_give()}
    choices = [(code, f"{post.title}（{Level(post.level).label}）") for code, post in posts.items() if post.level]
    start = {"valid_from": clock.today().isoformat(), "username": request.GET.get("username", "")}
    form = AppointForm(request.POST or None, initial=start, posts=choices)
    context: dict[str, Any] = {"form": form, "places": []}
    if request.method != "POST":
        return render(request, "access/new_appointment.html", context)
    refusal = None
    if form.is_valid():
        post = posts[form.cleaned_data["post"]]
        found, refusal = attempt(form, lambda: _who_and_where(request, form, post, context))
        if found is not None:
            account, place = found
            if request.POST.get("confirmed") != "yes":
                return render(request, "access/confirm_appointment.html", _consequences(form, account, post, place))
            made, refusal = attempt(form, lambda: _appoint(request, form, account, post, place))
            if made is not None:
                messages.success(
                    request,
                    _("%(name)s 已担任%(place)s%(post)s。")
                    % {"name": account.name, "place": place.name, "post": post.title},
                )
                return HttpResponseRedirect("/desk/appointments")
    return again(request, "access/new_appointment.html", context, refusal)


def _who_and_where(
    request: HttpRequest, form: AppointForm, post: Post, context: dict[str, Any]
) -> tuple[Account, Place]:
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    account = queries.account_at_desk(viewer, permissions.APPOINT, username=form.cleaned_data["username"].strip())
    chosen = request.POST.get("area", "")
    hits = [
        hit
        for one in queries.reach(viewer, permissions.APPOINT)
        for hit in search(form.cleaned_data["place"], under=one, levels=(post.level,), limit=12)
    ]
    fitting = [hit for hit in hits if str(hit.place.area) == chosen] if chosen else hits
    if len(fitting) != 1:
        context["places"] = [(str(hit.place.area), hit.path.text()) for hit in hits]
        raise Refusal(
            _("有几个地方叫这个名字，请在下面选一个。")
            if hits
            else _("在您的管理范围内没有找到设这个岗位的地方，请换个写法或换个岗位。"),
            field="place",
        )
    return account, fitting[0].place


def _appoint(request: HttpRequest, form: AppointForm, account: Account, post: Post, place: Place) -> Appointment:
    return actions.appoint(
        account=account,
        post=post,
        level=place.level,
        area=place.area,
        place=place.name,
        valid_from=form.cleaned_data["valid_from"],
        valid_until=form.cleaned_data["valid_until"],
        by=request.viewer,  # type: ignore[attr-defined]
        at=clock.now(),
    )


def _consequences(form: AppointForm, account: Account, post: Post, place: Place) -> dict[str, Any]:
    begins, ends = form.cleaned_data["valid_from"], form.cleaned_data["valid_until"]
    lines = [
        _("从 %(day)s起，%(name)s（%(username)s）担任%(place)s“%(post)s”。")
        % {
            "day": day(begins, clock.today()),
            "name": account.name,
            "username": account.username,
            "place": place.name,
            "post": post.title,
        },
        post.duty,
        _("能看到和办理%(place)s范围内、这个岗位管的事。") % {"place": place.name},
        _("登录时要用动态口令；没有设置之前，这个岗位不起作用。") if post.totp_required else "",
        _("到 %(day)s自动免去。") % {"day": day(ends, clock.today())} if ends else _("一直担任，直到被免去。"),
        _("任命会记入日志。"),
    ]
    return {
        "form": form,
        "area": place.area,
        "lines": [line for line in lines if line],
        "title": _("任命 %(name)s 为%(place)s%(post)s？")
        % {"name": account.name, "place": place.name, "post": post.title},
    }


@page(permissions.APPOINT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end_appointment(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then end an appointment today."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    held = queries.appointment(viewer, permissions.APPOINT, pk)
    words = {"name": held.account.name, "place": held.place, "post": held.post.title}
    if request.method == "POST":
        actions.end_appointment(appointment=held, on=clock.today(), by=viewer, at=clock.now())
        messages.success(request, _("%(name)s 不再担任%(place)s%(post)s。") % words)
        return HttpResponseRedirect("/desk/appointments")
    context = {
        "extends": "workbench/frame.html",
        "title": _("免去 %(name)s 的%(place)s%(post)s？") % words,
        "lines": [
            _("马上生效：%(name)s 不能再看到和办理这个岗位的事。") % words,
            _("他正在办的事留在原处，由同岗位的人接着办。"),
            _("任职记录保留，免去会记入日志。"),
        ],
        "action": _("免去岗位"),
        "style": "danger",
        "back": "/desk/appointments",
    }
    return render(request, "look/confirm.html", context)
