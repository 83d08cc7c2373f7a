"""``match_quality``: people of whom the truth is known, written down twice on the harder setting, matched with the measures of quality and time."""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from array import array
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

import pyarrow as pa

SEED, ON = 20260301, date(2026, 11, 1)
FIELDS = ("ref", "name", "sex", "birth_on", "number", "phones", "area", "block")
PART = 50_000


def match_quality(people: int) -> dict[str, float | int | None]:
    """Return the figures of matching so many rows with so many people, measured in a process of its own."""
    command = [sys.executable, "-m", "liren.conf.bench.matching", "--people", str(people)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float | int | None] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(people: int) -> dict[str, float | int | None]:
    """Make the two lists, match them and compare with the truth."""
    from liren.conf.demo.dirt import HARDER  # noqa: PLC0415  needs Django
    from liren.conf.demo.truth import two_lists  # noqa: PLC0415
    from liren.conf.demo.truth_tables import known_table  # noqa: PLC0415
    from liren.exchange.queries.matching import matched  # noqa: PLC0415
    from liren.exchange.rules.weighing import Outcome  # noqa: PLC0415

    began = time.perf_counter()
    known: list[pa.Table] = []
    written: list[pa.Table] = []
    truth, there = array("q", [0]), bytearray(2 * people)  # a row's ref counts from 1
    homes = two_lists(people, HARDER, seed=SEED, on=ON)
    while part := list(islice(homes, PART // 3)):
        known += known_table(person for home in part for person in home.known)
        for person in (person for home in part for person in home.known):
            there[person.who] = 1
        entries = [entry for home in part for entry in home.entries]
        truth.extend(entry.who for entry in entries)
        written.append(pa.table({name: [getattr(entry, name) for entry in entries] for name in FIELDS}, schema=_SCHEMA))
    made = time.perf_counter() - began
    limit = _joined(known, written)
    began = time.perf_counter()
    right = taken = unsure = missed = 0
    for found in matched(_rows(written), known):
        who = truth[found.ref]
        taken += found.person is not None
        right += found.person == who
        unsure += found.outcome is Outcome.UNSURE
        missed += found.outcome is Outcome.NEW and bool(there[who])
    seconds = time.perf_counter() - began
    rows = len(truth) - 1
    return {
        "p50_ms": round(seconds * 1000, 1), "p95_ms": round(seconds * 1000, 1), "per_s": round(rows / seconds, 1),
        "limit_per_s": round(rows / limit, 1), "ratio": round(limit / seconds, 3), "n": rows, "seconds": round(seconds, 2),
        "precision": round(right / taken, 6), "recall": round(right / sum(there[who] for who in islice(truth, 1, None)), 6), "unsure": unsure,
        "missed": missed, "people": sum(part.num_rows for part in known), "made_s": round(made, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


_SCHEMA = pa.schema(
    [
        ("ref", pa.int64()), ("name", pa.string()), ("sex", pa.string()), ("birth_on", pa.date32()), ("number", pa.string()),
        ("phones", pa.list_(pa.string())), ("area", pa.int64()), ("block", pa.string()),
    ]
)  # fmt: skip


def _rows(parts: Iterable[pa.Table]) -> Iterator[Any]:
    from liren.exchange.queries.findings import Row  # noqa: PLC0415

    for part in parts:
        for values in zip(*(column.to_pylist() for column in part.columns), strict=True):
            yield Row(*values)


def _joined(known: list[pa.Table], written: list[pa.Table]) -> float:
    """Return the seconds that reading both lists and joining them by equal numbers takes, which finds hardly nine in ten."""
    from liren.exchange.queries.matching import PEOPLE  # noqa: PLC0415
    from liren.exchange.queries.memory import load, load_parts, memory  # noqa: PLC0415
    from liren.exchange.queries.openings import number_key  # noqa: PLC0415

    began = time.perf_counter()
    with memory(threads=2, most="1GB") as database:
        load_parts(database, "known", PEOPLE, known)
        keys = ((row.ref, number_key(row.number) if row.number else None) for row in _rows(written))
        load(database, "row", pa.schema([("ref", pa.int64()), ("number", pa.int64())]), keys)
        database.execute("SELECT ref, person FROM row JOIN known USING (number)").fetchall()
    return time.perf_counter() - began


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    asked = parser.parse_args()
    import django

    django.setup()
    sys.stdout.write(json.dumps(measure(asked.people)) + "\n")
