"""What residents ask to have put right in their own files, and what was given out of files."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from liren.base.fields import SealedJSONField, SealedTextField
from liren.base.giving import Purpose
from liren.foundation.places.models import PlacedModel
from liren.registry.enums import CorrectionState


class CorrectionRequest(PlacedModel):
    """A resident says that something in the own file is wrong; a worker of ``area`` decides, the registry's own actions correct.

    ``item`` names what is meant: a column of the person, ``phone``, ``other``, or ``fact-`` and the id of a line. ``before`` is
    what stood there in words, ``wanted`` the values that should stand there (ISO text), empty where the resident only tells it
    in ``words``. ``made`` is the line that came of it.
    """

    subject = models.BigIntegerField()
    account_id = models.BigIntegerField()
    item = models.CharField(max_length=32)
    fact = models.BigIntegerField(null=True)
    never_so = models.BooleanField(default=False)
    before = SealedTextField()
    wanted = SealedJSONField(default=dict)
    words = SealedTextField()
    state = models.CharField(max_length=12, choices=CorrectionState.choices, default=CorrectionState.WAITING)
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    due_provisional = models.BooleanField(default=False)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=128, blank=True, default="")
    reason = SealedTextField(null=True)
    made = models.BigIntegerField(null=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "subject", "item"],
                condition=Q(state="waiting"),
                name="registry_correction_of_an_item_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="registry_correction_is_decided_at_a_moment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["area", "due_on", "id"], condition=Q(state="waiting"), name="registry_correction_waiting"
            ),
            models.Index(fields=["area", "id"], name="registry_correction_by_area"),
            models.Index(fields=["subject", "id"], name="registry_correction_of_person"),
        ]


class Disclosure(PlacedModel):
    """What was given out of somebody's file: in a list, as a whole file or on paper; one row for each person.

    ``office`` is the post that took it, without the worker's name, because the person reads it; the journal has the name.
    """

    subject = models.BigIntegerField()
    at = models.DateTimeField()
    office = models.CharField(max_length=128)
    form = models.CharField(max_length=12)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    words = models.CharField(max_length=200, blank=True, default="")

    class Meta(PlacedModel.Meta):
        indexes: ClassVar = [models.Index(fields=["subject", "id"], name="registry_disclosure_of_person")]
