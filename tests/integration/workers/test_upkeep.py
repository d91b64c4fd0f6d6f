"""The periodic steps, one by one, on a runtime whose clock the test moves."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis.exceptions import RedisError
from sqlalchemy import select, update

from app.analysis.models import Analysis
from app.calls import queries as calls
from app.calls.closing import close_interrupted
from app.calls.models import CallStatus
from app.db.base import new_id
from app.db.outbox import OutboxRow, RedisPublisher, outbox
from app.settings import LlmSettings, WebhookSettings, read
from app.webhooks import endpoints
from app.webhooks.models import WebhookEndpoint
from tests.conftest import PATIENCE
from tests.integration.workers.conftest import Works
from tests.support.held_calls import BOOKING, LOST, hold_call
from tests.support.waiting import LONG
from tests.support.world import new_world
from workers import analysis, heartbeat, jobs, webhooks
from workers.jobs import LEASE
from workers.tools import Tools, tools_of
from workers.upkeep import CLOSINGS, UNPUBLISHED_AFTER, Upkeep

pytestmark = pytest.mark.integration


@dataclasses.dataclass
class Clock:
    """Real time, plus what a test has added; it stands still where a test stops it."""

    ahead: timedelta = timedelta(0)
    stands: datetime | None = None

    def __call__(self) -> datetime:
        return (self.stands or datetime.now(UTC)) + self.ahead


@dataclasses.dataclass(frozen=True)
class Bench:
    works: Works
    clock: Clock
    tools: Tools
    upkeep: Upkeep

    async def job(self, actor: str = "announce_call", **args: object) -> UUID:
        """A committed job that was not published."""
        usual, self.works.rt.db.publish = self.works.rt.db.publish, _nothing
        async with self.works.rt.db.tenant(self.works.world.company_id) as db:
            row = outbox(db, actor, **args)
        self.works.rt.db.publish = usual
        return row.id

    async def queued(self) -> int:
        return int(await self.works.rt.redis.llen("otklik:broker:jobs"))

    async def row(self, job_id: UUID) -> OutboxRow:
        async with self.works.rt.db.tenant(self.works.world.company_id) as db:
            return (await db.scalars(select(OutboxRow).where(OutboxRow.id == job_id))).one()


async def _nothing(jobs: object) -> None:
    """A program that died between its commit and the broker."""


@pytest.fixture
async def bench(works: Works, broker_url: str) -> AsyncIterator[Bench]:
    clock = Clock()
    rt = dataclasses.replace(works.rt, clock=clock)
    publisher = RedisPublisher(broker_url, PATIENCE)
    tools = tools_of(rt, publisher, read(WebhookSettings, timeout=PATIENCE), read(LlmSettings, base_url=None))
    yield Bench(works, clock, tools, Upkeep(tools, publisher))
    await tools.sender.close()
    await tools.finished.close()
    await publisher.close()


async def test_an_unpublished_job_is_published_after_five_seconds(bench: Bench) -> None:
    job_id = await bench.job()
    bench.clock.stands = (await bench.row(job_id)).created_at
    bench.clock.ahead = UNPUBLISHED_AFTER - timedelta(seconds=1)
    await bench.upkeep.relay()
    assert await bench.queued() == 0, "its own program may be about to publish it"
    bench.clock.ahead = UNPUBLISHED_AFTER + timedelta(seconds=1)
    await bench.upkeep.relay()
    await bench.upkeep.relay()
    assert await bench.queued() == 1
    row = await bench.row(job_id)
    assert row.published_at is not None
    assert row.attempts == 1


async def test_a_published_job_that_is_not_done_comes_again_after_its_lease(bench: Bench) -> None:
    job_id = await bench.job()
    bench.clock.stands = (await bench.row(job_id)).created_at
    bench.clock.ahead = timedelta(seconds=6)
    await bench.upkeep.relay()
    bench.clock.ahead += LEASE - timedelta(seconds=2)
    await bench.upkeep.relay()
    assert await bench.queued() == 1
    bench.clock.ahead += timedelta(seconds=4)
    await bench.upkeep.relay()
    assert await bench.queued() == 2
    assert (await bench.row(job_id)).attempts == 2


async def test_a_done_job_never_comes_again(bench: Bench) -> None:
    job_id = await bench.job()
    bench.tools.finished.add(bench.works.world.company_id, job_id)
    await bench.tools.finished.close()
    bench.clock.ahead = timedelta(days=1)
    await bench.upkeep.relay()
    assert await bench.queued() == 0


async def test_nothing_is_claimed_while_redis_is_away(bench: Bench) -> None:
    job_id = await bench.job()
    bench.clock.ahead = timedelta(seconds=10)
    away = dataclasses.replace(bench.tools.rt, redis=type(bench.tools.rt.redis).from_url("redis://127.0.0.1:1/0"))
    with pytest.raises(RedisError):
        await Upkeep(dataclasses.replace(bench.tools, rt=away), bench.tools.publisher).relay()
    assert (await bench.row(job_id)).published_at is None


async def test_a_retry_whose_time_has_come_is_sent(bench: Bench) -> None:
    bench.works.receiver.answers["/moody"] = b"HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n"
    endpoint = await bench.works.endpoint("/moody")
    await bench.works.ping(endpoint)
    bench.clock.stands = bench.clock()
    await bench.upkeep.wake_due_endpoints()
    await bench.works.receiver.until(lambda: len(bench.works.receiver.received) == 1)
    await bench.tools.lanes.close(LONG)
    tools = tools_of(
        bench.tools.rt, bench.tools.publisher, read(WebhookSettings, timeout=PATIENCE), read(LlmSettings, base_url=None)
    )
    again = Upkeep(tools, bench.tools.publisher)
    await again.wake_due_endpoints()
    assert tools.lanes.busy == 0, "not before its time"
    bench.clock.ahead = timedelta(seconds=6)
    await again.wake_due_endpoints()
    await bench.works.receiver.until(lambda: len(bench.works.receiver.received) == 2)
    await tools.lanes.close(LONG)
    await tools.sender.close()


async def test_the_watchdog_closes_lost_calls_and_leaves_carried_ones(bench: Bench) -> None:
    bot = await bench.works.world.bot()
    now = bench.clock()
    carried = await hold_call(bench.works.world, bot, BOOKING[:1], hang_up=False, began=now)
    lost = await hold_call(bench.works.world, bot, BOOKING[:1], hang_up=False, began=now, lease=LOST)
    await bench.upkeep.close_abandoned_calls()
    await bench.upkeep.close_abandoned_calls()
    async with bench.works.rt.db.tenant(bench.works.world.company_id) as db:
        assert (await calls.call(db, carried)).status is CallStatus.RUNNING
        assert (await calls.call(db, lost)).status is CallStatus.INTERRUPTED
    assert sorted(row.actor for row in await bench.works.jobs()) == ["analyse_call", "announce_call", "prepare_speech"]


async def test_a_call_that_cannot_be_closed_keeps_no_other_open(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = await bench.works.world.bot()
    first, second = [
        await hold_call(bench.works.world, bot, (), hang_up=False, began=bench.clock(), lease=LOST) for _ in range(2)
    ]

    async def fails_once(database: object, company_id: UUID, call_id: UUID) -> bool:
        if call_id == first:
            raise ValueError("damaged")
        return await close_interrupted(bench.works.rt.db, company_id, call_id)

    monkeypatch.setattr("workers.upkeep.close_interrupted", fails_once)
    await bench.upkeep.close_abandoned_calls()
    async with bench.works.rt.db.tenant(bench.works.world.company_id) as db:
        assert (await calls.call(db, second)).status is CallStatus.INTERRUPTED


async def test_a_call_that_the_engine_can_never_close_is_closed_without_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await bench.works.world.bot()
    lost = await hold_call(bench.works.world, bot, BOOKING[:1], hang_up=False, began=bench.clock(), lease=LOST)

    async def fails(database: object, company_id: UUID, call_id: UUID) -> bool:
        raise ValueError("damaged")

    monkeypatch.setattr("workers.upkeep.close_interrupted", fails)
    for _ in range(CLOSINGS):
        await bench.upkeep.close_abandoned_calls()
        async with bench.works.rt.db.tenant(bench.works.world.company_id) as db:
            assert (await calls.call(db, lost)).status is CallStatus.RUNNING
    await bench.upkeep.close_abandoned_calls()
    async with bench.works.rt.db.tenant(bench.works.world.company_id) as db:
        assert (await calls.call(db, lost)).status is CallStatus.INTERRUPTED
    assert sorted(row.actor for row in await bench.works.jobs()) == ["analyse_call", "announce_call", "prepare_speech"]


async def test_calls_and_endpoints_that_are_stuck_hide_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.upkeep.BATCH", 1)
    bot = await bench.works.world.bot()
    stuck, *others = [
        await hold_call(bench.works.world, bot, (), hang_up=False, began=bench.clock(), lease=LOST) for _ in range(3)
    ]

    async def fails_once(database: object, company_id: UUID, call_id: UUID) -> bool:
        if call_id == stuck:
            raise ValueError("damaged")
        return await close_interrupted(bench.works.rt.db, company_id, call_id)

    monkeypatch.setattr("workers.upkeep.close_interrupted", fails_once)
    await bench.upkeep.close_abandoned_calls()
    async with bench.works.rt.db.tenant(bench.works.world.company_id) as db:
        assert {(await calls.call(db, call_id)).status for call_id in others} == {CallStatus.INTERRUPTED}

    made = [await bench.works.endpoint(f"/{n}") for n in range(3)]
    for endpoint in made:
        await bench.works.ping(endpoint)
    await bench.upkeep.wake_due_endpoints()
    await bench.works.receiver.until(lambda: len(bench.works.receiver.received) == len(made))
    await bench.tools.lanes.close(LONG)


async def test_a_replaced_secret_is_forgotten_after_a_day(bench: Bench) -> None:
    endpoint = await bench.works.endpoint()
    async with bench.works.rt.db.tenant(bench.works.world.company_id) as db:
        await endpoints.rotate(db, bench.works.rt, endpoint.id, by=bench.works.world.owner, at=bench.clock())
    await bench.upkeep.forget_old_secrets()
    assert await _old_secret(bench) is not None
    bench.clock.ahead = timedelta(hours=24, seconds=1)
    await bench.upkeep.forget_old_secrets()
    assert await _old_secret(bench) is None


async def _old_secret(bench: Bench) -> str | None:
    async with bench.works.rt.db.tenant(bench.works.world.company_id) as db:
        query = select(WebhookEndpoint.previous_sealed_secret)
        return await db.scalar(query)


async def test_the_heartbeat_is_seen_and_taken_back(bench: Bench) -> None:
    redis = bench.works.rt.redis
    assert await heartbeat.living(redis) == []
    await bench.upkeep.beat()
    assert await heartbeat.living(redis) == [str(bench.tools.rt.process)]
    await heartbeat.stop(bench.tools.rt)
    assert await heartbeat.living(redis) == []


@pytest.mark.parametrize("concern", [analysis, webhooks])
def test_every_job_is_registered_by_its_concern(concern: object) -> None:
    assert any(found.run.__module__ == getattr(concern, "__name__", "") for found in jobs.JOBS.values())


@pytest.mark.parametrize("name", sorted(jobs.JOBS))
async def test_a_job_with_another_companys_ids_does_nothing(bench: Bench, name: str) -> None:
    endpoint = await bench.works.endpoint()
    await bench.works.ping(endpoint)
    call_id = await hold_call(bench.works.world, await bench.works.world.bot())
    stranger = await new_world(bench.works.rt)
    args: dict[str, dict[str, object]] = {
        "analyse_call": {"call_id": str(call_id)},
        "announce_call": {"call_id": str(call_id), "type": "call.ended"},
        "draw_recording": {"call_id": str(call_id)},
        "prepare_speech": {"bot_id": str(new_id()), "version": 1},
        "deliver_message": {"endpoint_ids": [str(endpoint.id)]},
    }
    await jobs.run(bench.tools, name, stranger.company_id, new_id(), **args[name])
    await bench.tools.lanes.close(LONG)
    assert not bench.works.receiver.received
    async with bench.works.rt.db.tenant(bench.works.world.company_id) as db:
        assert (await calls.call(db, call_id)).analysed_at is None
        assert (await db.scalars(select(Analysis))).all() == []
        assert len((await db.scalars(select(OutboxRow).where(OutboxRow.actor == "deliver_message"))).all()) == 1


async def test_a_job_whose_subject_is_gone_is_done(bench: Bench) -> None:
    job_id = await bench.job("analyse_call", call_id=new_id())
    row = await bench.row(job_id)
    await jobs.run(bench.tools, row.actor, row.company_id, row.id, **row.args)
    await bench.tools.finished.close()
    assert (await bench.row(job_id)).done_at is not None


async def test_a_job_that_is_not_now_stays_open(bench: Bench) -> None:
    call_id = await hold_call(bench.works.world, await bench.works.world.bot(), (), hang_up=False)
    job_id = await bench.job("analyse_call", call_id=call_id)
    row = await bench.row(job_id)
    await jobs.run(bench.tools, row.actor, row.company_id, row.id, **row.args)
    await bench.tools.finished.close()
    assert (await bench.row(job_id)).done_at is None


async def test_ticks_are_kept_apart_by_company(bench: Bench) -> None:
    job_id = await bench.job()
    stranger = await new_world(bench.works.rt)
    bench.tools.finished.add(stranger.company_id, job_id)
    await bench.tools.finished.close()
    assert (await bench.row(job_id)).done_at is None
    async with bench.works.rt.db.tenant(bench.works.world.company_id) as db:
        await db.execute(update(OutboxRow).values(done_at=bench.clock()))
