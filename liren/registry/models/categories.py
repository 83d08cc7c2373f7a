"""Who is a member of which category when and why, how many there are, and what the nightly recount found."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from liren.foundation.places.models import PlacedModel
from liren.registry.enums import TrialState


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


class CategoryTrial(PlacedModel):
    """One question what if, asked over more people than can be answered for at once, and its answer for some days.

    ``area`` and ``level`` are the seat it was asked from, ``rule`` the key of the rule that counted ``on`` the day, ``other`` of the
    one that is tried: ``version`` with the numbers of ``values``. The same question is the same row; ``turn`` counts how often it was
    begun. ``parts`` are lists of (area below the seat, lo, hi, people, whether it is done), ``figures`` of (community, before, after,
    entering, leaving): figures alone, nobody is named. ``askers`` are the accounts that are told.
    """

    level = models.SmallIntegerField()
    category = models.CharField(max_length=80)
    on = models.DateField()
    rule = models.BigIntegerField()
    other = models.BigIntegerField()
    version = models.BigIntegerField()
    values = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=TrialState.choices, default=TrialState.RUNNING)
    turn = models.PositiveIntegerField(default=0)
    parts = models.JSONField(default=list)
    figures = models.JSONField(default=list)
    account_id = models.BigIntegerField()
    actor = models.CharField(max_length=128)
    askers = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "area", "level", "category", "on", "rule", "other"],
                name="registry_categorytrial_is_one_for_each_question",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["area", "category", "-asked_at"], name="registry_trial_by_area"),
            models.Index(fields=["asked_at"], name="registry_trial_by_age"),
        ]
