"""One call, several processes: whoever gets the turn carries the call, and no turn is lost or doubled."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.bots.models import Bot
from app.calls.closing import close_interrupted
from app.calls.models import CallStatus
from app.errors import CallEnded, NotFound
from tests.integration.voice.conftest import Process
from tests.support.records import record_of
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
    first, second = process(silence=0.3, renewal=0.05), process()
    call_id = await first.start(world.company_id, bot.id, by=world.owner)
    await second.say(world.company_id, call_id, "часы")

    async def let_go() -> bool:
        return call_id not in first._carried

    await until(let_go)
    assert (await record_of(world.rt, world.company_id, call_id)).said[-1] == "Хорошо, часы. Как вас зовут?"


async def test_a_carried_call_outlives_many_leases(world: World, bot: Bot, process: Process) -> None:
    calls = process(lease=1.0, renewal=0.05)
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    first = (await record_of(world.rt, world.company_id, call_id)).call.lease_until
    assert first is not None

    async def renewed() -> bool:
        lease = (await record_of(world.rt, world.company_id, call_id)).call.lease_until
        return lease is not None and lease > first + timedelta(seconds=0.2)

    await until(renewed)
    assert not await close_interrupted(world.rt.db, world.company_id, call_id, at=world.rt.clock())


async def test_a_process_that_comes_back_late_finds_its_call_closed(world: World, bot: Bot, process: Process) -> None:
    calls = process()
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    late = world.rt.clock() + timedelta(seconds=31)
    assert await close_interrupted(world.rt.db, world.company_id, call_id, at=late)
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
