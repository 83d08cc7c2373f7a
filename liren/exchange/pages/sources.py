"""Sources: all of them, a new one, one with its readings, what its columns mean, what is gone from it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base.clock import now, today
from liren.base.doors import again, attempt, page
from liren.base.errors import NotFound, Refusal
from liren.exchange.actions import fetching
from liren.exchange.actions import sources as acts
from liren.exchange.actions.sources import SourceGiven
from liren.exchange.enums import Every, FeedKind, RunState, Target
from liren.exchange.forms import SOURCE_FORMS
from liren.exchange.models import Batch, Feed
from liren.exchange.pages.columns import columns_of, options_of
from liren.exchange.pages.words import masked, number
from liren.exchange.permissions import CONNECT, SIGN
from liren.exchange.queries import sources as queries
from liren.exchange.rules.sources import place_of
from liren.foundation.access.queries import holders_only

TONES = {RunState.RUNNING: "info", RunState.TAKEN: "good", RunState.FAILED: "danger"}
WEEKDAYS = [
    (1, gettext_lazy("星期一")), (2, gettext_lazy("星期二")), (3, gettext_lazy("星期三")), (4, gettext_lazy("星期四")), (5, gettext_lazy("星期五")),
    (6, gettext_lazy("星期六")), (7, gettext_lazy("星期日")),
]  # fmt: skip


@page(CONNECT)
@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """List the sources with what their last reading found."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    feeds = queries.feeds(viewer)
    last = queries.last_runs(viewer, feeds)
    shown = [(feed, place_of(feed.kind, feed.settings), last.get(feed.pk), _state(feed)) for feed in feeds]
    return render(request, "exchange/sources.html", {"feeds": shown})


def _state(feed: Feed) -> tuple[str, str]:
    """Return in a word how a source is, with its tone."""
    if feed.mapping is None:
        return _("待对应"), "soon"
    if feed.failures:
        return _("没有读成"), "danger"
    if feed.is_paused:
        return _("已暂停"), ""
    if feed.is_held:
        return _("等上一批处理"), "soon"
    return (_("定时读取"), "good") if feed.every else (_("可以读取"), "good")


@page(CONNECT)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Set up a source."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    kind = request.GET.get("kind", "")
    if kind not in SOURCE_FORMS:
        return render(request, "exchange/source_kind.html")
    form = SOURCE_FORMS[kind](request.POST if request.method == "POST" else None)
    context = {"form": form, "kind": kind, "kind_label": FeedKind(kind).label}
    if request.method == "GET":
        return render(request, "exchange/source_form.html", context)
    if not form.is_valid():
        return again(request, "exchange/source_form.html", context, None)
    seat = holders_only(viewer, CONNECT).current

    def act() -> Feed:
        assert seat is not None
        return acts.open_feed(by=viewer, at=now(), area=seat.area, level=seat.level, given=_given(form, kind))

    made, refusal = attempt(form, act)
    if made is None:
        return again(request, "exchange/source_form.html", context, refusal)
    return HttpResponseRedirect(f"/desk/imports/sources/{made.pk}/columns")


def _given(form: Any, kind: str) -> SourceGiven:
    said = form.cleaned_data
    return SourceGiven(said["name"], kind, form.settings, form.secret, said["authority"])


