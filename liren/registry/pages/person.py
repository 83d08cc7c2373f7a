"""One person's page: the file on the left, on the right who it is, with whom, on which lists, and what can be recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liren.base.clock import now, today
from liren.base.codes import mask_id, mask_phone, read_id
from liren.base.doors import page
from liren.base.errors import Refusal
from liren.base.screen import (
    Card,
    Chip,
    Entry,
    Heading,
    Later,
    Lead,
    Link,
    MenuAt,
    Nothing,
    Pages,
    Part,
    Records,
    Struck,
    Term,
    Terms,
    TimeLine,
    Words,
)
from liren.base.words import day
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import names
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry import actions, forms
from liren.registry.enums import DocumentKind
from liren.registry.models import Person
from liren.registry.pages import lines, words
from liren.registry.pages.why import way_of
from liren.registry.permissions import CONFIDENTIAL, EDIT, EXPORT, LISTS, UNMASK, VIEW
from liren.registry.queries import PersonFile, person_file, person_for, reasons

TAKE_IN, VIEW_CASES = "cases.take_in", "cases.view"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the page says whoever it is about: looked up once for each language."""

    file: str
    no_lines: str
    journal: str
    no_journal: str
    who: str
    none: str
    phone: str
    born: str
    ethnicity: str
    died: str
    registered: str
    unmask: str
    invite: str
    export: str
    correct: str
    lists: str
    confidential: str
    on_none: str
    why: str
    home: str
    homeless: str
    join: str
    register: str
    guards: str
    ward: str
    cases: str
    all_cases: str
    verbs: str
    dead: str
    away: str
    disabled: str


