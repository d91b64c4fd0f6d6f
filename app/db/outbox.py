"""The outbox: work that must happen after a commit is a row of the same transaction.

After the commit the rows are published to the broker; what a crash left behind is published by the worker's relay,
and a row is done only when its actor says so. Actors therefore run at least once and check the state first.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from redis import Redis
from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Json, TenantBase, new_id
from app.db.session import Job, TenantDb

log = logging.getLogger(__name__)

QUEUE = "jobs"
NAMESPACE = "otklik:broker"
_PAUSE = 1.0  # seconds without tries after Redis did not answer
_BACKLOG = 1_000  # commits waiting for the broker; beyond it they are the relay's


class OutboxRow(TenantBase):
    """One job: the actor's name and its JSON arguments (company_id is passed besides)."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "created_at", postgresql_where="done_at is null"),
        Index("ix_outbox_done", "done_at", postgresql_where="done_at is not null"),
    )

    actor: Mapped[str]
    args: Mapped[Json]
    published_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


def outbox(db: TenantDb, actor: str, **args: object) -> OutboxRow:
    """Adds a job to the transaction. `args` must be JSON values or ids; ids are written as strings."""
    values = {name: str(value) if isinstance(value, UUID) else value for name, value in args.items()}
    row = OutboxRow(id=new_id(), company_id=db.company_id, actor=actor, args=values)
    db.add(row)
    db.jobs.append(Job(db.company_id, row.id, actor, values))
    return row


def redis_client(url: str, timeout: timedelta) -> Redis:
    """A client for Dramatiq, which is not asynchronous; `timeout` bounds connecting and each answer."""
    seconds = timeout.total_seconds()
    return Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds)


def as_message(job: Job) -> Message[None]:
    """The job as the worker's actors take it; the outbox row's id is the message's id, so logs join them."""
    return Message(
        queue_name=QUEUE,
        actor_name=job.actor,
        args=(),
        kwargs={"company_id": str(job.company_id), "job_id": str(job.id), **job.args},
        options={},
        message_id=str(job.id),
    )


class RedisPublisher:
    """Sends committed jobs to the broker from a thread of its own, so that no event loop waits for Redis."""

    def __init__(self, url: str, timeout: timedelta) -> None:
        client = redis_client(url, timeout)
        self._broker = RedisBroker(client=client, middleware=[], namespace=NAMESPACE)  # type: ignore[no-untyped-call]
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publisher")
        self._waiting = 0
        self._down_until = 0.0

    async def __call__(self, jobs: Sequence[Job]) -> None:
        """After a commit: returns at once, the jobs are on their way. Raises nothing, because the change is made:
        what cannot be sent is in the outbox, and the worker's relay sends it.
        """
        if time.monotonic() < self._down_until or self._waiting >= _BACKLOG:
            return
        self._waiting += 1
        sent = asyncio.get_running_loop().run_in_executor(self._thread, self._send, tuple(jobs))
        sent.add_done_callback(self._sent)

    def _sent(self, future: asyncio.Future[None]) -> None:
        self._waiting -= 1
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self._down_until = time.monotonic() + _PAUSE
            log.warning("the broker does not answer (%s): jobs wait for the relay", type(error).__name__)

    async def send(self, jobs: Sequence[Job]) -> None:
        """Sends the jobs and waits for it. Raises redis.RedisError; some may be sent then, so a job may come twice."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._send, tuple(jobs))

    def _send(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._broker.enqueue(as_message(job))

    async def close(self) -> None:
        """Waits for what is on its way, at most the broker's timeout for each."""
        await asyncio.to_thread(self._thread.shutdown, wait=True)
        self._broker.close()
