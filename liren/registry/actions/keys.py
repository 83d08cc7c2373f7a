"""Sealing anew what an old key sealed, after a rotation."""

from typing import Any

from django.db import connection, models

from liren.base.crypto import KEY_BYTES, ring
from liren.registry.models import Person, Phone

SEALED: tuple[tuple[type[models.Model], str], ...] = ((Person, "id_number"), (Phone, "number"))
# Health details stay with the key they were sealed with: a fact is never changed, not even its seal. Keep old keys.


def reseal(most: int = 10_000) -> int:
    """Seal at most ``most`` values of each column with the current key and return how many there were; 0 when all are done."""
    done = 0
    for model, name in SEALED:
        field: Any = model._meta.get_field(name)
        table, column = model._meta.db_table, field.column
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, {column} FROM {table} WHERE substring({column} FROM 1 FOR %s) <> %s LIMIT %s",  # noqa: S608
                [KEY_BYTES, ring().current.to_bytes(KEY_BYTES, "big"), most],
            )
            rows = [(field.sealed(field.opened(value)), pk) for pk, value in cursor.fetchall()]
            cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE id = %s", rows)  # noqa: S608
        done += len(rows)
    return done
