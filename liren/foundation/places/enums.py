"""Closed word lists of the division tree."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    """The six levels of the area key; only the first five are divisions."""

    PROVINCE = 1, _("省级")
    CITY = 2, _("地级")
    COUNTY = 3, _("县级")
    TOWNSHIP = 4, _("乡级")
    COMMUNITY = 5, _("村级")
    GRID = 6, _("网格")


class Kind(models.IntegerChoices):
    """What a place is beyond its level; for communities read off the last three digits of the statistical code."""

    DIVISION = 0, _("行政区划")
    RESIDENTS = 1, _("居民委员会")
    VILLAGERS = 2, _("村民委员会")
    LIKE_RESIDENTS = 3, _("类似居民委员会")
    LIKE_VILLAGERS = 4, _("类似村民委员会")
    PLACEHOLDER = 8, _("统计占位")
    REGISTERED_ONLY = 9, _("仅作户籍地")


class UnitKind(models.TextChoices):
    """What lies below a community and is no grid."""

    GROUP = "group", _("村民小组")
    HAMLET = "hamlet", _("自然屯")
    BUILDING = "building", _("楼栋")
    COURTYARD = "courtyard", _("院落")
