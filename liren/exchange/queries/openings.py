"""Rows as they are compared: names in their shapes, numbers and phones as the beginnings of their blind indexes.

Whoever stages a part opens the rows that no sure key has found while it has them in hand; nothing here needs the database of the matching.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
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


def number_key(number: str) -> int:
    """Return the beginning of a number's blind index, as a whole number."""
    return int.from_bytes(_blind_of(Person, "id_blind")(number)[:8], "big", signed=True)


def phone_key(phone: str) -> int:
    """Return the beginning of a phone's blind index, as a whole number."""
    return int.from_bytes(_blind_of(Phone, "number_blind")(phone)[:8], "big", signed=True)


def as_it_stands(row: Incoming) -> tuple[Any, ...]:
    """Return a row with its number as it stands: what needs reading is read when that finds nobody."""
    given = row.number
    known = number_key(given) if len(given) == 18 else None
    return row.ref, row.name, row.sex, row.birth_on, given, known, row.phones, row.area, row.block


def opened(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield rows as they are compared: (ref, name, sex, birth, given, phones, area, block) in, the columns of ``matching.OPEN`` out."""
    for ref, name, sex, birth, given, phones, area, block in rows:
        shape = name_shape(name)
        read = read_id(given) if given else None
        meant = [number_key(number) for number in slips(read.number)] if read and not read.is_sound else []
        keys = []
        for phone in phones:
            with suppress(ValueError):
                keys.append(phone_key(normal_phone(phone)))
        sound = read if read and read.is_sound else None
        yield (
            ref, *shape_columns(shape), sound.sex if sound and sex == "0" else sex, birth or (sound.birth_on if sound else None),
            number_key(read.number) if read else None, meant, keys, area, block,
        )  # fmt: skip


def ready(rows: Iterable[Incoming]) -> list[tuple[Any, ...]]:
    """Return rows opened already, with what they say as it stands: the columns of ``matching.READY``."""
    stood = [as_it_stands(row) for row in rows]
    seen = opened((*one[:5], *one[6:]) for one in stood)
    return [(*one, stands[1], stands[2], stands[3], stands[5]) for one, stands in zip(seen, stood, strict=True)]


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
