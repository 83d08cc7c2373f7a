"""Tokens by which another system calls the API."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liren.base.models import Identified
from liren.foundation.access.enums import TokenState
from liren.foundation.access.models.people import Account, Appointment


class DigestField(models.BinaryField):  # type: ignore[type-arg]
    """What is kept of a secret: the journal shows nothing of it."""

    secret = True


class Token(Identified):
    """Another system acts through somebody's appointment, with a part of what its post may do, at a part of its place.

    Who holds the appointment asks, the security administrator allows, then the holder draws the secret: it is shown once, the
    table keeps its digest. ``beginning`` are its first characters, to tell tokens apart; ``calls`` are those of ``minute``.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="tokens")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(_("名称"), max_length=40)
    purpose = models.CharField(_("用途"), max_length=200)
    level = models.SmallIntegerField()
    area = models.BigIntegerField()
    place = models.CharField(max_length=64)
    capabilities = ArrayField(models.CharField(max_length=64))
    state = models.CharField(max_length=8, choices=TokenState.choices, default=TokenState.ASKED)
    valid_until = models.DateField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=128, blank=True, default="")
    answer = models.CharField(max_length=200, blank=True, default="")
    digest = DigestField(max_length=32, null=True, unique=True)
    beginning = models.CharField(max_length=12, blank=True, default="")
    drawn_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_from = models.CharField(max_length=64, blank=True, default="")
    minute = models.IntegerField(default=0)
    calls = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(digest__isnull=True) | Q(state="allowed"), name="access_token_that_opens_is_allowed"
            ),
            models.CheckConstraint(condition=~Q(capabilities=[]), name="access_token_may_do_something"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-id"], name="access_token_by_holder"),
            models.Index(fields=["area", "-id"], name="access_token_by_area"),
        ]

    def __str__(self) -> str:
        return self.name
