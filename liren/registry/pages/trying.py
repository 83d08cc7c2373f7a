"""Another version of a rule, or other numbers in it: what is asked for in the address, and the pages that put figures side by side.

Of so many people as are worked out in about a second the answer stands on the page that asks. Of more it is a trial that a job works
out: its page shows how far it is, then the same figures, for as long as they are kept.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base.clock import now
from liren.base.doors import page
from liren.base.errors import Conflict, NotFound, Refusal
from liren.base.giving import Outgoing, Purpose, give
from liren.base.sheets import Cell, Column
from liren.base.words import day as said_day
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import children, place_at
from liren.foundation.places.rules import COMMUNITY, code_of
from liren.registry import actions
from liren.registry.actions import trials as acts
from liren.registry.enums import TrialState
from liren.registry.models import CategoryTrial
from liren.registry.pages.listing import about, day_asked, opening
from liren.registry.permissions import EXPORT, LISTS
from liren.registry.queries import lists, reasons, trials
from liren.registry.queries.categories import title_of, versions_of
from liren.registry.queries.lists import Sight
from liren.registry.queries.trials import Trial
from liren.registry.rules.categories import Rule

TONES = {
    TrialState.RUNNING: "info", TrialState.DONE: "good", TrialState.CANCELLED: "", TrialState.FAILED: "danger",
}  # fmt: skip


@dataclass(slots=True)
class Asked:
    """The rule that the address asks for, what of the address says so, and what is wrong with it."""

    rule: Rule
    version: int = 0
    values: dict[str, int] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    error: str = ""


def asked_for(request: HttpRequest, sight: Sight, rule: Rule) -> Asked:
    """Return the version and the numbers for which the address asks, ``rule`` itself where it asks for nothing."""
    given = {**request.GET.dict(), **request.POST.dict()}
    version = str(given.get("version", ""))
    if rule.is_confidential or not (version or any(one.code in given for one in rule.parameters)):
        return Asked(rule, rule.key)
    if version and not version.isdigit():
        raise NotFound(_("这个类别没有这个版本。"))
    base = trials.version_at(sight, rule, int(version) if version else None, {})
    texts = {one.code: str(given.get(one.code, "")).strip() for one in base.parameters}
    values = {code: int(text) for code, text in texts.items() if text.isdigit() and len(text) < 5}
    found = Asked(base, base.key, values, wrong={code for code, text in texts.items() if text and code not in values})
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
@require_http_methods(["GET", "POST"])
def what_if(request: HttpRequest, code: str) -> HttpResponse:
    """Show what another version of a rule, or other numbers in it, would make of its list; of many people have it worked out."""
    sight = opening(request)
    on, rule, asked = _question(request, sight, code)
    other, here = asked.rule, sight.seat.range
    is_asked = other.key != rule.key and not asked.wrong and not asked.error
    is_wide = trials.is_wide([rule, other], here.lo, here.hi)
    kept = trials.kept_trial(sight, rule, other, on=on, at=now()) if is_asked and is_wide else None
    if request.method == "POST" and is_asked and is_wide:
        kept = acts.ask_trial(
            by=request.viewer, at=now(), area=sight.seat.area, level=sight.seat.level, on=on, rule=rule, other=other,  # type: ignore[attr-defined]
            version=asked.version, values=asked.values,
        )  # fmt: skip
    if kept is not None and kept.state in {TrialState.RUNNING, TrialState.DONE}:
        return HttpResponseRedirect(f"/desk/trials/{kept.pk}")
    if request.method == "POST" and is_asked:
        return HttpResponseRedirect("?" + urlencode({**asked.kept, "on": on.isoformat()}))
    versions = versions_of(code, sight.seat.area, level=sight.seat.level)
    context: dict[str, Any] = {
        **about(rule),
        "on": on,
        "wrong": asked.wrong,
        "error": asked.error,
        "tried": None,
        "is_wide": is_wide,
        "is_asked": is_asked,
        "versions": [(str(one.key), called(one, on), one.key == rule.key) for one in versions]
        if len(versions) > 1
        else [],
        "version": str(asked.version or rule.key),
        "now_called": called(rule, on),
        "fields": [(one, dict(other.bound)[one.code]) for one in other.parameters],
        "before": [
            (one, _numbers(sight, one), TONES[TrialState(one.state)]) for one in trials.trials_of(sight, code, at=now())
        ],
        "may_export": request.viewer.may(EXPORT, sight.seat.area),  # type: ignore[attr-defined]
        "asked": urlencode({**asked.kept, "on": on.isoformat()}),
    }
    if is_asked and not is_wide:
        context |= _compared(
            sight, other, trials.tried(sight, rule, other, on=on), {**asked.kept, "on": on.isoformat()}
        )
    status = 422 if asked.wrong or asked.error else 200
    return render(request, "registry/lists/what_if.html", context, status=status)


def _question(request: HttpRequest, sight: Sight, code: str) -> tuple[date, Rule, Asked]:
    """Return the day, the rule that counted on it and what is asked for instead; raise ``NotFound`` where nothing can be tried."""
    on = day_asked(request, sight)
    rule = lists.category_at(sight, code, on)
    if rule.is_confidential or not (
        rule.parameters or len(versions_of(code, sight.seat.area, level=sight.seat.level)) > 1
    ):
        raise NotFound(_("这个类别没有可以换的参数。"))
    return on, rule, asked_for(request, sight, rule)


def _compared(sight: Sight, other: Rule, found: Trial, kept: dict[str, str]) -> dict[str, Any]:
    """Return what a page says of two rules side by side; ``kept`` is what an address says of the other one and of the day."""
    named = _areas(sight)
    before, after = sum(found.before.values()), sum(found.after.values())
    return {
        "tried": found,
        "rows": [
            (named.get(area, str(area)), found.before.get(area, 0), found.after.get(area, 0),
             found.after.get(area, 0) - found.before.get(area, 0),
             urlencode({**kept, "area": code_of(sight.child_level, area)} if sight.seat.level < COMMUNITY else kept))
            for area in sorted({*found.before, *found.after})
        ],
        "sums": (before, after),
        "difference": after - before,
        "other": reasons.condition(other, other.when),
        "source": other.source,
        "listed": urlencode(kept),
    }  # fmt: skip


def _numbers(sight: Sight, kept: CategoryTrial) -> str:
    """Return how a list of trials names one: its version and its numbers; empty when its rule has gone."""
    try:
        _rule, other = trials.rules_of_trial(sight, kept)
    except NotFound:
        return ""
    named = [f"{one.name} {dict(other.bound)[one.code]}" for one in other.parameters]
    return "，".join([called(other, kept.on), *named])


@page(LISTS)
@never_cache
@require_GET
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a trial is, then what it found; the middle of the page asks again while it is at work."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    kept, sight = trials.trial_for(viewer, pk, at=now())
    rule, other = trials.rules_of_trial(sight, kept)
    address = _address(kept)
    state, parts, named = TrialState(kept.state), trials.parts_of(kept), _areas(sight)
    people = sum(part.people for part in parts)
    done = sum(part.people for part in parts if part.is_done)
    areas: dict[int, list[trials.TrialPart]] = {}
    for part in parts:
        areas.setdefault(part.below, []).append(part)
    at_work = next((part.below for part in parts if not part.is_done), 0)
    context: dict[str, Any] = {
        **about(rule),
        "trial": kept,
        "state": state.value,
        "tone": TONES[state],
        "on": kept.on,
        "place": sight.seat.place,
        "now_called": called(rule, kept.on),
        "other": reasons.condition(other, other.when),
        "source": other.source,
        "people": people,
        "share": int(100 * done / people) if people else 0,
        "areas": [
            (
                named.get(area, str(area)),
                all(part.is_done for part in own),
                area == at_work,
                sum(part.people for part in own),
            )
            for area, own in areas.items()
        ],
        "is_stuck": state == TrialState.RUNNING and kept.moved_at <= now() - trials.STUCK,
        "others": len(kept.askers) - 1,
        "may_stop": state == TrialState.RUNNING and viewer.account_id in kept.askers,
        "may_export": viewer.may(EXPORT, kept.area),
        "until": kept.asked_at + trials.KEPT,
        "tried": None,
        "asked": urlencode(address),
    }
    if state == TrialState.DONE:
        context |= _compared(sight, other, trials.side_by_side(sight, kept.figures), address)
    fragment = "#trial" if request.headers.get("HX-Target") == "trial" else ""
    return render(request, f"registry/lists/trial.html{fragment}", context)


def _address(kept: CategoryTrial) -> dict[str, str]:
    """Return what the address of a list says to ask for the same."""
    return {
        "version": str(kept.version), **{code: str(value) for code, value in kept.values.items()}, "on": kept.on.isoformat(),
    }  # fmt: skip


@page(LISTS)
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a trial up."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    kept, _sight = trials.trial_for(viewer, pk, at=now())
    acts.give_up_trial(by=viewer, at=now(), trial=kept)
    return HttpResponseRedirect(f"/desk/trials/{pk}")


@page(LISTS)
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a trial worked out anew, from what is registered now."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    kept, sight = trials.trial_for(viewer, pk, at=now())
    rule, other = trials.rules_of_trial(sight, kept)
    acts.ask_trial(
        by=viewer, at=now(), area=kept.area, level=kept.level, on=kept.on, rule=rule, other=other, version=kept.version, values=kept.values,
        afresh=True,
    )  # fmt: skip
    return HttpResponseRedirect(f"/desk/trials/{pk}")


@page(EXPORT)
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the figures of a trial as a table, after asking what for."""
    kept, sight = trials.trial_for(request.viewer, pk, at=now())  # type: ignore[attr-defined]
    rule, other = trials.rules_of_trial(sight, kept)
    if kept.state != TrialState.DONE:
        raise Conflict(_("这次试算还没有算好。"))
    found = trials.side_by_side(sight, kept.figures)
    return _given(request, sight, rule, other, kept.on, found, back=f"/desk/trials/{pk}")


