"""Lists and files that leave the house: first the purpose, then the table or the paper."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from liren.base.clock import day_of, now, today
from liren.base.codes import mask_id, mask_phone
from liren.base.doors import again, attempt, page
from liren.base.giving import Purpose, workbook
from liren.base.searches import typed
from liren.base.sheets import Cell, Column
from liren.base.words import full_day
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.forms.giving import FileForm
from liren.registry.models import Person
from liren.registry.pages import words
from liren.registry.pages.tables import Table, give
from liren.registry.permissions import EXPORT, OWN_RECORD
from liren.registry.queries import Found, PersonFile, people_page, person_file, search_people
from liren.registry.queries.own import linked_person, own_record

MOST_EXPORTED = 5000
MOST_FOUND = 50


@page(EXPORT)
@never_cache
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Ask what the current search or list is wanted for, then give it as a table, numbers masked, at most 5,000 people."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    asked, only = typed(request), request.GET.get("only", "")
    found = listed(viewer, asked, only)
    return give(
        request,
        Table(
            what="people",
            title=_("居民名单"),
            lead=_("共 %(n)d 人，证件号码已遮盖。名单里的每个人都能看到：什么时候、哪个单位、为了什么导出。")
            % {"n": len(found)},
            back="/desk/people/",
            columns=people_columns(),
            count=len(found),
            filled=lambda: people_rows(found),
            people=[(one.pk, one.area) for one in found],
            only="" if asked else only[:20],
        ),
    )


def listed(viewer: Viewer, asked: str, only: str) -> list[Found]:
    """Return the people of a search, or of a list."""
    if asked:
        return search_people(viewer, asked, MOST_FOUND).people
    return people_page(viewer, only=only, size=MOST_EXPORTED).people


def people_columns() -> list[Column]:
    """Return the columns of a list of people."""
    heads = (_("姓名"), _("性别和年龄"), _("证件号码"), _("出生日期"), _("居住情况"), _("外出"), _("住址"))
    return [Column(str(head)) for head in heads]


def people_rows(found: Sequence[Found]) -> list[list[Cell]]:
    """Return people as rows of a table, numbers masked."""
    on = today()
    return [
        [
            one.name,
            words.who(one.sex, one.age_on(on)),
            one.number,
            one.birth_on.isoformat() if one.birth_on else "",
            words.residence_label(one.residence),
            one.away_since.isoformat() if one.away_since else "",
            one.address,
        ]
        for one in found
    ]


@page(EXPORT)
@never_cache
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what a file is wanted for, then give what the viewer may see of it, as a table or to be printed."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    file = person_file(viewer, pk, journal=0)
    who = file.person
    form = FileForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        "title": _("打印或导出%(name)s的档案") % {"name": who.name},
        "form": form,
        "button": _("打印或导出"),
        "lead": _("只包括您看得到的内容，证件号码和电话已遮盖。本人能看到：什么时候、哪个单位、为了什么。"),
        "back": f"/desk/people/{who.pk}",
        "kept": {},
    }
    if not form.is_bound:
        return render(request, "look/give.html", context)
    if not form.is_valid():
        return again(request, "look/give.html", context, None)
    given, refusal = attempt(
        form, lambda: actions.give_file(by=viewer, at=now(), person=who, **form.cleaned_data)
    )  # fmt: skip
    if given is None:
        return again(request, "look/give.html", context, refusal)
    if given.form == "file":
        return workbook(who.name, "person", *file_table(file))
    paper = paper_of(file) | {
        "at": given.at,
        "office": words.office(given.office),
        "purpose": Purpose(given.purpose).label,
        "words": given.words,
        "back": f"/desk/people/{who.pk}",
    }
    return render(request, "registry/paper.html", paper)


@page(OWN_RECORD, who="resident")
@require_POST
def own(request: HttpRequest) -> HttpResponse:
    """Give residents a copy of their own file as a table."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    who = linked_person(viewer)
    actions.take_own_file(by=viewer, at=now(), person=who)
    return workbook(who.name, "own", *file_table(own_record(viewer).file))


def basics(who: Person, phones: Sequence[str]) -> list[tuple[str, str]]:
    """Return who somebody is, in labels and words, numbers masked."""
    on = today()
    return [
        (_("姓名"), who.name),
        (_("性别和年龄"), words.who(who.sex, who.age_on(on))),
        (str(who.get_document_display()), mask_id(who.id_number or "")),
        (_("出生日期"), full_day(who.birth_on) if who.birth_on else ""),
        (_("民族"), words.listed("ethnicity", on).get(who.ethnicity, "")),
        (_("电话"), "，".join(mask_phone(phone) for phone in phones)),
        (_("居住情况"), words.residence_label(who.residence)),
    ]


def file_table(file: PersonFile) -> tuple[list[Column], list[list[Cell]]]:
    """Return a file as columns and rows: who somebody is, then every standing line with source and dates."""
    heads = (_("类别"), _("内容"), _("从"), _("到"), _("来源"), _("登记日期"))
    blank: list[Cell] = ["", "", "", ""]
    rows: list[list[Cell]] = [
        [label, value, *blank] for label, value in basics(file.person, [one.number for one in file.phones]) if value
    ]
    standing, _corrected = words.rows(file, today())
    rows += [
        [
            row.kind,
            row.sentence,
            row.line.valid_from.isoformat(),
            row.line.valid_until.isoformat() if row.line.valid_until else "",
            row.origin,
            day_of(row.line.recorded_at).isoformat(),
        ]
        for row in standing
    ]
    return [Column(str(head)) for head in heads], rows


def paper_of(file: PersonFile) -> dict[str, Any]:
    """Return what a printed file shows."""
    standing, _corrected = words.rows(file, today())
    who = file.person
    return {
        "who": who,
        "basics": basics(who, [one.number for one in file.phones]),
        "address": who.household.address if who.household else "",
        "lines": standing,
    }
