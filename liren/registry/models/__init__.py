"""People, households, dwellings and dated facts about them.

Facts are never changed: a correction is a new line that names the one it replaces, and the serving role may not update what
a line says. The present state of a person is derived from the lines in the same action and kept in columns, so that lists
read one table.
"""

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from liren.base import lookups  # noqa: F401  registers ``starts``
from liren.base.codes import Doubt, age_on
from liren.base.fields import BlindIndexField, SealedJSONField, SealedTextField
from liren.base.natural import natural
from liren.foundation.places.models import PlacedModel
from liren.registry.enums import (
    DocumentKind,
    DwellingKind,
    FactKind,
    HouseholdKind,
    Sex,
    Source,
    Tenure,
)
from liren.registry.models.categories import (
    CategoryCount,
    CategoryDifference,
    CategoryMembership,
    CategoryRun,
    CategoryTrial,
)
from liren.registry.models.grids import GridChange, GridPart, GridWorker
from liren.registry.models.merging import DuplicatePair, PersonMerge
from liren.registry.models.organisations import Organisation
from liren.registry.models.population import Move, Stay
from liren.registry.models.requests import CorrectionRequest, Disclosure

__all__ = [
    "CategoryCount",
    "CategoryDifference",
    "CategoryMembership",
    "CategoryRun",
    "CategoryTrial",
    "CorrectionRequest",
    "Disclosure",
    "DuplicatePair",
    "Dwelling",
    "Fact",
    "GridChange",
    "GridPart",
    "GridWorker",
    "Household",
    "Move",
    "NameKey",
    "Organisation",
    "OwnSubjectField",
    "Person",
    "PersonMerge",
    "Phone",
    "Stay",
]


