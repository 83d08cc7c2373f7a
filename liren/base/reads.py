"""Read rows by statements that are written once for each table and planned once for each connection.

What requests read many times a second need not be compiled anew each time; see docs/performance.md, and ``base.inserts`` for
the other direction. Row security applies as everywhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

from liren.base.rows import asked
from liren.base.scopes import Scope

R = TypeVar("R", bound=models.Model)
Open = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of one table in a statement: their attributes in the model's order, and those whose values have to be opened."""

    model: type[models.Model]
    columns: tuple[str, ...]
    names: tuple[str, ...]
    opened: tuple[tuple[int, Open], ...]

    @classmethod
    def of(cls, model: type[models.Model]) -> "Part":
        """Return the part of a model with all its columns."""
        fields: list[Any] = list(model._meta.concrete_fields)
        opened = tuple(
            (place, each.from_db_value) for place, each in enumerate(fields) if hasattr(each, "from_db_value")
        )
        return cls(model, tuple(each.column for each in fields), tuple(each.attname for each in fields), opened)

    def row(self, values: tuple[Any, ...], using: str) -> Any:
        """Return the row as the ORM would."""
        found = list(values)
        for place, open_value in self.opened:
            found[place] = open_value(found[place], None, connections[using])
        return self.model.from_db(using, self.names, found)


@cache
def _statement(
    model: type[models.Model], conditions: tuple[str, ...], related: str, end: str
) -> tuple[str, Part, Part | None]:
    part, other, join = Part.of(model), None, ""
    columns = [f't."{column}"' for column in part.columns]
    if related:
        link: Any = model._meta.get_field(related)
        other = Part.of(link.related_model)
        columns += [f'o."{column}"' for column in other.columns]
        join = f' LEFT JOIN "{link.related_model._meta.db_table}" o ON o.id = t."{link.column}"'
    where = " AND ".join(f"t.{condition}" for condition in conditions)
    text = f'SELECT {", ".join(columns)} FROM "{model._meta.db_table}" t{join} WHERE {where} {end}'  # noqa: S608  our own names
    return text, part, other


def first(
    model: type[R], conditions: Mapping[str, Any], *, related: str = "", using: str = DEFAULT_DB_ALIAS
) -> R | None:
    """Return a row that fits (``{"id = %s": 7}``), with the row to which the foreign key ``related`` leads; nothing without one."""
    text, part, other = _statement(model, tuple(conditions), related, "LIMIT 1")
    rows = asked(text, list(conditions.values()), using)
    if not rows:
        return None
    found = rows[0]
    row: R = part.row(found[: len(part.names)], using)
    if other is not None:
        beside = found[len(part.names) :]
        setattr(row, related, None if beside[0] is None else other.row(beside, using))
    return row


def in_order(model: type[R], conditions: Mapping[str, Any], *, using: str = DEFAULT_DB_ALIAS) -> list[R]:
    """Return the rows that fit, the oldest id first."""
    text, part, _other = _statement(model, tuple(conditions), "", "ORDER BY t.id")
    return [part.row(found, using) for found in asked(text, list(conditions.values()), using)]


def within(scope: Scope) -> dict[str, Any]:
    """Return the conditions that say a scope for a table with a subject, as ``visible_to`` does for the ORM."""
    here: dict[str, Any] = {"area >= %s": scope.wide_lo, "area <= %s": scope.wide_hi}
    return here | ({"subject = %s": scope.own_lo} if scope.own_lo == scope.own_hi else {})
