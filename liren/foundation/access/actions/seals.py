"""Sealing whole finished transactions of the journal in a chain, and clearing out what has run out."""

from datetime import datetime

from django.db import connection

from liren.foundation.access.models import JournalSeal, Session, SignInCode, Throttle, TrayMessage
from liren.foundation.access.models.journal import this_cluster
from liren.foundation.access.queries.journal import head, lines_between
from liren.foundation.access.rules.journal import ENTRY, FIRST, ROOT, chained, entries_of

BATCH = 5_000
MOST_BATCHES = 200
_SEALER = 0x4C6972656E  # one sealer at a time


def seal_journal(*, at: datetime) -> int:
    """Seal what has been written by transactions that have ended, and return how many lines; needs the scope of everything.

    A line is sealed when no transaction older than the oldest one running can still bring forth its like: its number lies
    below ``pg_snapshot_xmin``. Lines that came with a restored dump carry their old server's numbers and are all finished.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEALER])
        if not cursor.fetchone()[0]:
            return 0
    sealed = 0
    here = this_cluster()
    for cluster in _clusters(here):
        for _number in range(MOST_BATCHES):
            count = _seal_batch(cluster, is_here=cluster == here, at=at)
            sealed += count
            if not count:
                break
    return sealed


def _clusters(here: int) -> list[int]:
    """Return the servers that have written lines, this one last; a skip scan, there are few."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE c(cluster) AS ("
            " (SELECT cluster FROM access_journalline ORDER BY cluster LIMIT 1) UNION ALL"
            " SELECT (SELECT l.cluster FROM access_journalline l WHERE l.cluster > c.cluster ORDER BY l.cluster LIMIT 1)"
            " FROM c WHERE c.cluster IS NOT NULL) SELECT cluster FROM c WHERE cluster IS NOT NULL"
        )
        return sorted((row[0] for row in cursor.fetchall()), key=lambda cluster: cluster == here)


def _seal_batch(cluster: int, *, is_here: bool, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(to_xid) + 1, %s) FROM access_journalseal WHERE cluster = %s", [FIRST, cluster]
        )
        start = cursor.fetchone()[0]
        cursor.execute(
            "SELECT max(xid) FROM (SELECT xid FROM access_journalline WHERE cluster = %s AND xid >= %s"
            " AND (NOT %s OR xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint) ORDER BY xid, id LIMIT %s) batch",
            [cluster, start, is_here, BATCH],
        )
        end = cursor.fetchone()[0]
    if end is None:
        return 0
    entries = entries_of(lines_between(cluster, start, end))
    last = head()
    number = last.number + 1 if last else 1
    count = len(entries) // ENTRY
    digest = chained(
        bytes(last.digest) if last else ROOT,
        number=number,
        cluster=cluster,
        from_xid=start,
        to_xid=end,
        count=count,
        at=at,
        entries=entries,
    )
    JournalSeal(
        number=number, cluster=cluster, from_xid=start, to_xid=end, count=count, entries=entries, digest=digest, at=at
    ).save(force_insert=True)
    return count


def clear_out(*, before: datetime, at: datetime) -> None:
    """Remove sessions and codes that have run out, counters and demo texts older than ``before``."""
    Session.objects.filter(expires_at__lt=at).delete()
    SignInCode.objects.filter(expires_at__lt=at).delete()
    Throttle.objects.filter(since__lt=before).exclude(locked_until__gt=at).delete()
    TrayMessage.objects.filter(at__lt=before).delete()
