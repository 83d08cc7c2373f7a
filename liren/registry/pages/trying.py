"""Another version of a rule, or other numbers in it: what is asked for in the address, and the page that puts figures side by side."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.base.words import day as said_day
from liren.foundation.places.queries.tree import children, place_at
from liren.foundation.places.rules import COMMUNITY, code_of
from liren.registry.pages.listing import about, day_asked, opening
from liren.registry.permissions import LISTS
from liren.registry.queries import lists, reasons, trials
from liren.registry.queries.categories import versions_of
from liren.registry.queries.lists import Sight
from liren.registry.rules.categories import Rule


@dataclass(slots=True)
class Asked:
    """The rule that the address asks for, what of the address says so, and what is wrong with it."""

    rule: Rule
    kept: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    error: str = ""


def asked_for(request: HttpRequest, sight: Sight, rule: Rule) -> Asked:
    """Return the version and the numbers for which the address asks, ``rule`` itself where it asks for nothing."""
    given = request.GET if request.method == "GET" else request.POST
    version = given.get("version", "")
    if rule.is_confidential or not (version or any(one.code in given for one in rule.parameters)):
        return Asked(rule)
    if version and not version.isdigit():
        raise NotFound(_("这个类别没有这个版本。"))
    base = trials.version_at(sight, rule, int(version) if version else None, {})
    texts = {one.code: given.get(one.code, "").strip() for one in base.parameters}
    values = {code: int(text) for code, text in texts.items() if text.isdigit() and len(text) < 5}
    found = Asked(base, wrong={code for code, text in texts.items() if text and code not in values})
    try:
        found.rule = trials.version_at(sight, rule, int(version) if version else None, values)
    except Refusal as refusal:
        found.error = refusal.message
    if found.rule.key != rule.key:
        found.kept = {**({"version": version} if version else {}), **{code: str(n) for code, n in values.items()}}
    return found


def called(rule: Rule, today: date) -> str:
    """Return what a version is called: its number, and from when until when it counted."""
    since, until = rule.force
    if since and until:
        return _("%(version)s 版（%(since)s 至 %(until)s）") % {
            "version": rule.version, "since": said_day(since, today), "until": said_day(until, today),
        }  # fmt: skip
    if until:
        return _("%(version)s 版（%(until)s 以前）") % {"version": rule.version, "until": said_day(until, today)}
    if since:
        return _("%(version)s 版（%(since)s 起）") % {"version": rule.version, "since": said_day(since, today)}
    return _("%(version)s 版") % {"version": rule.version}


@page(LISTS)
@never_cache
@require_GET
def what_if(request: HttpRequest, code: str) -> HttpResponse:
    """Show what another version of a rule, or other numbers in it, would make of its list: figures side by side; nothing is kept."""
    sight = opening(request)
    on = day_asked(request, sight)
    rule = lists.category_at(sight, code, on)
    versions = versions_of(code, sight.seat.area, level=sight.seat.level)
    if rule.is_confidential or not (rule.parameters or len(versions) > 1):
        raise NotFound(_("这个类别没有可以换的参数。"))
    asked = asked_for(request, sight, rule)
    other = asked.rule
    context: dict[str, Any] = {
        **about(rule),
        "on": on,
        "wrong": asked.wrong,
        "error": asked.error,
        "tried": None,
        "versions": [(str(one.key), called(one, on), one.key == rule.key) for one in versions]
        if len(versions) > 1
        else [],
        "version": request.GET.get("version", "") or str(rule.key),
        "now_called": called(rule, on),
        "fields": [(one, dict(other.bound)[one.code]) for one in other.parameters],
        "source": other.source,
    }
    if other.key != rule.key and not asked.wrong and not asked.error:
        found = trials.tried(sight, rule, other, on=on)
        named = _areas(sight)
        kept = {**asked.kept, "on": on.isoformat()}
        context["tried"] = found
        context["rows"] = [
            (named.get(area, str(area)), found.before.get(area, 0), found.after.get(area, 0),
             found.after.get(area, 0) - found.before.get(area, 0),
             urlencode({**kept, "area": code_of(sight.child_level, area)} if sight.seat.level < COMMUNITY else kept))
            for area in sorted({*found.before, *found.after})
        ]  # fmt: skip
        context["sums"] = (sum(found.before.values()), sum(found.after.values()))
        context["difference"] = context["sums"][1] - context["sums"][0]
        context["other"] = reasons.condition(other, other.when)
        context["listed"] = urlencode(kept)
    status = 422 if asked.wrong or asked.error else 200
    return render(request, "registry/lists/what_if.html", context, status=status)


def _areas(sight: Sight) -> dict[int, str]:
    if sight.seat.level >= COMMUNITY:
        return {sight.seat.area: sight.seat.place}
    return {one.area: one.short or one.name for one in children(place_at(sight.seat.level, sight.seat.area))}
