"""A protocol-true Deepgram on loopback: `/v1/listen` (nova) and `/v2/listen` (Flux), with faults on demand.

It hears by loudness: a voice begins, grows into an interim result, and after a moment of silence becomes the next of
the texts it was told to hear. So what a test plays decides when something is understood, and no clock does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from tests.support.faults import NONE, Fault
from tests.support.serving import serve

Json = dict[str, Any]  # Any: the JSON of the protocol

LOUD = 500
"""Of 32768, on average over a message: what is louder is a voice."""
INTERIM = 0.2
"""Seconds of a voice before an interim result."""
SILENCE = 0.2
"""Seconds of silence that end an utterance."""


@dataclass
class Listening:
    """One connection, as it came."""

    path: str
    query: list[tuple[str, str]]
    key: str
    messages: list[str] = field(default_factory=list)
    """Types of the texts the client sent."""
    seconds: float = 0.0
    """Of sound."""
    voice: float = 0.0
    """Of it loud."""

    def option(self, name: str) -> list[str]:
        """Every value of a query parameter."""
        return [value for key, value in self.query if key == name]


@dataclass
class FakeDeepgram:
    """The running server; `will_hear` plans the transcripts, the last one for ever."""

    url: str = ""
    """For OTKLIK_DEEPGRAM_URL."""
    fault: Fault = NONE
    faults: dict[str, Fault] = field(default_factory=dict)
    """Of one path, in place of `fault`."""
    connections: list[Listening] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    """Final transcripts that were sent."""
    _texts: list[str] = field(default_factory=lambda: ["да"])
    _open: set[web.WebSocketResponse] = field(default_factory=set)

    def will_hear(self, *texts: str) -> None:
        self._texts = list(texts)

    async def cut(self) -> None:
        """Closes what is open, as a server that restarts."""
        for socket in list(self._open):
            await socket.close(code=1011)

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """Both versions."""
        fault = self.faults.get(request.path, self.fault)
        listening = Listening(request.path, list(request.query.items()), request.headers.get("Authorization", ""))
        self.connections.append(listening)
        await asyncio.sleep(fault.waits)
        if fault.status is not None:
            return web.json_response({"err_code": "FAULT", "err_msg": "asked for"}, status=fault.status)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._open.add(socket)
        try:
            kind = _Flux if request.path.startswith("/v2") else _Nova
            await kind(self, socket, listening, fault).run()
        finally:
            self._open.discard(socket)
        return socket

    def next_text(self) -> str:
        """The planned transcript."""
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        self.heard.append(text)
        return text

    def peek(self) -> str:
        return self._texts[0]


class _Ears:
    """What both protocols share: sound comes in, and an utterance begins, grows and ends."""

    def __init__(self, fake: FakeDeepgram, socket: web.WebSocketResponse, listening: Listening, fault: Fault) -> None:
        self.fake = fake
        self.socket = socket
        self.listening = listening
        self.fault = fault
        self.voice = 0.0
        self.quiet = 0.0
        self.shown = False

    async def run(self) -> None:
        if self.fault.garbage:
            await self.socket.send_str("{not json")
        if self.fault.error:
            await self.say({"type": "Error", "description": "asked for"})
        async for message in self.socket:
            if message.type is WSMsgType.BINARY:
                if not await self.hear(message.data):
                    return
            elif message.type is WSMsgType.TEXT:
                kind = json.loads(message.data)["type"]
                self.listening.messages.append(kind)
                if not await self.told(kind):
                    return

    async def hear(self, data: bytes) -> bool:
        """False when the connection was cut."""
        samples = np.frombuffer(data, dtype="<i2")
        seconds = len(samples) / int(self.listening.option("sample_rate")[0])
        loud = bool(len(samples)) and float(np.abs(samples.astype(np.int32)).mean()) > LOUD
        self.listening.seconds += seconds
        self.listening.voice += seconds if loud else 0.0
        limit = self.fault.closes_after
        if limit is not None and self.listening.seconds >= limit:
            assert self.socket._req is not None
            assert self.socket._req.transport is not None
            self.socket._req.transport.close()
            return False
        if self.fault.garbage or self.fault.error or self.fault.deaf:
            return True
        await (self._loud(seconds) if loud else self._silent(seconds))
        return True

    async def _loud(self, seconds: float) -> None:
        if not self.voice:
            await self.begin()
        self.voice += seconds
        self.quiet = 0.0
        if self.voice >= INTERIM and not self.shown:
            self.shown = True
            await self.grow(" ".join(self.fake.peek().split()[:-1]) or self.fake.peek())

    async def _silent(self, seconds: float) -> None:
        if self.voice:
            self.quiet += seconds
            if self.quiet >= SILENCE:
                await self.finish()

    async def finish(self) -> None:
        if self.voice:
            self.voice, self.quiet, self.shown = 0.0, 0.0, False
            await self.end(self.fake.next_text())

    async def say(self, message: Json) -> None:
        if not self.socket.closed:
            await self.socket.send_str(json.dumps(message, ensure_ascii=False))

    async def told(self, kind: str) -> bool:
        raise NotImplementedError

    async def begin(self) -> None:
        raise NotImplementedError

    async def grow(self, text: str) -> None:
        raise NotImplementedError

    async def end(self, text: str) -> None:
        raise NotImplementedError


class _Nova(_Ears):
    async def told(self, kind: str) -> bool:
        if kind == "Finalize":
            await self.finish()
        if kind == "CloseStream":
            await self.finish()
            await self.say({"type": "Metadata", "request_id": "r1", "duration": self.listening.seconds})
            await self.socket.close()
            return False
        return True

    async def begin(self) -> None:
        await self.say({"type": "SpeechStarted", "channel": [0], "timestamp": self.listening.seconds})

    async def grow(self, text: str) -> None:
        await self._results(text, final=False)

    async def end(self, text: str) -> None:
        await self._results(text, final=True)

    async def _results(self, text: str, *, final: bool) -> None:
        now = self.listening.seconds
        words = [
            {
                "word": word.lower(),
                "punctuated_word": word,
                "start": max(0.0, now - 0.3),
                "end": now,
                "confidence": 0.98,
            }
            for word in text.split()
        ]
        alternative: Json = {"transcript": text, "confidence": 0.98, "words": words}
        if self.listening.option("language") == ["multi"]:
            alternative["languages"] = ["ru"]
        await self.say(
            {
                "type": "Results",
                "is_final": final,
                "speech_final": final,
                "metadata": {"request_id": "r1"},
                "channel": {"alternatives": [alternative]},
            }
        )


class _Flux(_Ears):
    async def run(self) -> None:
        await self.say({"type": "Connected", "request_id": "r1", "sequence_id": 0})
        await super().run()

    async def told(self, kind: str) -> bool:
        if kind == "Configure":
            await self.say({"type": "ConfigureSuccess"})
        if kind == "CloseStream":
            await self.finish()
            await self.socket.close()
            return False
        return True

    async def begin(self) -> None:
        await self._turn("StartOfTurn", "")

    async def grow(self, text: str) -> None:
        await self._turn("Update", text)

    async def end(self, text: str) -> None:
        await self._turn("EndOfTurn", text)

    async def _turn(self, event: str, text: str) -> None:
        await self.say(
            {
                "type": "TurnInfo",
                "request_id": "r1",
                "event": event,
                "turn_index": 0,
                "transcript": text,
                "words": [{"word": word, "confidence": 0.98} for word in text.split()],
                "languages": ["ru"],
                "audio_window_start": 0.0,
                "audio_window_end": self.listening.seconds,
            }
        )


@asynccontextmanager
async def fake_deepgram() -> AsyncIterator[FakeDeepgram]:
    """The server, listening on a free loopback port."""
    fake = FakeDeepgram()
    async with serve({("GET", "/v1/listen"): fake.listen, ("GET", "/v2/listen"): fake.listen}) as fake.url:
        yield fake
