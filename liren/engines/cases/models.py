"""Tables of the case mechanism; what belongs to an applicant carries the applicant as its subject."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from liren.base.fields import BlindIndexField, SealedJSONField, SealedTextField
from liren.engines.cases.enums import (
    Channel,
    MaterialState,
    Outcome,
    PauseReason,
    RatingChannel,
    RatingLevel,
    State,
    TaskKind,
    TaskState,
)
from liren.foundation.places.models import PlacedModel

AWAITED = (TaskState.OPEN, TaskState.WAITING)


class OwnedModel(PlacedModel):
    """A placed row that belongs to somebody: a person's id, an account's while nobody has confirmed who it is, else 0."""

    subject = models.BigIntegerField(default=0)

    class Meta(PlacedModel.Meta):
        abstract = True


class Case(OwnedModel):
    """One application (办件), from its draft to its rating; ``area`` is the community it belongs to.

    ``item`` is the version of the matter it was made under. ``holder_*`` is the desk it lies on and ``step`` the place of that
    desk in the matter's steps: denormalised for lists. ``clock_from`` is day 0 of the promise that runs: the day of acceptance,
    after a bad rating the day of reopening. ``version`` counts changes: who has read an older one is told so.
    """

    number = models.CharField(max_length=32, blank=True, default="")
    matter = models.CharField(max_length=80)
    matter_name = models.CharField(max_length=200)
    item = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.PORTAL)
    person_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    applicant_name = models.CharField(max_length=64, blank=True, default="")
    phone = SealedTextField(null=True)
    tail = BlindIndexField(null=True)
    answers = SealedJSONField(default=dict)
    draft_step = models.CharField(max_length=80, blank=True, default="")

    step = models.SmallIntegerField(default=0)
    holder_post = models.CharField(max_length=64, blank=True, default="")
    holder_level = models.SmallIntegerField(default=0)
    holder_area = models.BigIntegerField(default=0)

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    accepted_on = models.DateField(null=True)
    clock_from = models.DateField(null=True)
    promised_days = models.SmallIntegerField(null=True)
    legal_days = models.SmallIntegerField(null=True)
    extended_days = models.SmallIntegerField(default=0)
    extension_ground = models.CharField(max_length=200, blank=True, default="")
    due_on = models.DateField(null=True)
    due_provisional = models.BooleanField(default=False)
    legal_due_on = models.DateField(null=True)
    answer_due_on = models.DateField(null=True)  # until when the applicant should supply what is missing
    returned_at = models.DateTimeField(null=True)
    missing = SealedJSONField(null=True)
    decided_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default="")
    result = SealedJSONField(null=True)
    reason = SealedTextField(null=True)
    document = models.BigIntegerField(null=True)
    document_seal = models.CharField(max_length=32, blank=True, default="")
    rating = models.SmallIntegerField(null=True, choices=RatingLevel.choices)
    reopened = models.SmallIntegerField(default=0)

    client_key = models.UUIDField(null=True)
    version = models.IntegerField(default=0)

    personal = frozenset({"applicant_name"})

    class Meta(OwnedModel.Meta):
        constraints: ClassVar = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "number"], condition=~Q(number=""), name="cases_case_number_is_given_once"
            ),
            models.UniqueConstraint(
                fields=["county", "client_key"],
                condition=Q(client_key__isnull=False),
                name="cases_case_request_makes_one_case",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.WITHDRAWN]) | ~Q(number=""),
                name="cases_case_has_a_number_once_submitted",
            ),
            models.CheckConstraint(
                condition=Q(accepted_on__isnull=True) | Q(due_on__isnull=False, clock_from__isnull=False),
                name="cases_case_has_a_deadline_once_accepted",
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=5),
                name="cases_case_rating_has_five_levels",
            ),
            models.CheckConstraint(
                condition=Q(reopened__gte=0, reopened__lte=1), name="cases_case_is_reopened_at_most_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["area", "id"], name="cases_case_newest"),
            models.Index(fields=["area", "state", "id", "matter"], name="cases_case_by_state"),
            models.Index(fields=["county", "state", "matter", "id"], name="cases_case_of_county"),
            models.Index(fields=["subject", "id"], condition=~Q(subject=0), name="cases_case_of_subject"),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.matter_name}（草稿）"


class Task(OwnedModel):
    """Something that waits for a post at a place, in one case; the inbox is the open tasks of a viewer's desks."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    kind = models.CharField(max_length=16, choices=TaskKind.choices)
    state = models.CharField(max_length=8, choices=TaskState.choices, default=TaskState.OPEN)
    step = models.SmallIntegerField(default=0)
    post = models.CharField(max_length=64)
    seat_level = models.SmallIntegerField()
    seat_area = models.BigIntegerField()
    opened_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.BigIntegerField(null=True)
    asked_by = models.CharField(max_length=128, blank=True, default="")
    question = SealedTextField(null=True)
    answer = SealedTextField(null=True)
    parent = models.BigIntegerField(null=True)  # the task that waits for this one
    warned_on = models.DateField(null=True)
    escalated_on = models.DateField(null=True)

    class Meta(OwnedModel.Meta):
        constraints: ClassVar = [
            *OwnedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state__in=AWAITED, closed_at__isnull=True)
                | (~Q(state__in=AWAITED) & Q(closed_at__isnull=False)),
                name="cases_task_is_closed_when_done",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["seat_area", "post", "due_on", "id"], condition=Q(state="open"), name="cases_task_inbox"
            ),
            models.Index(fields=["case", "id"], name="cases_task_of_case"),
            models.Index(fields=["due_on"], condition=Q(state="open"), name="cases_task_by_deadline"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.post}"


