"""Households: the list, one household one file, and what can happen to a household."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liren.base.api import cursor, read_cursor
from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.base.screen import Entry
from liren.base.searches import searched, shareable, typed
from liren.base.sheets import Column
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.enums import HouseholdKind, Source, Tenure
from liren.registry.forms import homes as forms
from liren.registry.models import Household
from liren.registry.pages import lines, words
from liren.registry.pages.forming import done, show_form
from liren.registry.pages.tables import Table, give
from liren.registry.pages.why import way_of
from liren.registry.permissions import EDIT, EXPORT, LISTS, VIEW
from liren.registry.queries import HouseholdFile, household_file, household_for, households_like, person_for
from liren.registry.queries.grids import grid_of_household
from liren.registry.queries.homes import EMPTY, Key, categories_of, dwelling_for, dwellings_like, households_page
from liren.registry.queries.opening import Member
from liren.registry.rules.households import cares, earns

MOST_EXPORTED = 20_000


@page(VIEW)
@searched(shown=True)
def households(request: HttpRequest) -> HttpResponse:
    """List the households of the seat in use, or those that what is typed finds."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    asked, kind = typed(request), request.GET.get("kind", "")
    after: Key | None = read_cursor(request.GET.get("after"), int, str, int)
    found = households_page(viewer, typed=asked, kind=kind, after=after)
    same = {"q": shareable(request, asked), "kind": kind}
    context = {
        "q": asked,
        "said": same["q"],
        "kind": kind,
        "homes": found.homes,
        "filters": [
            (code, label, code == kind)
            for code, label in [("", _("全部")), *HouseholdKind.choices, (EMPTY, _("已经没人的"))]
        ],
        "older": "?" + urlencode(same | {"after": cursor(*found.after)}) if found.after else "",
        "newer": "?" + urlencode(same) if after else "",
        "may_edit": viewer.may(EDIT),
        "may_export": viewer.may(EXPORT),
    }
    part = "#results" if request.headers.get("HX-Target") == "results" else ""
    return render(request, f"registry/households.html{part}", context)


@page(EXPORT)
@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what the list is wanted for, then give it as a table, at most 20,000 households."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    kind = request.GET.get("kind", "")
    homes = households_page(viewer, typed=typed(request), kind=kind, size=MOST_EXPORTED).homes
    return give(
        request,
        Table(
            what="households",
            title=_("家庭名单"),
            lead=_("共 %(n)d 户，有户主姓名和住址。每位户主都能看到：什么时候、哪个单位、为了什么导出。") % {"n": len(homes)},
            back="/desk/households",
            columns=[
                Column(_("户号")), Column(_("户的类别")), Column(_("住址")), Column(_("户主")), Column(_("人数"), "number"), Column(_("住房")),
            ],
            count=len(homes),
            filled=lambda: [
                (one.number, str(HouseholdKind(one.kind).label), one.address, one.head_name, one.size, tenure(one)) for one in homes
            ],
            people=sorted({(one.head, one.area) for one in homes if one.head is not None}),
            only=kind if kind in HouseholdKind.values else "",
        ),
    )  # fmt: skip


def tenure(home: Household) -> str:
    """Say by which right a household lives in its dwelling."""
    return str(Tenure(home.tenure).label) if home.tenure else ""


