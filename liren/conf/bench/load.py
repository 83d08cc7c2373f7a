"""A closed loop of clients over keep-alive connections: each sends its next request when the last answer is complete."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a measurement; ``expect`` is the status that counts as done."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    expect: int = 200

    def encoded(self, host: str) -> bytes:
        """Return the request as it goes over the wire."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body or self.method != "GET":
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Measured:
    """What a measurement gave; times in seconds."""

    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Return how many were done in a second, by all clients together."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile_ms(self, percent: int) -> float:
        """Return a percentile of the latencies in milliseconds."""
        if len(self.latencies) < 2:
            return sum(self.latencies) * 1000
        return quantiles(self.latencies, n=100, method="inclusive")[percent - 1] * 1000


class Connection:
    """One client's connection."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def send(self, request: Request) -> Answer:
        """Send a request and return its answer; raise ``AssertionError`` for another status than the expected one."""
        if self.writer is None or self.reader is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=2**20)
        self.writer.write(request.encoded(f"{self.host}:{self.port}"))
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await self.body(headers)
        if headers.get("connection", "").lower() == "close":
            self.writer.close()
            self.reader = self.writer = None
        answer = Answer(int(head[0].split(" ")[1]), headers, body)
        if answer.status != request.expect:
            raise AssertionError(
                f"{request.method} {request.path}: {answer.status} {body[:500].decode(errors='replace')}"
            )
        return answer

    async def body(self, headers: Mapping[str, str]) -> bytes:
        """Read a body of known length or in chunks."""
        assert self.reader is not None
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        parts = []
        while headers.get("transfer-encoding") == "chunked":
            size = int((await self.reader.readline()).split(b";")[0], 16)
            parts.append(await self.reader.readexactly(size))
            await self.reader.readline()
            if size == 0:
                break
        return b"".join(parts)

    def close(self) -> None:
        """Close the connection."""
        if self.writer is not None:
            self.writer.close()


def measure(
    host: str,
    port: int,
    act: Callable[[Connection, int], Awaitable[object]],
    *,
    clients: int = 8,
    seconds: float = 5.0,
    warm_up: float = 1.0,
) -> Measured:
    """Run ``act(connection, number)`` in a closed loop by ``clients`` for some seconds, after a warm-up that does not count."""

    async def run() -> Measured:
        numbers, latencies = count(), list[float]()
        begun = time.perf_counter() + warm_up
        until = begun + seconds

        async def client() -> None:
            connection = Connection(host, port)
            counted = 0  # a slow act counts once for each client at least
            while (start := time.perf_counter()) < until or not counted:
                await act(connection, next(numbers))
                if start >= begun:
                    latencies.append(time.perf_counter() - start)
                    counted += 1
            connection.close()

        await asyncio.gather(*(client() for _ in range(clients)))
        return Measured(time.perf_counter() - begun, latencies)

    return asyncio.run(run())
