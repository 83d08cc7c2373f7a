"""Writing: one form a verb; what an action refuses is said above the form, which keeps what was typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from liren.base.clock import now, today
from liren.base.codes import mask_id, mask_phone
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import communities, place_at
from liren.registry import actions, forms
from liren.registry.enums import Source
from liren.registry.models import Person
from liren.registry.pages.words import listed, sentence
from liren.registry.permissions import EDIT, UNMASK
from liren.registry.queries import fact_for, household_for, households_like, person_by_number, person_file, person_for

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verb:
    """A form on a person's page: its address, its words, its shape, what it does."""

    code: str
    title: Any
    button: Any
    form: type[django_forms.Form]
    act: Callable[[Viewer, Person, Values], object]


def _residence(by: Viewer, person: Person, values: Values) -> object:
    return actions.record_residence(by=by, at=now(), person=person, **values)


def _away(by: Viewer, person: Person, values: Values) -> object:
    return actions.record_away(by=by, at=now(), person=person, **values)


def _returned(by: Viewer, person: Person, values: Values) -> object:
    return actions.record_returned(by=by, at=now(), person=person, **values)


def _disability(by: Viewer, person: Person, values: Values) -> object:
    return actions.record_disability(by=by, at=now(), person=person, **values)


def _guardian(by: Viewer, person: Person, values: Values) -> object:
    number = values.pop("guardian_number")
    found = person_by_number(by, number) if number else None
    if number and found is None and not values["guardian_name"]:
        raise Refusal(_("您的范围里没有这个证件号码的档案。请填写监护人姓名。"), field="guardian_name")
    return actions.name_guardian(by=by, at=now(), person=person, guardian=found.pk if found else None, **values)


def _phone(by: Viewer, person: Person, values: Values) -> object:
    return actions.set_phone(by=by, at=now(), person=person, number=values["phone"], source=values["source"])


def _join(by: Viewer, person: Person, values: Values) -> object:
    found = households_like(by, values.pop("household"), 2)
    if not found:
        raise NotFound(_("没有找到这一户。请核对户号，或先登记这一户。"), field="household")
    if len(found) > 1:
        raise Refusal(_("找到不止一户，请填户号，或填这一户某个人的身份证号。"), field="household")
    return actions.join_household(by=by, at=now(), person=person, household=found[0], **values)


def _leave(by: Viewer, person: Person, values: Values) -> object:
    return actions.leave_household(by=by, at=now(), person=person, **values)


def _death(by: Viewer, person: Person, values: Values) -> object:
    return actions.record_death(by=by, at=now(), person=person, **values)


VERBS: dict[str, Verb] = {
    verb.code: verb
    for verb in (
        Verb("residence", gettext_lazy("登记居住情况"), gettext_lazy("登记"), forms.ResidenceForm, _residence),
        Verb("away", gettext_lazy("登记外出"), gettext_lazy("登记外出"), forms.AwayForm, _away),
        Verb("returned", gettext_lazy("登记返回"), gettext_lazy("登记返回"), forms.ReturnedForm, _returned),
        Verb("disability", gettext_lazy("登记残疾"), gettext_lazy("登记"), forms.DisabilityForm, _disability),
        Verb("guardian", gettext_lazy("登记监护人"), gettext_lazy("登记监护人"), forms.GuardianForm, _guardian),
        Verb("phone", gettext_lazy("登记电话"), gettext_lazy("保存电话"), forms.PhoneForm, _phone),
        Verb("household", gettext_lazy("加入家庭"), gettext_lazy("加入"), forms.MemberForm, _join),
        Verb("leave", gettext_lazy("迁出家庭"), gettext_lazy("登记迁出"), forms.LeaveForm, _leave),
        Verb("death", gettext_lazy("登记去世"), gettext_lazy("登记"), forms.DeathForm, _death),
    )
}


def _areas(viewer: Viewer) -> list[tuple[str, str]]:
    """Return the communities in which the seat in use may register."""
    seat = viewer.current
    if seat is None or seat.level < 4:
        raise Refusal(_("请换到村（社区）或镇（街道）的岗位再登记。"))
    if seat.level >= 5:
        return [(str(seat.area), seat.place)]
    return [(str(place.area), place.name) for place in communities(place_at(seat.level, seat.area))]


def _show(
    request: HttpRequest, form: django_forms.Form, *, title: str, button: str, back: str, **more: Any
) -> HttpResponse:
    """Show a form; with mistakes in it the whole form is answered anew."""
    context = {"form": form, "title": title, "button": button, "back": back} | more
    wrong = form.is_bound and bool(form.errors)
    is_part = wrong and request.headers.get("HX-Request")
    response = render(request, f"registry/form.html{'#form' if is_part else ''}", context, status=422 if wrong else 200)
    if is_part:
        response["HX-Retarget"], response["HX-Reswap"] = "#form", "outerHTML"
    return response


def _done(request: HttpRequest, url: str, words: str) -> HttpResponse:
    """Lead on after an act, with a sentence about it."""
    messages.success(request, words)
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)


@page(EDIT)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Open a file for somebody."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    extra: Mapping[str, Any] = {"areas": _areas(viewer), "ethnicities": listed("ethnicity", today())}
    form = forms.RegisterForm(
        request.POST or None,
        initial={"source": Source.PAPER, "ethnicity": "01", "name": request.GET.get("name", "")},
        **extra,
    )
    if form.is_valid():
        values = dict(form.cleaned_data)
        person = actions.register_person(by=viewer, at=now(), area=int(values.pop("area")), **values)
        for doubt in person.doubts:
            messages.warning(request, doubt.words)
        then = request.GET.get("then", "")  # a page of another room that waits for this person, such as taking in
        url = f"{then}?person={person.pk}" if then.startswith("/desk/") else f"/desk/people/{person.pk}"
        return _done(request, url, _("已经为%(name)s建好档案。") % {"name": person.name})
    return _show(request, form, title=_("登记居民"), button=_("建立档案"), back="/desk/people/", checks_number=True)


