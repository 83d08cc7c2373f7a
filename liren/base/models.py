"""What every table has in common; abstract, so that the ground stays without tables."""

from typing import Any

from django.db import models

from liren.base.ids import new_id


class IdField(models.BigIntegerField):  # type: ignore[type-arg]
    """A time-ordered 64-bit id, made when the row is saved: to hold one in memory needs no database."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "primary_key": True, "default": new_id, "editable": False})

    def get_default(self) -> None:
        """Leave the id open until the row is saved."""

    def get_pk_value_on_save(self, instance: models.Model) -> int:
        """Return a new id."""
        return new_id()

    def deconstruct(self) -> Any:
        """Keep what the field always sets out of migrations."""
        name, path, args, options = super().deconstruct()
        for always in ("primary_key", "default", "editable"):
            options.pop(always, None)
        return name, path, args, options


class Identified(models.Model):
    """A row with a time-ordered 64-bit id made in the application."""

    id = IdField()

    class Meta:
        abstract = True
