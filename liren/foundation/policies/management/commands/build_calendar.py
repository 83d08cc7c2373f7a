"""Write the national base's working calendar from the chinesecalendar package, for every year that it covers."""

from argparse import ArgumentParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chinese_calendar import constants
from django.conf import settings
from django.core.management.base import BaseCommand

from liren.foundation.policies.rules.published import calendar_yaml

TARGET = settings.ROOT / "packs" / "national" / "base" / "calendar" / "years.yaml"
NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


def calendar_text() -> str:
    """Return the calendar file as the installed package knows the years."""
    source = f"chinesecalendar {version('chinesecalendar')}（按国务院办公厅历年节假日安排通知整理）"
    off, worked = (
        {day: NAMES.get(name, name) for day, name in days.items()} for days in (constants.holidays, constants.workdays)
    )
    return calendar_yaml(off, worked, source)


class Command(BaseCommand):
    """Writes the file; the loader then makes a new version of the pack."""

    help = "Write the working calendar of every year that the chinesecalendar package covers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file to write."""
        parser.add_argument("--to", type=Path, default=TARGET, help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say which years it holds."""
        text = calendar_text()
        options["to"].write_text(text, encoding="utf-8")
        self.stdout.write(f"{options['to']}: {text.count('    year: ')} years")