@page(EDIT)
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Write a line into somebody's file."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if verb not in VERBS:
        raise NotFound(_("没有这一页，请从居民档案重新打开。"))
    what, person = VERBS[verb], person_for(viewer, pk)
    extra: Any = {"relations": listed("family-relation", today())} if what.form is forms.MemberForm else {}
    form = what.form(
        request.POST or None,
        initial={"source": Source.DECLARED, "household": request.GET.get("household", "")},
        **extra,
    )
    back = f"/desk/people/{person.pk}"
    if form.is_valid():
        what.act(viewer, person, dict(form.cleaned_data))
        return _done(request, back, _("已经记入%(name)s的档案。") % {"name": person.name})
    return _show(request, form, title=f"{person.name} · {what.title}", button=str(what.button), back=back)


@page(EDIT)
@require_http_methods(["GET", "POST"])
def correct_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct who somebody is."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    person = person_for(viewer, pk)
    initial = {"name": person.name, "sex": person.sex, "birth_on": person.birth_on, "ethnicity": person.ethnicity}
    form = forms.PersonForm(request.POST or None, initial=initial, ethnicities=listed("ethnicity", today()))
    back = f"/desk/people/{person.pk}"
    if form.is_valid():
        values = dict(form.cleaned_data)
        values["number"] = values["number"] or None
        actions.correct_person(by=viewer, at=now(), person=person, **values)
        for doubt in person.doubts:
            messages.warning(request, doubt.words)
        return _done(request, back, _("已经更正。原来的内容留在日志里。"))
    return _show(request, form, title=_("更正%(name)s的基本信息") % {"name": person.name}, button=_("更正"), back=back)


@page(EDIT)
@require_http_methods(["GET", "POST"])
def correct_fact(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a line of a file, or withdraw it."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    fact = fact_for(viewer, pk)
    relations = listed("family-relation", today())
    before = {name: getattr(fact, name) for name in ("code", "valid_from", "valid_until", "words", "source")}
    form = forms.CorrectForm(request.POST or None, initial=before, kind=fact.kind, relations=relations)
    back = f"/desk/people/{fact.subject}"
    if form.is_valid():
        if request.POST.get("then") == "withdraw":
            actions.withdraw_fact(by=viewer, at=now(), fact=fact, reason=form.cleaned_data["reason"])
            return _done(request, back, _("已经撤销。原来的记录还能看到，但不再算数。"))
        actions.correct_fact(
            by=viewer, at=now(), fact=fact, reason=form.cleaned_data["reason"], changes=form.changes(before)
        )
        return _done(request, back, _("已经更正。原来的记录还能看到。"))
    return _show(
        request, form, title=_("更正：%(what)s") % {"what": sentence(fact, relations)}, button=_("更正"), back=back, second=_("撤销这一条"),
        lead=_("更正会新写一条，原来的留在档案里。如果这件事从来没有发生，请撤销。"),
    )  # fmt: skip


@page(EDIT)
@require_http_methods(["GET", "POST"])
def open_household(request: HttpRequest) -> HttpResponse:
    """Open a household."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    form = forms.HouseholdForm(request.POST or None, areas=_areas(viewer))
    if form.is_valid():
        values = dict(form.cleaned_data)
        home = actions.open_household(by=viewer, at=now(), area=int(values.pop("area")), **values)
        return _done(request, f"/desk/households/{home.pk}", _("已经登记这一户。请把家庭成员加进来，先加户主。"))
    return _show(request, form, title=_("登记一户"), button=_("登记"), back="/desk/people/")


@page(EDIT)
@require_http_methods(["GET", "POST"])
def add_member(request: HttpRequest, pk: int) -> HttpResponse:
    """Make somebody who has a file a member of a household."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    home = household_for(viewer, pk)
    form = forms.MemberOfForm(
        request.POST or None, initial={"source": Source.DECLARED}, relations=listed("family-relation", today())
    )
    back = f"/desk/households/{home.pk}"
    if form.is_valid():
        values = dict(form.cleaned_data)
        person = person_by_number(viewer, values.pop("number"))
        if person is None:
            raise NotFound(_("您的范围里没有这个证件号码的档案，请先登记居民。"), field="number")
        actions.join_household(by=viewer, at=now(), person=person, household=home, **values)
        return _done(request, back, _("%(name)s已经加入这一户。") % {"name": person.name})
    return _show(request, form, title=_("添加家庭成员"), button=_("加入"), back=back)


@page(UNMASK)
@require_POST
def unmask(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a full number once, after the look has been logged."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    form = forms.UnmaskForm(request.POST)
    person = person_for(viewer, pk)
    if not form.is_valid():
        raise Refusal(_("请写明原因，这会记入日志。"), field="reason")
    what = form.cleaned_data["what"]
    actions.unmask(by=viewer, at=now(), person=person, **form.cleaned_data)
    phones = person_file(viewer, pk, journal=0).phones if what == "phone" else []
    shown = [phone.number.removeprefix("+86") for phone in phones] if what == "phone" else [person.id_number or ""]
    masked = [mask_phone(phone.number) for phone in phones] if what == "phone" else [mask_id(person.id_number or "")]
    return render(
        request,
        "registry/unmasked.html",
        {"who": person, "what": what, "numbers": list(zip(masked, shown, strict=True))},
    )
