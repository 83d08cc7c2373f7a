"""The databases of a test run: one server, a template migrated once, a copy of it for each worker."""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from liren.base.postgres import TEST_SETTINGS, Cluster, furnish, make_roles

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "test-pg"
EMPTY = """
CREATE SCHEMA testing;
GRANT USAGE ON SCHEMA testing TO app, owner;
CREATE FUNCTION testing.empty(tables regclass[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET session_replication_role = replica AS $$
DECLARE one regclass;
BEGIN
  FOREACH one IN ARRAY tables LOOP
    IF pg_relation_size(one) > 1000000 THEN
      EXECUTE format('TRUNCATE %s CASCADE', one);
    ELSIF pg_relation_size(one) > 0 THEN
      EXECUTE format('DELETE FROM %s', one);
    END IF;
  END LOOP;
END $$;
"""
"""The flush between tests, as the superuser, past row security and foreign keys; what grew large is cut off. No installation has it."""
ROLES = ("app", "owner")
Connection = psycopg.Connection[tuple[Any, ...]]
SMALL = 20_000  # rows; larger tables of reference data are not watched


@dataclass(frozen=True, slots=True)
class Server:
    """A server for tests: the superuser's and the two roles' URLs, without the database's name."""

    superuser: str
    urls: dict[str, str]

    def admin(self, database: str = "postgres") -> Connection:
        """Return an autocommitting connection as the superuser."""
        return psycopg.connect(renamed(self.superuser, database), autocommit=True)


def renamed(url: str, database: str) -> str:
    """Return ``url`` with another database in it."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def embedded() -> Cluster:
    """Return the checkout's own cluster for tests: fast, and safe for nothing else."""
    return Cluster(HOME, settings=TEST_SETTINGS)


def server() -> Server:
    """Return the server to test on, running: ``LIREN_TEST_DATABASE_URL`` (a superuser's) or the embedded one."""
    if given := os.environ.get("LIREN_TEST_DATABASE_URL"):
        parts = urlsplit(given)
        place = parts.netloc.rpartition("@")[2]
        passwords = {role: hashlib.sha256(f"{given} {role}".encode()).hexdigest() for role in ROLES}
        urls = {role: urlunsplit(parts._replace(netloc=f"{role}:{passwords[role]}@{place}")) for role in ROLES}
        found = Server(given, urls)
        with exclusively("roles"), found.admin() as connection:
            make_roles(connection, passwords)
        return found
    cluster = embedded()
    with exclusively("roles"):
        cluster.start()
        urls = cluster.prepare()
    return Server(f"postgresql://postgres@/postgres?host={cluster.sockets}", urls)


@contextmanager
def exclusively(name: str) -> Iterator[None]:
    """Hold a lock between the processes of all test runs of this checkout."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fingerprint() -> str:
    """Return a short digest of everything that shapes the template: migrations, what they import, and base data."""
    from django.apps import apps  # noqa: PLC0415  settings are not ready when pytest loads the plugin

    files: set[Path] = {Path(__file__), *(ROOT / "liren/base/postgres").glob("*.py")}
    for application in apps.get_app_configs():
        own = {*Path(application.path).glob("migrations/**/*.py"), *Path(application.path).glob("migrations/**/*.sql")}
        files |= own
        if application.name.startswith("liren."):
            files |= {
                *Path(application.path).glob("management/commands/load_*.py"),
                *Path(application.path).glob("data/*"),
            }
            files |= {found for path in own if path.suffix == ".py" for found in _imported(path)}
    files |= {*(ROOT / "packs").glob("**/*.yaml")}
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.is_file():
            digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _imported(path: Path) -> Iterator[Path]:
    for name in re.findall(r"^\s*(?:from|import) (liren[\w.]*)", path.read_text(), re.MULTILINE):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin)


def point(server: Server, database: str, kept: list[str]) -> None:
    """Let Django's aliases ``default`` and ``owner`` reach ``database`` as the roles ``app`` and ``owner``."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from liren.conf.settings import database as described  # noqa: PLC0415

    for alias, role in (("default", "app"), ("owner", "owner")):
        connections[alias].close()
        found = described(renamed(server.urls[role], database))
        found["ENGINE"] = "liren.testing.backend"
        found["KEPT_TABLES"] = kept
        settings.DATABASES[alias].update(found)
        connections.settings[alias].update(found)
        del connections[alias]


def template(server: Server) -> str:
    """Return the name of the migrated template database with base data, making it when anything that shapes it has changed."""
    name = f"liren_template_{fingerprint()}"
    with exclusively("template"), server.admin() as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        for (old,) in connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'liren\\_template\\_%'"
        ).fetchall():
            _drop(connection, old)
        building = f"liren_building_{os.getpid()}"
        _drop(connection, building)
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE template0 ENCODING 'UTF8'").format(
                sql.Identifier(building)
            )
        )
        with server.admin(building) as inside:
            furnish(inside)
            inside.execute(EMPTY)
        _migrate(server, building)
        with server.admin(building) as inside:
            inside.execute("VACUUM ANALYZE")
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(name))
        )
    return name


def _migrate(server: Server, database: str) -> None:
    from django.core.management import call_command, get_commands  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    point(server, database, [])
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    for command in ("load_places", "load_packs"):
        if command in get_commands():
            call_command(command, verbosity=0)
    for alias in ("default", "owner"):
        connections[alias].close()


def make_copy(server: Server, worker: str) -> tuple[str, list[str]]:
    """Make the worker's own database; return its name and the tables that came with rows: reference data, kept by a flush."""
    name = f"liren_test_{os.getpid()}_{worker}"
    source = template(server)
    with exclusively("template"), server.admin() as connection:
        for (old,) in connection.execute(
            "SELECT datname FROM pg_database WHERE datname ~ '^liren_(test|building)_[0-9]+'"
        ).fetchall():
            if not Path(f"/proc/{old.split('_')[2]}").exists():
                _drop(connection, old)
        copy(connection, source, name)
    with server.admin(name) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename), tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        kept = [
            table
            for qualified, table in tables
            if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.SQL(qualified))).fetchone()
        ]
    return name, sorted(kept)


def reference_state(connection: Connection, kept: list[str]) -> dict[str, tuple[int, int]]:
    """Return for each small table of reference data how many rows it has and which transaction wrote the youngest."""
    small = connection.execute(
        "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relnamespace = 'public'::regnamespace AND reltuples < %s",
        [kept, SMALL],
    ).fetchall()
    if not small:
        return {}
    text = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}, count(*), max(xmin::text::bigint) FROM {}").format(
            sql.Literal(table), sql.Identifier(table)
        )
        for (table,) in small
    )
    return {table: (count, youngest) for table, count, youngest in connection.execute(text).fetchall()}


def copy(connection: Connection, source: str, name: str) -> None:
    """Copy the template database; the other workers may be copying it too."""
    _drop(connection, name)
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(source)
        )
    )
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO app").format(sql.Identifier(name)))


def remove(server: Server, name: str) -> None:
    """Drop a worker's database."""
    with exclusively("template"), server.admin() as connection:
        _drop(connection, name)


def _drop(connection: Connection, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
