"""The application as an HTTP server without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from litestar import Litestar


def asgi(app: Litestar, *, address: str = "127.0.0.1") -> httpx.ASGITransport:
    """An httpx transport into `app`, for a client at `address`; an error of the application is an answer, as it is
    for any client.
    """
    # Litestar types each ASGI message, httpx any mapping; at run time they are the same.
    return httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 50_000))  # type: ignore[arg-type]


@asynccontextmanager
async def serving(app: Litestar) -> AsyncIterator[Litestar]:
    """`app` between its start and its end, as a server keeps it. Raises what its start raises."""
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        # One task for both ends: Litestar's own task group does not move between tasks, and fixtures do.
        async with app.lifespan():
            started.set()
            await stop.wait()

    life = asyncio.create_task(live(), name="application")
    begun = asyncio.create_task(started.wait())
    await asyncio.wait({life, begun}, return_when=asyncio.FIRST_COMPLETED)
    begun.cancel()
    if life.done():
        await life
    try:
        yield app
    finally:
        stop.set()
        await life
