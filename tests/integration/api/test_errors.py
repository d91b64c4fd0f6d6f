"""When something is broken on our side: what the client is told, and what it is not."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from litestar import get
from redis.asyncio import Redis

from app.asgi import create_app
from app.runtime import Runtime
from app.security.cookies import SESSION_COOKIE
from tests.conftest import runtime_on
from tests.support.asgi import asgi, serving
from tests.support.servers import DatabaseUrls
from tests.support.world import World

pytestmark = pytest.mark.integration


@get(["/api/v1/broken", "/broken"])
async def broken() -> None:
    raise RuntimeError("a detail that nobody outside may read")


@pytest.fixture
async def web(rt: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """An application with a fault in it."""
    app = create_app(rt)
    app.register(broken)
    async with serving(app), httpx.AsyncClient(transport=asgi(app), base_url="https://otklik.test") as client:
        yield client


@pytest.fixture
async def without_postgres(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """An application whose database is away."""
    nowhere = "postgresql://otklik_app:secret@127.0.0.1:1/otklik"
    runtime = runtime_on(DatabaseUrls(owner=nowhere, app=nowhere, name="otklik"), redis_url)
    app = create_app(runtime)
    async with serving(app), httpx.AsyncClient(transport=asgi(app), base_url="https://otklik.test") as client:
        yield client
    await runtime.close()


@pytest.mark.parametrize("path", ["/api/v1/broken", "/broken"])
async def test_a_fault_of_ours_is_told_with_a_reference_and_nothing_else(
    web: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await web.get(path)
    assert answer.status_code == 500
    reference = answer.headers["x-request-id"]
    assert reference in answer.text
    for inside in ("RuntimeError", "Traceback", "a detail", "app/", ".py"):
        assert inside not in answer.text.replace("app-", "")
    assert reference in caplog.text
    assert "a detail that nobody outside may read" in caplog.text


async def test_people_get_a_page_and_programs_a_document(web: httpx.AsyncClient) -> None:
    page, document = await web.get("/nowhere"), await web.get("/api/v1/nowhere")
    assert (page.status_code, document.status_code) == (404, 404)
    assert page.headers["content-type"].startswith("text/html")
    assert document.headers["content-type"].startswith("application/problem+json")


async def test_without_postgresql_every_answer_says_so(without_postgres: httpx.AsyncClient, world: World) -> None:
    api = await without_postgres.get("/api/v1/bots", headers={"authorization": f"Bearer {await world.key()}"})
    assert (api.status_code, api.json()["code"]) == (503, "service_unavailable")
    assert int(api.headers["retry-after"]) > 0
    assert "secret" not in api.text
    without_postgres.cookies.set(SESSION_COOKIE, "some-session", domain="otklik.test")
    page = await without_postgres.get(f"/c/{world.slug}/")
    assert page.status_code == 503
    assert "secret" not in page.text
    ready = await without_postgres.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["redis"] == "ok"
    assert ready.json()["postgres"] != "ok"
    assert (await without_postgres.get("/healthz")).status_code == 200


async def test_without_redis_it_is_not_ready(rt: Runtime) -> None:
    away = replace(rt, redis=Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1))
    app = create_app(away)
    async with serving(app), httpx.AsyncClient(transport=asgi(app), base_url="https://otklik.test") as client:
        ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["postgres"]) == (503, "ok")
    assert ready.json()["redis"] != "ok"
    await away.redis.aclose()
