"""Which job has a room's call. A dispatch is repeated when it seemed lost, and again after a restart of the LiveKit
server, so a second agent may come: it must leave the call, and its end must not be the room's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

TTL = 60
"""Seconds that a job which renews no more counts as the room's."""
EVERY = 10.0


def _key(room_sid: str) -> str:
    return f"otklik:room:{room_sid}"


@asynccontextmanager
async def held(redis: Redis, room_sid: str, job_id: str) -> AsyncIterator[bool]:
    """Whether the room's call is this job's; while the block runs it stays so. True while Redis is away: two voices
    once in a while are better than none."""
    try:
        mine = bool(await redis.set(_key(room_sid), job_id, nx=True, ex=TTL))
    except (RedisError, OSError):
        mine = True
    if not mine:
        yield False
        return
    keeping = asyncio.create_task(_keep(redis, room_sid, job_id), name="hold of a room")
    try:
        yield True
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def holder(redis: Redis, room_sid: str) -> str | None:
    """The job that has the room's call, or had it last; None when nobody knows."""
    try:
        found = await redis.get(_key(room_sid))
    except (RedisError, OSError):
        return None
    return found.decode() if isinstance(found, bytes) else None


async def _keep(redis: Redis, room_sid: str, job_id: str) -> None:
    while True:
        await asyncio.sleep(EVERY)
        with suppress(RedisError, OSError):
            await redis.set(_key(room_sid), job_id, ex=TTL)