class OwnSubjectField(models.BigIntegerField):  # type: ignore[type-arg]
    """A person's file belongs to the person: the subject is the row's own id."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        """Follow the id."""
        setattr(model_instance, self.attname, model_instance.pk)
        return int(model_instance.pk)


def _ordered() -> models.GeneratedField:
    """Return the column by which rows with an address are ordered; the database fills it."""
    return models.GeneratedField(
        expression=natural("address"), output_field=models.TextField(db_collation="C"), db_persist=True
    )


class Dwelling(PlacedModel):
    """A place to live in: house, or building, unit and room; ``unit`` is the place's unit below the community, if any.

    ``door`` is by what an address finds it (``rules.addresses``), empty where its own address stops before a door; ``recorded_by``
    names the import that made it. ``ordered`` is the address as it is ordered: 9幢 before 10幢.
    """

    unit = models.BigIntegerField(null=True)
    building = models.CharField(max_length=40, blank=True)
    entrance = models.CharField(max_length=20, blank=True)
    room = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=200)
    ordered = _ordered()
    kind = models.CharField(max_length=12, choices=DwellingKind.choices, blank=True, default="")
    door = models.CharField(max_length=64, blank=True, default="")
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.VISIT)
    recorded_by = models.CharField(max_length=128, blank=True, default="")

    class Meta(PlacedModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["area", "building", "entrance", "room"], name="registry_dwelling_by_door"),
            models.Index(fields=["area", "ordered", "id"], name="registry_dwelling_in_order"),
            models.Index(fields=["door", "area"], condition=~Q(door=""), name="registry_dwelling_by_address"),
        ]


class Household(PlacedModel):
    """People who keep house together (居住户) or stand in one register (户籍户); the head is one of them.

    Most people belong to one of each: two rows, and two facts of the person.
    """

    kind = models.CharField(max_length=8, choices=HouseholdKind.choices, default=HouseholdKind.LIVING)
    number = models.CharField(max_length=32, blank=True)
    address = models.CharField(max_length=200)
    ordered = _ordered()
    dwelling = models.ForeignKey(Dwelling, null=True, on_delete=models.PROTECT, related_name="households")
    tenure = models.CharField(max_length=12, choices=Tenure.choices, blank=True, default="")
    head = models.BigIntegerField(null=True)
    head_name = models.CharField(max_length=64, blank=True)
    size = models.PositiveSmallIntegerField(default=0)
    recorded_at = models.DateTimeField()
    closed_on = models.DateField(null=True)

    personal = frozenset({"head_name", "address"})

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "kind", "number"],
                condition=~Q(number=""),
                name="registry_household_number_is_used_once_a_kind",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["area", "id"], name="registry_household_by_area"),
            models.Index(fields=["area", "ordered", "id"], name="registry_household_in_order"),
        ]


class Person(PlacedModel):
    """Somebody who lives or is registered here; ``area`` is the community that keeps the file (its grid follows from the home, docs/adr/0018).

    ``deceased_on`` and the columns from ``residence`` on are derived from the person's facts and never written by hand.
    """

    subject = OwnSubjectField()
    name = models.CharField(max_length=64)
    sort_key = models.CharField(max_length=160, db_collation="C")
    sex = models.CharField(max_length=1, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_on = models.DateField(null=True)
    ethnicity = models.CharField(max_length=2, blank=True)
    document = models.CharField(max_length=12, choices=DocumentKind.choices, default=DocumentKind.RESIDENT)
    id_number = SealedTextField(null=True)
    id_blind = BlindIndexField(null=True)
    deceased_on = models.DateField(null=True)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.DECLARED)
    recorded_at = models.DateTimeField()

    residence = models.CharField(max_length=12, blank=True, default="")
    away_since = models.DateField(null=True)
    away_reason = models.CharField(max_length=12, blank=True, default="")
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="members")
    relation = models.CharField(max_length=2, blank=True, default="")
    register = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="registered")
    register_relation = models.CharField(max_length=2, blank=True, default="")
    is_disabled = models.BooleanField(default=False)
    has_guardian = models.BooleanField(default=False)
    state_changes_on = models.DateField(null=True)

    personal = frozenset({"name", "sort_key", "birth_on"})
    doubts: tuple[Doubt, ...] = ()  # what looked wrong in the number when it was registered; shown, never refused

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["id_blind", "county"], name="registry_person_is_registered_once_in_a_county"
            ),
            models.CheckConstraint(condition=Q(subject=F("id")), name="registry_person_is_its_own_subject"),
            models.CheckConstraint(
                condition=Q(id_number__isnull=True, id_blind__isnull=True)
                | Q(id_number__isnull=False, id_blind__isnull=False),
                name="registry_person_number_is_sealed_and_indexed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["county", "sort_key", "id", "area"], name="registry_person_by_name"),
            # The owner stands in what is read by place, so that row security asks the index and not each row.
            models.Index(fields=["area", "birth_on", "subject"], name="registry_person_by_birth"),
            models.Index(
                fields=["state_changes_on"], condition=Q(state_changes_on__isnull=False), name="registry_person_by_turn"
            ),
        ]

    def age_on(self, on: date) -> int | None:
        """Return the age in full years on a day (of the death, when it came before), or nothing when the birth is not known."""
        return None if self.birth_on is None else age_on(self.birth_on, min(on, self.deceased_on or on))


class NameKey(PlacedModel):
    """What a person's name is found by: every tail of the characters, pinyin in each usual reading, initials."""

    subject = models.BigIntegerField()
    key = models.CharField(max_length=160, db_collation="C")
    person = models.ForeignObject(
        Person,
        on_delete=models.DO_NOTHING,
        from_fields=["county", "subject"],
        to_fields=["county", "id"],
        related_name="name_keys",
    )

    class Meta(PlacedModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["county", "key", "subject", "area"], name="registry_namekey_search"),
            models.Index(fields=["subject"], name="registry_namekey_by_person"),
        ]


class Phone(PlacedModel):
    """A number under which a person is reached; families share phones, so a number may stand with several people."""

    subject = models.BigIntegerField()
    number = SealedTextField()
    number_blind = BlindIndexField()
    is_main = models.BooleanField(default=True)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.DECLARED)
    recorded_at = models.DateTimeField()
    person = models.ForeignObject(
        Person,
        on_delete=models.DO_NOTHING,
        from_fields=["county", "subject"],
        to_fields=["county", "id"],
        related_name="phones",
    )

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "subject"], condition=Q(is_main=True), name="registry_phone_one_is_the_main_one"
            ),
            models.UniqueConstraint(
                fields=["county", "subject", "number_blind"], name="registry_phone_stands_once_with_a_person"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["number_blind", "county"], name="registry_phone_search")]


