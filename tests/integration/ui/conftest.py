"""The whole application, and a person's browser without scripts: forms and links must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar import Litestar

from app.asgi import create_app
from tests.conftest import runtime_on
from tests.integration.ui.reader import Open, Reader
from tests.support.asgi import asgi, serving
from tests.support.servers import DatabaseUrls


@pytest.fixture(scope="session")
async def app(database: DatabaseUrls, redis_url: str) -> AsyncIterator[Litestar]:
    """One application for all tests here: they keep apart by making companies of their own."""
    runtime = runtime_on(database, redis_url)
    async with serving(create_app(runtime)) as made:
        yield made
    await runtime.close()


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Open]:
    """Opens browsers; with a session's token somebody is signed in."""
    async with AsyncExitStack() as stack:

        async def make(token: str | None = None) -> Reader:
            client = httpx.AsyncClient(transport=asgi(app), base_url="https://otklik.test")
            return Reader(await stack.enter_async_context(client), token)

        yield make
