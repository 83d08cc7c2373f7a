"""The room as Django sees it."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Registers the room, plugs the gate in and says where node numbers come from."""

    name = "liren.foundation.access"
    label = "access"

    def ready(self) -> None:
        """Make the mechanisms of the ground work."""
        from django.conf import settings  # noqa: PLC0415

        from liren.base import action, ids, texting  # noqa: PLC0415
        from liren.foundation.access.actions import AccessGate, Tray  # noqa: PLC0415
        from liren.foundation.access.queries import next_node  # noqa: PLC0415

        action.plug(AccessGate())
        ids.node_source(next_node)
        if settings.SMS == "tray" and settings.DEMO:
            texting.plug(Tray())
        elif settings.SMS not in {"", "tray"}:
            texting.plug(texting.Webhook(settings.SMS))
