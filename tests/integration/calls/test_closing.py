"""A call is closed once, whoever sees its end first, and whatever its record holds."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from app.bots.models import Bot
from app.calls.closing import close, close_interrupted
from app.calls.models import CallStatus
from app.errors import NotFound
from app.scenario.state import CallState, EndReason
from app.settings import LlmSettings
from app.voice.text import TextCalls
from tests.support.records import lose_lease, record_of
from tests.support.talks import SCENARIO
from tests.support.world import World, new_world

pytestmark = pytest.mark.integration

JOBS = ["analyse_call", "announce_call"]


@pytest.fixture
async def bot(world: World) -> Bot:
    return await world.bot(slug="workshop", source=SCENARIO)


@pytest.fixture
async def left(world: World, bot: Bot) -> UUID:
    """A running call that nobody carries any more."""
    calls = TextCalls(world.rt, llm=LlmSettings(base_url=None))
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.say(world.company_id, call_id, "часы")
    await calls.close()
    await lose_lease(world.rt, world.company_id, call_id)
    return call_id


async def test_witnesses_that_see_the_end_together_close_it_once(world: World, left: UUID) -> None:
    now = world.rt.clock()

    async def hung_up() -> bool:
        async with world.rt.db.tenant(world.company_id) as db:
            return await close(db, left, EndReason.CALLER, at=now)

    closed = await asyncio.gather(
        hung_up(),
        close_interrupted(world.rt.db, world.company_id, left),
        hung_up(),
        close_interrupted(world.rt.db, world.company_id, left),
    )
    assert sorted(closed) == [False, False, False, True]
    assert [actor for actor, _ in (await record_of(world.rt, world.company_id, left)).jobs] == JOBS


async def test_a_call_that_had_said_goodbye_ends_as_the_goodbye_says(world: World, left: UUID) -> None:
    """The process died between the last words and the end of the call."""
    record = await record_of(world.rt, world.company_id, left)
    state = CallState.from_json({**record.call.state, "ended": "end"})
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(
            text("update call set state = jsonb_set(state, '{ended}', '\"end\"') where id = :id"), {"id": left}
        )
    assert state.ended is EndReason.END
    assert await close_interrupted(world.rt.db, world.company_id, left)
    record = await record_of(world.rt, world.company_id, left)
    assert (record.call.status, record.call.end_reason) == (CallStatus.ENDED, "end")


@pytest.mark.parametrize(
    "damage",
    [
        "update call set state = '{}'::jsonb",
        "update bot_config set source = 'version: 1'",
    ],
    ids=["a state of another version", "a scenario that no longer loads"],
)
async def test_a_call_is_closed_and_announced_even_when_its_engine_cannot_be_asked(
    damage: str, world: World, left: UUID
) -> None:
    async with world.rt.db.tenant(world.company_id) as db:
        await db.execute(text(damage))
    assert await close_interrupted(world.rt.db, world.company_id, left)
    record = await record_of(world.rt, world.company_id, left)
    assert record.call.status is CallStatus.INTERRUPTED
    assert [actor for actor, _ in record.jobs] == JOBS
    assert record.said[-1] == "Хорошо, часы. Как вас зовут?"


async def test_another_companys_call_cannot_be_closed(world: World, left: UUID) -> None:
    other = await new_world(world.rt)
    with pytest.raises(NotFound):
        await close_interrupted(world.rt.db, other.company_id, left)
    async with world.rt.db.tenant(other.company_id) as db:
        with pytest.raises(NotFound):
            await close(db, left, EndReason.CALLER, at=world.rt.clock())
