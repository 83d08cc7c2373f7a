"""The room as Django sees it."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the room, and who may open the files of its cases."""

    name = "liren.engines.cases"
    label = "cases"

    def ready(self) -> None:
        """Let the files of a case be opened by whose it is and by the posts that may see it."""
        from liren.engines.cases.queries import may_open_files  # noqa: PLC0415  models are ready only now
        from liren.foundation.commons.queries import register_owner  # noqa: PLC0415

        register_owner("cases.case", may_open_files)
