"""Ids: 64-bit, time-ordered, made in the application, unique over all tables.

Layout: 41 bits of milliseconds since 2024-01-01 UTC, 10 bits of node number, 12 bits of sequence. The node number comes from
the database when a process makes its first id; see ``node_source``.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator

EPOCH_MS = 1_704_067_200_000
NODE_BITS, SEQUENCE_BITS = 10, 12
PER_STEP = 1 << SEQUENCE_BITS
"""How many ids lie side by side in those that are reserved."""
LARGEST = 2**63 - 1

_lock = threading.Lock()
_last_ms = 0
_sequence = 0
_node: int | None = None
_process = 0
_source: Callable[[], int] | None = None


def node_source(source: Callable[[], int]) -> None:
    """Say where a process gets its node number from: any integer, taken modulo 1024, different for processes that live together."""
    global _source, _node
    _source, _node = source, None


def new_id() -> int:
    """Return a new id, larger than every id that this process made before."""
    global _last_ms, _sequence, _node, _process
    with _lock:
        if _node is None or _process != os.getpid():
            if _source is None:
                raise RuntimeError("no node number: the room that owns the database sequence is not ready")
            _node, _process = _source() % (1 << NODE_BITS), os.getpid()
        _last_ms, _sequence = _next(max(time.time_ns() // 1_000_000 - EPOCH_MS, _last_ms))
        return (_last_ms << (NODE_BITS + SEQUENCE_BITS)) | (_node << SEQUENCE_BITS) | _sequence


def reserve(count: int) -> tuple[int, int]:
    """Set aside ``count`` ids for rows that the database makes itself; return the first and how far apart two milliseconds are.

    The n-th id (from 0) is ``first + n // 4096 * step + n % 4096``; every id that is made later is larger.
    """
    global _last_ms, _sequence
    first = new_id()
    with _lock:
        start = _last_ms + 1
        _last_ms, _sequence = start + -(-count // PER_STEP), 0
    node = first >> SEQUENCE_BITS & ((1 << NODE_BITS) - 1)
    return (start << (NODE_BITS + SEQUENCE_BITS)) | (node << SEQUENCE_BITS), 1 << (NODE_BITS + SEQUENCE_BITS)


def new_ids(count: int) -> Iterator[int]:
    """Yield so many new ids in order, set aside at once: for the rows of a table that are made together."""
    first, step = reserve(count)
    return (first + number // PER_STEP * step + number % PER_STEP for number in range(count))


def _next(now_ms: int) -> tuple[int, int]:
    if now_ms > _last_ms:
        return now_ms, 0
    if _sequence + 1 < 1 << SEQUENCE_BITS:
        return _last_ms, _sequence + 1
    return _last_ms + 1, 0  # borrowed from the next millisecond: order and uniqueness hold, the clock catches up


def made_at_ms(number: int) -> int:
    """Return the moment at which an id was made, in milliseconds since 1970."""
    return (number >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS
