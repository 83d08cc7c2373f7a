"""The people of the registry as matching takes them: blind indexes instead of numbers, a part of the table at a time."""

from collections.abc import Iterator
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
from django.db import DEFAULT_DB_ALIAS, connections
from pyarrow import csv

from liren.exchange.queries.matching import PEOPLE
from liren.foundation.places.rules import AreaRange

PART_BYTES = 8_000_000
_BEGINNING = "('x' || encode(substr({blind}, 1, 8), 'hex'))::bit(64)::bigint"
_STATEMENT = f"""
COPY (
  SELECT p.id, concat_ws('|', p.household_id, p.register_id), p.area, p.name, p.sort_key, p.sex, p.birth_on,
    {_BEGINNING.format(blind="p.id_blind")}, f.keys
  FROM registry_person p
  LEFT JOIN (
    SELECT county, subject, string_agg(({_BEGINNING.format(blind="number_blind")})::text, '|') AS keys
    FROM registry_phone WHERE area BETWEEN {{lo:d}} AND {{hi:d}} GROUP BY county, subject
  ) f ON f.county = p.county AND f.subject = p.id
  WHERE p.area BETWEEN {{lo:d}} AND {{hi:d}}
) TO STDOUT (FORMAT csv)
"""  # noqa: S608  our own names
_READ = csv.ReadOptions(column_names=PEOPLE.names)
_AS = csv.ConvertOptions(
    column_types={
        name: pa.string() if pa.types.is_list(kind) else kind
        for name, kind in zip(PEOPLE.names, PEOPLE.types, strict=True)
    },
    strings_can_be_null=False,
)
_NEWLINES = csv.ParseOptions(newlines_in_values=True)


def known_people(areas: AreaRange, using: str = DEFAULT_DB_ALIAS) -> Iterator[pa.Table]:
    """Yield the people of a range of areas, as far as the scope of the transaction shows them, for ``matching.matched``."""
    with connections[using].cursor() as cursor, cursor.copy(_STATEMENT.format(lo=areas.lo, hi=areas.hi)) as copy:
        part = bytearray()
        for block in copy:
            part += block
            if len(part) > PART_BYTES and part.endswith(b"\n"):
                yield _table(bytes(part))
                part.clear()
        if part:
            yield _table(bytes(part))


def _table(lines: bytes) -> pa.Table:
    read = csv.read_csv(BytesIO(lines), read_options=_READ, parse_options=_NEWLINES, convert_options=_AS)
    columns = [
        _numbers(column.combine_chunks()) if pa.types.is_list(kind) else column
        for column, kind in zip(read.columns, PEOPLE.types, strict=True)
    ]
    return pa.table(columns, schema=PEOPLE)


def _numbers(column: pa.Array) -> pa.Array:
    """Return the numbers that stand in each text between strokes, none for an empty one."""
    cut = pc.split_pattern(column, "|")
    lengths = pc.if_else(pc.equal(column, ""), 0, pc.list_value_length(cut))
    ends = pc.cumulative_sum(lengths.cast(pa.int32()))
    words = cut.flatten()
    return pa.ListArray.from_arrays(
        pa.concat_arrays([pa.array([0], pa.int32()), ends]), words.filter(pc.not_equal(words, "")).cast(pa.int64())
    )
