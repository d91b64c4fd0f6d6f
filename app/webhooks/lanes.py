"""Each endpoint has a lane of its own, so that a slow receiver keeps nobody else waiting.

A lane is a few tasks of the worker's event loop that attempt what is due for their endpoint until nothing is. Lanes
hold no rows: whoever learns that something is due wakes the lane, and PostgreSQL says what. So several workers share
an endpoint's deliveries, and a lane that dies loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from app.webhooks.rules import Outcome, Verdict

log = logging.getLogger(__name__)

PER_ENDPOINT = 8
"""Requests a process makes to one receiver at a time; after a failure one, until it answers again."""

Attempt = Callable[[UUID, UUID], Awaitable[Verdict | None]]
"""Attempts the longest due delivery of (company, endpoint); None when nothing is due."""


@dataclass
class _Lane:
    width: int = PER_ENDPOINT
    running: int = 0
    again: bool = False  # woken while every task was busy
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Lanes:
    """The lanes of one process. Everything runs on one event loop."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._lanes: dict[tuple[UUID, UUID], _Lane] = {}
        self._closing = False

    def wake(self, company_id: UUID, endpoint_id: UUID, due: int = 1) -> None:
        """Something is due for this endpoint, or will have been by the time a task looks. Returns at once."""
        if self._closing:
            return  # the rows are due still: another worker, or the next start, takes them up
        key = (company_id, endpoint_id)
        lane = self._lanes.setdefault(key, _Lane())
        while due and lane.running < lane.width:
            due -= 1
            lane.running += 1
            task = asyncio.create_task(self._run(key, lane), name=f"deliver {endpoint_id}")
            lane.tasks.add(task)
            task.add_done_callback(lane.tasks.discard)
        lane.again = lane.again or due > 0

    @property
    def in_flight(self) -> int:
        """Tasks that are attempting now."""
        return sum(lane.running for lane in self._lanes.values())

    async def close(self, timeout: float) -> None:
        """Takes nothing new and waits `timeout` seconds for what is being sent; the rest is sent by another worker."""
        self._closing = True
        tasks = [task for lane in self._lanes.values() for task in lane.tasks]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, key: tuple[UUID, UUID], lane: _Lane) -> None:
        try:
            while not self._closing and lane.running <= lane.width:
                lane.again = False
                verdict = await self._attempt(*key)
                if verdict is not None:
                    lane.width = PER_ENDPOINT if verdict.outcome is Outcome.DELIVERED else 1
                elif not lane.again:
                    break
        except Exception:
            # The edge of this task: the rows are still due, and the upkeep wakes the lane again.
            log.exception("a delivery attempt broke off")
        finally:
            lane.running -= 1
            if not lane.running and lane.width == PER_ENDPOINT:
                self._lanes.pop(key, None)  # a narrowed lane is kept: the receiver stays slow until it answers
