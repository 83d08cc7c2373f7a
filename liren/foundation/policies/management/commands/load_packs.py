"""Load policy packs into the database; does nothing for packs that are loaded and have not changed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from liren.base.clock import now
from liren.foundation.policies.actions import PackFaults, load


class Command(BaseCommand):
    """Loads the named folders, or all packs that come with the product."""

    help = "Load policy packs: the named folders, or all that come with the product."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take folders."""
        parser.add_argument("folders", nargs="*", type=Path, help="folders that hold a pack.yaml")
        parser.add_argument("--database", default="owner", help="the alias that may write (owner)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load all or nothing; a fault is one sentence with file, line and clause."""
        try:
            loaded = load(*options["folders"], at=now(), using=options["database"])
        except PackFaults as refusal:
            raise CommandError("\n".join([refusal.message, *refusal.details])) from refusal
        for one in loaded:
            if options["verbosity"]:
                what = f"revision {one.revision}" if one.changed else "unchanged"
                self.stdout.write(f"{one.code}: {one.items} items, {what}")
