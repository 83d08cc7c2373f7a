"""The room as Django sees it."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registers the room, and who may open the proof of a request for correction."""

    name = "liren.registry"
    label = "registry"

    def ready(self) -> None:
        """Let the proof be opened by whose it is and by the posts that decide."""
        from liren.foundation.commons.queries import register_owner  # noqa: PLC0415  models are ready only now
        from liren.registry.queries.corrections import may_open_proof  # noqa: PLC0415

        register_owner("registry.correctionrequest", may_open_proof)
