"""Accounts, posts and appointments: small, unplaced tables, because scopes are made of them."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from liren.base.fields import BlindIndexField, SealedTextField
from liren.base.models import Identified
from liren.foundation.access.enums import Language
from liren.foundation.access.rules import OFFICERS


class PasswordField(models.CharField):  # type: ignore[type-arg]
    """A password's hash: nothing of it is ever written to the journal."""

    secret = True


class Account(AbstractBaseUser, Identified):
    """Somebody who can sign in: staff by user name and password, residents by phone and code.

    A phone proves a phone, not a person: ``person_id`` stays empty until a worker has confirmed who it is, or an
    invitation code from the window was used. ``home_area`` is the unit that keeps a staff account.
    """

    password = PasswordField(_("密码"), max_length=128)
    username = models.CharField(_("用户名"), max_length=64, unique=True, null=True, blank=True)
    name = models.CharField(_("称呼"), max_length=64, blank=True)
    phone = SealedTextField(_("手机号"), null=True, blank=True)
    phone_blind = BlindIndexField(null=True, blank=True, unique=True, editable=False)
    language = models.CharField(_("语言"), max_length=8, choices=Language.choices, default=Language.CHINESE)
    elder_mode = models.BooleanField(_("长辈版"), default=False)
    person_id = models.BigIntegerField(null=True, blank=True, unique=True)
    person_area = models.BigIntegerField(null=True, blank=True)
    home_area = models.BigIntegerField(null=True, blank=True)
    must_change_password = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = BaseUserManager()
    personal = frozenset({"name"})

    USERNAME_FIELD = "username"

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(person_id__isnull=True, person_area__isnull=True)
                | Q(person_id__isnull=False, person_area__isnull=False),
                name="access_account_linked_person_has_an_area",
            ),
            models.CheckConstraint(
                condition=Q(username__isnull=True) | Q(home_area__isnull=False),
                name="access_account_of_staff_has_a_home",
            ),
            models.CheckConstraint(
                condition=Q(phone__isnull=True, phone_blind__isnull=True)
                | Q(phone__isnull=False, phone_blind__isnull=False),
                name="access_account_phone_can_be_found",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["home_area", "id"], condition=Q(username__isnull=False), name="access_account_staff")
        ]

    def __str__(self) -> str:
        return self.username or str(self.pk)

    @property
    def area(self) -> int:
        """Return where the account belongs: the unit that keeps it, or the home of the linked person."""
        return self.person_area or self.home_area or 0

    @property
    def is_staff_account(self) -> bool:
        """Say whether it signs in at the desk."""
        return self.username is not None


class Post(models.Model):
    """A bundle of capabilities with a Chinese title; pack data says which post holds what."""

    code = models.CharField(primary_key=True, max_length=64)
    title = models.CharField(max_length=64)
    level = models.SmallIntegerField()
    duty = models.TextField(blank=True)
    capabilities = ArrayField(models.CharField(max_length=64))
    totp_required = models.BooleanField(default=False)
    incompatible_with = ArrayField(models.CharField(max_length=64), default=list)


def _days() -> Func:
    return Func(F("valid_from"), F("valid_until"), Value("[)"), function="DATERANGE")


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
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="access_appointment_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="access_appointment_is_held_once",
                expressions=[
                    (F("account"), RangeOperators.EQUAL),
                    (F("post"), RangeOperators.EQUAL),
                    (F("level"), RangeOperators.EQUAL),
                    (F("area"), RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="access_officers_are_three_people",
                expressions=[
                    (F("account"), RangeOperators.EQUAL),
                    (F("post"), RangeOperators.NOT_EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
                condition=Q(post__in=OFFICERS),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["post", "level", "area"], name="access_appointment_by_seat"),
            models.Index(fields=["area", "id"], name="access_appointment_by_area"),
        ]
