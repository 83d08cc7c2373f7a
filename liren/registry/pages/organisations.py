"""Organisations: the list, one with its people, adding and correcting."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liren.base.api import cursor, read_cursor
from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.searches import searched, shareable, typed
from liren.base.sheets import Column
from liren.registry import actions
from liren.registry.actions.organisations import CORRECTED
from liren.registry.enums import OrganisationKind
from liren.registry.forms.homes import OrganisationForm
from liren.registry.pages.forming import areas_of, done, show_form
from liren.registry.pages.tables import Table, give
from liren.registry.permissions import EDIT, EXPORT, VIEW
from liren.registry.queries.homes import organisation_for, organisations_page, people_of

MOST_EXPORTED = 20_000


@page(VIEW)
@searched()
def organisations(request: HttpRequest) -> HttpResponse:
    """List the organisations of the seat in use."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    asked, kind = typed(request), request.GET.get("kind", "")
    after = read_cursor(request.GET.get("after"), int, str, int)
    found = organisations_page(viewer, typed=asked, kind=kind, on=today(), after=after)
    same = {"q": shareable(request, asked), "kind": kind}
    context = {
        "q": asked,
        "said": same["q"],
        "kind": kind,
        "organisations": found.organisations,
        "kinds": OrganisationKind.choices,
        "older": "?" + urlencode(same | {"after": cursor(*found.after)}) if found.after else "",
        "newer": "?" + urlencode(same) if after else "",
        "may_edit": viewer.may(EDIT),
        "may_export": viewer.may(EXPORT),
    }
    return render(request, "registry/organisations.html", context)


@page(EXPORT)
@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what the list is wanted for, then give it as a table."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    kind = request.GET.get("kind", "")
    found = organisations_page(viewer, typed=typed(request), kind=kind, on=today(), size=MOST_EXPORTED).organisations
    return give(
        request,
        Table(
            what="organisations",
            title=_("组织名单"),
            lead=_("共 %(n)d 个组织，有联系人和电话。") % {"n": len(found)},
            back="/desk/organisations",
            columns=[
                Column(_("名称")), Column(_("类型")), Column(_("统一社会信用代码")), Column(_("地址")), Column(_("联系人和电话")),
                Column(_("登记的人数"), "number"),
            ],
            count=len(found),
            filled=lambda: [
                (x.name, str(OrganisationKind(x.kind).label), x.code, x.address, x.contact, getattr(x, "members", 0)) for x in found
            ],
            only=kind if kind in OrganisationKind.values else "",
        ),
    )  # fmt: skip


@page(VIEW)
@require_GET
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an organisation with the people who belong to it or work there."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = organisation_for(viewer, pk)
    context = {
        "organisation": found,
        "people": people_of(found, today()),
        "may_edit": viewer.may(EDIT, found.area),
    }
    part = "#sheet" if request.headers.get("HX-Target") == "sheet-body" else ""
    return render(request, f"registry/organisation.html{part}", context)


@page(EDIT)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add an organisation."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    form = OrganisationForm(request.POST or None, areas=areas_of(viewer), is_new=True)
    if form.is_valid():
        values = dict(form.cleaned_data)
        made = actions.add_organisation(by=viewer, at=now(), area=int(values.pop("area")), **values)
        return done(request, f"/desk/organisations/{made.pk}", _("已经登记%(name)s。") % {"name": made.name})
    return show_form(request, form, title=_("登记组织"), button=_("登记"), back="/desk/organisations")


@page(EDIT)
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an organisation, or say that it is no more."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = organisation_for(viewer, pk)
    form = OrganisationForm(
        request.POST or None,
        initial={name: getattr(found, name) for name in CORRECTED},
        areas=[],
        is_new=False,
    )
    back = f"/desk/organisations/{found.pk}"
    if form.is_valid():
        changes = form.changes()
        actions.correct_organisation(
            by=viewer, at=now(), organisation=found, reason=changes.pop("reason"), changes=changes, shown=form.shown()
        )
        return done(request, back, _("已经更正。原来的内容留在日志里。"))
    return show_form(request, form, title=_("更正组织"), button=_("更正"), back=back)
