"""The auditor's page: what was done, by whom, where, and how far it is sealed."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from liren.base import clock
from liren.base.api import cursor, read_cursor
from liren.base.doors import again, page
from liren.base.giving import Outgoing, Purpose, give
from liren.base.searches import searched, shareable, typed
from liren.base.sheets import Column
from liren.foundation.access import actions, permissions, queries
from liren.foundation.access.forms import JournalForm
from liren.foundation.access.models import JournalLine
from liren.foundation.places.queries.search import search
from liren.foundation.places.rules import AreaRange, subtree

PAGE = 50
MOST_EXPORTED = 50_000


@page(permissions.READ_JOURNAL)
@never_cache
@searched("actor")
def journal(request: HttpRequest) -> HttpResponse:
    """List the lines of the viewer's seat, the newest first."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    form = form_of(request)
    context: dict[str, Any] = {"form": form, "rows": [], "older": "", "seal": queries.seal_state()}
    if form.is_bound and not form.is_valid():
        return again(request, "access/journal.html", context, None)
    wanted = wanted_by(form, viewer)
    after = read_cursor(request.GET.get("after"), int, int)
    lines = queries.journal(viewer, wanted, after=(after[0], after[1]) if after else None, limit=PAGE + 1)
    kept = {key: shareable(request, value) for key, value in asked(request).items() if key != "after" and value}
    if len(lines) > PAGE:
        last = lines[PAGE - 1]
        context["older"] = "?" + urlencode({**kept, "after": cursor(round(last.at.timestamp() * 1_000_000), last.pk)})
    context["rows"] = [(line, queries.phrase(line.verb), said(line)) for line in lines[:PAGE]]
    context["export"] = "/desk/journal/export?" + urlencode(kept)
    return render(request, "access/journal.html", context)


@page(permissions.READ_JOURNAL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what the same lines are wanted for, then give them as a workbook, at most 50,000; that is itself journalled."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    form = form_of(request)
    if form.is_bound and not form.is_valid():
        return again(request, "access/journal.html", {"form": form, "rows": []}, None)
    kept = {key: value for key, value in asked(request).items() if value}
    lines = queries.journal(viewer, wanted_by(form, viewer), limit=MOST_EXPORTED) if request.method == "POST" else []

    def note(purpose: str, words: str) -> str:
        return actions.export_journal(
            area=viewer.current.area if viewer.current else 0, filters=kept, count=len(lines), purpose=purpose, words=words,
            by=viewer, at=clock.now(),
        )  # fmt: skip

    seal = queries.seal_state()
    return give(
        request,
        Outgoing(
            name="journal",
            title=_("日志"),
            lead=_("按刚才的条件导出，最多 50,000 条。这次导出本身也会记入日志。"),
            back="/desk/journal?" + urlencode({key: shareable(request, value) for key, value in kept.items()}),
            columns=[
                Column(_("时间"), kind="moment"),
                Column(_("经办")),
                Column(_("做了什么")),
                Column(_("对象")),
                Column(_("地方")),
                Column(_("来源地址")),
                Column(_("变动")),
                Column(_("编号")),
            ],
            note=note,
            filled=lambda: [
                (
                    line.at,
                    line.actor,
                    queries.phrase(line.verb),
                    str(line.object_id or ""),
                    str(line.area),
                    line.address,
                    recorded(line),
                    str(line.pk),
                )
                for line in lines
            ],
            notes=[_("封存到第 %(number)s 号，校验码 %(digest)s") % {"number": seal.number, "digest": seal.digest}]
            if seal
            else [],
            purposes=(Purpose.REPORT, Purpose.ASKED, Purpose.OTHER),
            seen=False,
        ),
    )


def asked(request: HttpRequest) -> dict[str, str]:
    """Return what is looked for, sealed words opened."""
    return request.GET.dict() | ({"actor": typed(request, "actor")} if "actor" in request.GET else {})


def form_of(request: HttpRequest) -> JournalForm:
    """Return the form as filled in."""
    given = asked(request)
    if given.get("verb"):  # of those that are said in the same words the list offers the first
        given["verb"] = queries.same_words(given["verb"])[0]
    return JournalForm(given or None, verbs=queries.verbs())


def wanted_by(form: JournalForm, viewer: Any) -> queries.JournalFilter:
    """Return what a form asks for; a place that is not found yields nothing rather than everything."""
    if not form.is_bound:
        return queries.JournalFilter()
    given = form.cleaned_data
    place = None
    if given["place"]:
        around = viewer.current.range if viewer.current else None
        hit = next(iter(search(given["place"], under=around, limit=1)), None)
        place = subtree(hit.place.level, hit.place.area) if hit else AreaRange(1, 0)
    return queries.JournalFilter(
        since=given["since"],
        until=given["until"],
        verb=given["verb"],
        place=place,
        actor=given["actor"].strip(),
        installation=given["installation"],
    )


WORDS = {
    "reason": gettext_lazy("原因"), "purpose": gettext_lazy("用途"), "name": gettext_lazy("姓名"), "username": gettext_lazy("用户名"), "post": gettext_lazy("岗位"),
    "place": gettext_lazy("地方"), "rows": gettext_lazy("行数"), "count": gettext_lazy("数量"), "cases": gettext_lazy("办件"), "people": gettext_lazy("人"),
    "state": gettext_lazy("状态"), "answers": gettext_lazy("填写的内容"), "draft_step": gettext_lazy("填到哪一步"), "applicant_name": gettext_lazy("申请人"),
    "second_factor": gettext_lazy("动态口令"), "address": gettext_lazy("地址"), "phone": gettext_lazy("电话"), "account": gettext_lazy("账号"),
    "person": gettext_lazy("居民"), "valid_from": gettext_lazy("从"), "valid_until": gettext_lazy("到"), "kind": gettext_lazy("类别"), "outcome": gettext_lazy("决定"),
    "due_on": gettext_lazy("期限"), "number": gettext_lazy("编号"), "accepted_on": gettext_lazy("受理"), "submitted_at": gettext_lazy("提交"),
    "answer": gettext_lazy("答复"), "question": gettext_lazy("问题"), "level": gettext_lazy("层级"), "title": gettext_lazy("名称"), "source": gettext_lazy("来源"),
}  # fmt: skip
"""What the commonest changes are called; a rare one is told by its name in the tables."""
SMALL = frozenset({"id", "county", "version", "updated_at"})
"""What changes with everything and tells nobody anything; the exported sheet has it."""


def recorded(line: JournalLine) -> str:
    """Return what changed as it is recorded: ``name: before → after``; values of other kinds as they are."""
    changes = line.changes.items()
    pairs = ((name, value, isinstance(value, list) and len(value) == 2) for name, value in changes)
    return "; ".join(f"{name}: {value[0]} → {value[1]}" if both else f"{name}: {value}" for name, value, both in pairs)[
        :300
    ]


def said(line: JournalLine) -> str:
    """Return what changed in short: ``name: before → after``, as people say it."""
    parts = []
    for name, value in line.changes.items():
        if name in SMALL:
            continue
        told = " → ".join(map(_value, value)) if isinstance(value, list) and len(value) == 2 else _value(value)
        parts.append(f"{WORDS.get(name, name)}：{told}")
    return "；".join(parts)[:300]


def _value(value: object) -> str:
    if value is None or value == "":
        return _("（空）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value)