class Pause(OwnedModel):
    """A half-open period ``[starts_on, ends_on)`` in which a case's clock stands."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="pauses", db_index=False)
    reason = models.CharField(max_length=12, choices=PauseReason.choices, default=PauseReason.ASKED)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta(OwnedModel.Meta):
        constraints: ClassVar = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "case"], condition=Q(ends_on__isnull=True), name="cases_pause_one_is_open"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="cases_pause_ends_no_earlier_than_it_starts",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "id"], name="cases_pause_of_case")]


class Material(OwnedModel):
    """A paper of a case and how it is there."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="materials", db_index=False)
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    required = models.BooleanField(default=True)
    state = models.CharField(max_length=12, choices=MaterialState.choices, default=MaterialState.MISSING)
    files = ArrayField(models.BigIntegerField(), default=list)
    asked = models.BooleanField(default=False)  # asked for while the case was handled

    class Meta(OwnedModel.Meta):
        constraints: ClassVar = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "case", "code"], name="cases_material_stands_once_in_a_case"),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "id"], name="cases_material_of_case")]


class Delegation(OwnedModel):
    """Who applied for somebody else (代办): who, for whom, for what, by which proof."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="delegations", db_index=False)
    helper_account = models.BigIntegerField()
    helper_name = models.CharField(max_length=128)
    for_name = models.CharField(max_length=64)
    relation = models.CharField(max_length=64, blank=True, default="")
    what = models.CharField(max_length=200)
    proof = models.CharField(max_length=200)
    proof_files = ArrayField(models.BigIntegerField(), default=list)
    given_at = models.DateTimeField()

    class Meta(OwnedModel.Meta):
        constraints: ClassVar = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "case"], name="cases_delegation_one_for_a_case"),
            models.CheckConstraint(condition=~Q(proof=""), name="cases_delegation_has_a_proof"),
        ]


class Rating(OwnedModel):
    """What the applicant thinks of how a case was handled; the last two levels must be answered."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="ratings", db_index=False)
    round = models.SmallIntegerField(default=1)
    level = models.SmallIntegerField(choices=RatingLevel.choices)
    comment = models.CharField(max_length=500, blank=True, default="")
    channel = models.CharField(max_length=8, choices=RatingChannel.choices)
    rated_at = models.DateTimeField()
    answer_due_on = models.DateField(null=True)
    answer = models.CharField(max_length=1000, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=128, blank=True, default="")

    class Meta(OwnedModel.Meta):
        constraints: ClassVar = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(fields=["county", "case", "round"], name="cases_rating_once_a_round"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="cases_rating_has_five_levels"),
        ]
        indexes: ClassVar = [models.Index(fields=["area", "level"], name="cases_rating_by_level")]
