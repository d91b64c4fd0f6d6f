"""Open pages hear of changes through Redis."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from app.calls import live
from app.db.base import new_id
from app.runtime import Runtime

pytestmark = pytest.mark.integration


async def test_a_subscriber_is_told_of_its_companys_topics_only(rt: Runtime) -> None:
    company, call = new_id(), live.call_topic(new_id())
    async with aclosing(live.subscribe(rt.redis, company, [call, live.CALLS])) as changes:
        assert [await anext(changes), await anext(changes)] == [call, live.CALLS], "look once when you begin"
        await live.announce(rt.redis, new_id(), live.CALLS)
        await live.announce(rt.redis, company, live.call_topic(new_id()))
        await live.announce(rt.redis, company, live.CALLS)
        async with asyncio.timeout(5):
            assert await anext(changes) == live.CALLS


async def test_a_quiet_subscription_outlives_the_clients_read_limit(rt: Runtime) -> None:
    company = new_id()
    async with aclosing(live.subscribe(rt.redis, company, [live.CALLS])) as changes:
        await anext(changes)
        next_change = asyncio.ensure_future(anext(changes))
        done, _ = await asyncio.wait(
            {next_change}, timeout=rt.redis.connection_pool.connection_kwargs["socket_timeout"] + 0.5
        )
        assert not done
        await live.announce(rt.redis, company, live.CALLS)
        async with asyncio.timeout(5):
            assert await next_change == live.CALLS
