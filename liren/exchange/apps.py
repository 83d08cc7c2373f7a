"""The exchange room."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Imports."""

    name = "liren.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Say which column names a person, as rows of an import follow a merge of files, and what imports are called."""
        from liren.exchange.queries.naming import named_import  # noqa: PLC0415
        from liren.registry.queries.origins import name_marks  # noqa: PLC0415
        from liren.registry.rules.references import refers  # noqa: PLC0415  as late as the other rooms

        refers("exchange_row", "person")
        name_marks(named_import)
