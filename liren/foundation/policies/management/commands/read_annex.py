"""Read the annex of a pilot notice from its text and write it as a file of its pack."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from liren.foundation.policies.rules.annex import annex_yaml, read_annex

PACK = settings.ROOT / "packs" / "jiangsu" / "2015-rural-pilot"
SOURCE = "苏民基〔2015〕4号附件"


def annex_text(text: str) -> str:
    """Return the pack file for the annex in ``text``."""
    return annex_yaml(read_annex(text), province="江苏省", clause="附件", source=SOURCE)


class Command(BaseCommand):
    """Writes annex.yaml beside the text."""

    help = "Read the annex of the Jiangsu pilot notice and write it as a file of its pack."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the text: the annex alone or the whole notice."""
        parser.add_argument("--text", type=Path, default=PACK / "annex.txt", help="the text to read")
        parser.add_argument("--to", type=Path, default=PACK / "annex.yaml", help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say how many communities it names."""
        text = options["text"].read_text(encoding="utf-8")
        try:
            listed = read_annex(text)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not listed:
            raise CommandError(f"{options['text']} names no community")
        options["to"].write_text(annex_text(text), encoding="utf-8")
        cities = len({one.city for one in listed})
        self.stdout.write(f"{options['to']}: {len(listed)} communities of {cities} cities")
