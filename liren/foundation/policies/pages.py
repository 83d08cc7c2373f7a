"""The policy library at the desk: packs, clauses with the items tied to them, and adoption by one's own place."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.errors import NotFound
from liren.foundation.access.rules import Seat, Viewer
from liren.foundation.policies.actions import adopt, end_adoption
from liren.foundation.policies.forms import AdoptForm, EndForm
from liren.foundation.policies.permissions import ADOPT, VIEW
from liren.foundation.policies.queries import adoption_by_id, item_shown, library, pack_shown
from liren.foundation.policies.queries.sheets import rows, said


@page(VIEW)
def show_library(request: HttpRequest) -> HttpResponse:
    """List the packs: those in force, then other versions."""
    return render(request, "policies/library.html", {"library": library(on=today())})


@page(VIEW)
def show_pack(request: HttpRequest, pack_id: int) -> HttpResponse:
    """Show one version of a pack."""
    return _pack_page(request, pack_id, AdoptForm(initial={"valid_from": today().isoformat()}))


def _pack_page(request: HttpRequest, pack_id: int, form: AdoptForm, status: int = 200) -> HttpResponse:
    shown = pack_shown(pack_id)
    pack, seat = shown.pack, adopting_seat(request)
    facts = [
        (_("发布机构"), pack.issuer),
        (_("文号"), pack.document_number),
        (_("版本"), _("%(version)s（第 %(n)d 次载入）") % {"version": pack.version, "n": pack.revision}),
        (_("说明"), pack.body.get("about", "")),
        (_("来源"), pack.body.get("source", "")),
    ]
    figures = {
        tied.clause.code: [(one["name"], said(one["figure"])) for one in tied.clause.body.get("figures", ())]
        for tied in shown.clauses
    }
    clauses = [(tied, figures[tied.clause.code]) for tied in shown.clauses]
    context = {
        "shown": shown,
        "pack": pack,
        "facts": facts,
        "clauses": clauses,
        "seat": seat,
        "form": form,
        "today": today(),
    }
    return render(request, "policies/pack.html", context, status=status)


def adopting_seat(request: HttpRequest) -> Seat | None:
    """Return the seat in use when it may adopt packs."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    seat = viewer.current
    return seat if seat is not None and ADOPT.code in seat.capabilities else None


@page(ADOPT)
def adopt_pack(request: HttpRequest, pack_id: int) -> HttpResponse:
    """Let the place of the seat in use go by the pack."""
    seat = adopting_seat(request)
    if request.method != "POST" or seat is None:
        return HttpResponseRedirect(reverse("policies:pack", args=[pack_id]))
    form = AdoptForm(request.POST)
    if not form.is_valid():
        return _pack_page(request, pack_id, form, status=422)
    pack = pack_shown(pack_id).pack
    adopt(
        by=request.viewer,  # type: ignore[attr-defined]
        at=now(),
        level=seat.level,
        area=seat.area,
        pack=pack.code,
        valid_from=form.cleaned_data["valid_from"],
        valid_until=form.cleaned_data["valid_until"],
    )
    messages.success(request, _("%(place)s已采用“%(pack)s”。") % {"place": seat.place, "pack": pack.title})
    return HttpResponseRedirect(reverse("policies:pack", args=[pack_id]))


@page(ADOPT)
def end_adopted(request: HttpRequest, adoption_id: int) -> HttpResponse:
    """Ask from which day a pack no longer counts at a place, and end its adoption."""
    adoption = adoption_by_id(adoption_id)
    if not request.viewer.may(ADOPT, adoption.area):  # type: ignore[attr-defined]
        raise NotFound(_("没有找到这条采用记录。"))
    form = EndForm(request.POST if request.method == "POST" else None, initial={"on": today().isoformat()})
    if request.method == "POST" and form.is_valid():
        end_adoption(by=request.viewer, at=now(), adoption=adoption, on=form.cleaned_data["on"])  # type: ignore[attr-defined]
        messages.success(request, _("到了那一天，这个地方就不再采用这个政策包；以前办的事不受影响。"))
        return HttpResponseRedirect(reverse("policies:library"))
    return render(
        request, "policies/end.html", {"form": form, "adoption": adoption}, status=422 if form.is_bound else 200
    )


@page(VIEW)
def show_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Show one item in words, with the clauses it is tied to."""
    shown = item_shown(item_id)
    return render(request, "policies/item.html", {"shown": shown, "item": shown.item, "rows": rows(shown.item)})
