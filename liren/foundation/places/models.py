"""Tables of places, and the abstract table of everything that belongs to a place."""

from typing import Any, Protocol, Self, TypeVar

from django.db import models
from django.db.models import F, Q

from liren.base.models import Identified
from liren.base.scopes import Scope
from liren.foundation.places.rules import county_of


class Sees(Protocol):
    """Anybody with a scope."""

    @property
    def scope(self) -> Scope: ...


M_co = TypeVar("M_co", bound="PlacedModel", covariant=True)


class PlacedQuerySet(models.QuerySet[M_co]):
    """Rows that belong to places."""

    def visible_to(self, viewer: Sees) -> Self:
        """Say the viewer's scope in the query as well: row security enforces it, this gives the planner good estimates."""
        scope = viewer.scope
        if any(field.attname == "subject" for field in self.model._meta.concrete_fields):
            rows = self.filter(area__gte=scope.wide_lo, area__lte=scope.wide_hi)
            return rows.filter(subject=scope.own_lo) if scope.own_lo == scope.own_hi else rows
        return self.filter(area__gte=scope.lo, area__lte=scope.hi)


class CountyField(models.IntegerField):  # type: ignore[type-arg]
    """The leading six digits of the row's area: a plain column, because a county is what a cluster distributes by."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        """Follow the area."""
        county = county_of(model_instance.area)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, county)
        return county


class PlacedModel(Identified):
    """A row that belongs to a place. A table made of it needs ``RowSecurity`` in its migration; a house test looks."""

    area = models.BigIntegerField()
    county = CountyField()

    objects = PlacedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["county", "id"], name="%(app_label)s_%(class)s_county_id"),
            models.CheckConstraint(
                condition=Q(county=F("area") / 10**9), name="%(app_label)s_%(class)s_lies_in_its_county"
            ),
        ]
