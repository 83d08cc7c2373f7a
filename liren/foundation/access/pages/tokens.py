"""Tokens of other systems: asking for one and drawing it, and what the security administrator says."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liren.base import clock
from liren.base.capabilities import grouped
from liren.base.doors import again, attempt, page
from liren.base.errors import Refusal
from liren.base.words import day
from liren.foundation.access import actions, permissions
from liren.foundation.access.forms import AnswerForm, TokenForm
from liren.foundation.access.models import Appointment, Token
from liren.foundation.access.queries import tokens as queries
from liren.foundation.access.rules.tokens import digest_of, grantable, latest, new_token
from liren.foundation.places.queries.search import search
from liren.foundation.places.rules import subtree

PAGE = 50


def may(codes: list[str]) -> list[tuple[str, str]]:
    """Return what capabilities are called, under the headings of their rooms."""
    return [(words, _("、").join(title for _code, title in those)) for words, those in grouped(codes)]


def rows(found: list[Token]) -> list[dict[str, Any]]:
    """Return tokens as the pages show them."""
    on = clock.today()
    return [
        {
            "token": one,
            "may": may(one.capabilities),
            "is_over": one.valid_until <= on,
            "is_open": one.state == "allowed" and one.valid_until > on,
        }
        for one in found
    ]


@page(permissions.HOLD_TOKEN)
@never_cache
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """List the viewer's tokens."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    return render(request, "access/tokens.html", {"rows": rows(queries.own_tokens(viewer))})


