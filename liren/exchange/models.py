"""Tables of the imports: what a list's columns mean, batches with their rows, other sources, signatures."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from liren.base.fields import BlindIndexField, SealedJSONField, SealedTextField
from liren.exchange.enums import Answer, BatchState, Every, FeedKind, RunState, Verdict
from liren.foundation.places.models import PlacedModel
from liren.registry.enums import Source


class Mapping(PlacedModel):
    """What the columns of a list mean, corrected once and used again; recognised by the fingerprint of the list's head.

    ``columns`` is plain head → target, ``words`` target → {word: code}, ``options`` what else was set (see ``rules.options``).
    """

    name = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=32)
    columns = models.JSONField()
    words = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=128)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "area", "name"], name="exchange_mapping_name_is_given_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["fingerprint", "area"], name="exchange_mapping_by_head")]


class Feed(PlacedModel):
    """Another system from which rows come again and again: a database that is only read, or an HTTP API with pages.

    ``settings`` says where and what (``rules.sources``), ``secret`` the password or the headers with tokens: it is never shown again.
    ``account_id`` is who has charge of it: its imports are theirs. Since ``applies_at`` what the rules decide without doubt
    is written without waiting for anybody; any later change of where rows come from or what they mean ends that.
    """

    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=FeedKind.choices)
    settings = SealedJSONField(default=dict)
    secret = SealedJSONField(default=dict)
    heads = models.JSONField(default=list)
    key = models.CharField(max_length=100, blank=True, default="")
    mapping = models.ForeignKey(Mapping, null=True, on_delete=models.PROTECT, related_name="feeds")
    authority = models.CharField(max_length=64, blank=True, default="")
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.SHARED)
    every = models.CharField(max_length=8, choices=Every.choices, blank=True, default=Every.NEVER)
    hour = models.PositiveSmallIntegerField(default=3)
    day = models.PositiveSmallIntegerField(default=1)
    next_at = models.DateTimeField(null=True)
    is_paused = models.BooleanField(default=False)
    applies_at = models.DateTimeField(null=True)
    applies_by = models.CharField(max_length=128, blank=True, default="")
    failures = models.PositiveSmallIntegerField(default=0)
    is_held = models.BooleanField(default=False)
    level = models.SmallIntegerField()
    account_id = models.BigIntegerField()
    keeper = models.CharField(max_length=128)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=128)
    removed_at = models.DateTimeField(null=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "area", "name"], condition=Q(removed_at=None), name="exchange_feed_has_its_own_name"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], condition=Q(is_paused=False, next_at__isnull=False), name="exchange_feed_to_read"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_trusted(self) -> bool:
        """Say whether its changes are written without waiting, and their meaning is the one that was allowed."""
        return self.applies_at is not None and self.mapping is not None and self.mapping.saved_at <= self.applies_at


class Batch(PlacedModel):
    """One list that is brought in: where it comes from, what its columns mean, how far it is and what became of its rows.

    ``area`` and ``level`` are the seat of who brings it in: no row goes beyond it. ``authority`` keeps the list, ``as_of`` is the
    day it speaks of. ``counts`` holds the figures of the reconciliation; it is written with each part, in its transaction.
    """

    title = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=BatchState.choices, default=BatchState.UPLOADED)
    kind = models.CharField(max_length=12, choices=FeedKind.choices, default=FeedKind.FILE)
    feed = models.ForeignKey(Feed, null=True, on_delete=models.PROTECT, related_name="batches")
    level = models.SmallIntegerField()
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    format = models.CharField(max_length=12)
    sheet = models.PositiveSmallIntegerField(default=0)
    heads = models.JSONField(default=list)
    layout = models.JSONField(default=dict)
    targets = models.JSONField(default=list)
    words = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    mapping = models.ForeignKey(Mapping, null=True, on_delete=models.SET_NULL, related_name="batches")
    authority = models.CharField(max_length=64, blank=True, default="")
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.IMPORTED)
    as_of = models.DateField()
    account_id = models.BigIntegerField()
    actor = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    staged_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    asides = models.JSONField(default=list)
    progress = models.IntegerField(default=0)
    whole = models.IntegerField(default=0)
    stop_asked = models.BooleanField(default=False)
    problem = models.CharField(max_length=200, blank=True, default="")

    class Meta(PlacedModel.Meta):
        indexes: ClassVar = [models.Index(fields=["area", "-id"], name="exchange_batch_by_area")]

    def __str__(self) -> str:
        return self.title

    @property
    def mark(self) -> str:
        """Return by which word every line names this import as its writer."""
        return f"导入{self.pk}·{self.actor}"[:128]

    @property
    def undo_mark(self) -> str:
        """Return by which word the lines that take it back name their writer; a file that goes lets go of them as of those of the import."""
        return f"导入{self.pk}撤销·{self.actor}"[:128]


class Part(PlacedModel):
    """A run of lines of a batch that was staged, applied or undone in one transaction: what makes all three resumable.

    ``counts`` are rows by verdict as they were staged, ``applied`` those that this part has written, ``done_at`` when.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="parts")
    number = models.IntegerField()
    first = models.IntegerField()
    last = models.IntegerField()
    counts = models.JSONField(default=dict)
    asides = models.JSONField(default=list)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "batch", "number"], name="exchange_part_is_staged_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["batch", "number"], name="exchange_part_of_batch")]


