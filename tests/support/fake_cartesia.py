"""A protocol-true Cartesia on loopback: the WebSocket and `/tts/bytes`, with faults on demand.

What it says is a tone, whose length follows the words.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from tests.support.faults import NONE, Fault
from tests.support.serving import serve

Json = dict[str, Any]  # Any: the JSON of the protocol

SECONDS_A_LETTER = 0.05
PIECE = 0.1
"""Seconds of sound in a message."""
PITCH = 440


def tone(text: str, rate: int) -> bytes:
    """What is said for these words."""
    time = np.arange(round(len(text.strip()) * SECONDS_A_LETTER * rate)) / rate
    sound: bytes = (9000 * np.sin(2 * math.pi * PITCH * time)).astype("<i2").tobytes()
    return sound


def pieces(text: str, rate: int) -> Iterator[bytes]:
    """The same in messages."""
    sound, size = tone(text, rate), 2 * round(PIECE * rate)
    yield from (sound[at : at + size] for at in range(0, len(sound), size))


@dataclass
class FakeCartesia:
    """The running server."""

    url: str = ""
    """For OTKLIK_CARTESIA_URL."""
    fault: Fault = NONE
    cuts: float | None = None
    """Seconds of sound after which it says that all is said."""
    requests: list[Json] = field(default_factory=list)
    """Every message that asked for sound."""
    keys: list[str] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        """The words that were asked for."""
        return [words for request in self.requests if (words := request["transcript"].strip())]

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        fault = self.fault
        self.keys.append(request.headers.get("X-API-Key", ""))
        assert request.query["cartesia_version"]
        if fault.status is not None:
            return web.json_response({"error": "asked for"}, status=fault.status)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            asked = json.loads(message.data)
            self.requests.append(asked)
            if not await self._say(socket, asked):
                break
        return socket

    async def speak(self, request: web.Request) -> web.StreamResponse:
        """POST /tts/bytes."""
        fault, asked = self.fault, await request.json()
        self.keys.append(request.headers.get("X-API-Key", ""))
        self.requests.append(asked)
        await asyncio.sleep(fault.waits)
        if fault.status is not None:
            return web.json_response({"error": "asked for"}, status=fault.status)
        return web.Response(body=tone(asked["transcript"], asked["output_format"]["sample_rate"]))

    async def _say(self, socket: web.WebSocketResponse, asked: Json) -> bool:
        """False when the connection was cut."""
        fault, context = self.fault, {"context_id": asked["context_id"], "status_code": 206}
        if asked["transcript"].strip():
            await asyncio.sleep(fault.waits)
        if fault.garbage:
            await socket.send_str("{not json")
            return True
        if fault.error:
            await self._send(socket, {**context, "type": "error", "error": "asked for", "done": False})
            return True
        rate = asked["output_format"]["sample_rate"]
        for number, piece in enumerate(pieces(asked["transcript"], rate)):
            if number == fault.closes_after:
                await socket.close(code=1011)
                return False
            if self.cuts is not None and number * PIECE >= self.cuts:
                break
            data = base64.b64encode(piece).decode()
            await self._send(socket, {**context, "type": "chunk", "data": data, "done": False})
        if not asked["continue"]:
            await self._send(socket, {**context, "type": "done", "done": True})
        return True

    @staticmethod
    async def _send(socket: web.WebSocketResponse, message: Json) -> None:
        if not socket.closed:
            await socket.send_str(json.dumps(message))


@asynccontextmanager
async def fake_cartesia() -> AsyncIterator[FakeCartesia]:
    """The server, listening on a free loopback port."""
    fake = FakeCartesia()
    async with serve({("GET", "/tts/websocket"): fake.websocket, ("POST", "/tts/bytes"): fake.speak}) as fake.url:
        yield fake
