"""Doors: what a page says about who may enter; the house's tests read it and try every door."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from liren.base.capabilities import Capability
from liren.base.errors import Forbidden

Who = Literal["public", "known", "resident", "staff"]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])

RESIDENT_SIGN_IN = "/sign-in"
STAFF_SIGN_IN = "/desk/sign-in"


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
                    return to_sign_in(request, STAFF_SIGN_IN if who == "staff" else RESIDENT_SIGN_IN)
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


def to_sign_in(request: HttpRequest, address: str) -> HttpResponseBase:
    """Lead somebody unknown to the sign-in and, afterwards, back to where they wanted to go."""
    target = f"{address}?next={quote(request.get_full_path())}"
    if request.headers.get("HX-Request"):
        response = HttpResponseRedirect(target)
        response.status_code = 204
        response["HX-Redirect"] = target
        return response
    return HttpResponseRedirect(target)
