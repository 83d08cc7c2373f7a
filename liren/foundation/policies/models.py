"""Packs, their items and their adoption by places: reference tables, the same for everybody and not placed."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liren.base.models import Identified
from liren.foundation.policies.enums import Kind, Level


class Pack(models.Model):
    """One loaded version of a pack. A changed pack becomes a new row with the next ``revision``; old rows stay."""

    code = models.CharField(_("代码"), max_length=120)
    revision = models.PositiveIntegerField()
    issuer = models.CharField(_("发布机构"), max_length=200)
    title = models.CharField(_("名称"), max_length=200)
    document_number = models.CharField(_("文号"), max_length=80, blank=True)
    issued_on = models.DateField(_("发文日期"), null=True)
    valid_from = models.DateField(_("生效日期"))
    valid_until = models.DateField(_("失效日期"), null=True)
    version = models.CharField(_("版本"), max_length=20)
    depends_on = models.JSONField(default=list)
    body = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "revision"], name="policies_pack_revision_is_counted_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="policies_pack_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PackItem(models.Model):
    """One item of a pack's version: a matter, a post, a clause …; ``body`` is what the kind's schema says.

    ``verified`` is true when nothing in the item carries ``verified: false``. A code may stand several times in a pack: versions
    of one rule, each with its period in force.
    """

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    body = models.JSONField()
    clause = models.CharField(max_length=80, blank=True)
    file = models.CharField(max_length=200)
    line = models.PositiveIntegerField()
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    verified = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pack", "kind", "code", "valid_from"],
                name="policies_packitem_code_is_used_once_at_a_time",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Adoption(Identified):
    """A place goes by a pack from a day until a day: by all versions of the pack, each while it is in force."""

    level = models.SmallIntegerField(choices=Level.choices)
    area = models.BigIntegerField()
    pack = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["level", "area", "pack", "valid_from"], name="policies_adoption_begins_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="policies_adoption_ends_after_it_begins",
            ),
        ]


class Stamp(models.Model):
    """One row whose stamp changes with every load and adoption: processes compare it to know that what they remember holds."""

    id = models.SmallIntegerField(primary_key=True)
    stamp = models.UUIDField()
