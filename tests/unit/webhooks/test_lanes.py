"""Lanes: everything due is sent and recorded once, and nobody waits for another's receiver."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest

from app.webhooks.lanes import WIDTH, Lanes
from tests.support.waiting import LONG

pytestmark = pytest.mark.unit

COMPANY, SLOW, QUICK = UUID(int=1), UUID(int=2), UUID(int=3)


@dataclass(frozen=True)
class Claim:
    endpoint_id: UUID


@dataclass(frozen=True)
class Sent:
    endpoint_id: UUID
    taken: bool


class Receivers:
    """Counts of what is due, and receivers that answer when the test lets them."""

    def __init__(self) -> None:
        self.due: Counter[UUID] = Counter()
        self.sent: Counter[UUID] = Counter()
        self.recorded: Counter[UUID] = Counter()
        self.open: Counter[UUID] = Counter()
        self.most_open: Counter[UUID] = Counter()
        self.turns: Counter[UUID] = Counter()
        self.held: dict[UUID, asyncio.Event] = {}
        self.failing: set[UUID] = set()
        self.broken = False
        self.defects: Counter[UUID] = Counter()  # sendings that will break off
        self.late: Counter[UUID] = Counter()  # arrive just after a claim has looked
        self.lanes: Lanes[Claim, Sent] = Lanes(self)

    async def turn(self, company_id: UUID, endpoint_id: UUID, sent: Sequence[Sent], room: int) -> list[Claim]:
        assert company_id == COMPANY
        self.turns[endpoint_id] += 1
        await asyncio.sleep(0)  # the transaction
        if self.broken:
            raise OSError("the database went away")
        self.recorded[endpoint_id] += len(sent)
        claimed = min(room, self.due[endpoint_id])
        self.due[endpoint_id] -= claimed
        if late := self.late.pop(endpoint_id, 0):
            self.arrive(endpoint_id, late)
        await asyncio.sleep(0)  # its commit
        return [Claim(endpoint_id)] * claimed

    async def send(self, claim: Claim) -> Sent:
        endpoint_id = claim.endpoint_id
        self.open[endpoint_id] += 1
        self.most_open[endpoint_id] = max(self.most_open[endpoint_id], self.open[endpoint_id])
        gate = self.held.get(endpoint_id)
        await asyncio.sleep(0)
        if gate is not None:
            await gate.wait()
        self.open[endpoint_id] -= 1
        if self.defects[endpoint_id]:
            self.defects[endpoint_id] -= 1
            raise ZeroDivisionError
        self.sent[endpoint_id] += 1
        return Sent(endpoint_id, endpoint_id not in self.failing)

    def well(self, sent: Sent) -> bool:
        return sent.taken

    def arrive(self, endpoint_id: UUID, count: int = 1) -> None:
        self.due[endpoint_id] += count
        self.lanes.wake(COMPANY, endpoint_id)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONG):
            while not condition():
                await asyncio.sleep(0)

    async def until_idle(self) -> None:
        await self.until(lambda: not self.lanes.busy)


async def test_everything_due_is_sent_and_recorded_a_few_at_a_time() -> None:
    receivers = Receivers()
    receivers.arrive(QUICK, 100)
    await receivers.until_idle()
    assert receivers.sent[QUICK] == receivers.recorded[QUICK] == 100
    assert receivers.most_open[QUICK] <= WIDTH


async def test_what_arrives_one_by_one_is_sent_too() -> None:
    receivers = Receivers()
    for _ in range(50):
        receivers.arrive(QUICK)
        await asyncio.sleep(0)
    await receivers.until_idle()
    assert receivers.recorded[QUICK] == 50


@pytest.mark.parametrize("first", [0, 1])
async def test_what_arrives_just_after_a_claim_has_looked_is_sent(first: int) -> None:
    receivers = Receivers()
    receivers.held[QUICK] = asyncio.Event()
    receivers.late[QUICK] = 2
    receivers.arrive(QUICK, first)
    await receivers.until(lambda: receivers.open[QUICK] == first + 2)
    receivers.held[QUICK].set()
    await receivers.until_idle()


async def test_quick_answers_are_recorded_and_the_next_claimed_together() -> None:
    receivers = Receivers()
    receivers.arrive(QUICK, 100 * WIDTH)
    await receivers.until_idle()
    assert receivers.turns[QUICK] < 300, "transactions, not one for each of 1600 deliveries"


async def test_a_hanging_receiver_delays_no_other() -> None:
    receivers = Receivers()
    receivers.held[SLOW] = asyncio.Event()
    receivers.arrive(SLOW, 1_000)
    receivers.arrive(QUICK, 20)
    await receivers.until(lambda: receivers.recorded[QUICK] == 20)
    assert receivers.sent[SLOW] == 0
    assert receivers.most_open[SLOW] == WIDTH
    receivers.held[SLOW].set()
    await receivers.until_idle()
    assert receivers.recorded[SLOW] == 1_000


async def test_one_hanging_request_does_not_hold_up_the_rest_of_its_lane() -> None:
    receivers = Receivers()
    receivers.held[SLOW] = asyncio.Event()
    receivers.arrive(SLOW, 1)
    await receivers.until(lambda: receivers.open[SLOW] == 1)
    held = receivers.held.pop(SLOW)
    receivers.arrive(SLOW, 5)
    await receivers.until(lambda: receivers.recorded[SLOW] == 5)
    held.set()
    await receivers.until_idle()
    assert receivers.recorded[SLOW] == 6


async def test_what_arrives_while_the_lane_is_full_is_sent_without_another_wake() -> None:
    receivers = Receivers()
    receivers.held[SLOW] = asyncio.Event()
    receivers.arrive(SLOW, WIDTH)
    await receivers.until(lambda: receivers.open[SLOW] == WIDTH)
    receivers.arrive(SLOW, 3)
    receivers.held[SLOW].set()
    await receivers.until_idle()
    assert receivers.recorded[SLOW] == WIDTH + 3


async def test_after_a_failure_one_request_at_a_time_until_the_receiver_answers() -> None:
    receivers = Receivers()
    receivers.failing.add(SLOW)
    receivers.arrive(SLOW, WIDTH)
    await receivers.until_idle()
    receivers.most_open.clear()
    receivers.arrive(SLOW, 20)
    await receivers.until_idle()
    assert receivers.most_open[SLOW] == 1

    receivers.failing.clear()
    receivers.arrive(SLOW, 1)
    await receivers.until_idle()
    receivers.held[SLOW] = asyncio.Event()
    receivers.arrive(SLOW, 20)
    await receivers.until(lambda: receivers.open[SLOW] == WIDTH)
    receivers.held[SLOW].set()
    await receivers.until_idle()


async def test_closing_finishes_and_records_what_is_on_its_way_and_claims_nothing() -> None:
    receivers = Receivers()
    receivers.held[SLOW] = asyncio.Event()
    receivers.arrive(SLOW, 20)
    await receivers.until(lambda: receivers.open[SLOW] == WIDTH)
    closing = asyncio.create_task(receivers.lanes.close(LONG))
    await asyncio.sleep(0)
    receivers.held[SLOW].set()
    await closing
    assert receivers.recorded[SLOW] == WIDTH
    receivers.arrive(SLOW)
    assert receivers.lanes.busy == 0


async def test_closing_waits_no_longer_than_it_was_told() -> None:
    receivers = Receivers()
    receivers.held[SLOW] = asyncio.Event()
    receivers.arrive(SLOW, 1)
    await receivers.until(lambda: receivers.open[SLOW] == 1)
    await receivers.lanes.close(0)
    assert receivers.lanes.busy == 0


async def test_a_lane_that_breaks_off_can_be_woken_again() -> None:
    receivers = Receivers()
    receivers.broken = True
    receivers.arrive(QUICK, 3)
    await receivers.until_idle()
    receivers.broken = False
    receivers.arrive(QUICK, 1)
    await receivers.until_idle()
    assert receivers.recorded[QUICK] == 4


async def test_a_sending_that_breaks_off_loses_no_other_result() -> None:
    receivers = Receivers()
    receivers.held[QUICK] = asyncio.Event()
    receivers.defects[QUICK] = 1
    receivers.arrive(QUICK, WIDTH)
    await receivers.until(lambda: receivers.open[QUICK] == WIDTH)
    receivers.held[QUICK].set()
    await receivers.until_idle()
    assert receivers.recorded[QUICK] == receivers.sent[QUICK] == WIDTH - 1
