"""The room as Django sees it."""

from django.apps import AppConfig


class LookConfig(AppConfig):
    """Registers the room."""

    name = "liren.faces.look"
    label = "look"
