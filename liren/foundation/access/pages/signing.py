"""Signing in and out: residents with phone and code, staff with password and second factor."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base import clock
from liren.base.codes import mask_phone
from liren.base.doors import again, attempt, page
from liren.foundation.access import actions, queries
from liren.foundation.access.forms import CodeForm, PhoneForm, SecondFactorForm, StaffForm
from liren.foundation.access.models import Account
from liren.foundation.access.rules.tries import HOLDER, PENDING_LIVES, SECOND_FACTOR, own_path

BACKEND = "django.contrib.auth.backends.ModelBackend"
CODE, PENDING, NEXT = "sign_in_code", "sign_in_pending", "sign_in_next"
YEAR = 365 * 24 * 3600


def begin(request: HttpRequest, account: Account, *, second_factor: bool) -> None:
    """Give the browser a new session of its own for ``account``; nothing of the old one stays."""
    request.session.flush()
    at = clock.now()
    request.session[SESSION_KEY] = str(account.pk)
    request.session[BACKEND_SESSION_KEY] = BACKEND
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    request.session[HOLDER] = "staff" if account.is_staff_account else "resident"
    if second_factor:
        request.session[SECOND_FACTOR] = int(at.timestamp())
    rotate_token(request)
    actions.signed_in(account=account, by=request.viewer, at=at, second_factor=second_factor)  # type: ignore[attr-defined]


def dressed(response: HttpResponse, account: Account) -> HttpResponse:
    """Let the browser remember the account's language and size of type."""
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, account.language, max_age=YEAR, samesite="Lax")
    response.set_cookie("elder", "1" if account.elder_mode else "0", max_age=YEAR, samesite="Lax")
    return response


@page(who="public")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the phone and send a code."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    target = own_path(request.GET.get("next") or request.session.get(NEXT), "/")
    if viewer.mode == "resident":
        return HttpResponseRedirect(target)
    form = PhoneForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        sent, refusal = attempt(
            form, lambda: actions.send_code(phone=form.cleaned_data["phone"], by=viewer, at=clock.now())
        )
        if sent is not None:
            request.session[CODE] = [str(sent.pk), mask_phone(sent.phone)]
            request.session[NEXT] = own_path(request.GET.get("next"), "/")
            return HttpResponseRedirect("/sign-in/code")
    if request.method == "POST":
        return again(request, "access/sign_in.html", {"form": form, "demo": settings.DEMO}, refusal)
    return render(request, "access/sign_in.html", {"form": form, "demo": settings.DEMO})


@page(who="public")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code; a right one opens the account of the phone, or makes it."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if CODE not in request.session:
        return HttpResponseRedirect("/sign-in")
    code_id, phone = request.session[CODE]
    form = CodeForm(request.POST or None)
    context = {"form": form, "phone": phone, "demo": settings.DEMO}
    if request.method != "POST":
        return render(request, "access/code.html", context)
    refusal = None
    if form.is_valid():
        at = clock.now()

        def enter() -> tuple[Account, bool]:
            proved = actions.check_code(code_id=int(code_id), code=form.cleaned_data["code"], by=viewer, at=at)
            return actions.account_of_phone(phone=proved, by=viewer, at=at)

        entered, refusal = attempt(form, enter)
        if entered is not None:
            account, is_new = entered
            target = own_path(request.session.get(NEXT), "/")
            begin(request, account, second_factor=False)
            if is_new:
                request.session[NEXT] = target
                return HttpResponseRedirect("/welcome")
            return dressed(HttpResponseRedirect(target), account)
    return again(request, "access/code.html", context, refusal)


@page(who="public")
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def desk_sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for user name and password."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    target = own_path(request.GET.get("next"), "/desk/")
    if viewer.is_staff and request.method != "POST":
        return HttpResponseRedirect(target)
    form = StaffForm(request.POST or None)
    refusal = None
    if request.method != "POST":
        return render(request, "access/desk_sign_in.html", {"form": form})
    if form.is_valid():
        account, refusal = attempt(
            form,
            lambda: actions.check_password(
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                by=viewer,
                at=clock.now(),
            ),
        )
        if account is not None and queries.second_factor_of(account.pk) is not None:
            request.session.cycle_key()
            request.session[PENDING] = [str(account.pk), int(clock.now().timestamp())]
            request.session[NEXT] = target
            return HttpResponseRedirect("/desk/sign-in/code")
        if account is not None:
            begin(request, account, second_factor=False)
            return dressed(HttpResponseRedirect(_first_page(account, target)), account)
    return again(request, "access/desk_sign_in.html", {"form": form}, refusal)


def _first_page(account: Account, target: str) -> str:
    if account.must_change_password:
        return "/desk/account/password"
    found = queries.account_with_seats(account.pk, on=clock.today(), second_factor=False)
    return "/desk/account/second-factor" if found is not None and found[1].owes == "second_factor" else target


@page(who="public")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk_code(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor; until it is proved nobody is signed in."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    pending = request.session.get(PENDING)
    at = clock.now()
    if pending is None or at.timestamp() - pending[1] > PENDING_LIVES.total_seconds():
        return HttpResponseRedirect("/desk/sign-in")
    account = queries.account(int(pending[0]))
    if account is None:
        return HttpResponseRedirect("/desk/sign-in")
    form = SecondFactorForm(request.POST or None)
    if request.method != "POST":
        return render(request, "access/desk_code.html", {"form": form})
    refusal = None
    if form.is_valid():

        def prove() -> bool:
            actions.prove_second_factor(account=account, code=form.cleaned_data["code"], by=viewer, at=at)
            return True

        proved, refusal = attempt(form, prove)
        if proved:
            target = own_path(request.session.get(NEXT), "/desk/")
            begin(request, account, second_factor=True)
            owed = "/desk/account/password" if account.must_change_password else target
            return dressed(HttpResponseRedirect(owed), account)
    return again(request, "access/desk_code.html", {"form": form}, refusal)


@page(who="public")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if viewer.is_known:
        actions.signed_out(by=viewer, at=clock.now())
    request.session.flush()
    messages.success(request, _("您已退出。"))
    return HttpResponseRedirect("/desk/sign-in" if viewer.is_staff else "/")


@page(who="public")
@never_cache
@require_GET
def tray(request: HttpRequest) -> HttpResponse:
    """Show the texts of the demo; outside of it there is no such page."""
    if not settings.DEMO:
        raise Http404
    return render(request, "access/tray.html", {"texts": queries.tray()})
