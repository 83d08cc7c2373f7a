"""Other systems for tests: a second database with its own role over TCP, and an HTTP server that answers as it is told."""

import os
import select
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
from psycopg import sql

from liren.base.remote.specs import Database
from liren.testing.database import server

LOOPBACK = "127.0.0.1"
PASSWORD = "只读-read-2026"
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Asked:
    """What a request said."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Answers:
    """A running HTTP server: ``routes`` tell what each path answers, ``asked`` what was asked of it."""

    port: int
    routes: dict[str, Callable[[Asked], Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def address(self, path: str = "/") -> str:
        """Return the address of a path."""
        return f"http://{LOOPBACK}:{self.port}{path}"


@contextmanager
def http_server() -> Iterator[Answers]:
    """Run an HTTP server in threads."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                {k.lower(): v for k, v in self.headers.items()},
            )
            there.asked.append(asked)
            route = there.routes.get(parts.path)
            status, headers, body = route(asked) if route else (404, {}, b"")
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_said: Any) -> None:
            pass

    made = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    made.daemon_threads = True
    there = Answers(made.server_address[1])
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


@contextmanager
def other_database(*statements: str, rows: Sequence[tuple[str, Sequence[Any]]] = ()) -> Iterator[Database]:
    """Make a database beside the test's own with a role that may only read it, and yield how it is reached over TCP."""
    here = server()
    name, role = f"other_{os.getpid()}", f"reader_{os.getpid()}"
    with here.admin() as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD)))
        try:
            with here.admin(name) as inside:
                for statement in statements:
                    inside.execute(statement)
                for statement, values in rows:
                    inside.execute(statement, list(values))
                inside.execute(
                    sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(role))
                )
                inside.execute(
                    sql.SQL("GRANT INSERT ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(role))
                )
            with _reached(admin) as port:
                yield Database("postgresql", LOOPBACK, port, name, role, PASSWORD)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def change(there: Database, *statements: str) -> None:
    """Change another database as its keeper does."""
    with server().admin(there.database) as inside:
        for statement in statements:
            inside.execute(statement)


@contextmanager
def _reached(admin: psycopg.Connection[Any]) -> Iterator[int]:
    """Yield a TCP port of the server; one that listens on a socket alone gets a port that passes everything on."""
    host, port = admin.info.host, admin.info.port
    if not host.startswith("/"):
        yield port
        return
    path = f"{host}/.s.PGSQL.{port}"

    class PassOn(BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as other, suppress(OSError):
                other.connect(path)
                ends = {self.request: other, other: self.request}
                while True:
                    for source in select.select(list(ends), [], [])[0]:
                        piece = source.recv(65536)
                        if not piece:
                            return
                        ends[source].sendall(piece)

    made = ThreadingTCPServer((LOOPBACK, 0), PassOn)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield int(made.server_address[1])
    finally:
        made.shutdown()
        made.server_close()
        thread.join()
