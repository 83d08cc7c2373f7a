"""The exchange room."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Imports."""

    name = "liren.exchange"
    label = "exchange"
