"""Looking: search as one types, the list, one person, one household, the list as a table file."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from liren.base.api import cursor, read_cursor
from liren.base.clock import today
from liren.base.codes import read_id
from liren.base.doors import page
from liren.base.errors import Refusal
from liren.base.searches import searched, shareable, typed
from liren.foundation.places.queries.tree import community_paths
from liren.registry.pages import words
from liren.registry.permissions import EDIT, EXPORT, VIEW
from liren.registry.queries import (
    Found,
    people_page,
    person_by_number,
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
    asked, only = typed(request), request.GET.get("only", "")
    on, day = today(), _day(request)
    context = {
        "q": asked,
        "said": shareable(request, asked),
        "only": only,
        "filters": _filters(only),
        "may_edit": viewer.may(EDIT),
        "may_export": viewer.may(EXPORT),
        "day": day,
        "gone": [],
    }
    if asked:
        answer = search_people(viewer, asked, MOST_FOUND)
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


@page(VIEW)
@searched("number")
def check_number(request: HttpRequest) -> HttpResponse:
    """Say, while a number is typed into the form, what looks wrong with it and who has it already."""
    number = typed(request, "number")
    read = read_id(number, on=today()) if len(number) >= 8 else None
    known = person_by_number(request.viewer, number) if read else None  # type: ignore[attr-defined]
    context = {
        "known": known,
        "doubts": [doubt.words for doubt in read.doubts] if read else [],
        "is_sound": read is not None and read.is_sound and read.birth_on is not None,
    }
    return render(request, "registry/number.html", context)
