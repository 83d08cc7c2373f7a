"""The room as Django sees it."""

from django.apps import AppConfig


class WindowConfig(AppConfig):
    """Registers the room."""

    name = "liren.services.window"
    label = "window"
