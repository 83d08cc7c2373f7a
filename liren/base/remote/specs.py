"""What is to be read: plain values that travel to the child process."""

from dataclasses import dataclass, field
from enum import StrEnum

DIALECTS: dict[str, tuple[str, int]] = {
    "postgresql": ("postgresql+psycopg", 5432),
    "mysql": ("mysql+pymysql", 3306),
    "sqlite": ("sqlite", 0),
}
"""The databases that are read: the driver, and the usual port. PostgreSQL stands for those that speak its protocol, MySQL for MariaDB."""


class PagingStyle(StrEnum):
    """How an API goes on from page to page."""

    NONE = "none"
    PAGE = "page"
    OFFSET = "offset"
    CURSOR = "cursor"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Database:
    """A table, or one SELECT, of a database. For SQLite ``database`` is a file in ``folder``."""

    dialect: str
    host: str = ""
    port: int = 0
    database: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    table: str = ""
    query: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Paging:
    """How pages go on: ``parameter`` takes the page number, offset or cursor, ``size_parameter`` the rows of a page.

    ``path`` says where the answer names the next cursor or address; empty with NEXT means the header ``Link``.
    """

    style: PagingStyle = PagingStyle.NONE
    parameter: str = ""
    first: int = 1
    size_parameter: str = ""
    size: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """An HTTP address that answers with rows in JSON; ``rows`` is their path in the answer (``data.list``)."""

    address: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    rows: str = ""
    paging: Paging = Paging()
