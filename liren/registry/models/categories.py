"""Who is a member of which category when and why, how many there are, and what the nightly recount found."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from liren.foundation.places.models import PlacedModel


class CategoryMembership(PlacedModel):
    """A period during which a rule holds for a person, as it was known from ``recorded_at`` until ``withdrawn_at``.

    ``rule`` is the id of the pack's item, ``evidence`` what the reason is told from: lists of (of whom, id, kind, code, from,
    until). A row is never changed but for its end: other facts make other rows, the old ones stay to be read. Confidential
    categories are never stored here; they are worked out when somebody who may asks.
    """

    subject = models.BigIntegerField()
    category = models.CharField(max_length=80)
    rule = models.BigIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    evidence = models.JSONField(default=list)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    stays_behind = True  # when a file moves, its rows end where it was and begin where it is

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="registry_categorymembership_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="registry_membership_by_person"),
            models.Index(
                fields=["category", "area", "subject"],
                include=["valid_from", "valid_until"],
                condition=Q(withdrawn_at__isnull=True),
                name="registry_membership_list",
            ),
        ]


class CategoryCount(PlacedModel):
    """So many more (or fewer) members of a category from a day on: the sum up to today is how many there are.

    Written beside the memberships and never waited for; the recount puts the rows of an area together again.
    """

    category = models.CharField(max_length=80)
    day = models.DateField()
    members = models.IntegerField()

    class Meta(PlacedModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["area", "category", "day"], include=["members"], name="registry_count_by_area")
        ]


class CategoryRun(PlacedModel):
    """A recount of an area: when, how long, over how many people, and how many memberships had been different.

    With ``is_turn`` it only notes that those who entered and left by the calendar up to ``on`` have been announced.
    """

    is_turn = models.BooleanField(default=False)
    level = models.SmallIntegerField()
    started_at = models.DateTimeField()
    on = models.DateField()
    seconds = models.FloatField(default=0)
    people = models.IntegerField(default=0)
    members = models.IntegerField(default=0)
    differences = models.IntegerField(default=0)
    is_proof = models.BooleanField(default=True)

    class Meta(PlacedModel.Meta):
        indexes: ClassVar = [models.Index(fields=["area", "started_at"], name="registry_run_by_area")]


class CategoryDifference(PlacedModel):
    """What a recount found otherwise than it was kept, and has put right: a fault of the house, shown, never hidden."""

    subject = models.BigIntegerField()
    run = models.BigIntegerField()
    category = models.CharField(max_length=80)
    found_at = models.DateTimeField()
    kept = models.JSONField(null=True)
    counted = models.JSONField(null=True)

    stays_behind = True

    class Meta(PlacedModel.Meta):
        indexes: ClassVar = [models.Index(fields=["area", "found_at"], name="registry_difference_by_area")]
