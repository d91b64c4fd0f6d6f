"""Periodic work of every worker, so that nothing waits for ever: what a crash, a restart or Redis left behind.

Each step may run in several workers at once: rows are claimed, or their verbs are safe to repeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.calls import recordings
from app.calls.closing import close_interrupted, close_without_engine
from app.db import lookups
from app.db.outbox import RedisPublisher
from app.errors import NotFound
from app.webhooks import endpoints
from workers import heartbeat
from workers.jobs import LEASE
from workers.tools import Tools

log = logging.getLogger(__name__)

UNPUBLISHED_AFTER = timedelta(seconds=5)
"""A committed job that is not done after this long is published (again): the program that wrote it may have died."""

KEPT = timedelta(days=7)
"""A job that is done is kept this long, so that what happened can be followed."""

BATCH = 200

CLOSINGS = 3
"""A call that cannot be closed by its scenario's engine so many times is closed without it."""


@dataclass(frozen=True)
class Step:
    """`every`: seconds between the end of one run and the next."""

    name: str
    every: float
    do: Callable[[], Awaitable[None]]


class Upkeep:
    """The steps on one worker's event loop."""

    def __init__(self, tools: Tools, publisher: RedisPublisher) -> None:
        self._tools = tools
        self._rt = tools.rt
        self._publisher = publisher
        self._unclosed: Counter[UUID] = Counter()  # how often a lost call could not be closed
        self.steps = (
            Step("relay", 1.0, self.relay),
            Step("deliveries", 1.0, self.wake_due_endpoints),
            Step("calls", 5.0, self.close_abandoned_calls),
            Step("heartbeat", heartbeat.EVERY, self.beat),
            Step("secrets", 60.0, self.forget_old_secrets),
            Step("recordings", 300.0, self.forget_old_recordings),
            Step("outbox", 300.0, self.forget_done_jobs),
            *_of_rooms(tools),
        )

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for step in self.steps:
                group.create_task(self._repeat(step), name=f"upkeep {step.name}")

    async def _repeat(self, step: Step) -> None:
        away = False
        while True:
            try:
                await step.do()
                away = False
            except (SQLAlchemyError, RedisError, OSError) as error:
                if not away:  # once, not every second of an outage
                    log.warning("upkeep %s: a server is away (%s); it goes on when it is back", step.name, error)
                away = True
            except Exception:
                log.exception("upkeep %s broke off; it is tried again", step.name)
            await asyncio.sleep(step.every)

    async def relay(self) -> None:
        """Publishes jobs that were committed but not done in time. Claims nothing while Redis is away."""
        await self._rt.redis.exists("otklik")  # any command: a claim that cannot be published would wait for its lease
        while True:
            now = self._rt.clock()
            async with self._rt.db.system() as db:
                jobs = await lookups.outbox_claim(
                    db,
                    unpublished_before=now - UNPUBLISHED_AFTER,
                    now=now,
                    lease=LEASE,
                    give_up=lookups.GIVE_UP_AFTER,
                    limit=BATCH,
                )
            if jobs:
                await self._publisher.send(jobs)
            if len(jobs) < BATCH:
                return

    async def wake_due_endpoints(self) -> None:
        """Retries whose time has come, and deliveries whose sender did not come back."""
        last: lookups.DueEndpoint | None = None
        while True:
            async with self._rt.db.system() as db:
                due = await lookups.endpoints_due(db, now=self._rt.clock(), limit=BATCH, after=last)
            for found in due:
                self._tools.lanes.wake(found.company_id, found.endpoint_id)
            if len(due) < BATCH:
                return
            last = due[-1]

    async def close_abandoned_calls(self) -> None:
        """The watchdog: a call whose process no longer renews its lease is closed with what was said so far."""
        last: UUID | None = None
        while True:
            async with self._rt.db.system() as db:
                found = await lookups.calls_abandoned(db, limit=BATCH, after=last)
            for call in found:
                await self._close(call)
            if len(found) < BATCH:
                return
            last = found[-1].id

    async def _close(self, call: lookups.Reference) -> None:
        """Closes one lost call; one that cannot be closed keeps no other open."""
        close = close_interrupted if self._unclosed[call.id] < CLOSINGS else close_without_engine
        try:
            await close(self._rt.db, call.company_id, call.id)
        except NotFound:
            pass  # deleted meanwhile
        except (OperationalError, InterfaceError, PoolTimeout):
            log.exception("call %s could not be closed now", call.id)  # no fault of the call's: the server's
            return
        except Exception:
            self._unclosed[call.id] += 1
            log.exception("call %s could not be closed", call.id)
            return
        self._unclosed.pop(call.id, None)
        await self._rescue_recording(call)

    async def _rescue_recording(self, call: lookups.Reference) -> None:
        try:
            await recordings.rescue(self._rt.db, self._rt.files, call.company_id, call.id, at=self._rt.clock())
        except OSError:
            log.exception("what was recorded of call %s could not be kept", call.id)

    async def forget_old_recordings(self) -> None:
        """Deletes recordings that their companies wanted to keep no longer."""
        while True:
            async with self._rt.db.system() as db:
                due = await lookups.recordings_due(db, now=self._rt.clock(), limit=BATCH)
            for call in due:
                await recordings.forget(self._rt.db, self._rt.files, call.company_id, call.id)
            if len(due) < BATCH:
                return

    async def forget_done_jobs(self) -> None:
        """Keeps the outbox small."""
        async with self._rt.db.system() as db:
            while await lookups.outbox_forget(db, done_before=self._rt.clock() - KEPT, limit=BATCH) == BATCH:
                pass

    async def forget_old_secrets(self) -> None:
        """Removes secrets that a rotation replaced more than 24 hours ago."""
        now = self._rt.clock()
        async with self._rt.db.system() as db:
            found = await lookups.endpoints_with_old_secrets(db, now=now, limit=BATCH)
        for endpoint in found:
            async with self._rt.db.tenant(endpoint.company_id) as tenant:
                await endpoints.forget_old_secret(tenant, endpoint.id, at=now)

    async def beat(self) -> None:
        """Says that this worker lives and reaches its servers."""
        await heartbeat.beat(self._rt)


def _of_rooms(tools: Tools) -> Iterator[Step]:
    if tools.rooms is not None:
        from workers.rooms import RoomWatch  # noqa: PLC0415  livekit, where it is needed

        watch = RoomWatch(tools.rt, tools.rooms)
        yield Step("phones", 1.0, watch.find_agents)
        yield Step("rooms", 5.0, watch.end_finished)
