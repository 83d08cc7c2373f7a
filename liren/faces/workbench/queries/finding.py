"""What the omnibox finds: people, households, cases, matters, places and the pages of the desk."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from liren.base.screen import Link
from liren.engines.cases.models import Case
from liren.engines.cases.permissions import TAKE_IN
from liren.engines.cases.permissions import VIEW as VIEW_CASES
from liren.engines.cases.queries.matters import matters
from liren.faces.look.queries.frame import works
from liren.foundation.access.queries import each_range
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.near import near
from liren.foundation.places.queries.search import search
from liren.foundation.places.rules import COMMUNITY
from liren.foundation.policies.queries import called
from liren.registry.enums import Sex
from liren.registry.permissions import VIEW as VIEW_PEOPLE
from liren.registry.queries.search import households_like, in_county, search_people, words_for

MOST = 6
SHORTEST_NUMBER = 6


def found_for(viewer: Viewer, text: str, duties: Sequence[Link], on: date) -> list[tuple[str, list[Link]]]:
    """Return what fits the text, by kind, the likeliest kind first; without text, where one can go."""
    if not text:
        return [(_("去哪里"), list(duties))]
    groups = [
        (_("去哪里"), [link for link in duties if text in link.words]),
        (_("办件"), cases(viewer, text)),
        (_("人员"), people(viewer, text, on)),
        (_("家庭"), households(viewer, text)),
        (_("事项"), matter_links(viewer, text, on)),
        (_("地点"), places(viewer, text)),
    ]
    return [(title, links) for title, links in groups if links]


def hint(viewer: Viewer, text: str) -> str:
    """Say what may help when nothing was found."""
    return words_for(search_people(viewer, text, 1).kind) if viewer.may(VIEW_PEOPLE) else ""


def cases(viewer: Viewer, text: str) -> list[Link]:
    """Return the case with this number."""
    number = text.strip().upper()
    if len(number) < SHORTEST_NUMBER or not any(sign.isdigit() for sign in number) or not viewer.may(VIEW_CASES):
        return []
    rows = each_range(
        viewer,
        lambda here: list(in_county(Case.objects.visible_to(here), here).filter(number=number)[:MOST]),
        capability=VIEW_CASES,
    )
    return [
        Link(
            f"/desk/cases/{case.pk}",
            called(case.matter_name),
            "clipboard-text",
            f"{case.applicant_name} · {case.get_state_display()}",
        )
        for case in rows
    ]


def people(viewer: Viewer, text: str, on: date) -> list[Link]:
    """Return people by name, pinyin, initials, whole ID number or phone."""
    if not viewer.may(VIEW_PEOPLE):
        return []
    links = []
    for one in search_people(viewer, text, MOST).people:
        age = one.age_on(on)
        said = (str(Sex(one.sex).label), _("%(age)d 岁") % {"age": age} if age is not None else "", one.address)
        links.append(Link(f"/desk/people/{one.pk}", one.name, "user", " · ".join(part for part in said if part)))
    return links


def households(viewer: Viewer, text: str) -> list[Link]:
    """Return households by register number or by a member."""
    if not viewer.may(VIEW_PEOPLE):
        return []
    return [
        Link(f"/desk/households/{one.pk}", _("%(name)s一家") % {"name": one.head_name}, "home", one.address)
        for one in households_like(viewer, text, MOST)
    ]


def matter_links(viewer: Viewer, text: str, on: date) -> list[Link]:
    """Return the matters that one may take in at the viewer's desk."""
    seat = viewer.current
    if seat is None or not viewer.may(TAKE_IN) or not works("/desk/take-in/matter"):
        return []
    return [
        Link(f"/desk/take-in/{one.code}", _("受理：%(matter)s") % {"matter": one.name}, "file-text", one.summary)
        for one in matters(seat.area, on=on, words=text)[:MOST]
    ]


def places(viewer: Viewer, text: str) -> list[Link]:
    """Return the communities of the viewer's places by name, each with its cases."""
    seat = viewer.current
    if seat is None or seat.level >= COMMUNITY or not viewer.may(VIEW_CASES):
        return []
    return [
        Link(f"/desk/cases?area={hit.place.area}", hit.place.name, "map-pin", hit.path.below(3, " "))
        for hit in search(text, under=seat.range, near=near(viewer), levels=(COMMUNITY,), limit=MOST)
    ]
