"""The exchange room."""

from collections.abc import Iterable, Sequence

from django.apps import AppConfig

from liren.exchange.rules.hook import Likely, Unmatched, plug


class ExchangeConfig(AppConfig):
    """Imports."""

    name = "liren.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Say which column names a person (rows of an import follow a merge of files), and let the matcher look at what sure keys leave over."""
        from liren.registry.rules.references import refers  # noqa: PLC0415  as late as the other rooms

        refers("exchange_row", "person")
        plug(_likely)


def _likely(rows: Sequence[Unmatched], county: int) -> Iterable[Likely]:
    from liren.exchange.queries.likely import likely  # noqa: PLC0415  Splink and DuckDB only in the process that needs them

    return likely(rows, county)
