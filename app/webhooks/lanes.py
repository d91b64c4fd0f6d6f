"""Each endpoint has a lane of its own, so that a slow receiver keeps nobody else waiting.

A lane is a task of the worker's event loop that sends what is due for its endpoint, a few requests at a time, until
nothing is due. What finished meanwhile is recorded, and what comes next is claimed, in one transaction. Lanes hold no
rows: whoever learns that something is due wakes the lane, and PostgreSQL says what. So several workers share an
endpoint's deliveries, and a lane that dies loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar
from uuid import UUID

log = logging.getLogger(__name__)

WIDTH = 16
"""Requests a process makes to one receiver at a time; after a failure one, until it answers again."""

ClaimT = TypeVar("ClaimT")
SentT = TypeVar("SentT")


class Carrier(Protocol[ClaimT, SentT]):
    """What a lane does with its endpoint's deliveries."""

    async def turn(self, company_id: UUID, endpoint_id: UUID, sent: Sequence[SentT], room: int) -> Sequence[ClaimT]:
        """Records what was sent and claims at most `room` due deliveries, in one transaction."""

    async def send(self, claim: ClaimT) -> SentT:
        """One request. Whatever the receiver does is a result; what is raised all the same is only logged."""

    def well(self, sent: SentT) -> bool:
        """Whether the receiver took it."""


@dataclass
class _Lane:
    width: int = WIDTH
    due: bool = True  # something may be due that has not been looked for
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Lanes(Generic[ClaimT, SentT]):
    """The lanes of one process. Everything runs on one event loop."""

    def __init__(self, carrier: Carrier[ClaimT, SentT]) -> None:
        self._carrier = carrier
        self._lanes: dict[tuple[UUID, UUID], _Lane] = {}
        self._closing = False

    def wake(self, company_id: UUID, endpoint_id: UUID) -> None:
        """Something is due for this endpoint. Returns at once."""
        if self._closing:
            return  # the rows are due still: another worker, or the next start, takes them up
        key = (company_id, endpoint_id)
        lane = self._lanes.setdefault(key, _Lane())
        lane.due = True
        lane.bell.set()
        if lane.task is None:
            lane.task = asyncio.create_task(self._run(key, lane), name=f"lane {endpoint_id}")

    @property
    def busy(self) -> int:
        """Lanes at work."""
        return sum(lane.task is not None for lane in self._lanes.values())

    async def close(self, timeout: float) -> None:
        """Claims nothing new and waits `timeout` seconds for what is being sent; the rest is sent by another worker."""
        self._closing = True
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, key: tuple[UUID, UUID], lane: _Lane) -> None:
        sending: set[asyncio.Task[SentT]] = set()
        sent: list[SentT] = []
        try:
            while True:
                room = 0 if self._closing or not lane.due else max(lane.width - len(sending), 0)
                if sent or room:
                    lane.due = lane.due and not room
                    claims = await self._carrier.turn(*key, sent, room)
                    lane.due = lane.due or 0 < room == len(claims)  # woken meanwhile, or there may be more
                    sending |= {asyncio.create_task(self._carrier.send(claim)) for claim in claims}
                    sent = []
                if lane.due and len(sending) < lane.width and not self._closing:
                    continue
                if not sending:
                    break
                sent = await self._finished(lane, sending)
                if sent:
                    lane.width = WIDTH if any(self._carrier.well(result) for result in sent) else 1
        except Exception:
            # The edge of this task: what was claimed is claimed again when it expires, the rest is due still.
            log.exception("a lane broke off")
        finally:
            for task in sending:
                task.cancel()
            lane.task = None
            if lane.width == WIDTH:
                self._lanes.pop(key, None)  # a narrowed lane is kept: the receiver stays slow until it answers

    async def _finished(self, lane: _Lane, sending: set[asyncio.Task[SentT]]) -> list[SentT]:
        """Waits until a request has ended or, if there is room for more, until the lane is woken."""
        waiting: set[asyncio.Task[SentT] | asyncio.Task[bool]] = {*sending}
        bell: asyncio.Task[bool] | None = None
        if len(sending) < lane.width:
            lane.bell.clear()
            bell = asyncio.create_task(lane.bell.wait())
            waiting.add(bell)
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if bell is not None:
                bell.cancel()
        done = [task for task in sending if task.done()]
        sending.difference_update(done)
        results = []
        for task in done:
            try:
                results.append(task.result())
            except Exception:
                # A defect of ours with one delivery: its claim expires, and the others' results are not lost with it.
                log.exception("a delivery could not be sent")
        return results
