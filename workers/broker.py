"""Dramatiq on Redis: the broker of the worker, its event loop, and the actors made of the registered jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import dramatiq
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.broker import Broker, Consumer
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO
from redis.exceptions import RedisError

from app.db.outbox import NAMESPACE, QUEUE, redis_client
from workers import heartbeat, jobs
from workers.jobs import Job
from workers.tools import Tools
from workers.upkeep import Upkeep

log = logging.getLogger(__name__)

POLL_MS = 60
"""Longest sleep between two looks at an idle queue: what a job waits at most before it begins."""


class JobBroker(RedisBroker):
    """Looks at its queue often, and has no delay queues: what is due later is a row in PostgreSQL."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Dramatiq's own timeout also wakes idle threads, so it stays long; only the look at Redis is frequent."""
        return super().consume(queue_name, prefetch, min(timeout, POLL_MS))

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)


class EventLoop(AsyncIO):
    """The worker's event loop with the tools and the upkeep on it, from before the first job until after the last."""

    def __init__(self, open_tools: Callable[[], Awaitable[Tools]]) -> None:
        super().__init__()
        self._open_tools = open_tools
        self._upkeep: asyncio.Task[None] | None = None
        self.tools: Tools | None = None

    def before_worker_boot(self, broker: Broker, worker: dramatiq.Worker) -> None:
        super().before_worker_boot(broker, worker)  # type: ignore[no-untyped-call]
        _on_loop(self._begin())

    def after_worker_shutdown(self, broker: Broker, worker: dramatiq.Worker) -> None:
        _on_loop(self._end())
        super().after_worker_shutdown(broker, worker)  # type: ignore[no-untyped-call]

    async def _begin(self) -> None:
        self.tools = await self._open_tools()
        self._upkeep = asyncio.create_task(Upkeep(self.tools, self.tools.publisher).run(), name="upkeep")

    async def _end(self) -> None:
        if self._upkeep is not None:
            self._upkeep.cancel()
            await asyncio.gather(self._upkeep, return_exceptions=True)
            await self._say_goodbye()
        if self.tools is not None:
            await self.tools.close()

    async def _say_goodbye(self) -> None:
        if self.tools is None:
            return
        try:
            await heartbeat.stop(self.tools.rt)
        except (RedisError, OSError):
            log.warning("the heartbeat could not be taken back; it ends by itself")


def _on_loop(work: Awaitable[None]) -> None:
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("the worker's event loop does not run")
    thread.run_coroutine(work)


def broker_of(redis_url: str, redis_timeout: timedelta, open_tools: Callable[[], Awaitable[Tools]]) -> JobBroker:
    """The worker's broker with an actor for every registered job."""
    loop = EventLoop(open_tools)
    client = redis_client(redis_url, redis_timeout)
    broker = JobBroker(client=client, middleware=[loop], namespace=NAMESPACE)  # type: ignore[no-untyped-call]  # theirs is
    for found in jobs.JOBS.values():
        dramatiq.actor(actor_name=found.name, queue_name=QUEUE, broker=broker)(_actor(found, loop))
    return broker


def _actor(found: Job, loop: EventLoop) -> Callable[..., Awaitable[None]]:
    async def run(company_id: str, job_id: str, **args: Any) -> None:  # Any: JSON
        if loop.tools is None:
            raise RuntimeError("the worker has no tools yet")
        await jobs.run(loop.tools, found.name, UUID(company_id), UUID(job_id), **args)

    return run
