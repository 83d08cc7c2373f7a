"""Writing: one form a verb; what an action refuses is said above the form, which keeps what was typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from liren.base.clock import now, today
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.foundation.access.rules import Viewer
from liren.registry import actions, forms
from liren.registry.enums import FactKind, HouseholdKind, Source
from liren.registry.forms import records
from liren.registry.forms.homes import NewHomeForm
from liren.registry.models import Person
from liren.registry.pages.forming import areas_of, done, show_form
from liren.registry.pages.recording import STATEMENTS, offered, record_statement
from liren.registry.pages.words import listed, sentence
from liren.registry.permissions import EDIT
from liren.registry.queries import fact_for, household_for, households_like, person_by_number, person_for

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
    typed = values.pop("household")
    found = [one for one in households_like(by, typed, 5) if one.kind == HouseholdKind.LIVING and one.closed_on is None]
    if not found:
        raise NotFound(_("没有找到这一户。请核对户号，或先登记这一户。"), field="household")
    if len(found) > 1:
        raise Refusal(_("找到不止一户，请填户号，或填这一户某个人的身份证号。"), field="household")
    return actions.join_household(by=by, at=now(), person=person, household=found[0], **values)


def _leave(by: Viewer, person: Person, values: Values) -> object:
    return actions.leave_household(by=by, at=now(), person=person, **values)


def _death(by: Viewer, person: Person, values: Values) -> object:
    return actions.record_death(by=by, at=now(), person=person, **values)


def _leave_register(by: Viewer, person: Person, values: Values) -> object:
    return actions.leave_household(by=by, at=now(), person=person, kind=FactKind.REGISTER, **values)


def _moved_in(by: Viewer, person: Person, values: Values) -> object:
    return actions.record_moved_in(by=by, at=now(), person=person, **values)


def _moved_out(by: Viewer, person: Person, values: Values) -> object:
    return actions.record_moved_out(by=by, at=now(), person=person, **values)


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
        Verb("leave-register", gettext_lazy("迁出户籍户"), gettext_lazy("登记迁出"), forms.LeaveForm, _leave_register),
        Verb("moved-in", gettext_lazy("登记迁入"), gettext_lazy("登记迁入"), records.MovedInForm, _moved_in),
        Verb("moved-out", gettext_lazy("登记迁出本地"), gettext_lazy("登记迁出"), records.MovedOutForm, _moved_out),
        Verb("death", gettext_lazy("登记去世"), gettext_lazy("登记"), forms.DeathForm, _death),
    )
}


@page(EDIT)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Open a file for somebody."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    extra: Mapping[str, Any] = {"areas": areas_of(viewer), "ethnicities": listed("ethnicity", today())}
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
        return done(request, url, _("已经为%(name)s建好档案。") % {"name": person.name})
    return show_form(request, form, title=_("登记居民"), button=_("建立档案"), back="/desk/people/", checks_number=True)


@page(EDIT)
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Write a line into somebody's file."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if verb in STATEMENTS:
        return state(request, pk, verb)
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
        return done(request, back, _("已经记入%(name)s的档案。") % {"name": person.name})
    return show_form(request, form, title=f"{person.name} · {what.title}", button=str(what.button), back=back)


def state(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Write down one statement about somebody."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    what, person = STATEMENTS[verb], person_for(viewer, pk)
    if not viewer.may(what.capability, person.area):
        raise NotFound(_("没有这一页，请从居民档案重新打开。"))
    form = what.form(request.POST or None, initial={"source": Source.DECLARED}, **offered(viewer, what.form, person))
    back = f"/desk/people/{person.pk}"
    if form.is_valid():
        record_statement(viewer, person, what, form)
        return done(request, back, _("已经记入%(name)s的档案。") % {"name": person.name})
    return show_form(request, form, title=f"{person.name} · {what.title}", button=_("登记"), back=back)


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
        values = form.changes()
        values["number"] = values["number"] or None
        actions.correct_person(by=viewer, at=now(), person=person, shown=form.shown(), **values)
        for doubt in person.doubts:
            messages.warning(request, doubt.words)
        return done(request, back, _("已经更正。原来的内容留在日志里。"))
    return show_form(
        request, form, title=_("更正%(name)s的基本信息") % {"name": person.name}, button=_("更正"), back=back
    )


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
            return done(request, back, _("已经撤销。原来的记录还能看到，但不再算数。"))
        actions.correct_fact(
            by=viewer, at=now(), fact=fact, reason=form.cleaned_data["reason"], changes=form.changes(before)
        )
        return done(request, back, _("已经更正。原来的记录还能看到。"))
    return show_form(
        request, form, title=_("更正：%(what)s") % {"what": sentence(fact, relations)}, button=_("更正"), back=back, second=_("撤销这一条"),
        lead=_("更正会新写一条，原来的留在档案里。如果这件事从来没有发生，请撤销。"),
    )  # fmt: skip


@page(EDIT)
@require_http_methods(["GET", "POST"])
def open_household(request: HttpRequest) -> HttpResponse:
    """Open a household."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    form = NewHomeForm(request.POST or None, areas=areas_of(viewer), initial={"kind": "living"})
    if form.is_valid():
        values = dict(form.cleaned_data)
        home = actions.open_household(by=viewer, at=now(), area=int(values.pop("area")), **values)
        return done(request, f"/desk/households/{home.pk}", _("已经登记这一户。请把家庭成员加进来，先加户主。"))
    return show_form(request, form, title=_("登记一户"), button=_("登记"), back="/desk/households")


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
        return done(request, back, _("%(name)s已经加入这一户。") % {"name": person.name})
    return show_form(request, form, title=_("添加家庭成员"), button=_("加入"), back=back)
