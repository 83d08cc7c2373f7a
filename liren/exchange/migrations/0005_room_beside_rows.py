from django.db import migrations

ROOM = 70
"""Percent of a page that is filled when a list is held against the registry; what becomes of a row later finds room beside it."""


def roomy(table):
    """Leave room on the pages of ``table``: a row that finds none goes into all of its indexes again."""
    return migrations.RunSQL(
        f"ALTER TABLE {table} SET (fillfactor = {ROOM})", f"ALTER TABLE {table} RESET (fillfactor)"
    )


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0004_moved_homes'),
    ]

    operations = [roomy('exchange_row'), roomy('exchange_home')]
