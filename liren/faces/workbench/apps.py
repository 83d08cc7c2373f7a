"""The room as Django sees it."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """Registers the room."""

    name = "liren.faces.workbench"
    label = "workbench"
