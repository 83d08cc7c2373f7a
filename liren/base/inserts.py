"""Insert rows of several tables in one or two round trips, with statements that are written once for each table.

What a request writes many times a second need not be compiled anew each time; see docs/performance.md.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

MOST_PARAMETERS = 50  # psycopg remembers how to read a statement with no more than these
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
class Column:
    """A column that a row brings a value for; ``field`` prepares the value where psycopg does not take it as it is."""

    attname: str
    quoted: str
    field: Any


@cache
def columns_of(model: type[models.Model]) -> tuple[Column, ...]:
    """Return the columns of a model, without those that have a default in the database: they are left to it."""
    return tuple(
        Column(each.attname, f'"{each.column}"', None if type(each) in PLAIN else each)
        for each in model._meta.concrete_fields
        if each.db_default is models.NOT_PROVIDED and not isinstance(each, models.GeneratedField)
    )


@cache
def statement_for(model: type[models.Model], columns: tuple[str, ...]) -> str:
    """Return the INSERT of some columns of a model."""
    places = ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES ({places})'  # noqa: S608  names from the model alone


def identified(row: R) -> R:
    """Give a new row its id now, so that others can name it before it is inserted."""
    if row.pk is None:
        row.pk = row._meta.pk.get_pk_value_on_save(row)
    return row


def insert(*rows: models.Model, using: str = DEFAULT_DB_ALIAS) -> None:
    """Insert new rows in the order given; foreign keys between them are checked at the commit."""
    connection = connections[using]
    texts: list[str] = []
    values: list[Any] = []
    with connection.cursor() as cursor:
        for row in rows:
            model, named = type(identified(row)), []
            fresh: list[Any] = []
            for column in columns_of(model):
                value = getattr(row, column.attname)
                if column.field is not None:
                    value = column.field.get_db_prep_save(column.field.pre_save(row, add=True), connection=connection)
                if value is not None:  # an empty column need not be named
                    named.append(column.quoted)
                    fresh.append(value)
            if len(values) + len(fresh) > MOST_PARAMETERS and texts:
                cursor.execute("; ".join(texts), values)
                texts, values = [], []
            texts.append(statement_for(model, tuple(named)))
            values += fresh
        if texts:
            cursor.execute("; ".join(texts), values)
    for row in rows:
        row._state.adding, row._state.db = False, using
