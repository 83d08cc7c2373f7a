"""Model fields for personal data: sealed at rest, and blind indexes that find a sealed value exactly."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from django.db.models.lookups import Exact, In, IsNull
from pydantic_core import to_json

from liren.base.crypto import key_number, ring


class _BytesField(models.Field):  # type: ignore[type-arg]
    """What the fields here share: a bytea column whose value the journal never shows."""

    secret = True

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the column type."""
        return "bytea"

    @property
    def context(self) -> str:
        """Return ``table.column``: a value sealed here opens nowhere else."""
        return f"{self.model._meta.db_table}.{self.column}"


class SealedField(_BytesField):
    """Sealed with SM4-GCM; cannot be searched, only tested for null."""

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow ``isnull`` only: anything else would compare ciphertexts."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is sealed; search its blind index")
        return IsNull

    def to_bytes(self, value: Any) -> bytes:
        """Return the plain bytes of a value."""
        raise NotImplementedError

    def to_value(self, plain: bytes) -> Any:
        """Return the value of plain bytes."""
        raise NotImplementedError

    def sealed(self, value: Any) -> bytes | None:
        """Return what the column stores for a value, for writers that go past the ORM (COPY)."""
        return None if value is None else ring().seal(self.to_bytes(value), self.context)

    def sealer(self) -> Callable[[bytes], bytes]:
        """Return how the plain bytes of thousands of values are sealed, for one piece of work."""
        return ring().sealer(self.context)

    def opened(self, stored: bytes | memoryview | None) -> Any:
        """Return the value of what the column stores, for readers that go past the ORM."""
        return None if stored is None else self.to_value(self.opened_bytes(stored))

    def opened_bytes(self, stored: bytes | memoryview) -> bytes:
        """Return the plain bytes of what the column stores."""
        sealed = bytes(stored)
        if key_number(sealed) not in ring().keys:
            ring.cache_clear()  # a key was added since this process read the ring
        return ring().open(sealed, self.context)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Seal a value on its way into the database."""
        return self.sealed(value)

    def from_db_value(self, value: Any, expression: Expression, connection: BaseDatabaseWrapper) -> Any:
        """Open a value on its way out."""
        return self.opened(value)


class SealedTextField(SealedField):
    """Text, sealed at rest."""

    def to_bytes(self, value: Any) -> bytes:
        """Return the text as UTF-8."""
        return str(value).encode()

    def to_value(self, plain: bytes) -> str:
        """Return the text."""
        return plain.decode()


class SealedJSONField(SealedField):
    """A JSON value, sealed at rest."""

    def to_bytes(self, value: Any) -> bytes:
        """Return the value as compact JSON."""
        return to_json(value)

    def to_value(self, plain: bytes) -> Any:
        """Return the value."""
        return json.loads(plain)


class BlindIndexField(_BytesField):
    """HMAC-SM3 of a normalised value: give it the plain text, in writes and in exact look-ups; only the hash is ever stored."""

    def blind(self, value: str) -> bytes:
        """Return the 16 bytes this column stores for a value."""
        return ring().blind(value, self.context)

    def blinder(self) -> Callable[[str], bytes]:
        """Return ``blind`` for thousands of values."""
        return ring().blinder(self.context)

    def get_prep_value(self, value: Any) -> bytes | None:
        """Hash plain text; pass on bytes that are a hash already."""
        return self.blind(value) if isinstance(value, str) else None if value is None else bytes(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow exact look-ups only."""
        try:
            return {"exact": Exact, "in": In, "isnull": IsNull}[lookup_name]
        except KeyError:
            raise FieldError(f"{self.name} is a blind index; only exact look-ups make sense") from None


def field_of(model: type[models.Model], name: str) -> Any:
    """Return a field of a model by its name, for writers that go past the ORM."""
    return model._meta.get_field(name)
