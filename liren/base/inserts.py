"""Write rows of several tables in one round trip, with statements that are written once for each table and planned once for each
connection.

What a request writes many times a second need not be compiled and planned anew each time; see docs/performance.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from operator import itemgetter
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, connections, models
from pydantic_core import to_json

MOST_PARTS = 6  # of one statement: there are as many plans as combinations of parts
R = TypeVar("R", bound=models.Model)
_ENCODER = DjangoJSONEncoder()

# What psycopg takes as it is; every other field prepares its value itself.
PLAIN = (
    models.BigIntegerField,
    models.BooleanField,
    models.CharField,
    models.DateField,
    models.DateTimeField,
    models.IntegerField,
    models.SmallIntegerField,
    models.TextField,
    models.UUIDField,
    models.ForeignKey,
)


@dataclass(frozen=True, slots=True)
class Part:
    """What one row or call adds to a statement: its text with ``{}`` for each of ``size`` values; a call stands in the SELECT."""

    text: str
    size: int
    is_call: bool = False


Ready = tuple[Part, list[Any]]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a model that new rows bring values for, without those that have a default in the database.

    ``prepared`` names, by their place, those whose values are made when the row is written, or not taken by psycopg as they are.
    """

    quoted: tuple[str, ...]
    read: Callable[[Any], tuple[Any, ...]]
    made: tuple[tuple[int, Any], ...]
    prepared: tuple[tuple[int, Any], ...]

    def values_of(self, row: models.Model, connection: Any) -> list[Any]:
        """Return what is sent for a new row."""
        values = list(self.read(row.__dict__))
        for place, field in self.made:
            values[place] = field.pre_save(row, add=True)
        for place, field in self.prepared:
            value = values[place]
            if value is not None:
                is_json = isinstance(field, models.JSONField)
                values[place] = _json(value) if is_json else field.get_db_prep_save(value, connection=connection)
        return values


def _json(value: Any) -> str:
    """Return what a column of JSON takes; what psycopg and Django's own encoder do on the way costs five times as much."""
    return to_json(value, fallback=_ENCODER.default).decode()


def _is_made_when_saved(field: Any) -> bool:
    if isinstance(field, models.DateField):
        return field.auto_now or field.auto_now_add
    return type(field).pre_save is not models.Field.pre_save


@cache
def columns_of(model: type[models.Model]) -> Columns:
    """Return the columns of a model."""
    fields: list[Any] = [
        each
        for each in model._meta.concrete_fields
        if each.db_default is models.NOT_PROVIDED and not isinstance(each, models.GeneratedField)
    ]
    return Columns(
        tuple(f'"{each.column}"' for each in fields),
        itemgetter(*(each.attname for each in fields)),
        tuple((place, each) for place, each in enumerate(fields) if _is_made_when_saved(each)),
        tuple((place, each) for place, each in enumerate(fields) if not is_plain(each)),
    )


def is_plain(field: Any) -> bool:
    """Say whether psycopg takes the values of a field as they are."""
    return type(field) in PLAIN or isinstance(field, models.IntegerField)


@cache
def part_of(model: type[models.Model]) -> Part:
    """Return the INSERT of a row of a model."""
    names = columns_of(model).quoted
    places = ", ".join("{}" for _name in names)
    return Part(f'INSERT INTO "{model._meta.db_table}" ({", ".join(names)}) VALUES ({places})', len(names))  # noqa: S608  our own names


@cache
def statement_of(parts: tuple[Part, ...]) -> str:
    """Return one statement that does several things, values in the order of the parts."""
    numbers = count(1)
    inserts: list[str] = []
    calls: list[str] = []
    for part in parts:
        text = part.text.format(*(f"${next(numbers)}" for _value in range(part.size)))
        (calls if part.is_call else inserts).append(text)
    main = f"SELECT {', '.join(calls)}" if calls else inserts.pop()
    named = ", ".join(f"r{number} AS ({text})" for number, text in enumerate(inserts))
    return f"WITH {named} {main}" if named else main


def identified(row: R) -> R:
    """Give a new row its id now, so that others can name it before it is inserted."""
    key: Any = row._meta.pk
    if row.__dict__[key.attname] is None:
        row.__dict__[key.attname] = key.get_pk_value_on_save(row)
    return row


def insert(*rows: models.Model, using: str = DEFAULT_DB_ALIAS) -> None:
    """Insert new rows as they are now; foreign keys between them are checked at the commit.

    Inside a transaction they go with what else it writes, before the next statement or its end: nobody waits for them, and
    what is wrong with them is said there.
    """
    connection: Any = connections[using]
    for row in rows:
        model = type(identified(row))
        _keep(connection, part_of(model), columns_of(model).values_of(row, connection))
        row._state.adding, row._state.db = False, using


def keep(part: Part, values: list[Any], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Send a part of which nobody waits for an answer: with the others of the transaction, or at once where there is none."""
    _keep(connections[using], part, values)


def _keep(connection: Any, part: Part, values: list[Any]) -> None:
    if connection.in_atomic_block:
        connection.keep((part, values), write)
    else:
        write(connection, [(part, values)])


def write(connection: Any, ready: Sequence[Ready], *, commit: bool = False) -> None:
    """Send what is ready, several parts in one statement; with ``commit``, the end of the transaction goes with the last."""
    for start in range(0, len(ready), MOST_PARTS):
        together = ready[start : start + MOST_PARTS]
        statement = statement_of(tuple(part for part, _values in together))
        ends = commit and start + MOST_PARTS >= len(ready)
        connection.told(statement, [value for _part, values in together for value in values], commit=ends)


@cache
def _update(
    model: type[models.Model], changed: tuple[str, ...], where: tuple[tuple[str, bool], ...]
) -> tuple[str, tuple[Any, ...]]:
    fields: Any = {each.attname: each for each in model._meta.concrete_fields}
    changes = ", ".join(f'"{fields[name].column}" = ${place}' for place, name in enumerate(changed, 1))
    conditions = " AND ".join(
        f'"{fields[name].column}" = {f"ANY(${place})" if several else f"${place}"}'
        for place, (name, several) in enumerate(where, len(changed) + 1)
    )
    prepare = tuple(None if is_plain(fields[name]) else fields[name] for name in changed)
    return f'UPDATE "{model._meta.db_table}" SET {changes} WHERE {conditions}', prepare  # noqa: S608  our own names


def update(
    model: type[models.Model], where: Mapping[str, Any], changes: Mapping[str, Any], *, using: str = DEFAULT_DB_ALIAS
) -> int:
    """Change columns of the rows whose plain columns are as in ``where`` (one of a list), by attribute name; return how many there were."""
    connection: Any = connections[using]
    text, prepare = _update(model, tuple(changes), tuple((name, isinstance(one, list)) for name, one in where.items()))
    values = [
        value if field is None or value is None else field.get_db_prep_save(value, connection=connection)
        for field, value in zip(prepare, changes.values(), strict=True)
    ]
    rows: int = connection.told(text, [*values, *where.values()])
    return rows
