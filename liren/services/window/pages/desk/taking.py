"""Taking in at the window: who is there, which matter, one page with everything known, a receipt."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liren.base import clock
from liren.base.codes import mask_id
from liren.base.doors import attempt, page
from liren.base.errors import NotFound
from liren.base.screen import Field as Question
from liren.base.screen import Option
from liren.base.searches import searched, typed
from liren.base.uploads import ACCEPT
from liren.engines.cases import actions
from liren.engines.cases import queries as cases
from liren.engines.cases.actions import HelpGiven
from liren.engines.cases.enums import Channel, Verb
from liren.engines.cases.permissions import ACCEPT as MAY_ACCEPT
from liren.engines.cases.permissions import TAKE_IN
from liren.engines.cases.rules.eligibility import papers
from liren.engines.cases.rules.matter import Matter
from liren.engines.cases.rules.routing import desk_of
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import path_of
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry.enums import Sex
from liren.registry.models import Person
from liren.registry.permissions import EDIT
from liren.registry.permissions import VIEW as VIEW_PEOPLE
from liren.registry.queries import Found, person_for, search_people, words_for
from liren.services.window.pages.catalogue import days
from liren.services.window.pages.desk.filling import Filling
from liren.services.window.pages.desk.refusals import Beside
from liren.services.window.pages.desk.words import done_words
from liren.services.window.pages.here import viewer_of
from liren.services.window.pages.uploads import keep
from liren.services.window.queries.desk import desk_names, held_by, places_below

MOST_PEOPLE = 8
MOST_LETTERS = 64
SURE = frozenset({"id", "phone"})  # whole numbers, typed or read from a card
BEHALF = ("for_name", "relation", "proof")


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody as the window shows them."""

    pk: int
    name: str
    about: str
    number: str
    url: str


def who_found(one: Found, on: Any, matter: str) -> Who:
    """Return somebody who was found."""
    age = one.age_on(on)
    said = (
        str(Sex(one.sex).label) if one.sex in {Sex.MALE, Sex.FEMALE} else "",
        _("%(age)d 岁") % {"age": age} if age is not None else "",
        one.address,
        _("已去世") if one.deceased_on else "",
    )
    return Who(one.pk, one.name, " · ".join(part for part in said if part), one.number, onward(one.pk, matter))


def onward(person: int, matter: str) -> str:
    """Return where to go on with a person: to the form when the matter is known, else to the choice of one."""
    return f"/desk/take-in/{matter}?person={person}" if matter else f"/desk/take-in?person={person}"


def number_in(given: str) -> int:
    """Return the id in an address, 0 for anything else."""
    return int(given) if given.isdecimal() and len(given) < 19 else 0


@page(TAKE_IN)
@searched()
def take_in(request: HttpRequest) -> HttpResponseBase:
    """Find who is there and choose the matter, in either order."""
    viewer, on = viewer_of(request), clock.today()
    asked, matter = typed(request)[:MOST_LETTERS], request.GET.get("matter", "")[:80]
    pk = number_in(request.GET.get("person", ""))
    person = person_for(viewer, pk) if pk and viewer.may(VIEW_PEOPLE) else None
    people, hint = [], ""
    if asked and viewer.may(VIEW_PEOPLE):
        answer = search_people(viewer, asked, MOST_PEOPLE)
        people = [who_found(one, on, matter) for one in answer.people]
        hint = words_for(answer.kind)
        if answer.kind in SURE and len(people) == 1 and not request.headers.get("HX-Request"):
            return HttpResponseRedirect(people[0].url)
    wanted = request.GET.get("m", "").strip()[:MOST_LETTERS]
    area = person.area if person else viewer.seats[viewer.seat].area
    context = {
        "q": asked,
        "people": people,
        "hint": hint,
        "chosen": matter,
        "person": person,
        "person_number": mask_id(person.id_number or "") if person else "",
        "m": wanted,
        "matters": [(one, onward_of(one, person)) for one in cases.matters(area, on=on, words=wanted)],
        "may_register": viewer.may(EDIT),
        "register": "/desk/people/new?" + urlencode({"then": f"/desk/take-in/{matter}" if matter else "/desk/take-in"}),
    }
    part = {"people": "#people", "matters": "#matters"}.get(request.headers.get("HX-Target", ""), "")
    return render(request, f"window/desk/take_in.html{part}", context)


def onward_of(one: Matter, person: Person | None) -> str:
    """Return where a matter leads: to its form, or first to the person it needs."""
    if person is not None:
        return f"/desk/take-in/{one.code}?person={person.pk}"
    return f"/desk/take-in?matter={one.code}" if one.identity_required else f"/desk/take-in/{one.code}"


