"""The journal and its seals."""

from functools import lru_cache
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models import Q

from liren.foundation.places.models import PlacedModel


@lru_cache(maxsize=1)
def this_cluster() -> int:
    """Return the identifier of the database server: it survives a fail-over to a replica, a restored dump gets another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        return int(cursor.fetchone()[0])


class ClusterField(models.BigIntegerField):  # type: ignore[type-arg]
    """The server whose transactions ``xid`` counts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        """Ask the server, once in the life of a process."""
        setattr(model_instance, self.attname, this_cluster())
        return this_cluster()


class JournalLine(PlacedModel):
    """One line per action, written in its transaction and never changed: audit trail, time line and source of webhooks.

    ``xid`` is the transaction that wrote the line and ``cluster`` the server whose transactions are counted: sealing takes
    whole finished transactions, so that no line can slip in behind a seal however late it commits, and a restored dump
    keeps its order beside the numbers of its new server. ``once`` is the idempotency key of the request.
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
    cluster = ClusterField()

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
            models.Index(fields=["cluster", "xid", "id"], name="access_journal_by_transaction"),
            models.Index(fields=["county", "at"], name="access_journal_by_day"),
        ]


class JournalSeal(models.Model):
    """Every line of the transactions ``from_xid``–``to_xid`` of one server, sealed, and chained to the seal before.

    ``entries`` is 40 bytes a line in the order of ids: the id (big-endian) and the SM3 of its canonical bytes.
    """

    number = models.BigIntegerField(primary_key=True)
    cluster = models.BigIntegerField()
    from_xid = models.BigIntegerField()
    to_xid = models.BigIntegerField()
    count = models.IntegerField()
    entries = models.BinaryField()
    digest = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["cluster", "to_xid"], name="access_seal_by_transaction")]
