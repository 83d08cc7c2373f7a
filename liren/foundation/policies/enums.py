"""Closed word lists of policies."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """The kinds of items that a pack may hold; each has a JSON Schema of the same name."""

    POST = "post", _("岗位")
    CODELIST = "codelist", _("代码表")
    CALENDAR = "calendar", _("工作日历")
    MATTER = "matter", _("事项")
    RATING_SCALE = "rating-scale", _("评价等级")
    TERM = "term", _("期限和参数")
    CLAUSE = "clause", _("条款")
    ANNEX = "annex", _("附件")
    CATEGORY = "category", _("人群类别")


class Level(models.IntegerChoices):
    """The levels of the division tree as packs name them (``nation`` … ``grid``, see ``LEVELS``)."""

    NATION = 0, _("国家")
    PROVINCE = 1, _("省")
    CITY = 2, _("设区市")
    COUNTY = 3, _("县（市、区）")
    TOWNSHIP = 4, _("乡镇（街道）")
    COMMUNITY = 5, _("村（社区）")
    GRID = 6, _("网格")


LEVELS: dict[str, int] = {level.name.lower(): level.value for level in Level}
