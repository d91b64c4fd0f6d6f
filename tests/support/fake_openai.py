"""A protocol-true OpenAI-compatible server on loopback, with faults on demand.

Speaks POST /v1/chat/completions (SSE when `stream` is set), POST /v1/audio/speech and /v1/audio/transcriptions, and GET
/v1/models as the openai plugin needs them. Each chat request takes the next planned `Answer`, the last one for ever;
what was asked is kept in `requests`. Speech is a tone, whose length follows the words; a transcript is the next of the
planned texts.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.fake_cartesia import pieces
from tests.support.faults import NONE, Fault

Json = dict[str, Any]  # Any: the JSON of the protocol

NEVER = 86_400.0
"""Seconds of a wait that ends with the test, however slow the machine is."""


@dataclass(frozen=True)
class Answer:
    """How one request is answered. Times are seconds."""

    text: str = "Хорошо."
    first_token: float = 0.0
    """Wait before the first piece of text."""
    between: float = 0.0
    """Wait before each further piece."""
    status: int = 200
    """Other than 200: the error body of the protocol."""
    closes_after: int | None = None
    """Pieces sent before the connection is cut in the middle of the stream."""
    malformed: bool = False
    """The stream holds what is not JSON."""
    thinks: str = ""
    """Text between <think> tags before the answer, as reasoning models send it."""


_ERRORS = {
    401: ("invalid_api_key", "invalid_request_error", "Incorrect API key provided"),
    429: ("rate_limit_exceeded", "requests", "Rate limit reached"),
    500: ("server_error", "server_error", "The server had an error"),
}


@dataclass
class FakeOpenAI:
    """The running server; `will` plans the answers."""

    url: str = ""
    """Base URL for the client, ends in /v1."""
    requests: list[Json] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """Authorization headers as they came."""
    said: list[Json] = field(default_factory=list)
    """What was asked to be spoken."""
    uploads: list[bytes] = field(default_factory=list)
    """Bodies of what was to be transcribed."""
    fault: Fault = NONE
    """Of speech, both ways."""
    texts: list[str] = field(default_factory=lambda: ["да"])
    """Transcripts to come; the last one repeats."""
    _answers: list[Answer] = field(default_factory=lambda: [Answer()])
    _handlers: set[asyncio.Task[Any]] = field(default_factory=set)  # Any: asyncio's own type of current_task()

    def will(self, *answers: Answer) -> None:
        """Plans the answers to the next requests; the last one repeats."""
        self._answers = list(answers)

    def _next(self) -> Answer:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive for several requests."""
        handler = asyncio.current_task()
        assert handler is not None
        self._handlers.add(handler)
        try:
            while await self._request(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, which several of the tests make it do, or the test is over
        finally:
            self._handlers.discard(handler)
            writer.close()

    async def stop(self) -> None:
        """Cuts what is still open."""
        handlers = list(self._handlers)
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *headers = head.split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in headers if h)}
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        method, path, _ = line.split(" ", 2)
        if (method, path) == ("GET", "/v1/models"):
            _json(writer, 200, {"object": "list", "data": [{"id": "fake", "object": "model"}]})
            return True
        if (method, path) in (("POST", "/v1/audio/speech"), ("POST", "/v1/audio/transcriptions")):
            self.keys.append(fields.get("authorization", ""))
            return await self._sound(path, body, writer)
        if (method, path) != ("POST", "/v1/chat/completions"):
            _json(writer, 404, {"error": {"message": "unknown path", "type": "invalid_request_error", "code": None}})
            return True
        self.requests.append(json.loads(body))
        self.keys.append(fields.get("authorization", ""))
        return await self._complete(self._next(), self.requests[-1], writer)

    async def _sound(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(self.fault.waits)
        if self.fault.status is not None:
            code, kind, message = _ERRORS[self.fault.status]
            _json(writer, self.fault.status, {"error": {"message": message, "type": kind, "code": code}})
            return True
        if path.endswith("transcriptions"):
            self.uploads.append(body)
            text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
            _json(writer, 200, {"text": text})
            return True
        self.said.append(json.loads(body))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/pcm\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number, piece in enumerate(pieces(self.said[-1]["input"], 24_000)):
            if number == self.fault.closes_after:
                writer.transport.abort()
                return False
            _chunk(writer, piece)
        writer.write(b"0\r\n\r\n")
        return True

    async def _complete(self, answer: Answer, request: Json, writer: asyncio.StreamWriter) -> bool:
        if answer.status != 200:
            code, kind, message = _ERRORS[answer.status]
            _json(writer, answer.status, {"error": {"message": message, "type": kind, "code": code}})
            return True
        if not request.get("stream"):
            await asyncio.sleep(answer.first_token)
            reply = {"role": "assistant", "content": answer.text}
            _json(writer, 200, {"id": "c1", "choices": [{"index": 0, "message": reply, "finish_reason": "stop"}]})
            return True
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number, piece in enumerate(_pieces(answer)):
            if number == answer.closes_after:
                writer.transport.abort()
                return False
            await writer.drain()
            await asyncio.sleep(answer.first_token if number == 0 else answer.between)
            _chunk(writer, b"data: {not json\n\n" if answer.malformed else _event({"content": piece}, None))
        _chunk(writer, _event({}, "stop"))
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        _chunk(writer, _sse({"id": "c1", "object": "chat.completion.chunk", "choices": [], "usage": usage}))
        _chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        return True


def _pieces(answer: Answer) -> list[str]:
    """The text in pieces of a few characters, as tokens come; one empty piece for an empty answer."""
    text = (f"<think>{answer.thinks}</think>" if answer.thinks else "") + answer.text
    return [text[i : i + 4] for i in range(0, len(text), 4)] or [""]


def _sse(value: Json) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _event(delta: Json, finish: str | None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return _sse({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": choices})


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def _json(writer: asyncio.StreamWriter, status: int, value: Json) -> None:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)


@asynccontextmanager
async def fake_openai() -> AsyncIterator[FakeOpenAI]:
    """The server, listening on a free loopback port."""
    fake = FakeOpenAI()
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    fake.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield fake
    finally:
        server.close()
        await fake.stop()
