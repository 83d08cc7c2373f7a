"""Looking: search as one types, the list, one person, one household, the list as a table file."""

from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liren.base.api import cursor, read_cursor
from liren.base.clock import now, today
from liren.base.codes import mask_id, read_id
from liren.base.doors import page
from liren.base.errors import Refusal
from liren.base.searches import is_private, searched
from liren.foundation.places.queries.tree import community_paths, names
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry import actions
from liren.registry.pages import lines, words
from liren.registry.pages.why import way_of
from liren.registry.permissions import CONFIDENTIAL, EDIT, EXPORT, LISTS, UNMASK, VIEW
from liren.registry.queries import (
    Found,
    people_page,
    person_by_number,
    reasons,
    search_people,
    words_for,
)
from liren.registry.queries.population import gone_since

MOST_FOUND = 50


def _filters(only: str) -> list[tuple[str, str, bool]]:
    labels = {"": _("全部"), "away": _("外出的"), "incomer": _("户籍在外地的"), "disabled": _("有残疾记录的")}
    return [(code, label, code == only) for code, label in labels.items()]


@page(VIEW)
@searched(shown=True)
def people(request: HttpRequest) -> HttpResponse:
    """List the people of the seat in use, or those that what is typed finds."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    typed, only = request.GET.get("q", "").strip(), request.GET.get("only", "")
    on, day = today(), _day(request)
    context = {
        "q": typed,
        "only": only,
        "filters": _filters(only),
        "may_edit": viewer.may(EDIT),
        "may_export": viewer.may(EXPORT) and not is_private(typed),
        "day": day,
        "gone": [],
    }
    if typed:
        answer = search_people(viewer, typed, MOST_FOUND)
        context |= {"people": _shown(answer.people, on), "has_more": answer.has_more, "hint": words_for(answer.kind)}
    else:
        after = read_cursor(request.GET.get("after"), str, int)
        found = people_page(viewer, after=after, only=only, on=day)
        same = {"only": only} | ({"on": day.isoformat()} if day else {})
        older = f"?{urlencode(same | {'after': cursor(*found.after)})}" if found.after else ""
        context["gone"] = gone_since(viewer, day) if day and not after else []
        context |= {
            "people": _shown(found.people, on),
            "older": older,
            "newer": "?" + urlencode(same) if after else "",
            "hint": "",
        }
    part = "#results" if request.headers.get("HX-Target") == "results" else ""
    return render(request, f"registry/people.html{part}", context)


def _day(request: HttpRequest) -> date | None:
    """Return the past day for which the list is asked."""
    asked = request.GET.get("on", "")
    if not asked:
        return None
    try:
        return date.fromisoformat(asked)
    except ValueError:
        raise Refusal(_("请填完整的日期，例如 2026-09-03。"), field="on") from None


def _shown(people: list[Found], on: Any) -> list[dict[str, Any]]:
    paths = community_paths({person.area for person in people}) if len({person.area for person in people}) > 1 else {}
    return [
        {
            "person": person,
            "who": words.who(person.sex, person.age_on(on)),
            "residence": words.residence_label(person.residence),
            "place": paths[person.area].place.name if person.area in paths else "",
        }
        for person in people
    ]


def _place(viewer: Any, area: int) -> str:
    """Return the name of the community around an area key; the viewer's own needs no query."""
    community = ancestor(area, COMMUNITY)
    seat = viewer.current
    if seat is not None and seat.level == COMMUNITY and seat.area == community:
        return str(seat.place)
    return _name_of(community)


@lru_cache(maxsize=4096)  # names of places change with a new edition of the divisions, which starts the house anew
def _name_of(community: int) -> str:
    return names([(COMMUNITY, community)]).get((COMMUNITY, community), "")


@page(VIEW)
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person's file; a part of it in the side sheet of a list."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    on = today()
    file = actions.look_at_person(by=viewer, at=now(), pk=pk, why=way_of(request))
    who = file.person
    if who.pk != pk:
        return HttpResponseRedirect(f"/desk/people/{who.pk}")
    standing, corrected = words.rows(file, on)
    relations = words.listed("family-relation", on)
    doubts = [doubt.words for doubt in read_id(who.id_number, on=on).doubts] if who.id_number else []
    may_edit = viewer.may(EDIT, who.area)
    context = {
        "file": file,
        "who": who,
        "sex_age": words.who(who.sex, who.age_on(on)),
        "number": mask_id(who.id_number or ""),
        "ethnicity": words.listed("ethnicity", on).get(who.ethnicity, ""),
        "residence": words.residence_label(who.residence),
        "place": _place(viewer, who.area),
        "relation": relations.get(who.relation, ""),
        "members": lines.members([member for member in file.members if member.pk != who.pk], relations, on),
        "doubts": doubts,
        "records": lines.records(standing, on, may_edit=may_edit),
        "corrected": corrected,
        "moments": words.said(file.journal),
        "lists": reasons.shown_lists(viewer, file, on),
        "may_see_lists": viewer.may(LISTS, who.area),
        "may_edit": may_edit,
        "verbs": lines.verbs(who) if may_edit else [],
        "more": lines.more_verbs(who, confidential=viewer.may(CONFIDENTIAL, who.area)) if may_edit else [],
        "may_take_in": viewer.may("cases.take_in", who.area),
        "may_unmask": viewer.may(UNMASK, who.area),
        "may_export": viewer.may(EXPORT, who.area),
    }
    part = "#sheet" if request.headers.get("HX-Target") == "sheet-body" else ""
    return render(request, f"registry/person.html{part}", context)


@page(VIEW)
@searched("number")
def check_number(request: HttpRequest) -> HttpResponse:
    """Say, while a number is typed into the form, what looks wrong with it and who has it already."""
    typed = request.GET.get("number", "").strip()
    read = read_id(typed, on=today()) if len(typed) >= 8 else None
    known = person_by_number(request.viewer, typed) if read else None  # type: ignore[attr-defined]
    context = {
        "known": known,
        "doubts": [doubt.words for doubt in read.doubts] if read else [],
        "is_sound": read is not None and read.is_sound and read.birth_on is not None,
    }
    return render(request, "registry/number.html", context)
