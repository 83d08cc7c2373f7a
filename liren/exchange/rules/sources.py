"""Sources: where they lie, when they are read next, how a row is known again, how a failed reading is tried again."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from liren.base.codes import mask_id, mask_name
from liren.exchange.enums import Every, FeedKind, Target
from liren.exchange.rules import headers

SOON = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""After how long a reading is tried again that failed for a passing reason; then it waits for its regular hour."""


def machine_of(kind: str, settings: Mapping[str, Any]) -> str:
    """Return the machine that gets the secret: for another one it is asked for anew."""
    if kind == FeedKind.DATABASE:
        named = (
            settings.get("dialect", ""),
            settings.get("host", ""),
            settings.get("port") or 0,
            settings.get("user", ""),
        )
        return "|".join(str(part).lower() for part in named)
    scheme, _sign, rest = str(settings.get("address", "")).partition("://")
    return f"{scheme}://{rest.partition('/')[0]}".lower()


def place_of(kind: str, settings: Mapping[str, Any]) -> str:
    """Return where rows come from, as a person reads it."""
    if kind == FeedKind.DATABASE:
        port = f":{settings['port']}" if settings.get("port") else ""
        host = f"{settings['host']}{port}/" if settings.get("host") else ""
        what = settings.get("table") or "SELECT …"
        return f"{host}{settings.get('database', '')} · {what}"
    return str(settings.get("address", "")).partition("?")[0]


def next_reading(every: str, *, hour: int, day: int, after: datetime) -> datetime | None:
    """Return the first regular moment after one, in its time zone: ``day`` is 1–7 of a week or 1–28 of a month."""
    if every not in {Every.DAY, Every.WEEK, Every.MONTH}:
        return None
    found = after.replace(hour=hour, minute=0, second=0, microsecond=0)
    if every == Every.WEEK:
        found += timedelta(days=(day - found.isoweekday()) % 7)
        return found if found > after else found + timedelta(days=7)
    if every == Every.MONTH:
        found = found.replace(day=min(day, 28))
        return found if found > after else (found + timedelta(days=31)).replace(day=min(day, 28))
    return found if found > after else found + timedelta(days=1)


def next_try(regular: datetime | None, *, failures: int, passing: bool, at: datetime) -> datetime | None:
    """Return when a reading is tried again after its ``failures``-th failure in a row: soon for a passing reason, never after the regular moment."""
    if regular is None or not passing or not 1 <= failures <= len(SOON):
        return regular
    return min(regular, at + SOON[failures - 1])


class Fingerprints:
    """How rows of a source are known again: by one column, and by what the mapped columns say.

    ``missing`` names the columns that the mapping or the key needs and the source has no more.
    """

    def __init__(self, heads: Sequence[str], columns: Mapping[str, str], key: str) -> None:
        targets = [columns.get(headers.plain_head(head), "") for head in heads]
        plain = [headers.plain_head(head) for head in heads]
        self.wanted = [index for index, head in enumerate(heads) if targets[index] or head == key]
        self.heads = [heads[index] for index in self.wanted]
        self.mapped = [(targets[index], index) for index in self.wanted if targets[index] not in {"", Target.NOTE}]
        self.key = heads.index(key) if key in heads else None
        self.name = next((index for target, index in self.mapped if target == Target.NAME), None)
        self.missing = sorted({name for name, target in columns.items() if target and name not in plain} | ({key} - set(heads) - {""}))  # fmt: skip

    def cells(self, row: Sequence[str | None]) -> list[str]:
        """Return the cells that come in: what nothing is made of stays where it is."""
        return [_cell(row, index) for index in self.wanted]

    def mark(self, row: Sequence[str | None]) -> str:
        """Return what a row says, to be digested."""
        return json.dumps([[target, _cell(row, index)] for target, index in self.mapped], ensure_ascii=False)

    def key_of(self, row: Sequence[str | None]) -> str:
        """Return by what a row is known again, to be digested."""
        return self.mark(row) if self.key is None else _cell(row, self.key)

    def label(self, row: Sequence[str | None]) -> str:
        """Return who a row is about, as it may stand on a screen when the row is gone."""
        name = "" if self.name is None else _cell(row, self.name)
        key = "" if self.key is None else _cell(row, self.key)
        shown = mask_id(key) if len(key) >= 15 else mask_name(key) if key and not key.isascii() else key
        return " ".join(part for part in (name, shown if key != name else "") if part)[:100]


def _cell(row: Sequence[str | None], index: int) -> str:
    return (row[index] or "").strip() if index < len(row) else ""
