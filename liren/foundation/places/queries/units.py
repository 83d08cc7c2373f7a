"""Units and grids of communities, as far as the viewer's scope reaches."""

from datetime import date

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.base.natural import natural
from liren.foundation.places.models import Grid, Place, Sees, Unit


def units_of(viewer: Sees, place: Place, *, on: date) -> QuerySet[Unit]:
    """Return the units of a place and all below it that exist on a day, in order of community, kind and name."""
    return (
        Unit.objects.visible_to(viewer)
        .filter(_exists(on), area__gte=place.area, area__lte=place.hi)
        .order_by("area", "kind", natural("name"), "name", "id")
    )


def grids_of(viewer: Sees, place: Place, *, on: date) -> QuerySet[Grid]:
    """Return the grids of a place and all below it that exist on a day, by community and in the order it gave them."""
    return (
        Grid.objects.visible_to(viewer)
        .filter(_exists(on), area__gte=place.area, area__lte=place.hi)
        .order_by(F("area") / 1000, "rank", "area")
    )


def grids_that_ended(viewer: Sees, place: Place, *, on: date) -> QuerySet[Grid]:
    """Return the grids of a place that are no more on a day, the last one to end first."""
    found = Grid.objects.visible_to(viewer).filter(valid_until__lte=on, area__gte=place.area, area__lte=place.hi)
    return found.order_by("-valid_until", "area")


def unit_for(viewer: Sees, pk: int) -> Unit:
    """Return a unit in the viewer's scope; raise ``NotFound`` for any other."""
    unit = Unit.objects.visible_to(viewer).filter(pk=pk).first()
    if unit is None:
        raise NotFound(_("没有找到这个单元，可能已被移走。"))
    return unit


def _exists(on: date) -> Q:
    return Q(valid_from__lte=on) & (Q(valid_until=None) | Q(valid_until__gt=on))
