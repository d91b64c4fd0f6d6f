"""Open pages hear of changes through Redis."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from redis.asyncio import Redis

from app.calls import live
from app.db.base import new_id
from app.runtime import Runtime
from tests.support.waiting import LONG

pytestmark = pytest.mark.integration


async def test_a_subscriber_is_told_of_its_companys_topics_only(rt: Runtime) -> None:
    company, call = new_id(), live.call_topic(new_id())
    async with aclosing(live.subscribe(rt.redis, company, [call, live.CALLS])) as changes:
        assert [await anext(changes), await anext(changes)] == [call, live.CALLS], "look once when you begin"
        await live.announce(rt.redis, new_id(), live.CALLS)
        await live.announce(rt.redis, company, live.call_topic(new_id()))
        await live.announce(rt.redis, company, live.CALLS)
        async with asyncio.timeout(LONG):
            assert await anext(changes) == live.CALLS


async def test_a_quiet_subscription_outlives_the_clients_read_limit(rt: Runtime, redis_url: str) -> None:
    company, limit = new_id(), 1.0
    async with (
        Redis.from_url(redis_url, socket_timeout=limit) as impatient,
        aclosing(live.subscribe(impatient, company, [live.CALLS])) as changes,
    ):
        await anext(changes)
        next_change = asyncio.ensure_future(anext(changes))
        done, _ = await asyncio.wait({next_change}, timeout=2 * limit)
        assert not done
        await live.announce(rt.redis, company, live.CALLS)
        async with asyncio.timeout(LONG):
            assert await next_change == live.CALLS
