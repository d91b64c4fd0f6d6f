"""How others see that a worker lives: a key in Redis that a dead worker's silence removes."""

from __future__ import annotations

from redis.asyncio import Redis

from app.runtime import Runtime

KEY = "otklik:worker:"
"""Followed by the worker's process id of the runtime; the value is the time of the last beat."""

EVERY = 5.0
TTL = 20
"""Seconds."""


async def beat(rt: Runtime) -> None:
    """Says that this worker reached PostgreSQL and Redis just now. Raises when either is away."""
    await rt.db.ping()
    await rt.redis.set(f"{KEY}{rt.process}", rt.clock().isoformat(), ex=TTL)


async def stop(rt: Runtime) -> None:
    """Says that this worker is no more. Raises redis.RedisError."""
    await rt.redis.delete(f"{KEY}{rt.process}")


async def living(redis: Redis) -> list[str]:
    """Process ids of the workers that have beaten within the last 20 seconds. Raises redis.RedisError."""
    found = [key async for key in redis.scan_iter(match=f"{KEY}*", count=100)]
    return sorted(key.decode().removeprefix(KEY) if isinstance(key, bytes) else key.removeprefix(KEY) for key in found)
