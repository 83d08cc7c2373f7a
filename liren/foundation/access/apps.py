"""The room as Django sees it."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Registers the room."""

    name = "liren.foundation.access"
    label = "access"
