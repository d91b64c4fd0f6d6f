"""The outbox: work that must happen after a commit is a row of the same transaction.

After the commit the rows are published to the broker; what a crash left behind is published by the worker's relay,
and a row is done only when its actor says so. Actors therefore run at least once and check the state first.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from redis import Redis, RedisError
from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Json, TenantBase, new_id
from app.db.session import Job, TenantDb

log = logging.getLogger(__name__)

QUEUE = "jobs"
_PAUSE = 1.0  # seconds without tries after Redis did not answer
_BACKLOG = 1_000  # commits waiting for the broker; beyond it they are the relay's


class OutboxRow(TenantBase):
    """One job: the actor's name and its JSON arguments (company_id is passed besides)."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_open", "created_at", postgresql_where="done_at is null"),)

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


def broker(url: str, timeout: timedelta) -> RedisBroker:
    """Dramatiq's broker on a Redis address; `timeout` bounds connecting and each answer. Opens nothing yet."""
    seconds = timeout.total_seconds()
    client = Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds)
    return RedisBroker(client=client, middleware=[], namespace="otklik:broker")  # type: ignore[no-untyped-call]  # theirs is


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
    """Sends committed jobs to the broker from a thread of its own, so that no event loop waits for Redis.

    Nothing is raised: what could not be sent is in the outbox, and the worker's relay sends it.
    """

    def __init__(self, url: str, timeout: timedelta) -> None:
        self._broker = broker(url, timeout)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publisher")
        self._waiting: set[Future[None]] = set()
        self._down_until = 0.0

    async def __call__(self, jobs: Sequence[Job]) -> None:
        """Returns at once; the jobs are on their way."""
        if time.monotonic() < self._down_until or len(self._waiting) >= _BACKLOG:
            return
        sent = self._thread.submit(self._send, tuple(jobs))
        self._waiting.add(sent)
        sent.add_done_callback(self._waiting.discard)

    def _send(self, jobs: Sequence[Job]) -> None:
        if time.monotonic() < self._down_until:
            return
        try:
            for job in jobs:
                self._broker.enqueue(as_message(job))
        except RedisError as error:
            self._down_until = time.monotonic() + _PAUSE
            log.warning("the broker does not answer (%s): jobs wait for the relay", type(error).__name__)

    async def close(self) -> None:
        """Waits for what is on its way, at most the broker's timeout for each."""
        await asyncio.to_thread(self._thread.shutdown, wait=True)
        self._broker.close()
