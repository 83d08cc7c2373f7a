"""Signing in: sessions, codes on their way, second factors, counters of tries."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from liren.base.fields import BlindIndexField, SealedTextField
from liren.base.models import Identified
from liren.foundation.access.models.people import Account


class Session(models.Model):
    """A browser that has been here; ``key`` is a digest of the cookie, so that the table opens no session."""

    key = models.BinaryField(primary_key=True, max_length=32)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, db_constraint=False)
    data = models.TextField()
    expires_at = models.DateTimeField(db_index=True)


class SecondFactor(models.Model):
    """A time-based code of RFC 6238 and the recovery codes beside it; ``last_step`` is the last 30 seconds used up."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="second_factor")
    secret = SealedTextField()
    last_step = models.BigIntegerField(default=0)
    recovery = ArrayField(models.BinaryField(max_length=16), default=list)
    since = models.DateTimeField()


class SignInCode(Identified):
    """A code sent to a phone: hashed, short-lived, good for a few tries and one use."""

    phone = SealedTextField()
    code = BlindIndexField()
    tries = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class Throttle(models.Model):
    """How often something was tried; counted outside the request's transaction, so that a refused request counts."""

    bucket = models.BinaryField(primary_key=True, max_length=16)
    count = models.IntegerField()
    since = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["since"], name="access_throttle_by_age")]


class TrayMessage(Identified):
    """A text message of the demo, which nobody sends: it is shown in the tray instead."""

    phone = SealedTextField()
    text = SealedTextField()
    at = models.DateTimeField()
