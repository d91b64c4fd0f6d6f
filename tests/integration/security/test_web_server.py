"""The server in front of the application: whose word it takes for an address, and how long it waits."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from litestar import Litestar, Request, get, post

from app.asgi import create_app
from app.commands.web import server_config
from app.errors import SettingsInvalid
from app.runtime import Runtime
from app.security import slow
from app.security.cookies import SESSION_COOKIE
from app.settings import WebSettings, read
from app.ui.events import MAX_STREAMS
from tests.support.waiting import LONG
from tests.support.world import World

pytestmark = pytest.mark.integration


@get("/who")
async def who(request: Request[Any, Any, Any]) -> str:
    """Where the request is taken to come from."""
    return f"{request.url.scheme} {request.client.host if request.client else ''}"


@post("/length", status_code=200)
async def length(request: Request[Any, Any, Any]) -> str:
    return str(len(await request.body()))


@asynccontextmanager
async def served(app: Litestar, *proxies: str) -> AsyncIterator[int]:
    """The port at which `app` is served as `otklik web` serves it."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(server_config(app, read(WebSettings, trusted_proxies=proxies)))
    serving = asyncio.create_task(server._serve([listener]), name="server")
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


FORGED = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}


async def test_nobody_is_believed_about_an_address_unless_a_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    async with served(Litestar([who])) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/who", headers=FORGED)).text == "http 127.0.0.1"
    async with (
        served(Litestar([who]), "10.0.0.0/8") as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert (await client.get("/who", headers=FORGED)).text == "http 127.0.0.1"


async def test_a_named_proxy_is_believed_and_what_its_client_wrote_is_not() -> None:
    async with (
        served(Litestar([who]), "127.0.0.0/8") as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert (await client.get("/who", headers=FORGED)).text == "https 203.0.113.7"
        chain = {**FORGED, "x-forwarded-for": "198.51.100.1, 203.0.113.7"}
        assert (await client.get("/who", headers=chain)).text == "https 203.0.113.7"


@pytest.mark.parametrize("wrong", ["*", "proxy.example", "10.0.0.0/99"])
def test_a_proxy_is_an_address_or_a_network(wrong: str) -> None:
    with pytest.raises(SettingsInvalid):
        read(WebSettings, trusted_proxies=(wrong,))


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_connection_without_a_whole_request_is_dropped(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(slow, "HEADER_SECONDS", 0.3)
    async with served(Litestar([who])) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        async with asyncio.timeout(LONG):
            assert await reader.read() == b""
        writer.close()


async def test_a_body_that_stops_coming_is_refused() -> None:
    middleware = slow.BodyDeadline

    def soon(app: object) -> slow.BodyDeadline:
        return middleware(app, 0.3)  # type: ignore[arg-type]

    head = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"
    async with served(Litestar([length], middleware=[soon])) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        async with asyncio.timeout(LONG):
            assert b" 408 " in await reader.readline()
        writer.close()


def test_the_application_has_the_deadline_and_the_server_its_bounds(rt: Runtime) -> None:
    app = create_app(rt)
    assert slow.BodyDeadline in app.middleware
    config = server_config(app, read(WebSettings))
    assert config.limit_concurrency
    assert config.timeout_keep_alive <= 30


async def test_one_sign_in_has_so_many_live_streams_and_a_closed_one_makes_room(rt: Runtime, world: World) -> None:
    token, other = (await world.sign_in()).token, (await world.sign_in()).token
    path = f"/c/{world.slug}/events?topics=calls"

    async def opened(client: httpx.AsyncClient, session: str) -> httpx.Response:
        # Over plain http on this machine the cookie goes without its prefix.
        headers = {"cookie": f"{SESSION_COOKIE.removeprefix('__Host-')}={session}"}
        return await client.send(client.build_request("GET", path, headers=headers), stream=True)

    async with (
        served(create_app(rt)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONG) as client,
    ):
        streams = [await opened(client, token) for _ in range(MAX_STREAMS)]
        assert {stream.status_code for stream in streams} == {200}
        refused = await opened(client, token)
        assert refused.status_code == 429
        another = await opened(client, other)
        assert another.status_code == 200
        await streams.pop().aclose()
        async with asyncio.timeout(LONG):
            while (again := await opened(client, token)).status_code != 200:
                await again.aclose()
        for stream in (*streams, refused, another, again):
            await stream.aclose()
