"""The room as Django sees it."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registers the room."""

    name = "liren.registry"
    label = "registry"
