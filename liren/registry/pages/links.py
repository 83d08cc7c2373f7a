"""Who is behind an account: requests that residents sent, and invitation codes for who stands at the window."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base.clock import now
from liren.base.codes import mask_id
from liren.base.doors import page
from liren.base.errors import Conflict, Refusal
from liren.foundation.access import actions
from liren.foundation.access.permissions import LINK_ACCOUNT
from liren.foundation.access.queries import link_request, pending_links
from liren.registry.queries import match_people, match_person, person_for

PAGE = 20


@page(LINK_ACCOUNT)
@never_cache
@require_GET
def links(request: HttpRequest) -> HttpResponse:
    """List who asked, each with the person whose name and number are the same."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    after = request.GET.get("after", "")
    waiting = pending_links(viewer, after=int(after) if after.isdecimal() and len(after) < 19 else 0, limit=PAGE + 1)
    shown = waiting[:PAGE]
    matches = match_people(viewer, [(asked.id_number, asked.name) for asked in shown])
    rows = [(asked, mask_id(asked.id_number), matches.get((asked.id_number, asked.name))) for asked in shown]
    more = f"?after={shown[-1].pk}" if len(waiting) > PAGE else ""
    return render(request, "registry/links.html", {"rows": rows, "older": more, "newer": "?" if after else ""})


@page(LINK_ACCOUNT)
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Link the account to the person whose name and number are those of the request."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    asked = link_request(viewer, pk)
    person = match_person(viewer, number=asked.id_number, name=asked.name)
    if person is None:
        raise Refusal(_("姓名和证件号码与档案对不上。请先核对或更正档案，再来确认。"))
    asked = link_request(viewer, pk)  # the match may have left the transaction at another seat
    actions.confirm_link(request=asked, person_id=person.pk, person_area=person.area, by=viewer, at=now())
    messages.success(request, _("已确认%(name)s的身份，手机会收到提示。") % {"name": person.name})
    return HttpResponseRedirect("/desk/links")


@page(LINK_ACCOUNT)
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why a request cannot be confirmed."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    asked = link_request(viewer, pk)
    actions.refuse_link(request=asked, reason=request.POST.get("reason", ""), by=viewer, at=now())
    messages.success(request, _("已告诉申请人原因。"))
    return HttpResponseRedirect("/desk/links")


@page(LINK_ACCOUNT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then make a code for a person who has shown their paper at the window; it is shown once, to be printed."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    person = person_for(viewer, pk)
    context = {
        "extends": "workbench/frame.html",
        "title": _("给%(name)s发邀请码？") % {"name": person.name},
        "lines": [
            _("请先看过%(name)s的证件，确认就是本人。") % {"name": person.name},
            _("邀请码打印在纸条上，7天内有效，只能用一次；以前发的同时作废。"),
            _("本人用手机登录后输入邀请码，手机号就和这份档案连起来。"),
        ],
        "action": _("发邀请码"),
        "style": "primary",
        "back": f"/desk/people/{person.pk}",
    }
    if request.method != "POST":
        return render(request, "look/confirm.html", context)
    code, at = actions.new_invitation_code(), now()
    made = actions.invite(person_id=person.pk, person_area=person.area, code=code, by=viewer, at=at)
    if made.created_at != at:  # the same form once more: its code was shown then, and nobody knows it now
        raise Conflict(_("这张邀请码已经显示过。没有打印的，请再发一个。"))
    shown = {"person": person, "code": f"{code[:4]} {code[4:]}", "until": made.expires_at}
    return render(request, "registry/invitation.html", shown)
