"""A small HTTP and WebSocket server for fakes of providers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serve(routes: Mapping[tuple[str, str], Handler]) -> AsyncIterator[str]:
    """Serves on a free loopback port, whose origin it yields. What is open at the end is cut."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    for (method, path), handler in routes.items():
        app.router.add_route(method, path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handle_signals=False, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # a server of asyncio has them
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def nobody() -> str:
    """An origin where nothing listens."""
    async with serve({}) as url:
        pass
    return url
