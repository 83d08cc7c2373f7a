"""Organisations of a community, as far as people belong to them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from liren.foundation.places.models import PlacedModel
from liren.registry.enums import OrganisationKind


class Organisation(PlacedModel):
    """A committee, company, school, association … of a community; ``code`` is its 18 characters by GB 32100, if it has one."""

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=12, choices=OrganisationKind.choices)
    code = models.CharField(max_length=18, blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    contact = models.CharField(max_length=64, blank=True, default="")
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "code"], condition=~Q(code=""), name="registry_organisation_code_is_used_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_from__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="registry_organisation_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["area", "name", "id"], name="registry_organisation_by_name")]
