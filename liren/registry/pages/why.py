"""Why a file is opened, as far as the way there tells: from a case, a search, a list."""

import re
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.translation import gettext as _

WAYS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"/desk/cases/(?P<of>\d+)", "case"),
        (r"/desk/cases", "case"),
        (r"/desk/take-in", "take_in"),
        (r"/desk/corrections", "correction"),
        (r"/desk/duplicates|/desk/merges", "duplicate"),
        (r"/desk/links", "link"),
        (r"/desk/households", "household"),
        (r"/desk/people/\d+", "file"),
        (r"/desk/people", "people"),
        (r"/desk/find", "search"),
        (r"/desk/categories|/desk/lists", "list"),
    )
)


def way_of(request: HttpRequest) -> dict[str, str]:
    """Return where the viewer comes from, as the journal keeps it: ``why``, and ``of`` for the number of a case."""
    given = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    parts = urlsplit(given)
    if parts.netloc != request.get_host():
        return {}
    for pattern, code in WAYS:
        found = pattern.match(parts.path)
        if found:
            of = found.groupdict().get("of")
            why = "search" if code == "people" and "q=" in parts.query else code
            return {"why": why, "of": of} if of else {"why": why}
    return {}


def said(why: str) -> str:
    """Say why a file was opened, to the person whose file it is."""
    return {
        "case": _("办理办件时打开"),
        "take_in": _("在窗口为您办事时打开"),
        "correction": _("处理您的更正申请时打开"),
        "duplicate": _("核对有没有重复的档案时打开"),
        "link": _("核对手机号是不是您本人的时打开"),
        "household": _("从家庭档案里打开"),
        "file": _("从您家人或有关的人的档案里打开"),
        "people": _("从居民名单里打开"),
        "search": _("查找居民时打开"),
        "list": _("从分类名单里打开"),
        "api": _("由单位的其他系统调取"),
    }.get(why, _("直接打开了档案，不是从办件、名单或查找进来的"))
