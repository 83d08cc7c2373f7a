"""The one place that reads the clock; only doors ask it, everything below takes the moment as an argument."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return this moment, aware."""
    return datetime.now(UTC)  # noqa: TID251


def today() -> date:
    """Return today's date in China."""
    return day_of(now())


@lru_cache(maxsize=1024)  # a request asks again and again about its own moment
def day_of(at: datetime) -> date:
    """Return the day of an aware moment in China."""
    return at.astimezone(CHINA).date()
