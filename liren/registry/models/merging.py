"""Two files of one person: pairs that look like it, and merges that can be undone."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from liren.base.fields import SealedJSONField
from liren.foundation.places.models import PlacedModel
from liren.registry.enums import PairState


class DuplicatePair(PlacedModel):
    """Two files that may be of one person; ``area`` keeps the first, ``other_area`` the second.

    Of files in two counties there is a row with each county, for whoever sees one of them sees nothing of the other.

    ``score`` is 0–100; ``reasons`` are codes of ``rules.likeness``. What somebody decided is remembered: a pair that was found
    to be two people is not asked again.
    """

    left = models.BigIntegerField()
    right = models.BigIntegerField()
    other_area = models.BigIntegerField()
    score = models.SmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=16))
    state = models.CharField(max_length=12, choices=PairState.choices, default=PairState.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=128, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "left", "right"], name="registry_pair_stands_once"),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="registry_pair_is_in_order"),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=100), name="registry_pair_score_is_a_percentage"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["county", "state", "-score", "id", "area"], name="registry_pair_by_score"),
            models.Index(fields=["right"], name="registry_pair_by_right"),
        ]


class PersonMerge(PlacedModel):
    """One file that went into another: ``gone`` into ``kept``; everything that is needed to undo it.

    The row of ``gone`` exists no more: ``person`` holds its columns, ``before`` those of ``kept``, sealed; ``moved`` the ids of the rows
    that changed hands by table and column; ``withdrawn`` the lines that the merge withdrew. ``subject`` is who holds the file
    now: ``kept``, or the person into whom ``kept`` went later.
    """

    subject = models.BigIntegerField()
    kept = models.BigIntegerField()
    gone = models.BigIntegerField()
    person = SealedJSONField()
    before = SealedJSONField()
    moved = SealedJSONField()
    withdrawn = ArrayField(models.BigIntegerField(), default=list)
    pair = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200)
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=128)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=128, blank=True, default="")
    undone_because = models.CharField(max_length=200, blank=True, default="")

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "gone"], condition=Q(undone_at__isnull=True), name="registry_merge_takes_a_file_once"
            ),
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="registry_merge_is_of_two"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject"], condition=Q(undone_at__isnull=True), name="registry_merge_into"),
            models.Index(fields=["gone"], condition=Q(undone_at__isnull=True), name="registry_merge_of_gone"),
            models.Index(fields=["area", "id"], name="registry_merge_by_area"),
        ]
