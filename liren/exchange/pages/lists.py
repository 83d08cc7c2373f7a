"""The lists that come in: all of them, a new one, one with its progress, what its columns mean."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base.clock import now, today
from liren.base.doors import again, attempt, page
from liren.base.errors import NotFound, Refusal
from liren.exchange.actions import batches as acts
from liren.exchange.enums import BatchState, Fault, Target, Verdict
from liren.exchange.forms import BatchForm
from liren.exchange.models import Batch
from liren.exchange.pages.columns import columns_of, options_of
from liren.exchange.pages.words import masked, number
from liren.exchange.permissions import CONNECT, IMPORT
from liren.exchange.queries import batches, lists
from liren.exchange.rules import values
from liren.exchange.rules.wordlists import CODED
from liren.foundation.access.queries import holders_only
from liren.registry.enums import Source

SHOWN = 6
RUNNING = (BatchState.STAGING, BatchState.APPLYING, BatchState.UNDOING)
TONES = {
    BatchState.UPLOADED: "soon", BatchState.STAGING: "info", BatchState.STAGED: "soon", BatchState.APPLYING: "info", BatchState.APPLIED: "good",
    BatchState.UNDOING: "info", BatchState.FAILED: "danger",
}  # fmt: skip


@page(IMPORT)
@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """List what was brought in, the youngest first."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    before = request.GET.get("before", "")
    found = batches.batches(viewer, before=number(before) or None)
    shown = found[: batches.PAGE]
    context = {
        "batches": [(one, TONES.get(BatchState(one.state), "")) for one in shown],
        "older": f"?before={shown[-1].pk}" if len(found) > batches.PAGE else "",
        "newer": "?" if before else "",
        "may_connect": viewer.may(CONNECT),
    }
    return render(request, "exchange/imports.html", context)


@page(IMPORT)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Take in a table."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if request.method == "GET":
        form = BatchForm(initial={"as_of": today(), "source": Source.IMPORTED})
        return render(request, "exchange/new.html", {"form": form})
    form = BatchForm(request.POST, request.FILES)
    if not form.is_valid():
        return again(request, "exchange/new.html", {"form": form}, None)
    given = form.cleaned_data
    seat = holders_only(viewer, IMPORT).current

    def act() -> Batch:
        assert seat is not None
        return acts.open_batch(
            by=viewer, at=now(), area=seat.area, level=seat.level, title=given["title"] or str(given["file"].name).rsplit(".", 1)[0],
            digest=acts.keep_table(given["file"].read()), authority=given["authority"], source=given["source"], as_of=given["as_of"],
        )  # fmt: skip

    made, refusal = attempt(form, act)
    if made is None:
        return again(request, "exchange/new.html", {"form": form}, refusal)
    return HttpResponseRedirect(f"/desk/imports/{made.pk}/mapping")


@page(IMPORT)
@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a batch is and what became of its rows; the middle of the page asks again while a job runs."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = batches.batch_for(viewer, pk)
    context = _told(found)
    part = "#progress" if request.headers.get("HX-Target") == "progress" else ""
    return render(request, f"exchange/batch.html{part}", context)


def _told(found: Batch) -> dict[str, Any]:
    state = BatchState(found.state)
    running = state in RUNNING
    progress = batches.progress(found)
    now_ = batches.figures(found) if not running and progress["parts"] else None
    done = progress["applied"] if state == BatchState.APPLYING else progress["undone"]
    return {
        "batch": found,
        "tone": TONES.get(state, ""),
        "running": running,
        "progress": progress,
        "share": int(100 * done / progress["parts"]) if progress["parts"] and state != BatchState.STAGING else 0,
        "figures": now_,
        "files": batches.refused_files(found) if now_ and now_.refused > batches.MOST_BACK else [],
        "faults": [
            (code, Fault(code).label, count) for code, count in batches.faults_of(found, Verdict.UNSURE).most_common() if code in Fault.values
        ]
        if now_ and now_.queued
        else [],
        "may_map": state in {BatchState.UPLOADED, BatchState.STAGED, BatchState.FAILED, BatchState.CANCELLED} and not (now_ and now_.applied),
        "may_apply": now_ is not None and now_.ready and state in {BatchState.STAGED, BatchState.APPLIED, BatchState.FAILED, BatchState.CANCELLED} and found.staged_at,
        "may_set_aside": state in {BatchState.UPLOADED, BatchState.STAGED, BatchState.FAILED} and not (now_ and now_.applied),
        "may_undo": state == BatchState.APPLIED or bool(now_ and now_.applied and state in {BatchState.STAGED, BatchState.FAILED, BatchState.CANCELLED}),
        "may_stop": state in {BatchState.STAGING, BatchState.APPLYING},
    }  # fmt: skip