@lru_cache(maxsize=16)
def _vocabulary(_language: str | None) -> Vocabulary:
    return Vocabulary(
        file=_("档案记录"),
        no_lines=_("还没有记录"),
        journal=_("谁办过什么"),
        no_journal=_("还没有日志"),
        who=_("基本信息"),
        none=_("没有登记"),
        phone=_("电话"),
        born=_("出生"),
        ethnicity=_("民族"),
        died=_("去世"),
        registered=_("登记在"),
        unmask=_("看完整号码…"),
        invite=_("给本人发邀请码"),
        export=_("打印或导出档案"),
        correct=_("更正基本信息"),
        lists=_("在哪些名单上"),
        confidential=_("保密"),
        on_none=_("不在任何名单上。"),
        why=_("为什么"),
        home=_("家庭"),
        homeless=_("还没有登记在哪一户。"),
        join=_("加入家庭"),
        register=_("看户籍户"),
        guards=_("由他（她）监护"),
        ward=_("看被监护人档案"),
        cases=_("办件"),
        all_cases=_("看全部办件"),
        verbs=_("记一条"),
        dead=_("已去世"),
        away=_("外出"),
        disabled=_("有残疾记录"),
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the cards of one page are made of: the file, who looks, the day, the words."""

    viewer: Viewer
    file: PersonFile
    on: date
    say: Vocabulary
    relations: Mapping[str, str]
    may_edit: bool

    @property
    def who(self) -> Person:
        """Return whose page it is."""
        return self.file.person

    @property
    def here(self) -> str:
        """Return the page's address."""
        return f"/desk/people/{self.file.person.pk}"


@page(VIEW)
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person's file; a part of it in the side sheet of a list."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    on = today()
    file = actions.look_at_person(by=viewer, at=now(), pk=pk, why=way_of(request), counts_unread=True)
    request.unread = file.unread  # type: ignore[attr-defined]
    who = file.person
    if who.pk != pk:
        return HttpResponseRedirect(f"/desk/people/{who.pk}")
    say, relations = _vocabulary(get_language()), words.listed("family-relation", on)
    sheet = Sheet(viewer, file, on, say, relations, viewer.may(EDIT, who.area))
    context = {
        "who": who,
        "sex_age": words.who(who.sex, who.age_on(on)),
        "marks": _marks(sheet),
        "take_in": f"/desk/take-in?person={who.pk}" if not who.deceased_on and viewer.may(TAKE_IN, who.area) else "",
        "doubts": [doubt.words for doubt in read_id(who.id_number, on=on).doubts] if who.id_number else [],
        "file_cards": [_lines(sheet), _journal(sheet)],
        "side_cards": [*_identity(sheet), *_lists(sheet), *_cases(sheet), _home(sheet), *_verbs(sheet)],
    }
    part = "#sheet" if request.headers.get("HX-Target") == "sheet-body" else ""
    return render(request, f"registry/person.html{part}", context)


def _marks(sheet: Sheet) -> list[Chip]:
    who, say = sheet.who, sheet.say
    residence = words.residence_label(who.residence)
    marks = [Chip(say.dead)] if who.deceased_on else []
    marks += [Chip(say.away, "soon", "arrow-right")] if who.away_since else []
    marks += [Chip(residence, "", "map-pin")] if residence else []
    marks += [Chip(say.disabled, "", "adjustments")] if who.is_disabled else []
    return marks


def _lines(sheet: Sheet) -> Card:
    standing, corrected = words.rows(sheet.file, sheet.on)
    kept = lines.records(standing, sheet.on, may_edit=sheet.may_edit)
    parts: list[Part] = [Records(kept) if kept else Nothing(sheet.say.no_lines)]
    if corrected:
        count = ngettext("已更正的 %(n)d 条", "已更正的 %(n)d 条", len(corrected)) % {"n": len(corrected)}
        parts.append(Struck(count, lines.struck(corrected)))
    return Card(sheet.say.file, "facts", parts)


def _journal(sheet: Sheet) -> Card:
    moments = words.said(sheet.file.journal)
    return Card(
        sheet.say.journal, "journal", [TimeLine(moments) if moments else Nothing(sheet.say.no_journal)]
    )  # fmt: skip


def _identity(sheet: Sheet) -> list[Card]:
    who, say, viewer = sheet.who, sheet.say, sheet.viewer
    phones = [mask_phone(phone.number) for phone in sheet.file.phones]
    ethnicity = words.listed("ethnicity", sheet.on).get(who.ethnicity, "") if who.ethnicity else ""
    rows = [
        Term(
            words.label(DocumentKind, who.document),
            [mask_id(who.id_number) if who.id_number else say.none],
            is_number=True,
        ),
        Term(say.phone, phones or [say.none], is_number=True),
        Term(say.born, [day(who.birth_on, sheet.on) if who.birth_on else ""]),
        Term(say.ethnicity, [ethnicity]),
        Term(say.died, [day(who.deceased_on, sheet.on) if who.deceased_on else ""]),
        Term(say.registered, [_place(viewer, who.area)]),
    ]
    parts: list[Part] = [Terms([row for row in rows if row.lines[0]])]
    if viewer.may(UNMASK, who.area):
        parts.append(Lead(Link(f"{sheet.here}/unmask", say.unmask, "lock"), sheet=True))
    if sheet.may_edit:
        parts.append(Lead(Link(f"{sheet.here}/invite", say.invite, "device-mobile")))
    if viewer.may(EXPORT, who.area):
        parts.append(Lead(Link(f"{sheet.here}/export", say.export, "printer")))
    if sheet.may_edit:
        parts.append(Lead(Link(f"{sheet.here}/correct", say.correct, "pencil")))
    return [Card(say.who, "who", parts)]


def _lists(sheet: Sheet) -> list[Card]:
    """Return the lists on which somebody is, for who may see lists."""
    if not sheet.viewer.may(LISTS, sheet.who.area):
        return []
    url, say = f"{sheet.here}/categories", sheet.say
    secret = Chip(say.confidential, "soon", "lock")
    shown = [
        Entry(url, one["title"], below=one["reason"], chip=secret if one["is_confidential"] else None)
        for one in reasons.shown_lists(sheet.viewer, sheet.file, sheet.on)
    ]
    return [Card(say.lists, "lists", [Pages(shown) if shown else Lead(Link(url, say.why), before=say.on_none)])]


def _cases(sheet: Sheet) -> list[Card]:
    """Leave room for what the person applies for, which a room above knows."""
    if not sheet.viewer.may(VIEW_CASES, sheet.who.area):
        return []
    link = Link(f"/desk/cases/of/{sheet.who.pk}", sheet.say.all_cases)
    return [Card(sheet.say.cases, "cases", [Later(link)])]


def _home(sheet: Sheet) -> Card:
    who, say = sheet.who, sheet.say
    parts: list[Part] = []
    if who.household is not None:
        address = Link(f"/desk/households/{who.household.pk}", who.household.address)
        others = [member for member in sheet.file.members if member.pk != who.pk]
        parts += [
            Lead(address, beside=sheet.relations.get(who.relation, "")),
            Pages(lines.members(others, sheet.relations, sheet.on)),
        ]
    else:
        parts.append(Words(say.homeless))
        if sheet.may_edit:
            parts.append(Lead(Link(f"{sheet.here}/household", say.join), style="quiet"))
    if who.register_id:
        parts.append(Lead(Link(f"/desk/households/{who.register_id}", say.register, "id")))
    if sheet.file.wards:
        parts += [Heading(say.guards), Pages([Entry(f"/desk/people/{ward}", say.ward) for ward in sheet.file.wards])]
    return Card(say.home, "household", parts)


def _verbs(sheet: Sheet) -> list[Card]:
    if not sheet.may_edit:
        return []
    menu = lines.menu(sheet.who, confidential=sheet.viewer.may(CONFIDENTIAL, sheet.who.area))
    return [Card(sheet.say.verbs, "verbs", [MenuAt(menu, sheet.here)])]


def _place(viewer: Viewer, area: int) -> str:
    """Return the name of the community around an area key; the viewer's own needs no query."""
    community = ancestor(area, COMMUNITY)
    seat = viewer.current
    if seat is not None and seat.level == COMMUNITY and seat.area == community:
        return str(seat.place)
    return _name_of(community)


@lru_cache(maxsize=4096)  # names of places change with a new edition of the divisions, which starts the house anew
def _name_of(community: int) -> str:
    return names([(COMMUNITY, community)]).get((COMMUNITY, community), "")


@page(UNMASK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unmask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, then show a full number once, after the look has been logged."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    who = person_for(viewer, pk)
    context: dict[str, Any] = {"who": who, "asked": request.method == "POST", "numbers": []}
    part = "#sheet" if request.headers.get("HX-Target") == "sheet-body" else ""
    if not context["asked"]:
        return render(request, f"registry/unmask.html{part}", context)
    form = forms.UnmaskForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("请写明原因，这会记入日志。"), field="reason")
    actions.unmask(by=viewer, at=now(), person=who, **form.cleaned_data)
    if form.cleaned_data["what"] == "phone":
        found = person_file(viewer, pk, journal=0).phones
        context["numbers"] = [phone.number.removeprefix("+86") for phone in found]
    else:
        context["numbers"] = [who.id_number or ""]
    alone = request.headers.get("HX-Target") == "unmasked"
    return render(request, "registry/unmasked.html" if alone else "registry/unmask.html", context)
