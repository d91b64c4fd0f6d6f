"""Lanes: everything due is attempted, and nobody waits for another's receiver."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from app.webhooks.lanes import PER_ENDPOINT, Lanes
from app.webhooks.rules import Outcome, Verdict

pytestmark = pytest.mark.unit

COMPANY, SLOW, QUICK = UUID(int=1), UUID(int=2), UUID(int=3)
DELIVERED = Verdict(Outcome.DELIVERED, None, None, None)
FAILED = Verdict(Outcome.FAILED, "timeout", None, None)


class Receivers:
    """Counts of what is due, and receivers that answer when the test lets them."""

    def __init__(self) -> None:
        self.due: Counter[UUID] = Counter()
        self.sent: Counter[UUID] = Counter()
        self.open: Counter[UUID] = Counter()
        self.most_open: Counter[UUID] = Counter()
        self.held: dict[UUID, asyncio.Event] = {}
        self.verdict: dict[UUID, Verdict] = {}
        self.lanes = Lanes(self.attempt)

    async def attempt(self, company_id: UUID, endpoint_id: UUID) -> Verdict | None:
        assert company_id == COMPANY
        await asyncio.sleep(0)  # the claim
        if not self.due[endpoint_id]:
            return None
        self.due[endpoint_id] -= 1
        self.open[endpoint_id] += 1
        self.most_open[endpoint_id] = max(self.most_open[endpoint_id], self.open[endpoint_id])
        if endpoint_id in self.held:
            await self.held[endpoint_id].wait()
        self.open[endpoint_id] -= 1
        self.sent[endpoint_id] += 1
        return self.verdict.get(endpoint_id, DELIVERED)

    def arrive(self, endpoint_id: UUID, count: int = 1, *, together: bool = False) -> None:
        self.due[endpoint_id] += count
        if together:
            self.lanes.wake(COMPANY, endpoint_id, count)
        else:
            for _ in range(count):
                self.lanes.wake(COMPANY, endpoint_id)

    async def until_idle(self) -> None:
        async with asyncio.timeout(5):
            while self.lanes.in_flight:
                await asyncio.sleep(0)


@pytest.mark.parametrize("together", [True, False])
async def test_everything_due_is_attempted_a_few_at_a_time(together: bool) -> None:
    receivers = Receivers()
    receivers.arrive(QUICK, 100, together=together)
    await receivers.until_idle()
    assert receivers.sent[QUICK] == 100
    assert receivers.most_open[QUICK] <= PER_ENDPOINT


async def test_a_hanging_receiver_delays_no_other() -> None:
    receivers = Receivers()
    receivers.held[SLOW] = asyncio.Event()
    receivers.arrive(SLOW, 1_000)
    receivers.arrive(QUICK, 20)
    async with asyncio.timeout(5):
        while receivers.sent[QUICK] < 20:
            await asyncio.sleep(0)
    assert receivers.sent[SLOW] == 0
    assert receivers.most_open[SLOW] == PER_ENDPOINT
    receivers.held[SLOW].set()
    await receivers.until_idle()
    assert receivers.sent[SLOW] == 1_000


async def test_what_arrives_while_every_task_is_busy_is_attempted_without_another_wake() -> None:
    receivers = Receivers()
    receivers.held[SLOW] = asyncio.Event()
    receivers.arrive(SLOW, PER_ENDPOINT)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    receivers.arrive(SLOW, 3)
    receivers.held[SLOW].set()
    await receivers.until_idle()
    assert receivers.sent[SLOW] == PER_ENDPOINT + 3


async def test_after_a_failure_one_request_at_a_time_until_it_answers() -> None:
    receivers = Receivers()
    receivers.verdict[SLOW] = FAILED
    receivers.arrive(SLOW, PER_ENDPOINT)
    await receivers.until_idle()
    receivers.most_open.clear()
    receivers.arrive(SLOW, 20)
    await receivers.until_idle()
    assert receivers.most_open[SLOW] == 1
    receivers.verdict[SLOW] = DELIVERED
    receivers.held[SLOW] = asyncio.Event()
    receivers.held[SLOW].set()
    receivers.arrive(SLOW, 1)
    await receivers.until_idle()
    receivers.held[SLOW].clear()
    receivers.arrive(SLOW, 20)
    async with asyncio.timeout(5):
        while receivers.open[SLOW] < PER_ENDPOINT:
            await asyncio.sleep(0)
    receivers.held[SLOW].set()
    await receivers.until_idle()


async def test_closing_finishes_what_is_on_its_way_and_starts_nothing() -> None:
    receivers = Receivers()
    receivers.held[SLOW] = asyncio.Event()
    receivers.arrive(SLOW, 20)
    for _ in range(5):
        await asyncio.sleep(0)
    closing = asyncio.create_task(receivers.lanes.close(5))
    await asyncio.sleep(0)
    receivers.held[SLOW].set()
    await closing
    assert receivers.sent[SLOW] == PER_ENDPOINT
    receivers.arrive(SLOW)
    assert receivers.lanes.in_flight == 0


async def test_an_attempt_that_breaks_off_leaves_the_lane_usable() -> None:
    receivers = Receivers()

    async def broken(company_id: UUID, endpoint_id: UUID) -> Verdict | None:
        raise OSError("the database went away")

    receivers.lanes._attempt = broken
    receivers.arrive(QUICK, 3)
    await receivers.until_idle()
    receivers.lanes._attempt = receivers.attempt
    receivers.arrive(QUICK, 1)
    await receivers.until_idle()
    assert receivers.sent[QUICK] == 4
