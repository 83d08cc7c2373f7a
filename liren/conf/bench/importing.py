"""``import_rows``: a list of as many rows as the registry has people, from the file to the journal, beside plain COPY of as many people."""

import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liren.base import clock
from liren.base.clock import day_of
from liren.base.pools import begin
from liren.base.postgres import Cluster
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.bench.fill import Cast
from liren.conf.bench.listing import NEW, write_list
from liren.exchange.actions import batches, running
from liren.exchange.models import Batch
from liren.exchange.queries.batches import figures
from liren.foundation.access.queries import account_with_seats

PIECE = 1 << 20
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
COPIED = (
    "registry_household",
    "registry_person",
    "registry_namekey",
    "registry_phone",
    "registry_fact",
    "registry_stay",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list is brought in: how many rows, as ``csv`` or ``xlsx``, and which share of them is about people nobody has registered."""

    rows: int
    form: str = "csv"
    new: float = NEW


def import_rows(cluster: Cluster, cast: Cast, *, people: int, wanted: Wanted) -> dict[str, float | int | None]:
    """Bring a list in as a job does; return rows per second, the ratio to COPY, what it cost of the processors, the peak of memory."""
    at, rows = clock.now(), wanted.rows
    found = account_with_seats(cast.officers["service_center_head"], on=day_of(at), second_factor=True)
    assert found is not None
    viewer = found[1]
    seat = viewer.seats[0]
    path = cluster.home / f"list-{people}-{rows}-{round(wanted.new * 100)}.{wanted.form}"
    if not path.exists():
        write_list(path, people=people, rows=rows, new=wanted.new)
    digest = batches.keep_table(path)
    with worker() as (pool, pid):
        watch = Watch(pid)
        python, server, began = _spent(pid), spent_by(cluster), time.perf_counter()
        with applied(viewer.scope):
            batch = batches.open_batch(
                by=viewer, at=at, area=seat.area, level=seat.level, title="量速", digest=digest, as_of=day_of(at), authority="量速", source="shared"
            )  # fmt: skip
            batches.begin_staging(by=viewer, at=at, batch=batch)
        assert pool.submit(running.run_staging, batch.pk).result() == "staged"
        staged = time.perf_counter() - began
        with applied(viewer.scope):
            batch = Batch.objects.get(pk=batch.pk)
            batches.begin_applying(by=viewer, at=clock.now(), batch=batch)
        assert pool.submit(running.run_applying, batch.pk).result() == "applied"
        seconds = time.perf_counter() - began
        python, server, peak = _spent(pid) - python, spent_by(cluster) - server, watch.stopped()
    with applied(Scope.everything()):
        now = figures(batch)
    limit = _copied(cluster)
    return {
        "p50_ms": round(seconds * 1000, 1), "p95_ms": round(seconds * 1000, 1), "per_s": round(rows / seconds, 1), "limit_per_s": round(limit, 1),
        "ratio": round(rows / seconds / limit, 3), "n": rows, "seconds": round(seconds, 1), "staging_seconds": round(staged, 1),
        "python_us": round(python / rows * 1e6), "postgres_us": round(server / rows * 1e6), "peak_mb": round(peak), "new": now.new,
        "changed": now.changed, "same": now.same, "queued": now.queued, "refused": now.refused,
    }  # fmt: skip


@contextmanager
def worker() -> Iterator[tuple[ProcessPoolExecutor, int]]:
    """Give a process like the worker of jobs, begun anew, and its id."""
    with ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn"), initializer=begin, initargs=(os.getpid(),)
    ) as pool:
        yield pool, pool.submit(os.getpid).result()


class Watch:
    """Looks ten times a second how much memory a process and those it started hold together."""

    def __init__(self, pid: int) -> None:
        self.pid, self.peak, self.done = pid, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.done.wait(0.1):
            self.peak = max(self.peak, sum(map(_memory, _family(self.pid))))

    def stopped(self) -> float:
        """Stop looking and return the peak in megabytes."""
        self.done.set()
        self.thread.join()
        return self.peak


def _family(pid: int) -> list[int]:
    """Return a process and those it started, and those they started."""
    found = [pid]
    for one in found:
        try:
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except OSError:  # ended meanwhile
            continue
    return found


def _memory(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
    except (OSError, IndexError):
        return 0.0


def _times(stat: Path) -> tuple[int, list[int]]:
    """Return the parent of a process, and its seconds: own in user and system mode, and those of children that have ended."""
    words = stat.read_text().rsplit(")", 1)[1].split()
    return int(words[1]), [int(word) for word in words[11:15]]


def _spent(pid: int) -> float:
    """Return the seconds of processor that a process and its children have taken, those that have ended included."""
    return sum(_seconds(Path(f"/proc/{one}/stat")) for one in _family(pid))


def _seconds(stat: Path) -> float:
    """Return the seconds of a process; those of one that ends while it is looked at stand with its parent from then on."""
    try:
        return sum(_times(stat)[1]) / TICKS
    except OSError:
        return 0.0


def spent_by(cluster: Cluster) -> float:
    """Return the seconds of processor that a server has taken, connections that have ended included."""
    head = int((cluster.data / "postmaster.pid").read_text().split()[0])
    return _spent(head)


def _copied(cluster: Cluster) -> float:
    """Return how many people a second plain COPY brings into tables like those of the registry, with all their indexes."""
    with cluster.admin("liren") as connection, connection.cursor() as cursor, tempfile.TemporaryFile() as file:
        sizes: dict[str, int] = {}
        for table in COPIED:
            before = file.tell()
            with cursor.copy(f"COPY {table} TO STDOUT") as out:
                for part in out:
                    file.write(part)
            sizes[table] = file.tell() - before
        cursor.execute("SELECT count(*) FROM registry_person")
        row: Any = cursor.fetchone()
        for table in COPIED:
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
        file.seek(0)
        began = time.perf_counter()
        for table, size in sizes.items():
            with cursor.copy(f"COPY bench_{table} FROM STDIN") as copy:
                for start in range(0, size, PIECE):
                    copy.write(file.read(min(PIECE, size - start)))
        seconds = time.perf_counter() - began
        for table in COPIED:
            cursor.execute(f"DROP TABLE bench_{table}")
    return float(row[0]) / seconds
