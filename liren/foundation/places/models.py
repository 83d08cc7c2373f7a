"""Tables of places, and the abstract table of everything that belongs to a place."""

from datetime import date
from typing import Any, ClassVar, Protocol, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liren.base.models import Identified, Lean
from liren.base.scopes import Scope
from liren.foundation.places.enums import Kind, Level, UnitKind
from liren.foundation.places.rules import AreaRange, ancestor, code_of, county_of, place_id
from liren.foundation.places.rules.names import GAP


class Sees(Protocol):
    """Anybody with a scope."""

    @property
    def scope(self) -> Scope: ...


M_co = TypeVar("M_co", bound="PlacedModel", covariant=True)


class PlacedQuerySet(models.QuerySet[M_co]):
    """Rows that belong to places."""

    def visible_to(self, viewer: Sees) -> Self:
        """Say the viewer's scope in the query as well: row security enforces it, this gives the planner good estimates."""
        scope = viewer.scope
        if any(field.attname == "subject" for field in self.model._meta.concrete_fields):
            rows = self.filter(area__gte=scope.wide_lo, area__lte=scope.wide_hi)
            return rows.filter(subject=scope.own_lo) if scope.own_lo == scope.own_hi else rows
        return self.filter(area__gte=scope.lo, area__lte=scope.hi)


class CountyField(models.IntegerField):  # type: ignore[type-arg]
    """The leading six digits of the row's area: a plain column, because a county is what a cluster distributes by."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        """Follow the area."""
        county = county_of(model_instance.area)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, county)
        return county


class PlacedModel(Identified):
    """A row that belongs to a place. A table made of it needs ``RowSecurity`` in its migration; a house test looks."""

    area = models.BigIntegerField()
    county = CountyField()

    objects = PlacedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["county", "id"], name="%(app_label)s_%(class)s_county_id"),
            models.CheckConstraint(
                condition=Q(county=F("area") / 10**9), name="%(app_label)s_%(class)s_lies_in_its_county"
            ),
        ]


class Edition(models.Model):
    """A published state of the division tree, as loaded from one shipped file."""

    id = models.SmallIntegerField(primary_key=True)
    sha256 = models.CharField(max_length=64, unique=True)
    package = models.CharField(max_length=64)
    version = models.CharField(max_length=32)
    licence = models.CharField(max_length=32)
    source = models.CharField(max_length=128)
    year = models.SmallIntegerField()
    as_of = models.DateField()
    published_on = models.DateField()
    counts = models.JSONField()
    loaded_at = models.DateTimeField()


class Place(Lean):
    """A division, from province to community: reference data, the same for everybody, written by ``load_places`` only.

    A place is identified by (level, area): 东莞, 中山, 儋州 and 金门 share one integer across levels. ``valid_from`` is empty for what
    the first loaded edition already had.
    """

    id = models.BigIntegerField(primary_key=True)
    level = models.SmallIntegerField(_("层级"), choices=Level.choices)
    area = models.BigIntegerField()
    hi = models.BigIntegerField()
    kind = models.SmallIntegerField(_("类别"), choices=Kind.choices)
    name = models.TextField(_("名称"))
    key = models.TextField(db_collation="C")
    pinyin = models.TextField(db_collation="C")
    initials = models.TextField(db_collation="C")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["level", "area"], name="places_place_level_area"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["level", "key", "area"], name="places_place_by_key"),
            models.Index(fields=["level", "pinyin", "area"], name="places_place_by_pinyin"),
            models.Index(fields=["level", "initials", "area"], name="places_place_by_initials"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """The statistical code, as many digits as the level has."""
        return code_of(self.level, self.area)

    @property
    def code12(self) -> str:
        """The statistical code with all its 12 digits."""
        return str(self.area)[:12]

    @property
    def short(self) -> str:
        """The stem of the name: 牌坊 of 牌坊村委会."""
        return self.key.partition(GAP)[0]

    @property
    def subtree(self) -> AreaRange:
        """The place with everything below it."""
        return AreaRange(self.area, self.hi)

    @property
    def county(self) -> int:
        """The leading six digits."""
        return county_of(self.area)

    @property
    def parent_id(self) -> int | None:
        """The id of the place one level up: the code tells it."""
        return place_id(self.level - 1, ancestor(self.area, self.level - 1)) if self.level > Level.PROVINCE else None


class PlaceTail(models.Model):
    """The search key of a place from its second, third … character on: a substring search is a prefix search here."""

    pk = models.CompositePrimaryKey("level", "tail", "area")
    level = models.SmallIntegerField()
    tail = models.TextField(db_collation="C")
    area = models.BigIntegerField()


class Grid(PlacedModel):
    """A grid of a community: the last three digits of its own area key, 001 to 999.

    ``rank`` is its place among the grids of the community; those with the same one stand in the order of their numbers.
    """

    name = models.CharField(_("名称"), max_length=64)
    rank = models.PositiveSmallIntegerField(default=0)
    outline = models.JSONField(_("边界"), null=True, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "area"],
                condition=Q(valid_until__isnull=True),
                name="places_grid_number_is_given_once",
            ),
            models.CheckConstraint(condition=~Q(area=F("area") / 1000 * 1000), name="places_grid_has_a_number"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="places_grid_ends_after_it_begins",
            ),
        ]

    @property
    def community(self) -> int:
        """The area key of the community around it."""
        return ancestor(self.area, Level.COMMUNITY)

    @property
    def number(self) -> int:
        """Its number in the community."""
        return self.area - self.community

    @property
    def code(self) -> str:
        """Its code: 12 digits of the community and 3 of its own."""
        return str(self.area)

    def exists_on(self, day: date) -> bool:
        """Say whether it is there on a day."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


class Unit(PlacedModel):
    """What lies below a community and is no grid: 村民小组, 自然屯, 楼栋, 院落. Its area is the community's."""

    kind = models.CharField(_("类别"), max_length=16, choices=UnitKind.choices)
    name = models.CharField(_("名称"), max_length=64)
    within = models.BigIntegerField(_("所属单元"), null=True, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta(PlacedModel.Meta):
        constraints: ClassVar = [
            *PlacedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["county", "area", "kind", "name"],
                condition=Q(valid_until__isnull=True),
                name="places_unit_name_is_given_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="places_unit_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["area", "kind", "name"], name="places_unit_of_community")]
