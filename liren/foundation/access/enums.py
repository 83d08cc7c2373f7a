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
