"""The made-up registry in the form in which matching takes people."""

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa

from liren.base.codes import normal_phone
from liren.base.names import sound_of
from liren.conf.demo.truth import Known
from liren.exchange.queries.matching import PEOPLE
from liren.exchange.queries.openings import number_key, phone_key

PART = 50_000


def known_table(people: Iterable[Known]) -> Iterator[pa.Table]:
    """Yield the people as tables, a part at a time, with the keys that the registry would have stored."""
    rest = iter(people)
    while part := list(islice(rest, PART)):
        yield pa.table([list(column) for column in zip(*map(_row, part), strict=True)], schema=PEOPLE)


def _row(one: Known) -> tuple[object, ...]:
    return (
        one.who, [one.household], one.area, one.name, sound_of(one.name), one.sex, one.birth_on,
        number_key(one.number) if one.number else None, [phone_key(normal_phone(phone)) for phone in one.phones],
    )  # fmt: skip
