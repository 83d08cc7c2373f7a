"""Closed word lists of the room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    """The languages of the screen."""

    CHINESE = "zh-hans", "中文"
    ENGLISH = "en", "English"


class LinkState(models.TextChoices):
    """Where a resident's wish to be linked with their record stands."""

    PENDING = "pending", _("等待核对")
    CONFIRMED = "confirmed", _("已核对")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")


class TokenState(models.TextChoices):
    """Where a token of another system stands."""

    ASKED = "asked", _("等待批准")
    ALLOWED = "allowed", _("已批准")
    REFUSED = "refused", _("没有批准")
    ENDED = "ended", _("已停用")
