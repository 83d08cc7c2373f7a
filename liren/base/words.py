"""How days, money and numbers are said on screen, in Chinese and in English."""

from datetime import date, datetime, timedelta

from django.utils import translation
from django.utils.timezone import localtime

from liren.base.clock import day_of

WEEKDAYS = "一二三四五六日"
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SHORT_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NEAR = timedelta(days=366)
"""How far away a day may be for its weekday to tell anybody anything; nobody asks on which one somebody was born."""


def in_english() -> bool:
    """Tell whether the page is shown in English."""
    return (translation.get_language() or "").startswith("en")


def day(on: date | datetime, today: date) -> str:
    """Say a day: 9月3日（周四）, with the year when it is not today's, without the weekday when it is more than a year away."""
    if isinstance(on, datetime):
        on = day_of(on)
    is_near = abs(on - today) <= NEAR
    if in_english():
        weekday = f"{SHORT_WEEKDAYS[on.weekday()]} " if is_near else ""
        year = "" if on.year == today.year else f" {on.year}"
        return f"{weekday}{on.day} {MONTHS[on.month - 1]}{year}"
    weekday = f"（周{WEEKDAYS[on.weekday()]}）" if is_near else ""
    year = "" if on.year == today.year else f"{on.year}年"
    return f"{year}{on.month}月{on.day}日{weekday}"


def full_day(on: date) -> str:
    """Say a day as a file does, always with its year and never with a weekday: 2026年3月1日."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}" if in_english() else f"{on.year}年{on.month}月{on.day}日"


def span(since: date, until: date | None = None) -> str:
    """Say from when until when, as a file does: 2026年3月1日起, 2026年3月1日至2026年8月31日."""
    if until is None:
        return f"since {full_day(since)}" if in_english() else f"{full_day(since)}起"
    return f"{full_day(since)}{' to ' if in_english() else '至'}{full_day(until)}"


def moment(at: datetime, today: date) -> str:
    """Say a day and a time of day: 9月3日（周四）14:05."""
    return _with_time(day(at, today), f"{localtime(at):%H:%M}")


def instant(at: datetime, today: date) -> str:
    """Say a moment to the second, for those who have to put what happened in order."""
    return _with_time(day(at, today), f"{localtime(at):%H:%M:%S}")


def _with_time(said: str, time: str) -> str:
    """Put a time of day behind a day; a closing bracket makes room enough by itself."""
    return f"{said}{time}" if said.endswith("）") else f"{said} {time}"


def fen(amount: int) -> str:
    """Say an amount of money given in fen: 1,234 元 or 1,234.50 元."""
    sign, yuan, rest = "-" if amount < 0 else "", abs(amount) // 100, abs(amount) % 100
    number = f"{sign}{yuan:,}" + (f".{rest:02}" if rest else "")
    return f"CNY {number}" if in_english() else f"{number} 元"


def size(count: int) -> str:
    """Say the size of a file given in bytes."""
    return f"{count / 1_048_576:.1f} MB" if count >= 1_048_576 else f"{max(1, count // 1024)} KB"
