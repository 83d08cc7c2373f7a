"""What a journal line says byte for byte, and how seals are chained; every number big-endian."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SM3, Hash

ENTRY = 40  # 8 bytes of id, 32 bytes of SM3
ROOT = bytes(32)  # the digest before the first seal
FIRST = -(2**62)  # where the first span of a server begins: no line can lie before it unnoticed


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Line(NamedTuple):
    """The columns of a journal line, in the order of the canonical form."""

    id: int
    area: int
    at: datetime
    subject: int
    account_id: int
    actor: str
    verb: str
    kind: str
    object_id: int
    changes: Any
    address: str
    once: UUID | None
    xid: int
    cluster: int


COLUMNS = Line._fields


def canonical(line: Line) -> bytes:
    """Return a line as a JSON list in UTF-8: times in microseconds since 1970, no blanks, keys of objects in order."""
    values = (*line[:2], microseconds(line.at), *line[3:11], str(line.once) if line.once else None, *line[12:])
    return _JSON.encode(values).encode()


def microseconds(at: datetime) -> int:
    """Return a moment in microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def sm3(content: bytes) -> bytes:
    """Return the SM3 digest (GB/T 32905)."""
    counter = Hash(SM3())
    counter.update(content)
    return counter.finalize()


def entries_of(lines: Iterable[Line]) -> bytes:
    """Return the entries of a seal for lines in the order of ids."""
    return b"".join(line.id.to_bytes(8, "big") + sm3(canonical(line)) for line in lines)


def read_entries(entries: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the ids and digests that a seal keeps."""
    for start in range(0, len(entries), ENTRY):
        yield int.from_bytes(entries[start : start + 8], "big"), entries[start + 8 : start + ENTRY]


def chained(
    before: bytes, *, number: int, cluster: int, from_xid: int, to_xid: int, count: int, at: datetime, entries: bytes
) -> bytes:
    """Return the digest of a seal over the seal before it."""
    head = b"".join(
        value.to_bytes(8, "big", signed=True) for value in (number, cluster, from_xid, to_xid, count, microseconds(at))
    )
    return sm3(before + head + sm3(entries))


def head_of(seal: Mapping[str, Any]) -> str:
    """Return the words by which an auditor notes a seal: ``number:digest``."""
    return f"{seal['number']}:{bytes(seal['digest']).hex()}"
