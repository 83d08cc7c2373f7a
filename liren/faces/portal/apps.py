"""The room as Django sees it."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Registers the room."""

    name = "liren.faces.portal"
    label = "portal"
