"""The whole application on real servers, and a client with a company's key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar import Litestar

from app.runtime import Runtime
from tests.support.asgi import asgi
from tests.support.world import World, new_world

ClientOf = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def client_of(app: Litestar) -> AsyncIterator[ClientOf]:
    """Makes a client with a new key of a world; all scopes unless some are named."""
    async with AsyncExitStack() as stack:

        async def make(world: World, *scopes: str) -> httpx.AsyncClient:
            headers = {"authorization": f"Bearer {await world.key(*scopes)}"}
            client = httpx.AsyncClient(transport=asgi(app), base_url="http://otklik.test/api/v1", headers=headers)
            return await stack.enter_async_context(client)

        yield make


@pytest.fixture
async def api(client_of: ClientOf, world: World) -> httpx.AsyncClient:
    """A client with a key of the world's company that may do everything."""
    return await client_of(world)


@pytest.fixture
async def other_world(rt: Runtime) -> World:
    """Another company of the same installation."""
    return await new_world(rt)
