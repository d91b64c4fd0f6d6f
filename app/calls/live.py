"""Telling open pages that something changed: names of topics on Redis, never the data itself.

What a topic means is read from PostgreSQL, so a lost message costs a late page and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from redis.asyncio import Redis

CALLS = "calls"
"""The list of a company's calls changed."""

_WAIT = 15.0
"""Seconds of one wait for a message; the client's own read limit would end a quiet subscription."""


def call_topic(call_id: UUID) -> str:
    """Something changed in one call."""
    return f"call:{call_id}"


def _channel(company_id: UUID, topic: str) -> str:
    return f"otklik:live:{company_id}:{topic}"


async def announce(redis: Redis, company_id: UUID, topic: str) -> None:
    """Tells every subscriber of `topic` to look again. Raises redis.RedisError when Redis is away."""
    await redis.publish(_channel(company_id, topic), b"1")


async def subscribe(redis: Redis, company_id: UUID, topics: Sequence[str]) -> AsyncGenerator[str, None]:
    """Yields a topic each time it changed, for ever; close the iterator to end the subscription.

    Each topic comes once at the start, after the subscription stands: whatever changed between the reader's last look
    and that moment is then seen. Raises redis.RedisError when Redis goes away.
    """
    by_channel = {_channel(company_id, topic).encode(): topic for topic in topics}
    async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(*by_channel)
        for topic in topics:
            yield topic
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=_WAIT)
            if message is None or message["type"] != "message":
                continue
            channel = message["channel"]
            yield by_channel[channel if isinstance(channel, bytes) else channel.encode()]
