"""Load the shipped divisions: once for each edition, by COPY, indexes afterwards."""

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections, models, transaction

from liren.base.clock import now
from liren.foundation.places.models import Edition, Place
from liren.foundation.places.queries.shipped import Shipped
from liren.foundation.places.queries.tree import forget
from liren.foundation.places.rules.names import GAP

COLUMNS = "id, level, area, hi, kind, name, key, pinyin, initials, edition_id"
TAILS = """
INSERT INTO places_placetail (level, tail, area)
SELECT level, substr(key, start), area
FROM (SELECT level, area, key, length(split_part(key, %s, 1)) AS stem FROM places_place WHERE valid_until IS NULL) AS place,
     generate_series(2, stem - 1) AS start
ORDER BY 1, 2, 3
"""
MERGE = """
MERGE INTO places_place AS old USING incoming AS new ON old.level = new.level AND old.area = new.area
WHEN MATCHED AND (old.valid_until IS NOT NULL OR (old.kind, old.name, old.key, old.pinyin, old.initials)
     IS DISTINCT FROM (new.kind, new.name, new.key, new.pinyin, new.initials)) THEN UPDATE SET hi = new.hi, kind = new.kind, name = new.name, key = new.key, pinyin = new.pinyin,
     initials = new.initials, edition_id = new.edition_id, valid_until = NULL
WHEN NOT MATCHED THEN INSERT (id, level, area, hi, kind, name, key, pinyin, initials, edition_id, valid_from)
     VALUES (new.id, new.level, new.area, new.hi, new.kind, new.name, new.key, new.pinyin, new.initials, new.edition_id, %s)
"""
CLOSE = """
UPDATE places_place AS old SET valid_until = %s
WHERE valid_until IS NULL AND NOT EXISTS (SELECT FROM incoming AS new WHERE new.level = old.level AND new.area = old.area)
"""


class Command(BaseCommand):
    """Loads the divisions; does nothing when the shipped edition is there."""

    help = "Load the shipped divisions into the database; does nothing when this edition is loaded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer nothing but the database alias."""
        parser.add_argument("--database", default="owner", help="the alias that may write (owner)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file in one transaction; an interrupted load leaves nothing behind."""
        self.verbosity, self.using = options["verbosity"], options["database"]
        self.began = time.monotonic()
        shipped = Shipped()
        checksum = shipped.sha256
        if Edition.objects.using(self.using).filter(sha256=checksum).exists():
            self.say("divisions are loaded")
            return
        connection = connections[self.using]
        with transaction.atomic(using=self.using), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE places_edition IN EXCLUSIVE MODE")
            if Edition.objects.using(self.using).filter(sha256=checksum).exists():
                return
            about = shipped.edition()
            edition = Edition(
                id=Edition.objects.using(self.using).count() + 1,
                sha256=checksum,
                loaded_at=now(),
                **{name: about[name] for name in about if name != "readings"},
            )
            edition.save(using=self.using)
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL synchronous_commit = off")
            empty = not Place.objects.using(self.using).exists()
            if empty:
                self.fill(cursor, shipped, edition)
            else:
                self.merge(cursor, shipped, edition)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE places_place, places_placetail")
        forget()
        self.say(f"{sum(edition.counts.values()):,} divisions loaded")

    def fill(self, cursor: Any, shipped: Shipped, edition: Edition) -> None:
        """Copy into the empty tables and index them afterwards."""
        with connections[self.using].schema_editor(atomic=False) as editor:
            secondary: list[models.Index] = list(Place._meta.indexes)
            for index in secondary:
                editor.remove_index(Place, index)
            self.copy(cursor, "places_place", shipped, edition)
            self.say("indexing")
            cursor.execute(TAILS, [GAP])
            for index in secondary:
                editor.add_index(Place, index)

    def merge(self, cursor: Any, shipped: Shipped, edition: Edition) -> None:
        """Bring another edition in: new places begin, missing ones end on the day of the edition."""
        cursor.execute(f"CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT {COLUMNS} FROM places_place LIMIT 0")  # noqa: S608
        self.copy(cursor, "incoming", shipped, edition)
        cursor.execute("ANALYZE incoming")
        self.say("merging")
        cursor.execute(MERGE, [edition.as_of])
        cursor.execute(CLOSE, [edition.as_of])
        cursor.execute("TRUNCATE places_placetail")
        cursor.execute(TAILS, [GAP])

    def copy(self, cursor: Any, table: str, shipped: Shipped, edition: Edition) -> None:
        """Send every line of the file to a table."""
        total = sum(edition.counts.values())
        lines: list[str] = []
        last = f"\t{edition.id}\n"
        with cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as copy:
            for number, place in enumerate(shipped.lines(), 1):
                lines.append("\t".join(map(str, (place.area * 10 + place.level, *place))) + last)
                if len(lines) == 4000:
                    copy.write("".join(lines))
                    lines.clear()
                    if number % 100_000 == 0:
                        self.say(f"{number:,} of {total:,}")
            copy.write("".join(lines))

    def say(self, words: str) -> None:
        """Print progress with the seconds since the start, on stderr."""
        if self.verbosity:
            sys.stderr.write(f"places {time.monotonic() - self.began:5.1f} s  {words}\n")
            sys.stderr.flush()
