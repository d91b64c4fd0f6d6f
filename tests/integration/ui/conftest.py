"""The whole application, and a person's browser without scripts: forms and links must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar import Litestar

from tests.integration.ui.reader import Open, Reader
from tests.support.asgi import asgi


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Open]:
    """Opens browsers; with a session's token somebody is signed in."""
    async with AsyncExitStack() as stack:

        async def make(token: str | None = None) -> Reader:
            client = httpx.AsyncClient(transport=asgi(app), base_url="https://otklik.test")
            return Reader(await stack.enter_async_context(client), token)

        yield make
