"""Connections to providers. An address that a company chose is reached through the outbound guard only."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import httpx
import httpx2
import openai

from app.errors import OutboundRefused
from app.runtime import Runtime
from app.voice.providers.credentials import Credentials

NO_KEY = "none"
"""Sent to servers that need no key: the client insists on one."""


def session() -> aiohttp.ClientSession:
    """For the sockets of one call. Deepgram's and Cartesia's addresses are the operator's, so no guard is asked."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ttl_dns_cache=300))


def openai_client(rt: Runtime, given: Credentials, *, seconds: float) -> openai.AsyncClient:
    """A client of any OpenAI-compatible server that never retries. Close it."""
    limits = httpx2.Limits(max_connections=20, keepalive_expiry=120)
    timeout = httpx2.Timeout(seconds)
    way = _Guarded(rt.http) if given.guarded else None
    client = httpx2.AsyncClient(timeout=timeout, limits=limits, transport=way, follow_redirects=False)
    return openai.AsyncClient(
        api_key=given.key or NO_KEY, base_url=given.url, max_retries=0, timeout=timeout, http_client=client
    )


class _Guarded(httpx2.AsyncBaseTransport):
    """Sends through the runtime's guarded client: the openai library speaks another version of the same client."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        outgoing = httpx.Request(
            request.method,
            str(request.url),
            headers=list(request.headers.raw),
            content=await request.aread(),
            extensions={"timeout": request.extensions.get("timeout", {})},
        )
        try:
            answer = await self._client.send(outgoing, stream=True)
        except httpx.TimeoutException as error:
            raise httpx2.ReadTimeout("no answer in time", request=request) from error
        except (httpx.HTTPError, OutboundRefused) as error:
            raise httpx2.ConnectError(type(error).__name__, request=request) from error
        return httpx2.Response(answer.status_code, headers=list(answer.headers.raw), stream=_Body(answer))


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._answer.aiter_raw():
                yield piece
        except httpx.TimeoutException as error:
            raise httpx2.ReadTimeout("the answer stopped") from error
        except httpx.HTTPError as error:
            raise httpx2.ReadError(type(error).__name__) from error

    async def aclose(self) -> None:
        await self._answer.aclose()
