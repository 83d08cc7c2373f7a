"""The room as Django sees it."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the room."""

    name = "liren.engines.cases"
    label = "cases"