@page(EXPORT)
@require_http_methods(["GET", "POST"])
def export_at_once(request: HttpRequest, code: str) -> HttpResponse:
    """Give figures that are worked out at once as a table, after asking what for."""
    sight = opening(request)
    on, rule, asked = _question(request, sight, code)
    if asked.error or asked.wrong:
        raise Refusal(asked.error or _("请填整数。"))
    here, other = sight.seat.range, asked.rule
    if other.key == rule.key:
        raise Refusal(_("这就是那一天用的规则。请换一个版本，或改一个数字。"))
    if trials.is_wide([rule, other], here.lo, here.hi):
        raise Conflict(_("这里人多，要先试算出各地的数字，才能导出。"))
    kept = urlencode({**asked.kept, "on": on.isoformat()})
    found = trials.tried(sight, rule, other, on=on)
    return _given(request, sight, rule, other, on, found, back=f"/desk/categories/{code}/what-if?{kept}")


def _given(
    request: HttpRequest, sight: Sight, rule: Rule, other: Rule, on: date, found: Trial, *, back: str
) -> HttpResponse:
    named = _areas(sight)
    rows: list[tuple[Cell, ...]] = [
        (named.get(area, str(area)), was, will, will - was)
        for area in sorted({*found.before, *found.after})
        for was, will in [(found.before.get(area, 0), found.after.get(area, 0))]
    ]
    before, after = sum(found.before.values()), sum(found.after.values())
    rows.append((_("合计"), before, after, after - before))

    def note(purpose: str, words: str) -> str:
        return actions.export_table(
            by=request.viewer, at=now(), area=sight.seat.area, what=f"trial {rule.code} {on.isoformat()}", count=len(rows) - 1,  # type: ignore[attr-defined]
            purpose=purpose, words=words, only=acts.said(other),
        )  # fmt: skip

    table = Outgoing(
        name=f"{rule.code}-what-if",
        title=_("“%(title)s”换个口径的数字") % {"title": title_of(rule)},
        lead=_("各地两种口径的人数，没有任何人的姓名。"),
        back=back,
        columns=[Column(_("地方")), Column(_("那一天用的规则")), Column(_("换了以后")), Column(_("相差"))],
        note=note,
        filled=lambda: rows,
        notes=[
            _("%(title)s，%(day)s") % {"title": title_of(rule), "day": on.isoformat()},
            _("按另一个口径试算，不是现行名单：%(rule)s") % {"rule": reasons.condition(other, other.when)},
            _("新进 %(comes)s 人，退出 %(goes)s 人。") % {"comes": found.entering, "goes": found.leaving},
        ],
        purposes=(Purpose.REPORT, Purpose.ASKED, Purpose.OTHER),
        seen=False,
    )
    return give(request, table)


def _areas(sight: Sight) -> dict[int, str]:
    if sight.seat.level >= COMMUNITY:
        return {sight.seat.area: sight.seat.place}
    return {one.area: one.short or one.name for one in children(place_at(sight.seat.level, sight.seat.area))}
