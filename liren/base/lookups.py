"""Prefix look-up that keeps its index under row-level security: ``name__starts="王"`` becomes ``name ^@ '王'``."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup, TextField
from django.db.models.sql.compiler import SQLCompiler


@CharField.register_lookup
@TextField.register_lookup
class Starts(Lookup):
    """``starts_with`` as an operator: leakproof, where LIKE is not and loses its index under a policy."""

    lookup_name = "starts"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Return ``left ^@ right``; the index must be in collation C or of text_pattern_ops."""
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ^@ {right}", (*left_params, *right_params)
