"""The desk's queue of what residents ask to have put right: the old beside the new, the proof, one decision."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.forms import DateField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base.api import cursor, read_cursor
from liren.base.calendar import working_days_between
from liren.base.clock import now, today
from liren.base.doors import again, attempt, page
from liren.base.screen import Tone
from liren.base.words import full_day
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.queries import files_of
from liren.foundation.places.queries.tree import community_paths
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.foundation.policies.queries import calendar
from liren.registry import actions
from liren.registry.enums import CorrectionState
from liren.registry.forms.corrections import DecideForm, RefuseForm
from liren.registry.models import CorrectionRequest, Fact
from liren.registry.pages import words
from liren.registry.pages.own import item_label
from liren.registry.permissions import DECIDE
from liren.registry.queries import person_for
from liren.registry.queries.corrections import correction_for, corrections, fact_of

PAGE = 30


@page(DECIDE)
@never_cache
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """List the requests that wait, by the day of their promise, or those that are decided."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    decided, on = request.GET.get("state") == "decided", today()
    after = read_cursor(request.GET.get("after"), str, int)
    if after and not decided:
        after = (_a_day(after[0]), after[1])
    found = corrections(viewer, decided=decided, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    areas = {one.request.area for one in shown}
    paths = community_paths(areas) if len(areas) > 1 else {}
    state = "state=decided&" if decided else ""
    last = shown[-1].request if len(found) > PAGE else None
    context = {
        "rows": [
            {
                "request": one.request,
                "name": one.name,
                "label": item_label(one.request.item, one.request.before),
                "left": left(one.request, on),
                "place": paths[one.request.area].place.name if one.request.area in paths else "",
            }
            for one in shown
        ],
        "decided": decided,
        "wide": len(areas) > 1,
        "older": f"?{state}after={cursor(last.due_on.isoformat(), last.pk)}" if last else "",
        "newer": f"?{state.rstrip('&')}" if after else "",
    }
    return render(request, "registry/corrections.html", context)


def _a_day(text: str) -> str:
    """Return a day of a cursor, the first of all for what is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return date.min.isoformat()


def left(one: CorrectionRequest, on: date) -> tuple[str, Tone]:
    """Say how the promise stands: the working days that are left, or by how many it is late."""
    if one.state != CorrectionState.WAITING:
        return "", ""
    community = ancestor(one.area, COMMUNITY)
    days = working_days_between(on, one.due_on, calendar(level=COMMUNITY, area=community, on=on))
    if one.due_on < on:
        return ngettext("超期 %(days)d 个工作日", "超期 %(days)d 个工作日", max(1, -days)) % {
            "days": max(1, -days)
        }, "danger"
    if one.due_on == on:
        return _("今天到期"), "soon"
    return ngettext("还剩 %(days)d 个工作日", "还剩 %(days)d 个工作日", days) % {
        "days": days
    }, "soon" if days <= 1 else ""


@page(DECIDE)
@never_cache
@require_GET
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one request: what stands in the file, what is asked for, the proof; and how to decide."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = correction_for(viewer, pk)
    return render(request, "registry/correction.html", shown(request, one))


def shown(
    request: HttpRequest, one: CorrectionRequest, form: DecideForm | None = None, refuse: RefuseForm | None = None
) -> dict[str, Any]:
    """Return what the page of a request shows."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    on = today()
    fact = fact_of(one)
    person = person_for(viewer, one.subject)
    form = form or decide_form(None, one, fact)
    return {
        "one": one,
        "who": person,
        "who_said": words.who(person.sex, person.age_on(on)),
        "label": item_label(one.item, one.before),
        "now": words.told(fact, on) if fact is not None else one.before,
        "wanted": wanted_words(one, form),
        "proof": files_of(viewer, one),
        "left": left(one, on),
        "waits": one.state == CorrectionState.WAITING,
        "decided_by": words.office(one.decided_by),
        "form": form,
        "values": [form[name] for name in form.fields],
        "refuse": refuse or RefuseForm(),
        "by_hand": one.item == "other",
    }


def decide_form(data: Any, one: CorrectionRequest, fact: Fact | None) -> DecideForm:
    """Return the form of a decision, filled with what the resident wants."""
    on = today()
    return DecideForm(
        data, initial={**(one.wanted or {}), "withdraw": one.never_so}, item=one.item, fact=fact,
        relations=words.listed("family-relation", on), ethnicities=words.listed("ethnicity", on),
    )  # fmt: skip


def wanted_words(one: CorrectionRequest, form: DecideForm) -> list[tuple[str, str]]:
    """Return what a resident wants, as labels and words."""
    if one.never_so:
        return [(_("要求"), _("撤销这一条：从来没有这回事"))]
    rows = []
    for name, value in (one.wanted or {}).items():
        field = form.fields.get(name)
        choices = dict(getattr(field, "choices", ()))
        said = (
            full_day(date.fromisoformat(value)) if value and isinstance(field, DateField) else choices.get(value, value)
        )
        rows.append((str(field.label) if field else name, str(said) or _("（空）")))
    return rows


@page(DECIDE)
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the file as the worker found it right."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = correction_for(viewer, pk)
    fact = fact_of(one)
    form = decide_form(request.POST, one, fact)
    refusal = None
    if form.is_valid():
        if form.cleaned_data.get("withdraw"):
            values: dict[str, Any] = {}
        else:
            values = form.changed()
        done, refusal = attempt(
            form,
            lambda: actions.accept_correction(
                by=viewer,
                at=now(),
                request=one,
                values=values,
                never_so=bool(form.cleaned_data.get("withdraw")),
                note=form.cleaned_data["note"],
            ),
        )
        if done is not None:
            messages.success(request, _("已经更正，原来的内容留在档案里；本人会收到消息。"))
            return HttpResponseRedirect("/desk/corrections")
    return again(request, "registry/correction.html", shown(request, correction_for(viewer, pk), form), refusal)


@page(DECIDE)
@require_http_methods(["POST"])
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why something stays as it is."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = correction_for(viewer, pk)
    form = RefuseForm(request.POST)
    refusal = None
    if form.is_valid():
        done, refusal = attempt(
            form,
            lambda: actions.refuse_correction(by=viewer, at=now(), request=one, reason=form.cleaned_data["reason"]),
        )
        if done is not None:
            messages.success(request, _("已经把原因告诉本人，档案没有改动。"))
            return HttpResponseRedirect("/desk/corrections")
    return again(
        request, "registry/correction.html", shown(request, correction_for(viewer, pk), refuse=form), refusal
    )  # fmt: skip
