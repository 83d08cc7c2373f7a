"""Insert rows of several tables in one round trip, with statements that are written once for each table.

What a request writes many times a second need not be compiled anew each time; see docs/performance.md.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import DatabaseDefault

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
class Statement:
    """The INSERT of one table: its text, and the columns with the fields that prepare their values."""

    text: str
    columns: tuple[tuple[str, Any], ...]


@cache
def statement_for(model: type[models.Model]) -> Statement:
    """Return the INSERT of a model; columns with a default in the database are left to it."""
    fields = [
        each
        for each in model._meta.concrete_fields
        if each.db_default is models.NOT_PROVIDED and not isinstance(each, models.GeneratedField)
    ]
    names = ", ".join(f'"{each.column}"' for each in fields)
    places = ", ".join(["%s"] * len(fields))
    return Statement(
        f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places})',  # noqa: S608  names from the model alone
        tuple((each.attname, None if type(each) in PLAIN else each) for each in fields),
    )


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
    for row in rows:
        statement = statement_for(type(identified(row)))
        texts.append(statement.text)
        for name, field in statement.columns:
            values.append(
                getattr(row, name)
                if field is None
                else field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)
            )
    if any(isinstance(value, DatabaseDefault) for value in values):
        raise ValueError("a column with a default in the database is left to it")
    with connection.cursor() as cursor:
        cursor.execute("; ".join(texts), values)
    for row in rows:
        row._state.adding, row._state.db = False, using
