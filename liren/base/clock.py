"""The one place that reads the clock; only doors ask it, everything below takes the moment as an argument."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return this moment, aware."""
    return timezone.now()  # noqa: TID251


def today() -> date:
    """Return today's date in China."""
    return day_of(now())


def day_of(at: datetime) -> date:
    """Return the day of an aware moment in China."""
    return at.astimezone(CHINA).date()
