"""A company holds so many calls at once and not one more, however many processes open them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.bots.models import Bot
from app.calls.models import Call
from app.db.session import Database, engine_from
from app.errors import ServiceUnavailable, TooManyCalls
from app.settings import DatabaseSettings, LlmSettings
from app.voice.text import TextCalls
from tests.integration.voice.conftest import Process
from tests.support.servers import DatabaseUrls
from tests.support.talks import SCENARIO
from tests.support.world import World, new_world

pytestmark = pytest.mark.integration


async def test_calls_opened_together_by_several_processes_stay_within_the_limit(
    world: World, bot: Bot, process: Process
) -> None:
    processes = [process(max_trials=3) for _ in range(3)]
    opened = await asyncio.gather(
        *(calls.start(world.company_id, bot.id, by=world.owner) for calls in processes for _ in range(3)),
        return_exceptions=True,
    )
    refused = [error for error in opened if isinstance(error, BaseException)]
    assert [type(error) for error in refused] == [TooManyCalls] * 6
    async with world.rt.db.tenant(world.company_id) as db:
        assert await db.scalar(select(func.count()).select_from(Call)) == 3


async def test_the_refusal_names_the_limit_in_both_languages(world: World, bot: Bot, process: Process) -> None:
    calls = process(max_trials=1)
    await calls.start(world.company_id, bot.id, by=world.owner)
    with pytest.raises(TooManyCalls) as refused:
        await calls.start(world.company_id, bot.id, by=world.owner)
    assert "Разговоров идёт уже 1 " in refused.value.text("ru")
    assert refused.value.text("en").startswith("1 calls are running already")


async def test_an_ended_call_makes_room_for_the_next(world: World, bot: Bot, process: Process) -> None:
    calls = process(max_trials=1)
    first = await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.hang_up(world.company_id, first)
    await calls.start(world.company_id, bot.id, by=world.owner)


async def test_trials_count_among_all_calls_and_other_calls_not_among_trials(
    world: World, bot: Bot, process: Process
) -> None:
    calls = process(max_trials=1, max_running=2)
    await calls.start(world.company_id, bot.id, by=world.owner)
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(text("update call set direction = 'inbound'"))
    await calls.start(world.company_id, bot.id, by=world.owner)
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(text("update call set direction = 'inbound'"))
    with pytest.raises(TooManyCalls):
        await calls.start(world.company_id, bot.id, by=world.owner)


async def test_one_company_takes_no_room_from_another(world: World, bot: Bot, process: Process) -> None:
    calls, other = process(max_trials=1), await new_world(world.rt)
    theirs = await other.bot(slug="workshop", source=SCENARIO)
    await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.start(other.company_id, theirs.id, by=other.owner)


async def test_a_limit_that_cannot_be_read_refuses_the_call(world: World, bot: Bot, database: DatabaseUrls) -> None:
    """Somebody holds the company's lock for longer than a statement may take."""
    settings = DatabaseSettings(statement_timeout=timedelta(seconds=0.3))
    impatient = Database(engine_from(settings, url=database.app))
    calls = TextCalls(replace(world.rt, db=impatient), llm=LlmSettings(base_url=None))
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(text("select pg_advisory_xact_lock(hashtextextended(:id, 1))"), {"id": str(world.company_id)})
        with pytest.raises(ServiceUnavailable):
            await calls.start(world.company_id, bot.id, by=world.owner)
    await impatient.close()
    async with world.rt.db.tenant(world.company_id) as db:
        assert await db.scalar(select(func.count()).select_from(Call)) == 0