@page(VIEW)
@require_GET
def household(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one household's file."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    on = today()
    file = actions.look_at_household(by=viewer, at=now(), pk=pk, why=way_of(request))
    relations = words.listed("family-relation", on)
    here = {member.pk for member in file.members}
    home = file.household
    context = {
        "file": file,
        "home": home,
        "kind": HouseholdKind(home.kind).label,
        "other_kind": _("这些人的户籍户") if home.kind == HouseholdKind.LIVING else _("这些人住在"),
        "tenure": tenure(home),
        "grid": grid_of_household(home.pk, on=on),
        "members": _with_lists(viewer, home, living(file), relations, on),
        "dead": lines.members([one for one in file.members if one.deceased_on is not None], relations, on),
        "earning": [(m, said) for m in living(file) if (said := _earning(file, m))],
        "caring": [(m, said) for m in living(file) if (said := _caring(file, m))],
        "former": [
            (line, words.period(line))
            for line in file.lines
            if line.subject not in here and line.valid_until is not None
        ],
        "past": lines.records(words.household_rows(file, on), on, may_edit=False),
        "moments": words.said(file.journal),
        "may_edit": viewer.may(EDIT, home.area) and home.closed_on is None,
    }
    part = "#sheet" if request.headers.get("HX-Target") == "sheet-body" else ""
    return render(request, f"registry/household.html{part}", context)


def _with_lists(
    viewer: Any, home: Household, people: list[Member], relations: Mapping[str, str], on: date
) -> list[Entry]:
    """Return the members, each with the lists on which they are for a post that sees lists."""
    entries = lines.members(people, relations, on)
    if not viewer.may(LISTS, home.area):
        return entries
    titles = categories_of([member.pk for member in people], home.area, on)
    return [
        replace(entry, below=" · ".join([entry.below, *titles.get(member.pk, [])]))
        for member, entry in zip(people, entries, strict=True)
    ]


def living(file: HouseholdFile) -> list[Member]:
    """Return the members who are alive."""
    return [member for member in file.members if member.deceased_on is None]


def _earning(file: HouseholdFile, member: Member) -> str:
    """Say what somebody earns or draws."""
    return "；".join(words.sentence(line, {}) for line in earns(file.about(member.pk, today())))


def _caring(file: HouseholdFile, member: Member) -> str:
    """Say why somebody needs care."""
    on = today()
    reasons = cares(file.about(member.pk, on), member.age_on(on))
    return "；".join(str(words.CARE[reason]) for reason in reasons)


@dataclass(frozen=True, slots=True)
class Verb:
    """What can happen to a household: address, words, what follows, shape, act; ``act`` returns the household to show next."""

    code: str
    title: Any
    lead: Any
    button: Any
    form: Callable[[Viewer, HouseholdFile, Any], django_forms.Form]
    act: Callable[[Viewer, Household, Any], Household]


def _names(file: HouseholdFile) -> list[tuple[int, str]]:
    relations = words.listed("family-relation", today())
    return [(m.pk, f"{m.name}（{relations.get(m.relation, '')}）") for m in living(file)]


def _with_members(shape: Any) -> Callable[[Viewer, HouseholdFile, Any], django_forms.Form]:
    def build(_viewer: Viewer, file: HouseholdFile, data: Any) -> django_forms.Form:
        given: django_forms.Form = shape(
            data,
            initial={"source": Source.DECLARED},
            members=_names(file),
            relations=words.listed("family-relation", today()),
        )
        return given

    return build


def _correcting(_viewer: Viewer, file: HouseholdFile, data: Any) -> django_forms.Form:
    home = file.household
    return forms.HomeForm(data, initial={"address": home.address, "number": home.number, "tenure": home.tenure})


def _settling(viewer: Viewer, file: HouseholdFile, data: Any) -> django_forms.Form:
    home = file.household
    near = dwellings_like(viewer, "", home.area, 2000)
    initial = {"dwelling": str(home.dwelling_id or ""), "tenure": home.tenure}
    return forms.SettleForm(data, initial=initial, dwellings=[(one.pk, one.address) for one in near])


def _other_home(by: Viewer, said: str, kind: str) -> Household:
    found = [one for one in households_like(by, said, 5) if one.kind == kind and one.closed_on is None]
    if not found:
        raise NotFound(_("没有找到这一户。请核对户号，或先登记这一户。"), field="household")
    if len(found) > 1:
        raise Refusal(_("找到不止一户，请填户号，或填这一户某个人的身份证号。"), field="household")
    return found[0]


def _correct(by: Viewer, home: Household, form: Any) -> Household:
    return actions.correct_household(by=by, at=now(), household=home, shown=form.shown(), **form.changes())


def _head(by: Viewer, home: Household, form: Any) -> Household:
    values = dict(form.cleaned_data)
    head = person_for(by, int(values.pop("head")))
    return actions.change_head(by=by, at=now(), household=home, head=head, **values)


def _go(by: Viewer, home: Household, form: Any) -> Household:
    values = dict(form.cleaned_data)
    person, other = person_for(by, int(values.pop("person"))), _other_home(by, values.pop("household"), home.kind)
    actions.join_household(by=by, at=now(), person=person, household=other, **values)
    return other


def _split(by: Viewer, home: Household, form: Any) -> Household:
    values = {name: value for name, value in form.cleaned_data.items() if not name.startswith("of-")}
    return actions.split_household(by=by, at=now(), household=home, members=form.chosen(), **values)


def _merge(by: Viewer, home: Household, form: Any) -> Household:
    values = {name: value for name, value in form.cleaned_data.items() if not name.startswith("of-")}
    into = _other_home(by, values.pop("household"), home.kind)
    return actions.merge_households(by=by, at=now(), household=home, into=into, relations=form.chosen(), **values)


def _close(by: Viewer, home: Household, form: Any) -> Household:
    return actions.close_household(by=by, at=now(), household=home, on=form.cleaned_data["on"])


def _settle(by: Viewer, home: Household, form: Any) -> Household:
    dwelling = dwelling_for(by, int(form.cleaned_data["dwelling"]))
    return actions.settle_household(
        by=by, at=now(), household=home, dwelling=dwelling, tenure=form.cleaned_data["tenure"]
    )


VERBS: dict[str, Verb] = {
    verb.code: verb
    for verb in (
        Verb("head", gettext_lazy("更换户主"), gettext_lazy("原户主留在这一户，改为和新户主的关系。"), gettext_lazy("更换户主"), _with_members(forms.HeadForm), _head),
        Verb("go", gettext_lazy("成员迁到另一户"), gettext_lazy("在这一户的记录到那一天为止，从那一天起记在另一户。"), gettext_lazy("迁过去"), _with_members(forms.GoForm), _go),
        Verb("split", gettext_lazy("分户"), gettext_lazy("选中的人另立一户，其中一位是户主；没选的人留在原户。"), gettext_lazy("分户"), _with_members(forms.SplitForm), _split),
        Verb("merge", gettext_lazy("并户"), gettext_lazy("所有人并入另一户，这一户随即销户；以前的记录都还看得到。"), gettext_lazy("并户"), _with_members(forms.MergeForm), _merge),
        Verb("close", gettext_lazy("销户"), gettext_lazy("没有成员的户才能销。销户后不再出现在名单里，记录还在。"), gettext_lazy("销户"), lambda _viewer, _file, data: forms.CloseForm(data), _close),
        Verb("correct", gettext_lazy("更正住址、户号"), "", gettext_lazy("更正"), _correcting, _correct),
        Verb("dwelling", gettext_lazy("登记住在哪处住房"), gettext_lazy("住址会跟着住房改。"), gettext_lazy("登记"), _settling, _settle),
    )
}  # fmt: skip


@page(EDIT)
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Let something happen to a household."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if verb not in VERBS:
        raise NotFound(_("没有这一页，请从家庭档案重新打开。"))
    what, home = VERBS[verb], household_for(viewer, pk)
    file = household_file(viewer, pk, journal=0)
    form = what.form(viewer, file, request.POST or None)
    back = f"/desk/households/{home.pk}"
    if form.is_valid():
        after = what.act(viewer, home, form)
        return done(request, f"/desk/households/{after.pk}", _("已经记入这一户的档案。"))
    return show_form(
        request, form, title=f"{home.address} · {what.title}", button=str(what.button), back=back, lead=str(what.lead)
    )
