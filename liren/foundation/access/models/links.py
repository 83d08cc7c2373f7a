"""From an account to a person: what residents ask for, and invitation codes from the window."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liren.base.fields import BlindIndexField, SealedTextField
from liren.foundation.access.enums import LinkState
from liren.foundation.access.models.people import Account
from liren.foundation.places.models import PlacedModel


class LinkRequest(PlacedModel):
    """A resident says who they are; a worker of the community (``area``) compares and confirms. Its subject is the account."""

    subject = models.BigIntegerField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="link_requests")
    name = SealedTextField(_("姓名"))
    id_number = SealedTextField(_("证件号码"))
    state = models.CharField(max_length=16, choices=LinkState.choices, default=LinkState.PENDING)
    person_id = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "account"],
                condition=Q(state=LinkState.PENDING),
                name="access_one_link_request_waits_for_an_account",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["area", "id"], condition=Q(state=LinkState.PENDING), name="access_link_waiting"),
            models.Index(fields=["subject", "id"], name="access_link_by_subject"),
        ]


class Invitation(PlacedModel):
    """A code printed at the window for one person; only its digest is kept. Its subject is the person."""

    subject = models.BigIntegerField()
    code = BlindIndexField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField()

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "code"], name="access_invitation_codes_differ"),
        ]
        indexes: ClassVar = [models.Index(fields=["code"], name="access_invitation_by_code")]
