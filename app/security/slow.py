"""Clients that send slowly, or nothing: each would hold a connection for as long as it likes."""

from __future__ import annotations

import asyncio

from litestar.exceptions import ClientException
from litestar.status_codes import HTTP_408_REQUEST_TIMEOUT
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 10.0
"""From a connection's opening, or a request's first byte, to the end of the request's headers."""
BODY_SECONDS = 30.0
"""Wait for each next part of a body."""


class BodyTooSlow(ClientException):
    """The next part of the body did not come in time."""

    status_code = HTTP_408_REQUEST_TIMEOUT


class BodyDeadline:
    """ASGI middleware: each read of a body ends within `seconds`, or raises BodyTooSlow. Waiting for a client to leave,
    as event streams do once the body is read, has no end.
    """

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        complete = False

        async def within() -> HTTPReceiveMessage | WebSocketReceiveMessage:
            nonlocal complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout(self._seconds):
                    message = await receive()
            except TimeoutError as error:
                raise BodyTooSlow from error
            complete = message["type"] != "http.request" or not message.get("more_body")
            return message

        await self._app(scope, within, send)


class HeaderDeadline(HttpToolsProtocol):
    """uvicorn's HTTP, which drops a connection whose next request's headers are not there in time."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        self._arrived()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def _wait(self) -> None:
        # The first byte of a connection's first request does not give it another ten seconds.
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _arrived(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
