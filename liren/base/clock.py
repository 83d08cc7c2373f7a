"""The one place that reads the clock; only doors ask it, everything below takes the moment as an argument."""

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """Return this moment, aware."""
    return timezone.now()  # noqa: TID251


def today() -> date:
    """Return today's date in China."""
    return timezone.localdate(now())
