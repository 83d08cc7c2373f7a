"""The room as Django sees it."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the room, who may open the files of its cases, and which columns name a person."""

    name = "liren.engines.cases"
    label = "cases"

    def ready(self) -> None:
        """Let the files of a case be opened by whose it is and by the posts that may see it."""
        from liren.engines.cases.queries import may_open_files  # noqa: PLC0415  models are ready only now
        from liren.foundation.commons.queries import register_owner  # noqa: PLC0415
        from liren.registry.rules.references import refers  # noqa: PLC0415

        register_owner("cases.case", may_open_files)
        for name in ("case", "task", "pause", "material", "delegation", "rating"):
            refers(f"cases_{name}", "subject")  # the cases of somebody follow a merge of files
        refers("cases_case", "person_id")
