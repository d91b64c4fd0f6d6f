"""What the start page counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.calls.models import CallStatus
from app.db.base import new_id
from app.stats import queries as stats
from tests.support.call_rows import START, add_call
from tests.support.world import World

pytestmark = pytest.mark.integration


async def test_calls_of_a_period_are_counted_by_their_start(world: World) -> None:
    bot = await world.bot()
    await add_call(world, bot.id, outcome_code="LEAD", ended_at=START + timedelta(seconds=30))
    await add_call(world, bot.id, outcome_code="ABANDONED", ended_at=START + timedelta(seconds=60))
    await add_call(world, bot.id, status=CallStatus.RUNNING, ended_at=None)
    await add_call(world, bot.id, outcome_code="LEAD", started_at=START - timedelta(days=2))
    async with world.rt.db.tenant(world.company_id) as db:
        counts = await stats.counts_since(db, START - timedelta(hours=1))
        assert (counts.calls, counts.leads, counts.analysed, counts.average_seconds) == (3, 1, 2, 45.0)
        assert await stats.running(db) == 1
        assert await stats.outcomes_since(db, START - timedelta(hours=1)) == {"ABANDONED": 1, "LEAD": 1}


async def test_a_company_without_calls_has_zeros_and_no_average(world: World) -> None:
    async with world.rt.db.tenant(world.company_id) as db:
        counts = await stats.counts_since(db, START)
        assert (counts.calls, counts.leads, counts.analysed, counts.average_seconds) == (0, 0, 0, None)
        assert await stats.outcomes_since(db, START) == {}
        assert await stats.by_bot(db, START) == {}


async def test_a_bot_s_last_call_is_known_though_it_is_long_ago(world: World) -> None:
    old, quiet = await world.bot(), await world.bot("parcels")
    await add_call(world, old.id, started_at=START - timedelta(days=90), outcome_code="LEAD")
    await add_call(world, old.id, started_at=START - timedelta(days=80), id=new_id())
    async with world.rt.db.tenant(world.company_id) as db:
        counts = await stats.by_bot(db, START - timedelta(days=30))
    assert (counts[old.id].calls, counts[old.id].leads) == (0, 0)
    assert counts[old.id].last_at == START - timedelta(days=80)
    assert (counts[quiet.id].calls, counts[quiet.id].last_at) == (0, None)


async def test_another_company_s_calls_are_not_counted(world: World, other: World) -> None:
    bot = await other.bot()
    await add_call(other, bot.id, outcome_code="LEAD")
    async with world.rt.db.tenant(world.company_id) as db:
        assert (await stats.counts_since(db, START - timedelta(hours=1))).calls == 0
