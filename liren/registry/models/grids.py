"""What lies in which grid from when until when, the changes that said so, and who looks after a grid.

Nobody is put into a grid: people are in that of their home. What is put there are buildings, units, single dwellings, and households
of which no dwelling is known; the narrowest counts. So whoever moves into a building is in its grid without anybody writing it down.
"""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from liren.foundation.places.models import PlacedModel
from liren.registry.enums import GridChangeKind, PartKind


def _days() -> Func:
    return Func(F("valid_from"), F("valid_until"), Value("[)"), function="DATERANGE")


class GridPart(PlacedModel):
    """A building (by its name), a unit, a dwelling or a household (by ``part``, their id) lies in a grid from a day until a day.

    ``area`` is the community. ``change`` put it there, ``ended_by`` ended it; ``withdrawn_at`` says that it was taken back and never held.
    """

    grid = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=PartKind.choices)
    building = models.CharField(max_length=40, blank=True, default="")
    part = models.BigIntegerField(default=0)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    change = models.BigIntegerField()
    ended_by = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            ExclusionConstraint(
                name="registry_gridpart_lies_in_one_grid_at_a_time",
                expressions=[
                    (F("county"), RangeOperators.EQUAL),
                    (F("area"), RangeOperators.EQUAL),
                    (F("kind"), RangeOperators.EQUAL),
                    (F("building"), RangeOperators.EQUAL),
                    (F("part"), RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="registry_gridpart_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=(Q(kind=PartKind.BUILDING, part=0) & ~Q(building="")) | (~Q(kind=PartKind.BUILDING) & Q(building="", part__gt=0)),
                name="registry_gridpart_is_a_building_or_a_row",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["area", "kind", "part", "building"],
                condition=Q(withdrawn_at__isnull=True),
                name="registry_gridpart_by_part",
            ),
            models.Index(fields=["grid", "valid_from"], name="registry_gridpart_of_grid"),
            models.Index(fields=["change"], name="registry_gridpart_by_change"),
        ]


class GridChange(PlacedModel):
    """What somebody did to the parts of grids at once: it can be taken back as a whole until other changes build on it.

    ``grid`` is where the parts went, or the grid that was closed; ``households`` and ``people`` are those who came to lie elsewhere.
    """

    kind = models.CharField(max_length=8, choices=GridChangeKind.choices)
    grid = models.BigIntegerField(null=True)
    on = models.DateField()
    parts = models.PositiveIntegerField()
    households = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=128)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=128, blank=True, default="")

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind=GridChangeKind.TAKEN) | Q(grid__isnull=False),
                name="registry_gridchange_names_its_grid",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["area", "id"], name="registry_gridchange_by_area")]


class GridWorker(PlacedModel):
    """An account looks after a grid from a day until a day; what they may do follows from their post, not from this."""

    grid = models.BigIntegerField()
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=64)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    personal = frozenset({"name"})

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            ExclusionConstraint(
                name="registry_gridworker_is_named_once",
                expressions=[
                    (F("county"), RangeOperators.EQUAL),
                    (F("grid"), RangeOperators.EQUAL),
                    (F("account_id"), RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="registry_gridworker_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["area", "grid"], name="registry_gridworker_by_grid")]
