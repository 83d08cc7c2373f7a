"""The rows of a batch: looked through, decided, given back as a spreadsheet, reconciled and signed."""

from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base.clock import now
from liren.base.doors import page
from liren.base.errors import Refusal
from liren.base.sheets import Column, xlsx
from liren.exchange.actions import batches as acts
from liren.exchange.actions.batches import SIGNATURES
from liren.exchange.enums import Answer, Fault, Verdict
from liren.exchange.pages.words import Speaker, number, person
from liren.exchange.permissions import IMPORT, SIGN
from liren.exchange.queries import batches, lists
from liren.exchange.rules import values


@page(IMPORT)
@require_GET
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the rows of a group, a page at a time; those of the queue can be decided here, one by one or many at once."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    batch = batches.batch_for(viewer, pk)
    verdict, fault = request.GET.get("verdict", ""), request.GET.get("fault", "")
    verdict = verdict if verdict in Verdict.values else ""
    fault = fault if fault in Fault.values else ""
    after = request.GET.get("after", "0")
    is_queue = verdict == Verdict.UNSURE and request.GET.get("all") is None
    found = batches.rows_of(
        batch,
        verdict=verdict,
        fault=fault,
        after=number(after, 9),
        only_open=is_queue,
    )
    shown = found[: batches.PAGE]
    speaker = Speaker(batch, shown)
    counted = batches.faults_of(batch, verdict) if verdict in {Verdict.UNSURE, Verdict.REFUSED} else {}
    base = {"verdict": verdict, "fault": fault}
    answers = [(code, code.label) for code in (Answer.TAKE, Answer.KEEP, Answer.NEW, Answer.BACK)]
    context = {
        "batch": batch, "verdict": verdict, "fault": fault, "is_queue": is_queue,
        "verdicts": [(code, label, code == verdict) for code, label in [("", _("全部")), *Verdict.choices]],
        "faults": [(code, Fault(code).label, count, code == fault) for code, count in counted.items() if code in Fault.values],
        "rows": [
            {
                "row": row, "who": person(row), "changes": speaker.changes(row), "faults": speaker.faults(row),
                "likelihood": None if row.likelihood is None else round(row.likelihood * 100, 1),
                "answers": [(f"{row.pk} {code}", label) for code, label in answers] if is_queue else [],
            }
            for row in shown
        ],
        "answers": answers, "after": after,
        "places": [(one.area, one.name) for one in lists.reachable(batch.level, batch.area).own.values()] if is_queue else [],
        "older": "?" + urlencode(base | {"after": shown[-1].number}) if len(found) > batches.PAGE else "",
        "newer": "?" + urlencode(base) if after != "0" else "",
    }  # fmt: skip
    return render(request, "exchange/rows.html", context)


@page(IMPORT)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide one row by what is pressed beside it, the rows that were ticked, or all of the queue with one reason."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    batch = batches.batch_for(viewer, pk)
    fault, answer = request.POST.get("fault", ""), request.POST.get("answer", "")
    alone, _space, pressed = request.POST.get("alone", "").partition(" ")
    if alone:
        chosen, answer = [one for one in [number(alone)] if one], pressed
    elif request.POST.get("every") == "on" and fault in Fault.values:
        chosen = batches.queued_ids(batch, fault)
    else:
        chosen = [one for one in map(number, request.POST.getlist("row")) if one]
    if not chosen:
        raise Refusal(_("请先勾选要处理的行。"))
    area = request.POST.get("area", "")
    homes = {row: number(request.POST.get(f"dwelling-{row}", "")) for row in chosen}
    acts.decide_rows(
        by=viewer, at=now(), batch=batch, rows=chosen, answer=answer, area=number(area, 17),
        dwellings={row: home for row, home in homes.items() if home},
    )  # fmt: skip
    messages.success(request, _("已决定 %(count)s 行。接着导入时会照此写入。") % {"count": len(chosen)})
    back = {"verdict": Verdict.UNSURE.value, "fault": fault}
    if after := number(request.POST.get("after", ""), 9):  # what is left of the page that was looked at
        back["after"] = str(after)
    return HttpResponseRedirect(f"/desk/imports/{pk}/rows?{urlencode(back)}#rows")


@page(IMPORT)
@require_GET
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the rows that came back as a spreadsheet like the one that was given, with a column of reasons; very many in several files."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    batch = batches.batch_for(viewer, pk)
    files = batches.refused_files(batch)
    asked = number(request.GET.get("from", ""), 9)
    first = asked if asked in files else files[0] if files else 0
    speaker = Speaker(batch)
    columns = [Column(_("退回原因")), Column(_("原行号")), *(Column(head or "") for head in batch.heads)]
    width, count = len(batch.heads), 0

    def lines() -> Any:
        nonlocal count
        for row in batches.refused_rows(batch, first=first):
            count += 1
            cells = [values.text(cell) for cell in row.content["cells"]][:width]
            yield ["；".join(speaker.faults(row)), str(row.number), *cells, *[""] * (width - len(cells))]

    notes = [_("“退回原因”和“原行号”两列请保留或删去都可以；改好以后可以直接再导入这个文件。")]
    name = f"{batch.title}-退回"
    if len(files) > 1:
        place = {"place": files.index(first) + 1, "all": len(files)}
        notes.append(
            _("退回的行较多，分成 %(all)s 个文件，这是第 %(place)s 个；其余的在这一批导入的页面上下载。") % place
        )
        name += f"-{place['place']}-{place['all']}"
    paper = xlsx(_("退回的行"), columns, lines(), notes=notes, folder=batches.store().root)
    acts.give_back(by=viewer, at=now(), batch=batch, count=count)
    response = HttpResponse(paper, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name + '.xlsx')}"
    return response


@page(SIGN)
@require_http_methods(["GET", "POST"])
def reconciliation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show that every row stands in exactly one group; two different people sign the figures."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    batch = batches.batch_for(viewer, pk)
    if request.method == "POST":
        acts.sign(by=viewer, at=now(), batch=batch)
        messages.success(request, _("签好了。"))
        return HttpResponseRedirect(f"/desk/imports/{pk}/reconciliation")
    figures, signed = batches.figures(batch), batches.signatures(batch)
    context = {
        "batch": batch, "figures": figures, "signatures": signed, "missing": range(SIGNATURES - len(signed)),
        "may_sign": batch.state == "applied" and not figures.queued and len(signed) < SIGNATURES and all(one.account_id != viewer.account_id for one in signed),
        "asides": batches.asides(batch),
    }  # fmt: skip
    return render(request, "exchange/reconciliation.html", context)