class Fact(PlacedModel):
    """One dated line of a person's file: what, from when until when (half-open), who says so, and what it corrects.

    ``code`` is a word of the kind's list; ``other`` a person elsewhere in the country (a soft link), ``other_name`` the name of
    one without a file; ``place_level`` and ``place`` a place of the division tree; ``health`` what the law calls sensitive, sealed;
    ``amount`` fen a month (once for a single payment) of a benefit. What each kind says is in ``rules.statements``.
    A line with ``is_void`` says that the line it replaces was never true.
    """

    subject = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=FactKind.choices)
    code = models.CharField(max_length=24, blank=True, default="")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    household = models.BigIntegerField(null=True)
    other = models.BigIntegerField(null=True)
    other_name = models.CharField(max_length=64, blank=True, default="")
    place_level = models.SmallIntegerField(null=True)
    place = models.BigIntegerField(null=True)
    words = models.CharField(max_length=200, blank=True, default="")
    organisation = models.BigIntegerField(null=True)
    amount = models.BigIntegerField(null=True)
    health = SealedJSONField(null=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    authority = models.CharField(max_length=64, blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=128)
    replaces = models.BigIntegerField(null=True)
    is_void = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True, default="")
    person = models.ForeignObject(
        Person,
        on_delete=models.DO_NOTHING,
        from_fields=["county", "subject"],
        to_fields=["county", "id"],
        related_name="facts",
    )

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="registry_fact_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(is_void=False) | Q(replaces__isnull=False),
                name="registry_fact_withdraws_a_line_that_is_named",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[FactKind.MEMBER, FactKind.REGISTER]) | Q(household__isnull=False),
                name="registry_fact_member_has_a_household",
            ),
            models.CheckConstraint(
                condition=~Q(kind=FactKind.GUARDIAN) | Q(other__isnull=False) | ~Q(other_name=""),
                name="registry_fact_guardian_is_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(kind=FactKind.DISABILITY) | Q(health__isnull=False),
                name="registry_fact_disability_is_described",
            ),
            models.CheckConstraint(
                condition=~Q(kind=FactKind.RELATION) | Q(other__isnull=False) | ~Q(other_name=""),
                name="registry_fact_relation_is_to_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(kind=FactKind.BELONGS) | Q(organisation__isnull=False),
                name="registry_fact_belongs_to_an_organisation",
            ),
            models.CheckConstraint(
                condition=~Q(kind=FactKind.DESIGNATION) | ~Q(authority=""),
                name="registry_fact_designation_names_its_authority",
            ),
            models.CheckConstraint(
                condition=~Q(kind=FactKind.CONFIDENTIAL) | Q(health__isnull=False, code="", words="", other_name=""),
                name="registry_fact_confidential_tells_nothing_in_the_clear",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(kind=FactKind.BENEFIT, amount__gte=0),
                name="registry_fact_amount_is_of_a_benefit",
            ),
            models.CheckConstraint(
                condition=Q(place__isnull=True, place_level__isnull=True)
                | Q(place__isnull=False, place_level__isnull=False),
                name="registry_fact_place_has_a_level",
            ),
            models.UniqueConstraint(fields=["county", "replaces"], name="registry_fact_is_replaced_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject", "id"], name="registry_fact_by_person"),
            models.Index(fields=["area", "kind", "code"], name="registry_fact_by_kind"),
            models.Index(fields=["household"], condition=Q(household__isnull=False), name="registry_fact_by_household"),
            models.Index(fields=["other"], condition=Q(other__isnull=False), name="registry_fact_by_other_person"),
            models.Index(fields=["replaces"], condition=Q(replaces__isnull=False), name="registry_fact_replaced"),
        ]
