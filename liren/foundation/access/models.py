"""Accounts, posts, appointments and the journal."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liren.base.models import Identified
from liren.foundation.places.models import PlacedModel


class Account(AbstractBaseUser, Identified):
    """Somebody who can sign in: staff by user name and password, residents by phone and code.

    A phone proves a phone, not a person: ``person_id`` stays empty until a worker has confirmed who it is, or an
    invitation code from the window was used. Accounts are what scopes are made of, so they are not placed themselves.
    """

    username = models.CharField(_("用户名"), max_length=64, unique=True, null=True, blank=True)
    name = models.CharField(_("称呼"), max_length=64, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True, unique=True)
    person_area = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = BaseUserManager()

    USERNAME_FIELD = "username"

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(person_id__isnull=True, person_area__isnull=True)
                | Q(person_id__isnull=False, person_area__isnull=False),
                name="access_account_linked_person_has_an_area",
            ),
        ]


class Post(models.Model):
    """A bundle of capabilities with a Chinese title; pack data says which post holds what."""

    code = models.CharField(primary_key=True, max_length=64)
    title = models.CharField(max_length=64)
    level = models.SmallIntegerField()
    capabilities = ArrayField(models.CharField(max_length=64))
    totp_required = models.BooleanField(default=False)


class Appointment(Identified):
    """An account holds a post at a place from a day until a day: the source of every right of staff."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, on_delete=models.PROTECT)
    level = models.SmallIntegerField()
    area = models.BigIntegerField()
    place = models.CharField(max_length=64)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=models.F("valid_from")),
                name="access_appointment_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["account", "post", "level", "area", "valid_from"], name="access_appointment_is_made_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["post", "level", "area"], name="access_appointment_by_seat")]


class JournalLine(PlacedModel):
    """One line per action, written in its transaction and never changed: audit trail, time line and source of webhooks.

    ``xid`` is the transaction that wrote the line: sealing takes whole finished transactions, so that no line can slip
    in behind a seal however late it commits. ``once`` is the idempotency key of the request.
    """

    at = models.DateTimeField()
    subject = models.BigIntegerField(default=0)
    account_id = models.BigIntegerField(default=0)
    actor = models.CharField(max_length=128)
    verb = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    object_id = models.BigIntegerField(default=0)
    changes = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    address = models.CharField(max_length=64, blank=True)
    once = models.UUIDField(null=True)
    xid = models.BigIntegerField(
        db_default=models.Func(models.Func(function="pg_current_xact_id"), template="(%(expressions)s::text::bigint)")
    )

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "once", "verb", "account_id"],
                condition=Q(once__isnull=False),
                name="access_journal_repeats_nothing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["object_id", "id"], name="access_journal_by_object"),
            models.Index(fields=["xid", "id"], name="access_journal_by_transaction"),
        ]
