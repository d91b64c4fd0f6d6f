"""The whole application on the run's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from app.asgi import create_app
from app.runtime import Runtime
from app.security.rate_limit import RateLimiter
from tests.conftest import PATIENCE, runtime_on
from tests.support.asgi import serving
from tests.support.servers import DatabaseUrls


def patient(app: Litestar, rt: Runtime) -> Litestar:
    """`app` with limits that wait for a busy Valkey: by themselves they refuse after two seconds."""
    app.state["limiter"] = RateLimiter(rt.redis, timeout=PATIENCE)
    return app


@pytest.fixture(scope="session")
async def app(database: DatabaseUrls, redis_url: str) -> AsyncIterator[Litestar]:
    """One application for all tests: they keep apart by making companies of their own."""
    runtime = runtime_on(database, redis_url)
    async with serving(patient(create_app(runtime), runtime)) as made:
        yield made
    await runtime.close()
