"""The house's PostgreSQL backend, except that a flush passes over the tables that hold reference data, and over those without rows."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import introspection

from liren.base.backend import base


class DatabaseIntrospection(introspection.DatabaseIntrospection):
    """Lists the tables to flush: all but those that the template database came with rows in."""

    def django_table_names(self, only_existing: bool = False, include_views: bool = True) -> Any:
        """Return the tables of the models without those of reference data."""
        names = super().django_table_names(only_existing=only_existing, include_views=include_views)
        kept = set(self.connection.settings_dict.get("KEPT_TABLES", ()))
        return [name for name in names if name not in kept]


class DatabaseOperations(base.DatabaseOperations):
    """Empties only what a test has filled."""

    def sql_flush(self, style: Any, tables: Iterable[str], **how: Any) -> list[str]:
        """Return the statement that empties the tables (``liren.testing.database.EMPTY``): TRUNCATE makes new files for each of them."""
        names = ", ".join(f"'{self.quote_name(table)}'" for table in tables)
        return [f"SELECT testing.empty(ARRAY[{names}]::regclass[])"]


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose flush passes over reference data."""

    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations
