"""Error pages in plain words: what happened and what to do next, in the frame of the face where it happened."""

import re
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def said(status: int) -> tuple[str, str]:
    """Return the title and the advice for an HTTP status."""
    known = {
        400: (_("这个请求我们没看懂"), _("请返回上一页，检查填写的内容后再试一次。")),
        403: (_("您现在不能看这一页"), _("如果应当由您办理，请联系本单位管理员开通；也可以回到首页。")),
        404: (_("没有找到这一页"), _("网址可能写错了，或者内容不在您能看到的范围里。可以回首页重新找。")),
        405: (_("这一页不能这样打开"), _("请从首页重新进入。")),
        409: (_("这件事刚刚有了变化"), _("别人可能已经先处理了。请刷新页面看最新情况，再决定怎么办。")),
        413: (_("文件太大了"), _("请换一个小一些的文件，或者把照片压缩后再传。")),
        422: (_("填写的内容还不能提交"), _("请返回上一页，按提示改正后再提交。")),
        429: (_("操作太频繁了"), _("请过一会儿再试；着急的话可以到社区窗口办理，或者打电话。")),
        500: (_("我们这边出了点问题"), _("请过几分钟再试一次，存好的内容都还在；着急的话请到社区窗口办理。")),
    }
    return known.get(status, known[400] if status < 500 else known[500])


def in_two(message: str) -> tuple[str, str]:
    """Return the first sentence of a message, which becomes the heading, and the rest, which says what to do next."""
    first, _end, rest = re.sub(r"(?<=[。！？])|(?<=[.!?]) +", "\n", message.strip(), count=1).partition("\n")
    return first.rstrip("。."), rest.strip()


def error_page(
    request: HttpRequest, status: int, message: str = "", details: Sequence[str] = (), advice: str = ""
) -> HttpResponse:
    """Return the page for an error, or a notice when htmx asks for a part of one.

    ``message`` takes the place of the general title, ``details`` are listed under it.
    """
    request.in_trouble = True  # type: ignore[attr-defined]  # the transaction may be broken: the frame asks it nothing
    title, general = said(status)
    first, rest = in_two(message)
    desk = request.path.startswith("/desk/")
    context = {
        "extends": "workbench/frame.html" if desk else "portal/frame.html",
        "status": status,
        "heading": first or title,
        "details": list(details),
        "advice": advice or rest or general,
        "home": "/desk/" if desk else "/",
    }
    return render(
        request,
        "look/error_part.html" if request.headers.get("HX-Request") else "look/error.html",
        context,
        status=status,
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django names the argument
    """Answer 400."""
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django names the argument
    """Answer 403."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django names the argument
    """Answer 404."""
    return error_page(request, 404)


def failure(request: HttpRequest) -> HttpResponse:
    """Answer 500 without asking the database anything."""
    return error_page(request, 500)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose protection token is missing or old; ``reason`` is for developers and not shown."""
    del reason
    return error_page(
        request,
        403,
        _("这一页放得太久了"),
        advice=_("为了安全，请返回上一页刷新一下，再提交一次。填写的内容一般还在。"),
    )
