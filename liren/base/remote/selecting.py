"""What a database is asked: one table by its name, or one SELECT that is proved to be nothing else and written anew."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from liren.base.remote.stops import Stop

LONGEST = 10_000
NAMES = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}
WRITING = (
    exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command, exp.Alter, exp.Drop, exp.Set, exp.Use, exp.Pragma, exp.Attach, exp.Transaction,
    exp.Commit, exp.Rollback, exp.Copy, exp.Merge, exp.Grant,
)  # fmt: skip
"""What has no place anywhere inside a SELECT that only reads. ``exp.Query`` is a DML and DDL of its own, and is let pass."""


def single_select(text: str, dialect: str) -> str:
    """Return a query as it will run: parsed, proved to be one SELECT, without comments; raise ``Stop`` for anything else."""
    if len(text) > LONGEST:
        raise Stop("query_long")
    try:
        found = [one for one in sqlglot.parse(text, dialect=NAMES[dialect]) if one is not None]
        if len(found) != 1 or not isinstance(found[0], exp.Query) or isinstance(found[0], exp.Table):
            raise Stop("not_select")
        if any(isinstance(part, WRITING) and not isinstance(part, exp.Query) for part in found[0].walk()):
            raise Stop("not_select")
        return found[0].sql(dialect=NAMES[dialect], comments=False)
    except (SqlglotError, RecursionError, ValueError, TypeError):
        raise Stop("unread_query") from None


def table_parts(name: str) -> list[str]:
    """Return the parts of a table's name (``schema.table``), to be quoted one by one; raise ``Stop`` for what is no name."""
    parts = [part.strip().strip('"`[]') for part in name.split(".")]
    if not 1 <= len(parts) <= 3 or not all(parts) or any(sign < " " for sign in name) or len(name) > 200:
        raise Stop("no_table")
    return parts