@page(permissions.HOLD_TOKEN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a token."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    on = clock.today()
    held = {str(one.pk): one for one in queries.own_appointments(viewer, on)}
    codes = {code for one in held.values() for code in grantable(one.post.capabilities)}
    form = TokenForm(
        request.POST or None,
        initial={"valid_until": latest(on).isoformat(), "appointment": next(iter(held), "")},
        appointments=[(pk, f"{one.place} {one.post.title}") for pk, one in held.items()],
        capabilities=list[tuple[str, Any]](grouped(codes)),
    )
    refusal: Refusal | None = None
    if form.is_bound and form.is_valid():
        made, refusal = attempt(form, lambda: _ask(viewer, held[form.cleaned_data["appointment"]], form))
        if made is not None:
            messages.success(request, _("已经提出。安全管理员批准以后，在这里领取令牌。"))
            return HttpResponseRedirect("/desk/tokens")
    if form.is_bound:
        return again(request, "access/ask_token.html", {"form": form}, refusal)
    return render(request, "access/ask_token.html", {"form": form})


def _ask(viewer: Any, through: Appointment, form: TokenForm) -> Token:
    given = form.cleaned_data
    level, area, place = through.level, through.area, through.place
    if given["place"].strip():
        hits = search(given["place"], under=subtree(level, area), limit=2)
        if len(hits) != 1 and not (hits and hits[0].place.name == given["place"].strip()):
            raise Refusal(_("在这个岗位管的范围里没有找到，或者不止一个。请写全名或区划代码。"), field="place")
        level, area, place = hits[0].place.level, hits[0].place.area, hits[0].place.name
    return actions.ask_token(
        by=viewer, at=clock.now(), appointment=through, name=given["name"].strip(), purpose=given["purpose"].strip(), level=level, area=area,
        place=place, capabilities=given["capabilities"], valid_until=given["valid_until"],
    )  # fmt: skip


@page(permissions.HOLD_TOKEN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Draw a token, which shows it once, or end it; both after a question."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    token = queries.own_token(viewer, pk)
    if request.method != "POST":
        return render(request, "look/confirm.html", _asking(token, verb))
    if verb == "end":
        actions.give_token_back(by=viewer, at=clock.now(), token=token)
        messages.success(request, _("令牌已经停用，马上不能再用。"))
        return HttpResponseRedirect("/desk/tokens")
    secret = new_token()
    drawn = actions.draw_token(by=viewer, at=clock.now(), token=token, secret=secret)
    if bytes(drawn.digest or b"") != digest_of(secret):  # the form was sent twice: the first time made it
        messages.warning(request, _("已经领过。令牌只显示一次；没有抄下来的，请换一个新的。"))
        return HttpResponseRedirect("/desk/tokens")
    return render(request, "access/token_shown.html", {"token": drawn, "secret": secret})


def _asking(token: Token, verb: str) -> dict[str, Any]:
    name = {"name": token.name}
    if verb == "end":
        title, button, style = _("停用“%(name)s”的令牌？") % name, _("停用"), "danger"
        lines = [_("对方马上不能再调用接口。"), _("停用以后不能恢复，要用请重新申请。")]
    elif token.digest is None:
        title, button, style = _("领取“%(name)s”的令牌？") % name, _("领取"), "primary"
        lines = [
            _("令牌只显示一次，请准备好抄下来，直接配置到对方系统里。"),
            _("不要用微信、邮件转发，也不要给别的系统用。"),
        ]
    else:
        title, button, style = _("给“%(name)s”换一个新令牌？") % name, _("换新的"), "primary"
        lines = [_("原来的令牌马上失效，对方要换上新的才能继续。"), _("新的令牌也只显示一次。")]
    return {
        "extends": "workbench/frame.html",
        "title": title,
        "lines": lines,
        "action": button,
        "style": style,
        "back": "/desk/tokens",
    }


@page(permissions.ALLOW_TOKENS)
@never_cache
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """List the tokens at the viewer's places, those that wait first."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    text = request.GET.get("after", "")
    after = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
    found = queries.tokens_below(viewer, after=after, limit=PAGE + 1)
    context = {
        "rows": rows(found[:PAGE]),
        "older": f"?after={after + PAGE}" if len(found) > PAGE else "",
        "newer": "/desk/token-requests" if after else "",
    }
    return render(request, "access/token_requests.html", context)


@page(permissions.ALLOW_TOKENS)
@never_cache
@require_GET
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a token is for and what it may do."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    token = queries.token_below(viewer, pk)
    return render(request, "access/token_request.html", {"row": rows([token])[0], "token": token})


@page(permissions.ALLOW_TOKENS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Say what follows when a token is allowed, refused or taken back, ask for the reason where one is owed, then do it."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    token = queries.token_below(viewer, pk)
    asking = _answering(token, verb)
    form = None if verb == "allow" else AnswerForm(request.POST or None, why=asking["why"])
    if request.method != "POST":
        return render(request, "look/confirm.html", asking | {"form": form})
    if form is None:
        actions.allow_token(by=viewer, at=clock.now(), token=token)
    else:
        act = actions.refuse_token if verb == "refuse" else actions.revoke_token
        done, refusal = None, None
        if form.is_valid():
            said = form.cleaned_data["answer"]
            done, refusal = attempt(form, lambda: act(by=viewer, at=clock.now(), token=token, answer=said))
        if done is None:
            return again(request, "look/confirm.html", asking | {"form": form}, refusal)
    messages.success(request, asking["done"])
    return HttpResponseRedirect("/desk/token-requests")


def _answering(token: Token, verb: str) -> dict[str, Any]:
    name = {"name": token.name, "who": token.account.name, "until": day(token.valid_until, clock.today())}
    title, button, style, why, done, lines = {
        "allow": (
            _("批准“%(name)s”的令牌？") % name, _("批准"), "primary", "", _("已经批准，申请人可以领取了。"),
            [
                _("%(who)s 可以领取令牌，“%(name)s”凭它调用接口，用到%(until)s为止。") % name,
                _("它只能做申请里写的那几件事，每一件都记入日志。"),
                _("随时可以收回。"),
            ],
        ),
        "refuse": (
            _("不批准“%(name)s”的令牌？") % name, _("不批准"), "danger", _("为什么不批准"), _("没有批准，申请人会看到原因。"),
            [_("%(who)s 领不到令牌，会看到您写的原因。") % name, _("改好以后可以重新申请。")],
        ),
        "revoke": (
            _("收回“%(name)s”的令牌？") % name, _("收回"), "danger", _("为什么收回"), _("已经收回，对方马上不能再用。"),
            [
                _("“%(name)s”马上不能再调用接口。") % name,
                _("%(who)s 会看到您写的原因。") % name,
                _("收回以后不能恢复，要用请重新申请。"),
            ],
        ),
    }[verb]  # fmt: skip
    return {
        "extends": "workbench/frame.html",
        "title": title,
        "lines": lines,
        "action": button,
        "style": style,
        "back": f"/desk/token-requests/{token.pk}",
        "why": why,
        "done": done,
    }
