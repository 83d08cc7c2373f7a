"""What the pages of lists share: who asks, for which day, and what is said of a rule."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from liren.base.clock import today
from liren.base.errors import Forbidden, Refusal
from liren.registry.queries import lists, reasons
from liren.registry.queries.categories import title_of
from liren.registry.queries.lists import Sight
from liren.registry.rules.categories import Rule


def sight_in_use(request: HttpRequest) -> Sight:
    """Return what the viewer may see at the seat in use."""
    return lists.sight_of(request.viewer)  # type: ignore[attr-defined]


def opening(request: HttpRequest) -> Sight:
    """Return the same for who may open lists; raise ``Forbidden`` for who sees figures alone."""
    sight = sight_in_use(request)
    if not sight.may_open:
        raise Forbidden(_("您的岗位可以看数字，不能打开名单。"))
    return sight


def day_asked(request: HttpRequest, sight: Sight) -> date:
    """Return the day that is asked for: today, or one that has passed; figures alone are those of today."""
    text = request.GET.get("on") or request.POST.get("on") or ""
    try:
        asked = date.fromisoformat(text) if text else today()
    except ValueError:
        raise Refusal(_("请填存在的日期，例如 2026-03-01。"), field="on") from None
    if asked > today():
        raise Refusal(_("还没有到这一天，请选今天或以前的日子。"), field="on")
    return asked if sight.may_open else today()


def about(rule: Rule) -> dict[str, Any]:
    """Return what a page says of a rule: its title, its numbers, its conditions in words."""
    return {
        "rule": rule,
        "title": title_of(rule),
        "parameters": [(one, dict(rule.bound)[one.code]) for one in rule.parameters],
        "condition": reasons.condition(rule, rule.when),
    }
