"""The room as Django sees it."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Registers the room."""

    name = "liren.foundation.policies"
    label = "policies"