class Home(PlacedModel):
    """A household of a batch: by which key its rows name it, and which household of the registry it is or will be.

    ``dwelling`` is where its address leads: a dwelling of the registry, or, ``makes_dwelling``, one that is registered when the list is
    brought in; nothing where the address stops before a door, or several doors fit. ``former`` is where the registry has it live, when
    that is elsewhere, and ``is_asked`` until somebody has said whose word counts. ``is_settled`` once the batch has let it live there.
    """

    batch = models.BigIntegerField()
    key = models.CharField(max_length=64)
    household = models.BigIntegerField()
    is_new = models.BooleanField()
    number = models.CharField(max_length=32, blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    door = models.CharField(max_length=64, blank=True, default="")
    around = models.CharField(max_length=64, blank=True, default="")
    dwelling = models.BigIntegerField(null=True)
    makes_dwelling = models.BooleanField(default=False)
    former = models.BigIntegerField(null=True)
    is_asked = models.BooleanField(db_default=False)
    is_settled = models.BooleanField(default=False)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "batch", "key"], name="exchange_home_stands_once_in_a_batch"),
        ]


class Row(PlacedModel):
    """One row of a batch: what stood there, what it was found to be, what was decided and what came of it.

    ``area`` is the community it belongs to, the batch's own area while that is not known. ``content`` holds the cells and what
    they say, ``changes`` what differs from the registry, field by field; both are sealed. ``made`` names what the row wrote.
    """

    batch = models.BigIntegerField()
    part = models.IntegerField()
    number = models.IntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True, default="")
    person = models.BigIntegerField(null=True)
    home = models.CharField(max_length=64, blank=True, default="")
    name = models.CharField(max_length=64, blank=True, default="")
    birth_on = models.DateField(null=True)
    id_blind = BlindIndexField(null=True)
    mark = BlindIndexField(null=True)
    faults = models.JSONField(default=list)
    likelihood = models.FloatField(null=True)
    content = SealedJSONField()
    changes = SealedJSONField(null=True)
    made = models.JSONField(null=True)
    decided_by = models.CharField(max_length=128, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)

    personal = frozenset({"name", "birth_on"})

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "batch", "number"], name="exchange_row_is_staged_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["batch", "verdict", "number"], name="exchange_row_by_verdict")]


class Signature(PlacedModel):
    """Somebody signed the figures of a batch as they stood; two different people must."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="signatures")
    account_id = models.BigIntegerField()
    actor = models.CharField(max_length=128)
    figures = models.JSONField()
    signed_at = models.DateTimeField()

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "batch", "account_id"], name="exchange_signature_is_given_once_by_each"
            ),
        ]


class FeedRun(PlacedModel):
    """One reading of a source: what was found there, and the batch that its changes became. Two never run at once."""

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.RUNNING)
    is_scheduled = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    began_by = models.CharField(max_length=128)
    ended_at = models.DateTimeField(null=True)
    rows = models.IntegerField(default=0)
    fresh = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    gone = models.IntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, default="")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="runs")

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "feed"], condition=Q(ended_at=None), name="exchange_feed_is_read_once_at_a_time"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["feed", "-id"], name="exchange_run_of_feed")]


class FeedRow(PlacedModel):
    """What is remembered of a row of a source, so that only changes come in: keyed digests of its key and of what it said.

    ``place`` tells rows of one key apart. ``batch`` and ``number`` are where the row last came in; ``label`` says who it was
    about when it is gone from the source.
    """

    feed = models.BigIntegerField()
    key = BlindIndexField()
    place = models.IntegerField(default=1)
    mark = BlindIndexField()
    batch = models.BigIntegerField()
    number = models.IntegerField()
    label = SealedTextField()
    gone_at = models.DateTimeField(null=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "feed", "key", "place"], name="exchange_row_of_a_feed_is_remembered_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["feed", "gone_at"], condition=Q(gone_at__isnull=False), name="exchange_row_gone")
        ]
