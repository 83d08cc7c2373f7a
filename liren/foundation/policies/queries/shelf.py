"""What a process remembers of the packs, so that asking for a matter or a working day costs no query.

The memory is thrown away when the stamp in the database differs. The stamp is read at most once in ``SECONDS``: what was
loaded or adopted in one process holds in the others no later than that. The process that loads or adopts forgets at once.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from liren.foundation.policies.models import Adoption, Pack, PackItem, Stamp
from liren.foundation.policies.rules.chain import Adopted, Edition, chain, edition_on, holds

SECONDS = 2.0
MOST_REMEMBERED = 5_000
STAMP_ID = 1


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a pack's version, as loaded. ``id`` names this very text for ever: keep it where a decision rests on it."""

    id: int
    pack: str
    pack_id: int
    kind: str
    code: str
    name: str
    body: Mapping[str, Any] = field(repr=False, hash=False, compare=False)
    clause: str
    file: str
    line: int
    valid_from: date | None
    valid_until: date | None
    verified: bool


class Shelf:
    """Everything that one stamp stands for: packs and adoptions at once, the items of a version when they are first wanted."""

    def __init__(self, stamp: UUID | None) -> None:
        self.stamp = stamp
        self.editions: dict[str, list[Edition]] = {}
        for pack in Pack.objects.order_by("code", "revision"):
            edition = Edition(
                pack.pk, pack.code, pack.revision, pack.valid_from, pack.valid_until, tuple(pack.depends_on)
            )
            self.editions.setdefault(pack.code, []).append(edition)
        self.adoptions = [
            Adopted(one.level, one.area, one.pack, one.valid_from, one.valid_until) for one in Adoption.objects.all()
        ]
        self._items: dict[int, dict[str, tuple[Item, ...]]] = {}
        self._found: dict[Any, Any] = {}

    def editions_at(self, level: int, area: int, on: date) -> tuple[Edition, ...]:
        """Return the versions that count at a place on a day, the nearest first."""
        return self.remembered(("editions", level, area, on), lambda: self._editions_at(level, area, on))  # type: ignore[no-any-return]

    def _editions_at(self, level: int, area: int, on: date) -> tuple[Edition, ...]:
        in_force = {code: edition for code, every in self.editions.items() if (edition := edition_on(every, on))}
        codes = chain(
            self.adoptions, level, area, on, lambda code: in_force[code].depends_on if code in in_force else ()
        )
        return tuple(in_force[code] for code in codes if code in in_force)

    def items(self, kind: str, editions: tuple[Edition, ...], on: date) -> Mapping[str, Item]:
        """Return the items of a kind that hold on a day, by code; of items with one code that of the nearest pack."""
        key = ("items", kind, tuple(edition.id for edition in editions), on)
        return self.remembered(key, lambda: self._nearest(kind, editions, on))  # type: ignore[no-any-return]

    def _nearest(self, kind: str, editions: tuple[Edition, ...], on: date) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for edition in editions:
            for item in self.of(edition.id).get(kind, ()):
                if item.code not in found and holds(item.valid_from, item.valid_until, on):
                    found[item.code] = item
        return found

    def of(self, pack_id: int) -> dict[str, tuple[Item, ...]]:
        """Return all items of one version by kind, in the order of its files."""
        if pack_id not in self._items:
            by_kind: dict[str, list[Item]] = {}
            rows = PackItem.objects.filter(pack=pack_id).select_related("pack").order_by("file", "line", "id")
            for row in rows:
                by_kind.setdefault(row.kind, []).append(as_item(row))
            self._items[pack_id] = {kind: tuple(every) for kind, every in by_kind.items()}
        return self._items[pack_id]

    def turning_days(self, kind: str) -> list[date]:
        """Return the days on which another item of a kind may begin to count somewhere."""
        days: set[date | None] = set()
        for edition in (one for every in self.editions.values() for one in every):
            days |= {edition.valid_from, edition.valid_until}
            for item in self.of(edition.id).get(kind, ()):
                days |= {item.valid_from, item.valid_until}
        for one in self.adoptions:
            days |= {one.valid_from, one.valid_until}
        return sorted(day for day in days if day is not None)

    def remembered(self, key: Any, find: Any) -> Any:
        """Return what ``find`` says, asking it once for a key."""
        if key not in self._found:
            if len(self._found) >= MOST_REMEMBERED:
                self._found.clear()
            self._found[key] = find()
        return self._found[key]


def as_item(row: PackItem) -> Item:
    """Return the item in a row."""
    return Item(
        row.pk, row.pack.code, row.pack_id, row.kind, row.code, row.name, row.body, row.clause, row.file, row.line,
        row.valid_from, row.valid_until, row.verified,
    )  # fmt: skip


@dataclass(slots=True)
class _Memory:
    shelf: Shelf | None = None
    checked: float = 0.0


_lock = threading.Lock()
_memory = _Memory()


def shelf() -> Shelf:
    """Return what this process remembers, fresh to within ``SECONDS``."""
    now = time.monotonic()
    remembered = _memory.shelf
    if remembered is not None and now - _memory.checked < SECONDS:
        return remembered
    with _lock:
        stamp = Stamp.objects.filter(pk=STAMP_ID).values_list("stamp", flat=True).first()
        if _memory.shelf is None or _memory.shelf.stamp != stamp:
            _memory.shelf = Shelf(stamp)
        _memory.checked = now
        return _memory.shelf


def forget() -> None:
    """Throw away what this process remembers: the next question reads the database."""
    with _lock:
        _memory.shelf = None
