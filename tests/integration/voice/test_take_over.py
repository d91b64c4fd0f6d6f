"""One call, several processes: whoever gets the turn carries the call, and no turn is lost or doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.bots.models import Bot
from app.calls import writing
from app.calls.closing import close_interrupted
from app.calls.models import CallStatus
from app.calls.writing import Hold
from app.db import lookups
from app.db.base import new_id
from app.db.session import TenantDb
from app.errors import CallEnded, NotFound
from app.runtime import system_clock
from app.settings import LlmSettings
from tests.integration.voice.conftest import Process
from tests.support.fake_openai import NEVER, Answer, fake_openai
from tests.support.records import lose_lease, record_of
from tests.support.talks import ORDER
from tests.support.waiting import until
from tests.support.world import World

pytestmark = pytest.mark.integration


async def test_each_turn_may_reach_another_process(world: World, bot: Bot, process: Process) -> None:
    first, second = process(), process()
    call_id = await first.start(world.company_id, bot.id, by=world.owner)
    for calls, line in zip((second, first, second), ORDER, strict=True):
        await calls.say(world.company_id, call_id, line)
    record = await record_of(world.rt, world.company_id, call_id)
    assert [turn.text for turn in record.turns if turn.role == "caller"] == list(ORDER)
    assert (record.call.status, record.call.end_reason) == (CallStatus.ENDED, "end")
    assert len(record.jobs) == 2


async def test_turns_that_reach_two_processes_at_once_are_both_answered_once(
    world: World, bot: Bot, process: Process
) -> None:
    first, second = process(), process()
    call_id = await first.start(world.company_id, bot.id, by=world.owner)
    await asyncio.gather(
        first.say(world.company_id, call_id, "часы"),
        second.say(world.company_id, call_id, "утюг"),
        first.say(world.company_id, call_id, "телефон"),
        second.say(world.company_id, call_id, "часы"),
    )
    record = await record_of(world.rt, world.company_id, call_id)
    heard = [turn.text for turn in record.turns if turn.role == "caller"]
    assert sorted(heard) == ["телефон", "утюг", "часы", "часы"]
    assert [turn.seq for turn in record.turns] == list(range(1, 10))


async def test_the_process_that_lost_a_call_does_not_prompt_its_caller(
    world: World, bot: Bot, process: Process
) -> None:
    first, second = process(silence=2.0, renewal=NEVER), process()
    call_id = await first.start(world.company_id, bot.id, by=world.owner)
    await second.say(world.company_id, call_id, "часы")

    async def let_go() -> bool:
        return first._carried.find(world.company_id, call_id) is None

    await until(let_go)
    assert (await record_of(world.rt, world.company_id, call_id)).said[-1] == "Хорошо, часы. Как вас зовут?"


async def test_a_carried_call_outlives_many_leases(world: World, bot: Bot, process: Process) -> None:
    calls = process(renewal=0.05)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    for _ in range(3):
        await until(_renewed(world, call_id, after=await _lease(world, call_id)))
    assert not await close_interrupted(world.rt.db, world.company_id, call_id)


async def test_a_process_that_comes_back_late_finds_its_call_closed(world: World, bot: Bot, process: Process) -> None:
    calls = process()
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await lose_lease(world.rt, world.company_id, call_id)
    assert await close_interrupted(world.rt.db, world.company_id, call_id)
    with pytest.raises(CallEnded):
        await calls.say(world.company_id, call_id, "часы")
    await calls.hang_up(world.company_id, call_id)
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.call.status is CallStatus.INTERRUPTED
    assert len(record.jobs) == 2
    assert not calls._carried


async def test_nobody_types_into_a_spoken_call(world: World, bot: Bot, process: Process) -> None:
    calls, other = process(), process()
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(text("update call set channel = 'phone'"))
    for attempt in (other.say(world.company_id, call_id, "часы"), other.hang_up(world.company_id, call_id)):
        with pytest.raises(NotFound):
            await attempt


@pytest.mark.parametrize("minutes", [-60, 60], ids=["an hour slow", "an hour fast"])
async def test_leases_do_not_depend_on_the_clocks_of_machines(
    minutes: int, world: World, bot: Bot, process: Process
) -> None:
    calls = process(renewal=0.05, clock=lambda: system_clock() + timedelta(minutes=minutes))
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    opened = await _lease_left(world, call_id)
    await until(_renewed(world, call_id, after=await _lease(world, call_id)))
    await calls.say(world.company_id, call_id, "часы")
    for left in (opened, await _lease_left(world, call_id)):
        assert timedelta(0) < left <= timedelta(seconds=30)
    assert call_id not in await _abandoned(world)
    assert not await close_interrupted(world.rt.db, world.company_id, call_id)


async def test_a_call_whose_lease_ran_out_is_found_and_ends_with_its_last_turn(
    world: World, bot: Bot, process: Process
) -> None:
    call_id = await process().start(world.company_id, bot.id, by=world.owner)
    await lose_lease(world.rt, world.company_id, call_id)
    assert call_id in await _abandoned(world)
    assert await close_interrupted(world.rt.db, world.company_id, call_id)
    record = await record_of(world.rt, world.company_id, call_id)
    assert record.call.ended_at == record.turns[-1].at, "not the end of a lease that ran on"


async def test_a_renewal_that_fails_in_any_way_is_followed_by_the_next(
    world: World, bot: Bot, process: Process, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = process(renewal=0.02)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    renew, failures = writing.renew, iter([RuntimeError("a fault of ours"), KeyError("another")])

    async def fails_twice(db: TenantDb, call_ids: Iterable[UUID], hold: Hold) -> set[UUID]:
        for failure in failures:
            raise failure
        return await renew(db, call_ids, hold)

    monkeypatch.setattr(writing, "renew", fails_twice)
    await until(_renewed(world, call_id, after=await _lease(world, call_id)))
    assert [record.exc_info is not None for record in caplog.records if "not renewed" in record.message] == [True, True]


async def test_an_exchange_that_does_not_end_delays_the_renewal_of_no_other_call(
    world: World, bot: Bot, process: Process
) -> None:
    async with fake_openai() as model:
        model.will(Answer(first_token=NEVER))
        never = timedelta(seconds=NEVER)
        patient = LlmSettings(base_url=model.url, first_token_timeout=never, total_timeout=never)
        calls = process(renewal=0.05, llm=patient)
        taken = await calls.start(world.company_id, bot.id, by=world.owner)
        carried = await calls.start(world.company_id, bot.id, by=world.owner)
        thinking = asyncio.ensure_future(calls.say(world.company_id, taken, "часы"))

        async def is_thinking() -> bool:
            return bool(model.requests)

        await until(is_thinking)
        async with world.rt.db.tenant(world.company_id) as db:
            await writing.take_over(db, taken, Hold(new_id(), timedelta(seconds=30)))

        async def leaving() -> bool:
            return calls._carried.leaving(taken)

        await until(leaving)
        await until(_renewed(world, carried, after=await _lease(world, carried)))
        assert not thinking.done()
        model.will(Answer())
        await model.stop()
        await thinking


def _renewed(world: World, call_id: UUID, *, after: datetime) -> Callable[[], Awaitable[bool]]:
    """Whether the lease runs longer than it did."""

    async def holds() -> bool:
        return await _lease(world, call_id) > after

    return holds


async def _lease(world: World, call_id: UUID) -> datetime:
    lease = (await record_of(world.rt, world.company_id, call_id)).call.lease_until
    assert lease is not None
    return lease


async def _lease_left(world: World, call_id: UUID) -> timedelta:
    return await _lease(world, call_id) - system_clock()  # of the machine that PostgreSQL runs on, too


async def _abandoned(world: World) -> set[UUID]:
    async with world.rt.db.system() as db:
        return {found.id for found in await lookups.calls_abandoned(db, limit=10_000)}
