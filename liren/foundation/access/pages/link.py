"""A resident says who they are."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from liren.base import clock
from liren.base.doors import again, attempt, page
from liren.base.errors import Refusal
from liren.foundation.access import actions, permissions, queries
from liren.foundation.access.enums import LinkState
from liren.foundation.access.forms import InvitationForm, LinkForm
from liren.foundation.access.models import Account, LinkRequest

MOST_CHOICES = 12


@page(who="resident")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """Take a request with name and number, or the code from the window."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    account, requests = queries.own_account(viewer), queries.links_of(viewer)
    by_code = request.method == "POST" and "code" in request.POST
    form = LinkForm(request.POST if request.method == "POST" and not by_code else None)
    invitation = InvitationForm(request.POST if by_code else None)
    context: dict[str, Any] = {
        "form": form,
        "invitation": invitation,
        "account": account,
        "requests": requests,
        "waiting": any(one.state == LinkState.PENDING for one in requests),
        "places": [],
    }
    if request.method != "POST":
        return render(request, "access/link.html", context)
    refusal = None
    if by_code and invitation.is_valid():
        linked, refusal = attempt(
            invitation,
            lambda: actions.use_invitation(
                account=account, code=invitation.cleaned_data["code"], by=viewer, at=clock.now()
            ),
        )
        if linked is not None:
            messages.success(request, _("身份核对好了。以后办事，我们已有的信息不用您再填。"))
            return HttpResponseRedirect("/me")
    elif not by_code and form.is_valid():
        asked, refusal = attempt(form, lambda: _ask(request, account, form, context))
        if asked is not None:
            messages.success(request, _("已经收到。社区工作人员核对后会告诉您，一般 1 个工作日内。"))
            return HttpResponseRedirect("/me/link")
    return again(request, "access/link.html", context, refusal)


def _ask(request: HttpRequest, account: Account, form: LinkForm, context: dict[str, Any]) -> LinkRequest:
    chosen = request.POST.get("area", "")
    named = queries.communities_named(
        form.cleaned_data["community"], permissions.LINK_ACCOUNT, on=clock.today(), limit=MOST_CHOICES
    )
    hits = named.served
    if named.are_others and not hits:
        raise Refusal(_("这个社区（村）还不能在网上核对，请带身份证到那里的窗口办理。"), field="community")
    fitting = [hit for hit in hits if str(hit.place.area) == chosen] if chosen else hits
    if len(fitting) != 1:
        context["places"] = [(str(hit.place.area), hit.path.text()) for hit in hits]
        raise Refusal(
            _("有几个地方叫这个名字，请在下面选您住的那一个。") if hits else _("没有找到这个社区（村），请换个写法。"),
            field="community",
        )
    return actions.ask_for_link(
        account=account,
        name=form.cleaned_data["name"],
        id_number=form.cleaned_data["id_number"],
        area=fitting[0].place.area,
        by=request.viewer,  # type: ignore[attr-defined]
        at=clock.now(),
    )


@page(who="resident")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a request back."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    actions.withdraw_link(request=queries.own_link(viewer, pk), by=viewer, at=clock.now())
    messages.success(request, _("申请已撤回。"))
    return HttpResponseRedirect("/me/link")
