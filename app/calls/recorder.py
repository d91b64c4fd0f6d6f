"""The record of one running call, kept by the process that carries it.

Each method is one transaction; when it returns, the record is safe and the reply may go out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.calls import closing, latency, limits, live, writing
from app.calls.writing import Change, Hold, NewCall
from app.db.base import Json
from app.db.session import Database
from app.scenario.compiled import CompiledScenario
from app.scenario.state import EndReason
from app.settings import CallSettings

log = logging.getLogger(__name__)

_announcing: set[asyncio.Task[None]] = set()


class Recorder:
    """Writes one call as `holder`. Times come in as arguments."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        scenario: CompiledScenario,
        company_id: UUID,
        call_id: UUID,
        *,
        holder: UUID,
        settings: CallSettings,
    ) -> None:
        self.company_id = company_id
        self.call_id = call_id
        self._database = database
        self._redis = redis
        self._scenario = scenario
        self._settings = settings
        self._hold = Hold(holder, settings.lease)
        self._voice: Json = {}

    async def open(self, new: NewCall, change: Change) -> None:
        """The call and its greeting. Raises TooManyCalls."""
        async with self._database.tenant(self.company_id) as db:
            await limits.make_room(db, new.direction, self._settings)
            await writing.open_call(db, new, self._scenario, change, self._hold)
        self._voice = new.voice
        self._tell(live.CALLS)

    async def step(self, change: Change) -> None:
        """One turn with everything it changed. Raises CallEnded, CallBusy; a database error changes nothing."""
        async with self._database.tenant(self.company_id) as db:
            await writing.write_step(db, self.call_id, self._scenario, change, self._hold)
        self._tell()

    async def end(self, change: Change | None, reason: EndReason, *, at: datetime) -> bool:
        """The call's end, with the engine's last step if there is one. False when someone else had ended it.

        Raises CallEnded, CallBusy when there is a step that can no longer be written.
        """
        async with self._database.tenant(self.company_id) as db:
            if change is not None:
                await writing.write_step(db, self.call_id, self._scenario, change, self._hold)
            ended = await closing.close(db, self.call_id, reason, at=at)
        self._tell(live.CALLS)
        return ended

    async def heard(self, change: Change, seq: int, text: str) -> None:
        """What of the interrupted turn `seq` was really played, and what the engine makes of it."""
        async with self._database.tenant(self.company_id) as db:
            await writing.write_step(db, self.call_id, self._scenario, change, self._hold)
            await writing.write_heard(db, self.call_id, seq, text)
        self._tell()

    async def measured(self, seconds: Mapping[int, Mapping[str, float]]) -> None:
        """What was measured of turns, by their numbers; each reply's waiting is counted for the operator too."""
        async with self._database.tenant(self.company_id) as db:
            await writing.write_metrics(db, self.call_id, seconds)
        for parts in seconds.values():
            if "total" in parts:
                _keep(_count(self._redis, dict(parts), self._voice))
        self._tell()

    def _tell(self, *topics: str) -> None:
        """Open pages are told in the background: a caller never waits for Redis."""
        _keep(_announce(self._redis, self.company_id, (live.call_topic(self.call_id), *topics)))


def _keep(work: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(work, name="announce")
    _announcing.add(task)
    task.add_done_callback(_announcing.discard)


async def _count(redis: Redis, parts: Mapping[str, float], voice: Json) -> None:
    try:
        await latency.count(redis, parts, voice)
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("a turn's waiting was not counted: %s", type(error).__name__)


async def _announce(redis: Redis, company_id: UUID, topics: Sequence[str]) -> None:
    try:
        for topic in topics:
            await live.announce(redis, company_id, topic)
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("open pages were not told of a change: %s", type(error).__name__)
