"""Who was counted where from when until when, and moves of files between communities."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from liren.base.fields import SealedJSONField
from liren.foundation.places.models import PlacedModel
from liren.registry.enums import Began, Ended, MoveSide, MoveState, ResidenceKind, Sex


class Stay(PlacedModel):
    """Somebody was counted in a community under one residence kind from a day until a day (half-open).

    Derived from the person's lines and moves by ``rules.stays``, never written by hand. The row stays with the community when the
    file moves on: ``name`` is then what the former community still knows of the person.
    """

    subject = models.BigIntegerField()
    residence = models.CharField(max_length=12, choices=ResidenceKind.choices)
    sex = models.CharField(max_length=1, choices=Sex.choices)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    began = models.CharField(max_length=12, choices=Began.choices)
    ended = models.CharField(max_length=12, choices=Ended.choices, blank=True, default="")
    name = models.CharField(max_length=64, blank=True, default="")

    personal = frozenset({"name"})
    stays_behind = True  # when the file goes to another community

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "subject", "valid_from"], name="registry_stay_begins_once_on_a_day"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True, ended="")
                | (Q(valid_until__isnull=False, valid_until__gt=F("valid_from")) & ~Q(ended="")),
                name="registry_stay_ends_after_it_begins_and_for_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject", "area"], name="registry_stay_of_person"),
            models.Index(fields=["area", "valid_from", "subject"], name="registry_stay_by_start"),
            models.Index(
                fields=["area", "valid_until"],
                condition=Q(valid_until__isnull=False),
                name="registry_stay_by_end",
            ),
        ]


class Move(PlacedModel):
    """Files that one community hands to another, as one of the two sees it: a row for each side with the same ``event``.

    ``who`` is sealed: what the receiving side must know to decide (name, sex, birth, masked number of each). The account of who
    proposed it hears of the answer.
    """

    event = models.BigIntegerField()
    side = models.CharField(max_length=12, choices=MoveSide.choices)
    other_area = models.BigIntegerField()
    place = models.CharField(max_length=64)
    other_place = models.CharField(max_length=64)
    people = ArrayField(models.BigIntegerField())
    who = SealedJSONField()
    on = models.DateField()
    residence = models.CharField(max_length=12, choices=ResidenceKind.choices)
    address = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=MoveState.choices, default=MoveState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=128)
    proposed_account = models.BigIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=128, blank=True, default="")
    answer = models.CharField(max_length=200, blank=True, default="")

    personal = frozenset({"address"})

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "event", "side"], name="registry_move_has_two_sides"),
            models.CheckConstraint(condition=~Q(area=F("other_area")), name="registry_move_leads_elsewhere"),
            models.CheckConstraint(
                condition=Q(state="proposed", answered_at__isnull=True)
                | (~Q(state="proposed") & Q(answered_at__isnull=False)),
                name="registry_move_is_answered_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(answer=""), name="registry_move_is_refused_for_a_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["area", "state", "id"], name="registry_move_by_state"),
            GinIndex(fields=["people"], name="registry_move_of_people"),
        ]
