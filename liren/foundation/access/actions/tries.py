"""Counting tries on a connection aside, so that what is refused or rolled back still counts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from liren.base.aside import aside
from liren.base.clock import day_of
from liren.base.errors import TooMany
from liren.foundation.access.queries.tries import bucket_of
from liren.foundation.access.rules.tries import LIMITS, Kind

# A try is counted before it is judged, in one statement: parallel guesses cannot slip through between looking and counting.
_COUNT = """
INSERT INTO access_throttle AS t (bucket, count, since, locked_until)
VALUES (%(bucket)s, 1, %(at)s, CASE WHEN %(most)s <= 1 THEN %(at)s + %(closed)s END)
ON CONFLICT (bucket) DO UPDATE SET
  count = CASE WHEN t.locked_until > %(at)s THEN t.count + 1
               WHEN t.locked_until IS NOT NULL OR t.since <= %(at)s - %(within)s THEN 1 ELSE t.count + 1 END,
  since = CASE WHEN t.locked_until > %(at)s THEN t.since
               WHEN t.locked_until IS NOT NULL OR t.since <= %(at)s - %(within)s THEN %(at)s ELSE t.since END,
  locked_until = CASE WHEN t.locked_until > %(at)s THEN t.locked_until
                      WHEN t.locked_until IS NOT NULL OR t.since <= %(at)s - %(within)s
                      THEN CASE WHEN %(most)s <= 1 THEN %(at)s + %(closed)s END
                      WHEN t.count + 1 >= %(most)s THEN %(at)s + %(closed)s END
RETURNING count, locked_until
"""


class Tries:
    """The tries of one request."""

    def __init__(self, aside: psycopg.Connection[tuple[Any, ...]], at: datetime) -> None:
        self.aside = aside
        self.at = at

    def count(self, kind: Kind, key: object, advice: str) -> int:
        """Count a try and return how many are left after it; raise ``TooMany`` when the door was closed already."""
        limit = LIMITS[kind]
        row = self.aside.execute(
            _COUNT,
            {
                "bucket": bucket_of(kind, key),
                "at": self.at,
                "most": limit.most,
                "within": limit.within,
                "closed": limit.closed,
            },
        ).fetchone()
        assert row is not None
        tries, locked_until = row
        if tries > limit.most:
            raise closed(locked_until, self.at, advice)
        return int(limit.most - tries)

    def until(self, kind: Kind, key: object) -> datetime | None:
        """Return until when a door is closed, nothing while it is open."""
        row = self.aside.execute(
            "SELECT locked_until FROM access_throttle WHERE bucket = %s AND locked_until > %s",
            [bucket_of(kind, key), self.at],
        ).fetchone()
        return row[0] if row else None

    def clear(self, kind: Kind, key: object) -> None:
        """Forget the tries: the right answer was given, or somebody opened the door."""
        self.aside.execute("DELETE FROM access_throttle WHERE bucket = %s", [bucket_of(kind, key)])


def count_tries(tried: Mapping[Kind, object], *, at: datetime, advice: str) -> None:
    """Count one try of a door that anybody may try, under each of its limits; raise ``TooMany`` once one of them is closed.

    What is counted stays counted, whatever becomes of the request.
    """
    with aside() as connection:
        tries = Tries(connection, at)
        for kind, key in tried.items():
            tries.count(kind, key, advice)


def forget_tries(kind: Kind, key: object, *, at: datetime) -> None:
    """Forget the tries of a door to which the right answer was given."""
    with aside() as connection:
        Tries(connection, at).clear(kind, key)


def closed(until: datetime, at: datetime, advice: str) -> TooMany:
    """Return the refusal that says until when, and what to do."""
    there = localtime(until)
    when = there.strftime("%H:%M") if day_of(there) == day_of(at) else there.strftime("%m-%d %H:%M")
    seconds = max(int((until - at).total_seconds()) + 1, 1)
    return TooMany(
        _("试的次数太多，已暂停到 %(when)s。%(advice)s") % {"when": when, "advice": advice}, retry_after=seconds
    )
