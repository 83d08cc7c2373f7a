"""Tables of files, messages and receipt serials."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from liren.foundation.places.models import PlacedModel


class StoredFile(PlacedModel):
    """A file: what it is called, what it is, whose it is and what it belongs to; its content lies on disk under ``digest``.

    Until something takes it in (``owner_kind`` is a model's label, ``owner_id`` its row) only the account that uploaded it
    may open it, and it is swept after a day.
    """

    subject = models.BigIntegerField(default=0)
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=128)
    media_type = models.CharField(max_length=96)
    size = models.IntegerField()
    digest = models.CharField(max_length=64)
    owner_kind = models.CharField(max_length=64, blank=True, default="")
    owner_id = models.BigIntegerField(default=0)
    uploaded_at = models.DateTimeField()

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.CheckConstraint(condition=Q(size__gt=0), name="commons_file_is_not_empty"),
            models.CheckConstraint(
                condition=Q(owner_kind="", owner_id=0) | (~Q(owner_kind="") & ~Q(owner_id=0)),
                name="commons_file_has_a_whole_owner_or_none",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner_id", "id"], condition=~Q(owner_id=0), name="commons_file_by_owner"),
            models.Index(fields=["account_id", "uploaded_at"], condition=Q(owner_id=0), name="commons_file_waiting"),
            models.Index(fields=["digest"], name="commons_file_by_content"),
        ]

    def __str__(self) -> str:
        return self.name


class Message(PlacedModel):
    """A message to one person or account, in plain words, about something that happened at its area.

    ``once_key`` makes sure that a reaction that runs twice sends it once.
    """

    subject = models.BigIntegerField()
    title = models.CharField(max_length=64)
    body = models.TextField()
    link = models.CharField(max_length=200, blank=True, default="")
    about_kind = models.CharField(max_length=64, blank=True, default="")
    about_id = models.BigIntegerField(default=0)
    once_key = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "once_key"], name="commons_message_is_sent_once"),
            models.CheckConstraint(condition=~Q(subject=0), name="commons_message_goes_to_somebody"),
            models.CheckConstraint(condition=Q(link="") | Q(link__startswith="/"), name="commons_message_links_inside"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject", "-id"], name="commons_message_of_subject"),
            models.Index(fields=["subject"], condition=Q(read_at=None), name="commons_message_unread"),
        ]

    def __str__(self) -> str:
        return self.title


class ReceiptSerial(models.Model):
    """The last serial number that a community gave out on a day.

    A counter, not a row about anybody: it is not scoped, because a resident draws a number without seeing the community's.
    """

    pk = models.CompositePrimaryKey("county", "area", "day")
    county = models.IntegerField()
    area = models.BigIntegerField()
    day = models.DateField()
    last = models.IntegerField()
