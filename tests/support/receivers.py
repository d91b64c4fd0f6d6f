"""Webhook receivers for tests: a real HTTP server on loopback that behaves as its path says, and remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.waiting import LONG

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Received:
    """One request as it came. Header names are lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` maps a path to raw bytes of an answer; `/hang`, `/close` and `/endless` do so."""

    port: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    open_now: dict[str, int] = field(default_factory=dict)
    most_open: dict[str, int] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    """A path in here is answered once its gate is set."""
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return self.origin + path

    def at(self, path: str) -> list[Received]:
        """What came to this path, in order."""
        return [found for found in self.received if found.path == path]

    async def until(self, condition: Callable[[], bool], seconds: float = LONG) -> None:
        """Waits for something that a request brings about. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self.news:
            await self.news.wait_for(condition)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) and await self._answer(head.decode(), reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the sender hung up
        finally:
            writer.close()

    async def _answer(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = first.split(" ")[1]
        self.open_now[path] = self.open_now.get(path, 0) + 1
        self.most_open[path] = max(self.most_open.get(path, 0), self.open_now[path])
        async with self.news:
            self.received.append(Received(path, headers, body))
            self.news.notify_all()
        try:
            return await self._behave(path, reader, writer)
        finally:
            self.open_now[path] -= 1

    async def _behave(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if path == "/hang":
            await reader.read(1)  # until the sender gives up
            return False
        if path == "/close":
            return False
        if path == "/endless":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        if path in self.gates:
            await self.gates[path].wait()
        writer.write(self.answers.get(path, OK))
        await writer.drain()
        return True


def answer(status: int, *headers: str, body: str = "") -> bytes:
    """Raw bytes of an answer."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body.encode())}", *headers, "", body]
    return "\r\n".join(lines).encode()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    made = Receiver()
    server = await asyncio.start_server(made._serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