@page(TAKE_IN)
@require_http_methods(["GET", "POST"])
def fill_in(request: HttpRequest, code: str) -> HttpResponseBase:
    """Fill a matter in for somebody, on one page, and take it in."""
    viewer, at, on = viewer_of(request), clock.now(), clock.today()
    given = request.POST if request.method == "POST" else request.GET
    pk = number_in(given.get("person", ""))
    person = person_for(viewer, pk) if pk else None
    area = place_of(viewer, person, number_in(given.get("area", "")))
    matter = cases.matter(code, area or viewer.seats[viewer.seat].area, on=on)
    if person is None and matter.identity_required:
        return HttpResponseRedirect(f"/desk/take-in?matter={code}")
    if not area:
        return choose_place(request, viewer, matter)
    facts = cases.known_facts(viewer, matter, person, on=on)
    prepared = cases.prepared(matter, {}, facts)
    filling = Filling(request, viewer, matter, area, at, on, known=prepared.known)
    beside = Beside({})
    proofs: list[str] = [number for number in request.POST.getlist("held-proof_file") if number.isdecimal()]
    if request.method == "POST":
        answers = filling.read()
        proofs += keep(request, "proof_file", by=viewer, at=at, area=area)
        if "remove" in request.POST:
            filling.errors.clear()
            proofs = [number for number in proofs if number != request.POST["remove"]]
        elif not filling.errors:
            case = cases.blank_case(viewer, matter, area, at=at, person_id=person.pk if person else None)
            beside.fields = {one.name: one for one in (*filling.fields(), *behalf(request))}
            made, refusal = attempt(
                beside,
                lambda: actions.take_in_case(
                    by=viewer, at=at, case=case, answers=answers, on_paper=filling.on_paper, help_given=help_given(request, proofs),
                    accept=request.POST.get("then") == "accept",
                ),
            )  # fmt: skip
            if made is not None:
                return taken(request, made)
            filling.errors |= beside.taken(refusal)
    context = {
        "matter": matter,
        "example": not matter.verified,
        "person": person,
        "person_number": mask_id(person.id_number or "") if person else "",
        "area": area,
        "place": path_of(COMMUNITY, area).place.name,
        "findings": [finding for finding in prepared.verdict.findings if finding.words],
        "conditions": matter.conditions,
        "days": days(matter.promised_days),
        "parts": filling.parts(),
        "papers": filling.papers(papers(matter, filling.answers, cases.values(facts), on_paper=filling.on_paper)),
        "kept": [*filling.kept_files(), *(("held-proof_file", number) for number in proofs)],
        "proofs": len(proofs),
        "behalf": behalf(request, person, filling.errors) if Channel.ON_BEHALF in matter.channels else [],
        "fields": [*filling.fields(), *behalf(request, person, filling.errors)],
        "others": beside.others or ([filling.errors[""]] if filling.errors.get("") else []),
        "may_accept": may_accept(viewer, matter, area),
        "once": request.POST.get("once", ""),
    }
    wrong = filling.errors or beside.others
    return render(
        request, "window/desk/fill_in.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    )


def place_of(viewer: Viewer, person: Person | None, chosen: int) -> int:
    """Return the community a case belongs to: the person's, the one chosen, or that of the seat; 0 while it is open."""
    if person is not None:
        return ancestor(person.area, COMMUNITY)
    seat = viewer.seats[viewer.seat]
    if seat.level >= COMMUNITY:
        return ancestor(seat.area, COMMUNITY)
    return ancestor(chosen, COMMUNITY) if chosen and chosen in seat.range else 0


def choose_place(request: HttpRequest, viewer: Viewer, matter: Matter) -> HttpResponse:
    """Ask in which community it is, where the seat has several."""
    below = places_below(viewer)
    if below.level != COMMUNITY:
        raise NotFound(_("请换到村（社区）或镇（街道）的岗位再收件。"))
    places = [Option(f"?area={place.area}", place.name) for place in below.places]
    return render(request, "window/desk/where.html", {"matter": matter, "places": places})


def may_accept(viewer: Viewer, matter: Matter, area: int) -> bool:
    """Say whether the viewer sits at the desk that accepts."""
    desk = desk_of(matter.acceptance, area)
    return any(MAY_ACCEPT.code in seat.capabilities and desk.is_held_by(seat) for seat in viewer.seats)


def behalf(request: HttpRequest, person: Person | None = None, errors: dict[str, str] | None = None) -> list[Question]:
    """Return the questions of somebody who applies for somebody else."""
    wrong, given, sent = errors or {}, request.POST, request.method == "POST"
    only = ("on_behalf", ("yes",))

    def asked(name: str, label: str, hint: str = "", value: str = "", required: bool = True) -> Question:
        return Question(
            name=name, label=label, help=hint, required=required, value=given.get(name, "") if sent else value,
            error=wrong.get(name, ""), maxlength=64 if name != "proof" else 200, shown_if=only,
        )  # fmt: skip

    return [
        Question(
            name="on_behalf",
            label=_("本人没有来，我替他（她）办（代办）"),
            widget="check",
            value=given.get("on_behalf") == "yes",
            required=False,
        ),
        asked("for_name", _("替谁办"), value=person.name if person else ""),
        asked("relation", _("谁来托办、和本人什么关系"), _("例如：女儿打电话来；网格员上门。"), required=False),
        asked("proof", _("凭什么代办"), _("例如：本人签字的委托书、电话录音、上门时本人口述。")),
        Question(
            name="proof_file", label=_("上传凭据"), widget="file", required=False, multiple=True, accept=ACCEPT, shown_if=only
        ),
    ]  # fmt: skip


def help_given(request: HttpRequest, proofs: list[str]) -> HelpGiven | None:
    """Return why somebody applies for somebody else, where that is so."""
    if request.POST.get("on_behalf") != "yes":
        return None
    for_name, relation, proof = (request.POST.get(name, "").strip() for name in BEHALF)
    return HelpGiven(for_name[:64], proof[:200], relation[:64], tuple(int(number) for number in proofs))


def taken(request: HttpRequest, made: Any) -> HttpResponseRedirect:
    """Lead to the sheet of what was taken in, where the receipt can be printed."""
    if made.accepted_on is not None:
        desk = held_by(made)
        words = done_words(Verb.ACCEPT, made, desk_names([desk]).get(desk, ""), clock.today())
    else:
        words = _("收下了，编号 %(number)s。请打印回执给申请人，再看一看能不能受理。") % {"number": made.number}
    messages.success(request, words)
    return HttpResponseRedirect(f"/desk/cases/{made.pk}?taken=1")
