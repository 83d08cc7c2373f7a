"""Write rows of several tables in one round trip, with statements that are written once for each table and planned once for each
connection.

What a request writes many times a second need not be compiled and planned anew each time; see docs/performance.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

MOST_PARTS = 6  # of one statement: there are as many plans as combinations of parts
R = TypeVar("R", bound=models.Model)

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
class Column:
    """A column that a row brings a value for; ``field`` prepares the value where psycopg does not take it as it is."""

    attname: str
    quoted: str
    field: Any

    def value_of(self, row: models.Model, connection: Any) -> Any:
        """Return what is sent for the column of a new row."""
        if self.field is None:
            return row.__dict__[self.attname]
        return self.field.get_db_prep_save(self.field.pre_save(row, add=True), connection=connection)


@cache
def columns_of(model: type[models.Model]) -> tuple[Column, ...]:
    """Return the columns of a model, without those that have a default in the database: they are left to it."""
    return tuple(
        Column(each.attname, f'"{each.column}"', None if type(each) in PLAIN else each)
        for each in model._meta.concrete_fields
        if each.db_default is models.NOT_PROVIDED and not isinstance(each, models.GeneratedField)
    )


@cache
def part_of(model: type[models.Model]) -> Part:
    """Return the INSERT of a row of a model."""
    columns = columns_of(model)
    names, places = ", ".join(column.quoted for column in columns), ", ".join("{}" for _column in columns)
    return Part(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places})', len(columns))  # noqa: S608  our own names


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
    if row.pk is None:
        row.pk = row._meta.pk.get_pk_value_on_save(row)
    return row


def insert(*rows: models.Model, using: str = DEFAULT_DB_ALIAS) -> None:
    """Insert new rows as they are now; foreign keys between them are checked at the commit.

    Inside a transaction they go with what else it writes, before the next statement or its end: nobody waits for them, and
    what is wrong with them is said there.
    """
    connection: Any = connections[using]
    for row in rows:
        model = type(identified(row))
        keep(part_of(model), [column.value_of(row, connection) for column in columns_of(model)], using=using)
        row._state.adding, row._state.db = False, using


def keep(part: Part, values: list[Any], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Send a part of which nobody waits for an answer: with the others of the transaction, or at once where there is none."""
    connection: Any = connections[using]
    if connection.in_atomic_block:
        connection.keep((part, values), write)
    else:
        write(connection, [(part, values)])


def write(connection: Any, ready: Sequence[Ready]) -> None:
    """Send what is ready, several parts in one statement."""
    with connection.writing_cursor() as cursor:
        for start in range(0, len(ready), MOST_PARTS):
            together = ready[start : start + MOST_PARTS]
            statement = statement_of(tuple(part for part, _values in together))
            cursor.execute(statement, [value for _part, values in together for value in values])


@cache
def _update(model: type[models.Model], changed: tuple[str, ...], where: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    fields: Any = {each.attname: each for each in model._meta.concrete_fields}
    changes = ", ".join(f'"{fields[name].column}" = ${place}' for place, name in enumerate(changed, 1))
    conditions = " AND ".join(
        f'"{fields[name].column}" = ${place}' for place, name in enumerate(where, len(changed) + 1)
    )
    prepare = tuple(None if type(fields[name]) in PLAIN else fields[name] for name in (*changed, *where))
    return f'UPDATE "{model._meta.db_table}" SET {changes} WHERE {conditions}', prepare  # noqa: S608  our own names


def update(
    model: type[models.Model], where: Mapping[str, Any], changes: Mapping[str, Any], *, using: str = DEFAULT_DB_ALIAS
) -> int:
    """Change columns of the rows whose columns equal ``where``, by attribute name; return how many there were."""
    connection: Any = connections[using]
    text, prepare = _update(model, tuple(changes), tuple(where))
    values = [
        value if field is None else field.get_db_prep_save(value, connection=connection)
        for field, value in zip(prepare, (*changes.values(), *where.values()), strict=True)
    ]
    with connection.writing_cursor() as cursor:
        cursor.execute(text, values)
        return int(cursor.rowcount)
