"""Doors: what a page says about who may enter; the house's tests read it and try every door."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from liren.base.capabilities import Capability
from liren.base.errors import Forbidden, Refusal, TooMany

Who = Literal["public", "known", "resident", "staff"]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])

RESIDENT_SIGN_IN = "/sign-in"
STAFF_SIGN_IN = "/desk/sign-in"
OWED = {"password": "/desk/account/password", "second_factor": "/desk/account/second-factor"}
"""Where somebody is led whose posts do not count yet."""


@dataclass(frozen=True, slots=True)
class Door:
    """Who may enter a page, and with which capability."""

    who: Who
    capability: Capability | None = None


def page(capability: Capability | None = None, *, who: Who = "staff") -> Callable[[View], View]:
    """Make a view a door: somebody unknown is led to the sign-in of the right face, the wrong post is refused.

    ``public`` lets everybody in, ``known`` everybody who has signed in, ``resident`` residents, ``staff`` people at a desk
    who hold ``capability`` somewhere. What a page shows of an object still depends on the viewer's scope.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            viewer: Any = request.viewer  # type: ignore[attr-defined]
            if who != "public":
                if not viewer.is_known:
                    desk = who == "staff" or request.path.startswith("/desk/")
                    return to_sign_in(request, STAFF_SIGN_IN if desk else RESIDENT_SIGN_IN)
                if who == "staff" and viewer.owes and not (viewer.may(capability) if capability else viewer.seats):
                    return HttpResponseRedirect(OWED[viewer.owes])
                if (who == "staff" and not viewer.is_staff) or (who == "resident" and viewer.is_staff):
                    raise Forbidden(
                        _("这一页给窗口和机关工作人员使用，请从居民首页办理。")
                        if who == "staff"
                        else _("这一页给居民本人使用，工作人员请在工作台办理。")
                    )
                if capability is not None and not viewer.may(capability):
                    raise Forbidden(
                        _("您的岗位不能“%(what)s”。如需办理，请联系本单位安全管理员。") % {"what": capability.title}
                    )
            return view(request, *args, **kwargs)

        enter.door = Door(who, capability)  # type: ignore[attr-defined]
        return enter  # type: ignore[return-value]

    return decorate


R = TypeVar("R")


def attempt(form: Any, act: Callable[[], R]) -> tuple[R | None, Refusal | None]:
    """Do what a form asks for; a refusal is put beside the field it names, so that the page can be shown again.

    The handler of refusals stays for everything that no field of the form can answer.
    """
    try:
        return act(), None
    except Refusal as refusal:
        if refusal.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND} and refusal.field not in form.fields:
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None, refusal


def again(request: HttpRequest, template: str, context: dict[str, Any], refusal: Refusal | None) -> HttpResponse:
    """Show a form again with what is wrong: 422, or the status of the refusal (429 says when to come back)."""
    status = refusal.status if refusal is not None else HTTPStatus.UNPROCESSABLE_ENTITY
    response = render(request, template, context, status=status)
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def to_sign_in(request: HttpRequest, address: str) -> HttpResponseBase:
    """Lead somebody unknown to the sign-in and, afterwards, back to where they wanted to go."""
    target = f"{address}?next={quote(request.get_full_path())}"
    if request.headers.get("HX-Request"):
        response = HttpResponseRedirect(target)
        response.status_code = 204
        response["HX-Redirect"] = target
        return response
    return HttpResponseRedirect(target)
