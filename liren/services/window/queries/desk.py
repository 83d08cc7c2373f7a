"""What the pages of the desk need to know beside the case itself: names of posts and places, files, the next task."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from liren.base.errors import NotFound
from liren.engines.cases.models import Case
from liren.engines.cases.queries import calendar_of, inbox
from liren.engines.cases.rules.routing import Desk
from liren.foundation.access.models import Post
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.models import StoredFile
from liren.foundation.commons.queries import files_of
from liren.foundation.places.models import Place
from liren.foundation.places.queries.tree import children, communities, names, place_at
from liren.foundation.places.rules import COMMUNITY, TOWNSHIP
from liren.registry.models import Person
from liren.registry.permissions import VIEW as VIEW_PEOPLE
from liren.registry.queries import person_for

APPLICANT = "applicant"  # the "post" of what waits for the applicant


def desk_names(desks: Iterable[Desk]) -> dict[Desk, str]:
    """Return desks in words (江宁街道 民政办工作人员), in two queries."""
    wanted = {desk for desk in desks if desk.post and desk.post != APPLICANT}
    if not wanted:
        return {}
    titles = dict(Post.objects.filter(code__in={desk.post for desk in wanted}).values_list("code", "title"))
    places = names([(desk.level, desk.area) for desk in wanted])
    return {
        desk: " ".join(part for part in (places.get((desk.level, desk.area), ""), titles.get(desk.post, "")) if part)
        for desk in wanted
    }


def held_by(case: Case) -> Desk:
    """Return the desk on which a case lies."""
    return Desk(case.holder_post, case.holder_level, case.holder_area)


def files_by_id(viewer: Viewer, case: Case) -> dict[int, StoredFile]:
    """Return the files that a case has taken in, by id."""
    return {stored.pk: stored for stored in files_of(viewer, case)}


def applicant_of(viewer: Viewer, case: Case) -> Person | None:
    """Return the applicant's file with the household, where the applicant is known and the viewer may read files there."""
    if not case.person_id or not viewer.may(VIEW_PEOPLE, case.area):
        return None
    try:
        return person_for(viewer, case.person_id)
    except NotFound:  # moved away since
        return None


def next_task(viewer: Viewer, *, but: int, on: date) -> int | None:
    """Return the case of the task that comes first in the viewer's inbox, other than the case ``but``."""
    seat = viewer.current
    if seat is None:
        return None
    waiting = inbox(viewer, on=on, calendar=calendar_of(seat.area, on=on), limit=10)
    found = (one.case_id for one in (*waiting.overdue, *waiting.soon, *waiting.later))
    return next((number for number in found if number != but), None)


@dataclass(frozen=True, slots=True)
class Choices:
    """The places one may choose from in a list, and at which level."""

    level: int
    places: tuple[Place, ...]


def places_below(viewer: Viewer) -> Choices:
    """Return the places below the seat in use: a township's communities, a county's townships; nothing at a community."""
    seat = viewer.current
    if seat is None or seat.level >= COMMUNITY:
        return Choices(COMMUNITY, ())
    here = place_at(seat.level, seat.area)
    if seat.level >= TOWNSHIP:
        return Choices(COMMUNITY, tuple(communities(here)))
    return Choices(seat.level + 1, tuple(children(here)))
