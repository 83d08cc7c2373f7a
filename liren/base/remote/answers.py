"""Rows of an HTTP API: page after page of JSON, each answer of bounded size, every connection to a checked address."""

import json
import ssl
import time
from collections.abc import Iterable, Iterator
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import certifi
import httpcore

from liren.base.remote.reach import Reach
from liren.base.remote.specs import Api, Paging, PagingStyle
from liren.base.remote.stops import Stop

LARGEST_PAGE = 32 * 1024 * 1024
MOST_PAGES = 20_000
CONNECT_SECONDS, READ_SECONDS = 10, 30
TRIES = 3
LONGEST_WAIT = 30
DEEPEST = 4
FOLDED = frozenset({"gb2312", "gbk", "gb18030", "cp936"})
OWN_HEADERS = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "accept-encoding",
        "upgrade",
        "te",
        "trailer",
        "expect",
    }
)


class Checked(httpcore.SyncBackend):
    """Connects to the address that was checked, so that a name cannot come to mean another machine in between."""

    def __init__(self, reach: Reach) -> None:
        super().__init__()
        self.reach = reach

    def connect_tcp(self, host: str, port: int, *more: Any, **options: Any) -> httpcore.NetworkStream:
        """Connect to the checked address of a host."""
        return super().connect_tcp(self.reach.address_of(host, port), port, *more, **options)

    def connect_unix_socket(self, path: str, *more: Any, **options: Any) -> httpcore.NetworkStream:
        """Refuse: no other system is reached through a socket of this machine."""
        raise Stop("forbidden", host=path)


class Reader:
    """Asks one API for its pages."""

    def __init__(self, spec: Api, reach: Reach) -> None:
        self.spec = spec
        self.first = checked_address(spec.address)
        self.headers = checked_headers(spec.headers)
        trusted = ssl.create_default_context(cafile=certifi.where())
        trusted.load_default_certs()
        self.pool = httpcore.ConnectionPool(ssl_context=trusted, network_backend=Checked(reach), max_connections=1, retries=0)  # fmt: skip

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of all pages."""
        paging, page, position = self.spec.paging, 0, self.spec.paging.first
        address, seen = self._asking(position if paging.style in {PagingStyle.PAGE, PagingStyle.OFFSET} else None), b""
        while True:
            page += 1
            if page > MOST_PAGES:
                raise Stop("pages", most=MOST_PAGES)
            body, links = self._answer(address)
            mark = sha256(body).digest()
            answer = parsed(body)
            found = rows_at(answer, self.spec.rows)
            if found and mark == seen:
                raise Stop("same_page")
            seen = mark
            yield from found
            if paging.style is PagingStyle.PAGE:
                position += 1
            elif paging.style is PagingStyle.OFFSET:
                position += len(found)
            following = self._following(paging, answer, links, len(found), position, address)
            if following is None:
                return
            if following == address:
                raise Stop("same_page")
            address = following

    def _following(self, paging: Paging, answer: Any, links: str, count: int, position: int, address: str) -> str | None:  # fmt: skip
        if paging.style in {PagingStyle.PAGE, PagingStyle.OFFSET}:
            return None if not count or (paging.size and count < paging.size) else self._asking(position)
        if paging.style is PagingStyle.CURSOR:
            cursor = at(answer, paging.path)
            return None if cursor in {None, "", False, "0"} or isinstance(cursor, dict | list) else self._asking(cursor)  # fmt: skip
        if paging.style is PagingStyle.NEXT:
            named = at(answer, paging.path) if paging.path else next_link(links)
            return self._beside(address, named) if isinstance(named, str) and named else None
        return None

    def _asking(self, position: Any) -> str:
        """Return the first address with where a page begins and how long it is."""
        paging = self.spec.paging
        given = dict(parse_qsl(self.first.query, keep_blank_values=True))
        if position is not None and paging.parameter:
            given[paging.parameter] = str(position)
        if paging.size and paging.size_parameter:
            given[paging.size_parameter] = str(paging.size)
        return urlunsplit(self.first._replace(query=urlencode(given)))

    def _beside(self, address: str, named: str) -> str:
        """Return the address of the next page; refuse another machine."""
        there = urlsplit(urljoin(address, named))
        if (there.scheme, there.netloc.lower()) != (self.first.scheme, self.first.netloc.lower()):
            raise Stop("elsewhere", host=(there.hostname or "?")[:100])
        return urlunsplit(checked_address(urlunsplit(there)))

    def _answer(self, address: str) -> tuple[bytes, str]:
        for turn in range(1, TRIES + 1):
            try:
                return self._asked(address)
            except Stop as stop:
                if turn == TRIES or stop.code not in {"busy", "server", "dropped"}:
                    raise
                time.sleep(min(float(stop.values.get("wait", 0)) or 2.0**turn - 1, LONGEST_WAIT))
        raise AssertionError

    def _asked(self, address: str) -> tuple[bytes, str]:
        there = urlsplit(address)
        limits = {"timeout": {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": 1}}
        try:
            with self.pool.stream("GET", address, headers=self.headers, extensions=limits) as response:
                given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                refuse_status(response.status, given, there)
                if given.get("content-encoding", "identity").lower() not in {"identity", ""}:
                    raise Stop("encoded")
                body = _taken(response.iter_stream())
        except httpcore.ConnectTimeout:
            raise Stop("unreached", host=there.hostname) from None
        except httpcore.ConnectError as error:
            code = "certificate" if "certificate" in str(error).lower() or "ssl" in str(error).lower() else "unreached"
            raise Stop(code, host=there.hostname) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError):
            raise Stop("dropped") from None
        return _decoded(body, given.get("content-type", "")), given.get("link", "")


def checked_address(address: str) -> SplitResult:
    """Return an address in its parts; raise ``Stop`` unless it is plain HTTP without a user."""
    try:
        parts = urlsplit(address.strip())
        fine = parts.scheme in {"http", "https"} and parts.hostname and not parts.username and not parts.password
        _port = parts.port
        (parts.hostname or "").encode("idna")
    except ValueError:
        raise Stop("address") from None
    if not fine or any(sign <= " " or sign > "~" for sign in parts.netloc) or any(sign < " " for sign in address):
        raise Stop("address")
    path = "".join(
        sign if "!" <= sign <= "~" else "".join(f"%{byte:02X}" for byte in sign.encode()) for sign in parts.path
    )
    query = "".join(
        sign if "!" <= sign <= "~" else "".join(f"%{byte:02X}" for byte in sign.encode()) for sign in parts.query
    )
    return parts._replace(path=path or "/", query=query, fragment="")


def checked_headers(given: dict[str, str]) -> list[tuple[str, str]]:
    """Return the headers to send; raise ``Stop`` for one that is the connection's own or holds what no header may."""
    sent = [("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", "liren")]
    for name, value in given.items():
        token = name.replace("-", "").replace("_", "")
        if name.lower() in OWN_HEADERS or not (token.isascii() and token.isalnum()) or not all(" " <= sign <= "~" for sign in value):  # fmt: skip
            raise Stop("header", name=name[:60])
        sent.append((name, value))
    return sent


