"""The room as Django sees it."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Registers the room."""

    name = "liren.foundation.places"
    label = "places"
