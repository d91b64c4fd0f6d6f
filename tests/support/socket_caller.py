"""A browser that talks over the socket, without a browser: it plays what it is sent in real time and says so."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from tests.support.waiting import LONG

SPOKEN = 24_000
HEARD = 16_000
TICK = 0.02
"""Seconds of sound in one message, and between two words about what was played."""


@dataclass
class Caller:
    """One end of a call. `said` holds every control text; `sound` what was heard, by segment."""

    socket: ClientConnection
    said: list[dict[str, Any]] = field(default_factory=list)  # Any: JSON
    sound: dict[int, bytearray] = field(default_factory=dict)
    played: dict[int, int] = field(default_factory=dict)
    """Samples of each segment that came out of the loudspeaker."""
    closed: tuple[int, str] | None = None
    _segment: int = 0
    _ending: set[int] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Takes in what comes until the connection is closed."""
        playing = asyncio.create_task(self._play())
        try:
            async for message in self.socket:
                self._take(message)
        except websockets.ConnectionClosed:
            pass
        finally:
            playing.cancel()
            self.closed = (self.socket.close_code or 0, self.socket.close_reason or "")
            self._news.set()

    def _take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.sound[self._segment] += message
        else:
            said = json.loads(message)
            self.said.append(said)
            if said["type"] == "segment":
                self._segment = said["segment"]
                self.sound[self._segment], self.played[self._segment] = bytearray(), 0
            elif said["type"] in ("flush", "clear"):
                self._ending.add(said["segment"])
                if said["type"] == "clear":
                    del self.sound[said["segment"]][2 * self.played[said["segment"]] :]
        self._news.set()

    async def _play(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            now, passed = time.monotonic(), time.monotonic() - last
            last = now
            for number, sound in list(self.sound.items()):
                there = len(sound) // 2
                if self.played[number] < there or number in self._ending:
                    self.played[number] = min(there, self.played[number] + round(passed * SPOKEN))
                    done = number in self._ending and self.played[number] == there
                    await self.tell("played", segment=number, samples=self.played[number], done=done)
                    if done:
                        self._ending.discard(number)
                    break

    async def tell(self, what: str, **facts: object) -> None:
        await self._send(json.dumps({"type": what, **facts}))

    async def _send(self, message: str | bytes) -> None:
        with suppress(websockets.ConnectionClosed):  # `closed` says it
            await self.socket.send(message)

    async def speak(self, pcm: bytes) -> None:
        """Sends sound as a microphone gives it, in real time."""
        size = round(HEARD * TICK) * 2
        due = time.monotonic()
        for start in range(0, len(pcm), size):
            await self._send(pcm[start : start + size])
            due += TICK
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def has(self, what: str, **facts: object) -> bool:
        """Whether such a control text came."""
        return any(one["type"] == what and facts.items() <= one.items() for one in self.said)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until it is true of what came; fails when the connection ends first, or it never is."""
        async with asyncio.timeout(LONG):
            while not holds():
                assert self.closed is None, f"closed with {self.closed} after {self.said}"
                self._news.clear()
                with_deadline = asyncio.wait_for(self._news.wait(), 0.1)
                try:
                    await with_deadline
                except TimeoutError:
                    continue

    async def end(self) -> tuple[int, str]:
        """Code and reason with which the connection was closed."""
        async with asyncio.timeout(LONG):
            while self.closed is None:
                await asyncio.sleep(0.02)
        return self.closed


@asynccontextmanager
async def calling(
    port: int, path: str, cookie: str, ticket: str | None, *, origin: str | None = "own"
) -> AsyncIterator[Caller]:
    """A socket that is open, and has shown its ticket."""
    page = f"http://127.0.0.1:{port}" if origin == "own" else origin
    async with websockets.connect(
        f"ws://127.0.0.1:{port}{path}",
        origin=None if page is None else websockets.Origin(page),
        additional_headers={"Cookie": cookie},
        compression=None,
    ) as socket:
        caller = Caller(socket)
        running = asyncio.create_task(caller.run())
        if ticket is not None:
            await caller.tell("start", ticket=ticket)
        try:
            yield caller
        finally:
            await socket.close()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
