"""The whole application on the run's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from app.asgi import create_app
from tests.conftest import runtime_on
from tests.support.asgi import serving
from tests.support.servers import DatabaseUrls


@pytest.fixture(scope="session")
async def app(database: DatabaseUrls, redis_url: str) -> AsyncIterator[Litestar]:
    """One application for all tests: they keep apart by making companies of their own."""
    runtime = runtime_on(database, redis_url)
    async with serving(create_app(runtime)) as made:
        yield made
    await runtime.close()
