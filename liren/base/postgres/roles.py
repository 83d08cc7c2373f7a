"""The two roles, the database they share, and what only a superuser can do in it."""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

EXTENSIONS = ("pg_trgm", "btree_gin", "btree_gist")
LEAKPROOF = ("textlike(text, text)", "similarity_op(text, text)")


def make_roles(connection: psycopg.Connection[tuple[Any, ...]], passwords: Mapping[str, str]) -> None:
    """Make the roles ``owner`` and ``app``, neither able to pass by row security, and set their passwords."""
    for role, password in passwords.items():
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER ROLE {} " if known else "CREATE ROLE {} ").format(sql.Identifier(role))
        connection.execute(
            verb
            + sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD {}").format(sql.Literal(password))
        )


def make_database(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> None:
    """Make the database ``name``, owned by ``owner``, when it is missing."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE template0").format(sql.Identifier(name)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO app").format(sql.Identifier(name)))


def furnish(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Do in one database what only a superuser may: extensions, leakproof marks (POSTGRES.md), default privileges of ``app``.

    Idempotent, and applied again at every start, because a restored dump has lost the marks.
    """
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    for function in LEAKPROOF:
        connection.execute(sql.SQL("ALTER FUNCTION {} LEAKPROOF").format(sql.SQL(function)))
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute("GRANT USAGE ON SCHEMA public TO app")
    connection.execute(  # sets are worked out in temporary tables; in databases made before this line, too
        sql.SQL("GRANT TEMPORARY ON DATABASE {} TO app").format(sql.Identifier(connection.info.dbname))
    )
    connection.execute(
        "ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app"
    )
    connection.execute(
        "ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO app"
    )
