"""Rows as they are compared: names in their shapes, numbers and phones as the beginnings of their blind indexes.

Whoever stages a part opens the rows that no sure key has found while it has them in hand; nothing here needs the database of the matching.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any

from liren.base.codes import normal_phone, read_id
from liren.base.fields import BlindIndexField
from liren.base.likeness import NameShape, name_shape, slips
from liren.exchange.queries.findings import Incoming
from liren.registry.models import Person, Phone


@lru_cache(maxsize=2)
def _blind_of(model: type[Any], name: str) -> Callable[[str], bytes]:
    column = model._meta.get_field(name)
    assert isinstance(column, BlindIndexField)
    return column.blind


def beginning(blind: bytes) -> int:
    """Return the beginning of a blind index, as a whole number."""
    return int.from_bytes(blind[:8], "big", signed=True)


def number_key(number: str) -> int:
    """Return the beginning of a number's blind index, as a whole number."""
    return beginning(_blind_of(Person, "id_blind")(number))


def phone_key(phone: str) -> int:
    """Return the beginning of a phone's blind index, as a whole number."""
    return beginning(_blind_of(Phone, "number_blind")(phone))


def as_it_stands(row: Incoming) -> tuple[Any, ...]:
    """Return a row with its number as it stands: what needs reading is read when that finds nobody."""
    given = row.number
    known = number_key(given) if len(given) == 18 else None
    return row.ref, row.name, row.sex, row.birth_on, given, known, row.phones, row.area, row.block


def opened(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield rows as they are compared: (ref, name, sex, birth, given, phones, area, block) in, the columns of ``matching.OPEN`` out."""
    for ref, name, sex, birth, given, phones, area, block in rows:
        yield _open(ref, name, sex, birth, given, number_key(given) if given else 0, phone_keys(phones), area, block)


def _open(
    ref: int, name: str, sex: str, birth: date | None, given: str, key: int, phones: list[int], area: int | None, block: str
) -> tuple[Any, ...]:  # fmt: skip
    shape = shape_columns(name_shape(name))
    if not given:
        return ref, *shape, sex, birth, None, [], phones, area, block
    read = read_id(given)
    number = key if read.number == given else number_key(read.number)
    if not read.is_sound:
        return ref, *shape, sex, birth, number, [number_key(one) for one in slips(read.number)], phones, area, block
    return ref, *shape, read.sex if sex == "0" else sex, birth or read.birth_on, number, [], phones, area, block


def phone_keys(phones: Iterable[str]) -> list[int]:
    """Return the keys of what is a phone number among some."""
    keys = []
    for phone in phones:
        with suppress(ValueError):
            keys.append(phone_key(normal_phone(phone)))
    return keys


def ready(rows: Iterable[Incoming]) -> list[tuple[Any, ...]]:
    """Return rows opened already, with what they say as it stands: the columns of ``matching.READY``."""
    return [
        ready_row(
            row.ref, row.name, row.sex, row.birth_on, row.number, number_key(row.number) if row.number else 0, phone_keys(row.phones), row.area, row.block
        )
        for row in rows
    ]  # fmt: skip


def ready_row(
    ref: int, name: str, sex: str, birth: date | None, given: str, key: int, phones: list[int], area: int | None, block: str
) -> tuple[Any, ...]:  # fmt: skip
    """Return one row as ``ready`` does, for whoever has the keys of its number (0 for none) and of its phones in hand."""
    said = key if len(given) == 18 else None
    return *_open(ref, name, sex, birth, given, key, phones, area, block), name, sex, birth, said


def shape_columns(shape: NameShape) -> tuple[Any, ...]:
    """Return what a name is compared by, as columns."""
    return (
        shape.folded,
        shape.sound,
        shape.signs,
        shape.surname,
        shape.gaps,
        list(shape.one_other),
        list(shape.one_less),
    )
