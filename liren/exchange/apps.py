"""The exchange room."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Imports."""

    name = "liren.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Say which column names a person: rows of an import follow a merge of files."""
        from liren.registry.rules.references import refers  # noqa: PLC0415  as late as the other rooms

        refers("exchange_row", "person")
