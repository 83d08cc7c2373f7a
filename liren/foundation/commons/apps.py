"""The room as Django sees it."""

from django.apps import AppConfig


class CommonsConfig(AppConfig):
    """Registers the room."""

    name = "liren.foundation.commons"
    label = "commons"