@page(IMPORT)
@require_http_methods(["GET", "POST"])
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what each column means beside the first rows, and take the corrections."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = batches.batch_for(viewer, pk)
    said: dict[str, str] = {}
    if request.method == "POST":
        targets = [request.POST.get(f"column-{index}", "") for index in range(len(found.heads))]
        words: dict[str, dict[str, str]] = {}
        for name, code in request.POST.items():
            kind, _dash, rest = name.partition("|")
            target, _dash, word = rest.partition("|")
            if kind == "word" and code and target in CODED:
                words.setdefault(target, {})[word] = str(code)
        try:
            acts.set_mapping(
                by=viewer, at=now(), batch=found, targets=targets, words={**found.words, **words}, options=options_of(request),
                authority=request.POST.get("authority", ""), source=request.POST.get("source", found.source), as_of=_day(request, found),
                save_as=request.POST.get("save_as", ""),
            )  # fmt: skip
            acts.begin_staging(by=viewer, at=now(), batch=found)
            return HttpResponseRedirect(f"/desk/imports/{pk}")
        except Refusal as refusal:
            if refusal.status not in {409, 422}:
                raise
            said = {"refusal": refusal.message, "wrong": refusal.field or ""}
            found.targets, found.options = targets, {**found.options, **options_of(request)}  # what was chosen stays
            found.authority = request.POST.get("authority", "")
    return render(request, "exchange/mapping.html", _mapping(found) | said, status=422 if said else 200)


def _day(request: HttpRequest, found: Batch) -> date:
    given = values.day(request.POST.get("as_of", ""))
    return given or found.as_of


def _mapping(found: Batch) -> dict[str, Any]:
    lines = []
    for line_number, line in enumerate(batches.table_of(found.digest).rows(found.sheet), 1):
        if line_number > found.layout["head_to"] and any(line):
            lines.append([masked(values.text(cell)) for cell in line])
        if len(lines) >= SHOWN:
            break
    place: dict[str, Any] = {"level": found.level, "area": found.area, "on": found.as_of}
    unknown = [
        {
            "target": target,
            "label": Target(target).label,
            "word": word,
            "count": count,
            "choices": lists.choices(target, **place),
        }
        for (target, word), count in batches.unknown_words(found).most_common(40)
    ]
    return {
        "batch": found, **columns_of(found, lines), "unknown": unknown,
        "title_lines": found.layout["head_from"] - 1, "sheets": found.layout.get("sheets", []),
    }  # fmt: skip


@page(IMPORT)
@require_POST
def do(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Begin, stop or take back."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = batches.batch_for(viewer, pk)
    if verb == "apply":
        acts.begin_applying(by=viewer, at=now(), batch=found)
    elif verb == "compare":
        acts.begin_staging(by=viewer, at=now(), batch=found)
    elif verb == "stop":
        acts.ask_to_stop(by=viewer, at=now(), batch=found)
        messages.info(request, _("写完手上这一段就停下，已经写入的不会丢。"))
    elif verb == "set-aside":
        acts.set_aside(by=viewer, at=now(), batch=found)
    elif verb == "undo":
        acts.begin_undoing(by=viewer, at=now(), batch=found, reason=request.POST.get("reason", ""))
    else:
        raise NotFound(_("没有这一步。"))
    return HttpResponseRedirect(f"/desk/imports/{pk}")