def refuse_status(status: int, given: dict[str, str], there: SplitResult) -> None:
    """Raise ``Stop`` for every answer but a good one."""
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise Stop("redirect", host=(urlsplit(given.get("location", "")).hostname or there.hostname or "?")[:100])
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise Stop("password")
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise Stop("gone", status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = given.get("retry-after", "")
        raise Stop("busy", wait=int(wait) if wait.isdigit() and len(wait) < 4 else 0)
    raise Stop("server" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "status", status=status)


def _taken(pieces: Iterable[bytes]) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > LARGEST_PAGE:
            raise Stop("page_size", most=LARGEST_PAGE // 2**20)
    return bytes(body)


def _decoded(body: bytes, kind: str) -> bytes:
    charset = kind.lower().partition("charset=")[2].strip(" \"';")
    if charset not in FOLDED:
        return body
    try:
        return body.decode("gb18030").encode()
    except UnicodeDecodeError:
        raise Stop("not_json", why="text") from None


def parsed(body: bytes) -> Any:
    """Return the value of a JSON text: numbers as they are written, no name twice in one object, nothing that JSON has not."""

    def unknown(_word: str) -> None:
        raise Stop("not_json", why="constant")

    def pairs(given: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(given)
        if len(made) != len(given):
            raise Stop("not_json", why="repeated")
        return made

    try:
        text = body.decode("utf-8-sig")
        found = json.loads(text, parse_constant=unknown, object_pairs_hook=pairs, parse_float=str, parse_int=str)
    except UnicodeDecodeError:
        raise Stop("not_json", why="text") from None
    except RecursionError:
        raise Stop("not_json", why="deep") from None
    except ValueError:
        raise Stop("not_json", why="syntax") from None
    return found


def at(answer: Any, path: str) -> Any:
    """Return what stands at a path of names (``data.list``), nothing where there is none."""
    for name in filter(None, path.split(".")):
        if not isinstance(answer, dict) or name not in answer:
            return None
        answer = answer[name]
    return answer


def rows_at(answer: Any, path: str) -> list[dict[str, Any]]:
    """Return the rows of an answer; without a path the only list of objects that is there."""
    found = at(answer, path)
    if not path and not isinstance(answer, list):
        places = list(_lists(answer, ""))
        if len(places) > 1:
            raise Stop("which_rows", paths="、".join(name for name, _rows in places[:5])[:200])
        if not places:
            raise Stop("no_rows")
        found = places[0][1]
    if found is None and isinstance(answer, dict):
        raise Stop("not_rows", path=path[:100])
    if not isinstance(found, list):
        raise Stop("not_rows" if path else "no_rows", path=path[:100])
    if not all(isinstance(one, dict) for one in found):
        raise Stop("not_json", why="row")
    return found


def _lists(answer: Any, path: str, depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    if not isinstance(answer, dict) or depth >= DEEPEST:
        return
    for name, value in answer.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            yield here, value
        else:
            yield from _lists(value, here, depth + 1)


def flat(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the columns of a row: what lies deeper under joined names, lists of words as words, anything else as JSON."""
    ahead: list[tuple[str, Any, int]] = [(name, value, 1) for name, value in reversed(record.items())]
    while ahead:
        name, value, depth = ahead.pop()
        if isinstance(value, dict) and depth < DEEPEST:
            ahead += [(f"{name}.{inner}", one, depth + 1) for inner, one in reversed(value.items())]
        elif isinstance(value, list) and all(one is None or isinstance(one, str) for one in value):
            yield name, "、".join(one for one in value if one)
        elif isinstance(value, dict | list):
            yield name, json.dumps(value, ensure_ascii=False)
        else:
            yield name, value


def next_link(header: str) -> str:
    """Return the address with ``rel="next"`` of a Link header (RFC 8288)."""
    for part in header.split(","):
        address, _sign, more = part.partition(";")
        if 'rel="next"' in more.replace("'", '"').replace("rel=next", 'rel="next"').lower():
            return address.strip().strip("<>")
    return ""