@page(CONNECT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change where rows come from; the secret is never shown, and stays when nothing is given."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    feed = queries.feed_for(viewer, pk)
    initial = {"name": feed.name, "authority": feed.authority, **feed.settings}
    form = SOURCE_FORMS[feed.kind](request.POST if request.method == "POST" else None, initial=initial, keeps_secret=bool(feed.secret))  # fmt: skip
    context = {"form": form, "feed": feed, "kind": feed.kind, "kind_label": feed.get_kind_display()}
    if request.method == "GET":
        return render(request, "exchange/source_form.html", context)
    if not form.is_valid():
        return again(request, "exchange/source_form.html", context, None)
    made, refusal = attempt(form, lambda: acts.change_feed(by=viewer, at=now(), feed=feed, given=_given(form, feed.kind)))  # fmt: skip
    if made is None:
        return again(request, "exchange/source_form.html", context, refusal)
    return HttpResponseRedirect(f"/desk/imports/sources/{pk}/columns")


@page(CONNECT)
@require_GET
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a source with its last readings; the middle of the page asks again while it is being read."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    feed = queries.feed_for(viewer, pk)
    before = request.GET.get("before", "")
    runs = queries.runs_of(feed, before=number(before) or None)
    shown = runs[: queries.LAST_RUNS]
    state, tone = _state(feed)
    context = {
        "feed": feed, "place": place_of(feed.kind, feed.settings), "state": state, "tone": tone, "runs": [(run, TONES.get(RunState(run.state), "")) for run in shown],
        "running": queries.running(feed), "waiting": queries.waiting_batch(feed), "remembered": queries.remembered(feed), "gone": queries.gone_count(feed),
        "older": f"?before={shown[-1].pk}" if len(runs) > queries.LAST_RUNS else "", "newer": "?" if before else "",
        "may_trust": viewer.may(SIGN, feed.area), "is_mine": feed.account_id == viewer.account_id, "everies": Every.choices, "hours": range(24),
        "weekdays": WEEKDAYS, "monthdays": range(1, 29),
    }  # fmt: skip
    part = "#runs" if request.headers.get("HX-Target") == "runs" else ""
    return render(request, f"exchange/source.html{part}", context)


@page(CONNECT)
@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Try the connection: show the first rows beside what each column means, and take the corrections."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    feed = queries.feed_for(viewer, pk)
    if request.method == "POST":
        targets = [request.POST.get(f"column-{index}", "") for index in range(len(feed.heads))]
        try:
            acts.map_feed(
                by=viewer, at=now(), feed=feed, heads=feed.heads, targets=targets, options=options_of(request), authority=request.POST.get("authority", ""),
                source=request.POST.get("source", feed.source), key=request.POST.get("key", ""), save_as=request.POST.get("save_as", ""),
            )  # fmt: skip
        except Refusal as refusal:
            if refusal.status not in {409, 422}:
                raise
            return render(request, "exchange/source_columns.html", _tried(request, feed, targets) | {"refusal": refusal.message}, status=422)  # fmt: skip
        messages.success(request, _("存好了。现在可以读取，也可以定时读取。"))
        return HttpResponseRedirect(f"/desk/imports/sources/{pk}")
    return render(request, "exchange/source_columns.html", _tried(request, feed, None))


def _tried(request: HttpRequest, feed: Feed, targets: list[str] | None) -> dict[str, Any]:
    """Read the first rows of a source; what prevents it is told on the page."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    try:
        look = queries.look_at(feed)
    except Refusal as refusal:
        acts.note_look(by=viewer, at=now(), feed=feed, heads=(), rows=0, problem=refusal.message)
        return {"feed": feed, "problem": refusal.message}
    acts.note_look(by=viewer, at=now(), feed=feed, heads=look.heads, rows=len(look.rows))
    meant = Batch(
        area=feed.area, level=feed.level, heads=look.heads, targets=targets or look.targets, authority=feed.authority, source=feed.source, as_of=today(),
        options=feed.mapping.options if feed.mapping else {}, mapping=feed.mapping,
    )  # fmt: skip
    lines = [[masked(cell or "") for cell in row] for row in look.rows]
    key = feed.key or next((head for head, target in zip(look.heads, look.targets, strict=True) if target == Target.ID_NUMBER), "")  # fmt: skip
    return {"feed": feed, "batch": meant, "key": key, "found": len(lines), **columns_of(meant, lines)}


@page(CONNECT)
@require_POST
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Say when a source is read."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    feed = queries.feed_for(viewer, pk)
    every = request.POST.get("every", "")
    day = request.POST.get("weekday" if every == Every.WEEK else "monthday", "1")
    acts.set_schedule(by=viewer, at=now(), feed=feed, every=every, hour=number(request.POST.get("hour", ""), 3), day=number(day, 3) or 1)  # fmt: skip
    messages.success(request, _("定好了。") if every else _("不再定时读取。"))
    return HttpResponseRedirect(f"/desk/imports/sources/{pk}")


@page(CONNECT)
@require_POST
def do(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Read now, pause, take up again, take charge, trust or not, remove."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    feed = queries.feed_for(viewer, pk)
    if verb == "read":
        fetching.begin_run(by=viewer, at=now(), feed=feed)
    elif verb in {"pause", "resume"}:
        acts.pause_feed(by=viewer, at=now(), feed=feed, paused=verb == "pause")
    elif verb == "take-charge":
        acts.take_charge(by=viewer, at=now(), feed=feed)
        messages.success(request, _("现在由您负责：以后取到的变化会通知您。"))
    elif verb in {"trust", "distrust"}:
        acts.trust_feed(by=viewer, at=now(), feed=feed, trusted=verb == "trust")
    elif verb == "remove":
        acts.remove_feed(by=viewer, at=now(), feed=feed)
        messages.success(request, _("已移除“%(name)s”。以前导入的档案都还在。") % {"name": feed.name})
        return HttpResponseRedirect("/desk/imports/sources/")
    else:
        raise NotFound(_("没有这一步。"))
    return HttpResponseRedirect(f"/desk/imports/sources/{pk}")


@page(CONNECT)
@require_GET
def gone(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the rows that are no more in a source; nobody's file was changed for that."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    feed = queries.feed_for(viewer, pk)
    after = request.GET.get("after", "")
    rows = queries.gone_rows(feed, after=number(after))
    shown = rows[: queries.PAGE]
    people = queries.people_of(shown)
    context = {
        "feed": feed, "rows": [(row, people.get((row.batch, row.number))) for row in shown], "older": f"?after={shown[-1].pk}" if len(rows) > queries.PAGE else "",
        "newer": "?" if after else "",
    }  # fmt: skip
    return render(request, "exchange/source_gone.html", context)
