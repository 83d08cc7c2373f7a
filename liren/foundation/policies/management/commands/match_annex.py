"""Match the communities of a pack's annex to division codes and say by which rule."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from liren.base.errors import NotFound
from liren.foundation.policies.queries.annexes import PILOTS, annex_report


class Command(BaseCommand):
    """Prints one line for each community, candidates for what stays open, and the counts."""

    help = "Match the communities of a pack's annex to division codes: exact, by a named rule, or unresolved."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the pack."""
        parser.add_argument("--pack", default=PILOTS, help=f"the pack ({PILOTS})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report."""
        try:
            report = annex_report(options["pack"])
        except NotFound as error:
            raise CommandError(error.message) from error
        self.stdout.write(report.as_text())
