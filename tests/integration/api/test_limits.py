"""Rate limits: exact for several clients and several processes, told in headers, and closed when Redis is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from redis.asyncio import Redis

from app.asgi import create_app
from app.runtime import Runtime
from app.security.tokens import new_api_key
from app.settings import ApiSettings, read
from tests.integration.conftest import patient
from tests.support.asgi import asgi
from tests.support.world import World

pytestmark = pytest.mark.integration

Caller = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def caller(rt: Runtime) -> AsyncIterator[Caller]:
    """Makes a client of a new application, as another process is: 5 requests a key, 8 a company, 3 of unknown keys."""
    settings = read(
        ApiSettings, rate_limit=5, company_rate_limit=8, unknown_key_limit=3, rate_window=timedelta(minutes=10)
    )
    async with AsyncExitStack() as stack:

        async def make(key: str, runtime: Runtime = rt, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
            app = patient(create_app(runtime, api=settings), runtime)
            headers = {"authorization": f"Bearer {key}"}
            client = httpx.AsyncClient(
                transport=asgi(app, address=address), base_url="http://otklik.test/api/v1", headers=headers
            )
            return await stack.enter_async_context(client)

        yield make


async def test_a_key_may_do_so_much_and_is_told_where_it_stands(caller: Caller, world: World) -> None:
    client = await caller(await world.key())
    first = await client.get("/company")
    assert first.headers["ratelimit-policy"] == '"key";q=5;w=600, "company";q=8;w=600'
    assert first.headers["ratelimit"].startswith('"key";r=4;t=')
    for left in (3, 2, 1, 0):
        assert f'"key";r={left};' in (await client.get("/company")).headers["ratelimit"]
    refused = await client.get("/company")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(refused.headers["retry-after"]) <= 120
    assert '"key";r=0;' in refused.headers["ratelimit"]
    assert '"company";r=3;' in refused.headers["ratelimit"]  # a refused request costs nobody anything


async def test_the_count_is_one_for_all_processes_and_exact_under_a_rush(caller: Caller, world: World) -> None:
    key = await world.key()
    processes = [await caller(key) for _ in range(3)]
    answers = await asyncio.gather(*(processes[n % 3].get("/company") for n in range(15)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 10


async def test_all_keys_of_a_company_share_its_limit_and_another_company_has_its_own(
    caller: Caller, world: World, other_world: World
) -> None:
    one, two = await caller(await world.key()), await caller(await world.key())
    codes = [(await client.get("/company")).status_code for _ in range(4) for client in (one, two)]
    assert codes == [200] * 8
    refused = await one.get("/company")
    assert refused.status_code == 429
    assert '"company";r=0;' in refused.headers["ratelimit"]
    assert (await (await caller(await other_world.key())).get("/company")).status_code == 200


async def test_an_error_answer_tells_the_limits_too(caller: Caller, world: World) -> None:
    client = await caller(await world.key())
    for answer in (await client.get("/bots/nobody"), await client.post("/bots", json={})):
        assert answer.is_error
        assert '"key";r=' in answer.headers["ratelimit"]


async def test_when_redis_is_away_the_request_is_refused_not_let_through(
    caller: Caller, rt: Runtime, world: World
) -> None:
    away = replace(rt, redis=Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1))
    client = await caller(await world.key(), away)
    answer = await client.post("/bots", json={"slug": "let-through", "name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "limit_unreadable")
    assert int(answer.headers["retry-after"]) > 0
    back = await caller(await world.key())
    assert (await back.get("/bots")).json()["data"] == []
    await away.redis.aclose()


async def test_an_address_may_try_so_many_unknown_keys_and_its_neighbours_good_keys_still_work(
    caller: Caller, rt: Runtime, world: World
) -> None:
    address = f"2a02:6b8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::"
    for n in range(3):
        guesser = await caller(new_api_key().text, address=f"{address}{n}")
        assert (await guesser.get("/company")).status_code == 401
    refused = await (await caller("otk_live_short", address=f"{address}9")).get("/company")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) > 0
    good = await caller(await world.key(), address=f"{address}1")
    assert (await good.get("/company")).status_code == 200
    away = replace(rt, redis=Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1))
    assert (await (await caller(new_api_key().text, away)).get("/company")).status_code == 503
    await away.redis.aclose()
