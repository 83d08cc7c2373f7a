"""Writes the published days off and days worked of each year as the calendar items of a pack."""

from collections.abc import Iterator, Mapping
from datetime import date

SATURDAY = 5


def calendar_yaml(off: Mapping[date, str], worked: Mapping[date, str], source: str) -> str:
    """Return a pack file with one calendar item for each year that ``off`` names; the values are the names of the holidays.

    Weekend days in ``off`` and weekdays in ``worked`` say nothing new and are left out.
    """
    lines = [
        "# Written by `liren manage build_calendar`; do not edit. A year is covered once its arrangement was published.",
        "kind: calendar",
        "items:",
    ]
    for year in sorted({day.year for day in off}):
        lines += [
            f'  - code: "{year}"',
            f"    name: {year}年工作日历",
            f"    name_en: Working days of {year}",
            "    verified: true",
            f"    source: {source}",
            f"    year: {year}",
            *_days("off", {day: name for day, name in off.items() if day.year == year and day.weekday() < SATURDAY}),
            *_days(
                "worked", {day: name for day, name in worked.items() if day.year == year and day.weekday() >= SATURDAY}
            ),
        ]
    return "\n".join(lines) + "\n"


def _days(key: str, days: Mapping[date, str]) -> Iterator[str]:
    if not days:
        yield f"    {key}: []"
        return
    yield f"    {key}:"
    for day in sorted(days):
        yield f"      - {day.isoformat()}  # {days[day]}"
