"""Whatever dies, committed work is done: workers killed, Redis emptied or away, calls whose process is gone."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.analysis.report import call_report
from app.calls.models import Call, CallStatus
from app.db.outbox import RedisPublisher, outbox
from app.embedded.valkey import Valkey
from app.webhooks.lanes import WIDTH
from app.webhooks.models import DeliveryStatus, WebhookDelivery
from tests.conftest import PATIENCE
from tests.integration.workers.conftest import Works, open_works, until
from tests.support import servers
from tests.support.held_calls import BOOKING, hold_call
from tests.support.servers import DatabaseUrls
from workers import heartbeat

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def bodies(works: Works) -> dict[str, Any]:  # Any: JSON
    """What was received, by type."""
    return {body["type"]: body["data"] for body in (json.loads(got.body) for got in works.receiver.received)}


def messages(works: Works) -> int:
    """Different messages received so far: at least once is promised, the id tells repetitions."""
    return len({got.headers["webhook-id"] for got in works.receiver.received})


async def test_a_finished_call_is_analysed_and_announced(works: Works) -> None:
    await works.endpoint()
    bot = await works.world.bot()
    async with works.worker():
        call_id = await hold_call(works.world, bot)
        await works.receiver.until(lambda: messages(works) == 2)
        await until(works.all_done, "every job to be done")
    assert set(bodies(works)) == {"call.analyzed", "call.ended"}
    assert bodies(works)["call.analyzed"]["id"] == str(call_id)
    assert bodies(works)["call.analyzed"]["outcome"]["code"] == "LEAD"


async def test_jobs_survive_an_emptied_redis(works: Works) -> None:
    endpoint = await works.endpoint()
    await works.ping(endpoint)
    await until(lambda: works.rt.redis.exists("otklik:broker:jobs"), "the job to be published")
    await works.rt.redis.flushall()
    async with works.worker():
        await works.receiver.until(lambda: bool(works.receiver.received))
        await until(works.all_done, "the relay's job to be done")
    assert set(bodies(works)) == {"test.ping"}


async def test_jobs_survive_redis_being_emptied_under_a_running_worker(works: Works) -> None:
    endpoint = await works.endpoint()
    async with works.worker():
        for _ in range(20):
            await works.ping(endpoint)
            await works.rt.redis.flushall()
        await works.receiver.until(lambda: messages(works) == 20)
        await until(works.all_done, "every job to be done")
    assert {found.status for found in await works.deliveries()} == {DeliveryStatus.DELIVERED}


async def test_jobs_survive_a_redis_that_dies_and_comes_back_empty(own_database: DatabaseUrls, tmp_path: Path) -> None:
    with servers.server_home() as home:
        server = Valkey(home, durable=False)
        await server.start()
        async with open_works(own_database, server.url, tmp_path) as works, works.worker() as worker:
            endpoint = await works.endpoint()
            await works.ping(endpoint)
            await works.receiver.until(lambda: messages(works) == 1)
            await server.stop()
            for _ in range(5):
                await works.ping(endpoint)
            await server.start()
            await works.receiver.until(lambda: messages(works) == 6)
            await until(works.all_done, "every job to be done")
            assert worker.process.returncode is None
        await server.stop()


async def test_a_program_that_cannot_reach_redis_loses_nothing(works: Works) -> None:
    endpoint = await works.endpoint()
    away = RedisPublisher("redis://127.0.0.1:1/0", PATIENCE)
    works.rt.db.publish, usual = away, works.rt.db.publish
    await works.ping(endpoint)
    works.rt.db.publish = usual
    await away.close()
    async with works.worker():
        await works.receiver.until(lambda: bool(works.receiver.received))


async def test_a_worker_killed_while_sending_leaves_the_delivery_to_the_next(works: Works) -> None:
    works.receiver.gates["/slow"] = asyncio.Event()
    endpoint = await works.endpoint("/slow")
    async with works.worker() as first:
        await works.ping(endpoint)
        await works.receiver.until(lambda: bool(works.receiver.received))
        await first.kill()
    assert [found.status for found in await works.deliveries()] == [DeliveryStatus.SENDING]
    works.receiver.gates["/slow"].set()
    async with works.rt.db.tenant(works.world.company_id) as db:  # a minute later
        await db.execute(update(WebhookDelivery).values(claimed_until=works.rt.clock() - timedelta(seconds=1)))
    async with works.worker():
        await until(lambda: _delivered(works), "the second worker to deliver")
    assert messages(works) == 1


async def test_a_worker_told_to_stop_finishes_what_it_sends(works: Works) -> None:
    works.receiver.gates["/slow"] = asyncio.Event()
    endpoint = await works.endpoint("/slow")
    async with works.worker() as worker:
        await works.ping(endpoint)
        await works.receiver.until(lambda: bool(works.receiver.received))
        stopping = asyncio.create_task(worker.stop())
        await until(lambda: _stopped_beating(works), "the worker to begin stopping")
        works.receiver.gates["/slow"].set()
        assert await stopping == 0
    assert [found.status for found in await works.deliveries()] == [DeliveryStatus.DELIVERED]


async def test_a_hanging_receiver_delays_no_other(works: Works) -> None:
    hanging, quick = await works.endpoint("/hang"), await works.endpoint("/quick")
    async with works.worker():
        for _ in range(40):
            await works.ping(hanging)
        await works.receiver.until(lambda: bool(works.receiver.at("/hang")))
        for _ in range(20):
            await works.ping(quick)
        await works.receiver.until(lambda: len(works.receiver.at("/quick")) >= 20)
        assert works.receiver.most_open["/hang"] <= WIDTH


async def test_a_call_whose_process_died_is_closed_analysed_and_announced(works: Works) -> None:
    await works.endpoint()
    call_id = await hold_call(works.world, await works.world.bot(), BOOKING[:2], hang_up=False)
    async with works.rt.db.tenant(works.world.company_id) as db:
        await db.execute(update(Call).values(lease_until=works.rt.clock() - timedelta(seconds=1)))
    async with works.worker():
        await works.receiver.until(lambda: messages(works) == 2)
    async with works.rt.db.tenant(works.world.company_id) as db:
        report = await call_report(db, call_id)
    assert report.status is CallStatus.INTERRUPTED
    assert report.summary
    assert report.outcome is not None
    assert [turn.text for turn in report.turns if turn.role == "caller"] == list(BOOKING[:2])


async def test_a_job_of_no_actor_stays_open_and_stops_nothing(works: Works) -> None:
    endpoint = await works.endpoint()
    async with works.rt.db.tenant(works.world.company_id) as db:
        outbox(db, "of_a_newer_version", thing=1)
    async with works.worker():
        await works.ping(endpoint)
        await works.receiver.until(lambda: bool(works.receiver.received))
    unknown, _ = await works.jobs()
    assert unknown.done_at is None


async def _delivered(works: Works) -> bool:
    return {found.status for found in await works.deliveries()} == {DeliveryStatus.DELIVERED}


async def _stopped_beating(works: Works) -> bool:
    return not await heartbeat.living(works.rt.redis)
