"""A process killed with -9 in the middle of its calls loses nothing but the turn that was being thought about."""

from __future__ import annotations

import asyncio
import signal
import sys
from uuid import UUID

import pytest

from app.calls.closing import close_interrupted
from app.calls.models import CallStatus, EndedBy
from app.runtime import Runtime
from tests.conftest import Servers
from tests.support.fake_openai import NEVER, Answer, fake_openai
from tests.support.records import lose_lease, record_of
from tests.support.servers import DatabaseUrls
from tests.support.talks import SCENARIO
from tests.support.waiting import until
from tests.support.world import new_world

pytestmark = pytest.mark.integration

JOBS = ["analyse_call", "announce_call"]


async def test_calls_of_a_killed_process_are_closed_as_interrupted_with_all_that_was_said(
    own_rt: Runtime, own_database: DatabaseUrls, test_servers: Servers
) -> None:
    world = await new_world(own_rt)
    bot = await world.bot(slug="workshop", source=SCENARIO)
    async with fake_openai() as model:
        model.will(Answer(first_token=NEVER))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.talker",
            own_database.app,
            test_servers.redis_url,
            model.url,
            str(world.company_id),
            str(bot.id),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        greeted, answered, thinking = [UUID((await process.stdout.readline()).decode().strip()) for _ in range(3)]

        async def is_thinking() -> bool:
            return bool(model.requests)

        await until(is_thinking)
        process.send_signal(signal.SIGKILL)
        await process.wait()

    now = own_rt.clock()
    assert not await close_interrupted(own_rt.db, world.company_id, greeted), "its lease is still running"
    for call_id in (greeted, answered, thinking):
        await lose_lease(own_rt, world.company_id, call_id)
        assert await close_interrupted(own_rt.db, world.company_id, call_id)
        assert not await close_interrupted(own_rt.db, world.company_id, call_id), "it is closed once"
    said = {
        greeted: ["Мастерская, здравствуйте. Что чиним?"],
        answered: ["Мастерская, здравствуйте. Что чиним?", "часы", "Хорошо, часы. Как вас зовут?"],
        thinking: ["Мастерская, здравствуйте. Что чиним?"],
    }
    for call_id, words in said.items():
        record = await record_of(own_rt, world.company_id, call_id)
        assert record.said == words
        assert (record.call.status, record.call.ended_by) == (CallStatus.INTERRUPTED, EndedBy.SYSTEM)
        assert record.call.ended_at is not None
        assert record.call.ended_at <= now, "not later than its last turn, however long the lease ran on"
        assert [actor for actor, _ in record.jobs] == JOBS
        assert record.event("ended")[0]["reason"] == "interrupted"
