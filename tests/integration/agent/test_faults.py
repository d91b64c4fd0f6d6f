"""What breaks while a phone is on the line: it never listens to silence, and its call is never left open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.calls.models import CallStatus, EndedBy
from app.db.outbox import RedisPublisher
from app.settings import LlmSettings, WebhookSettings, read
from tests.conftest import PATIENCE
from tests.integration.agent.conftest import Clinic, Providers
from tests.support.agent_program import AgentProgram, agent_program
from tests.support.livekit_server import LiveKitServer
from tests.support.phone import phone
from tests.support.servers import DatabaseUrls
from tests.support.waiting import until
from workers.tools import tools_of
from workers.upkeep import Upkeep

pytestmark = pytest.mark.integration


async def test_the_phone_of_a_process_that_dies_is_hung_up_and_its_call_is_closed(
    agent: AgentProgram, server: LiveKitServer, clinic: Clinic, redis_url: str
) -> None:
    async with phone(server, clinic.number) as caller:
        await caller.status("active")
        await caller.hears()
        call = await clinic.call()
        (process,) = agent.on_the_phone(server)
        process.kill()
        await caller.is_over()
    publisher = RedisPublisher(redis_url, PATIENCE)
    tools = tools_of(clinic.world.rt, publisher, read(WebhookSettings), read(LlmSettings))
    upkeep = Upkeep(tools, publisher)

    async def closed() -> bool:
        await upkeep.close_abandoned_calls()
        return (await clinic.call()).status is not CallStatus.RUNNING

    await until(closed)
    assert (await clinic.call()).status is CallStatus.INTERRUPTED
    assert [turn.seq for turn in await clinic.turns(call.id)] == [1]
    await publisher.close()


@pytest.fixture
async def leaving(
    tmp_path: Path, server: LiveKitServer, providers: Providers, database: DatabaseUrls, redis_url: str
) -> AsyncIterator[AgentProgram]:
    """A program of its own, to be stopped; its calls may go on for a second."""
    settings = {**providers.settings, "OTKLIK_AGENT_DRAIN": "1", "OTKLIK_LIVEKIT_AGENT_NAME": "leaving"}
    async with agent_program(tmp_path, server, database, redis_url, settings) as running:
        yield running


async def test_a_program_that_is_told_to_stop_says_goodbye_first(
    leaving: AgentProgram, server: LiveKitServer, clinic: Clinic, providers: Providers
) -> None:
    async with phone(server, clinic.number, agent="leaving") as caller:
        await caller.status("active")
        await caller.hears()
        said = len(providers.mouth.said)
        ending = asyncio.create_task(leaving.end())
        await caller.is_over()
    assert await ending == 0, leaving.log
    assert "Всего доброго!" in providers.mouth.said[said:]
    ended = await clinic.ended()
    assert (ended.status, ended.ended_by, ended.end_reason) == (CallStatus.ENDED, EndedBy.BOT, "limit")


async def test_a_call_outlives_a_restart_of_the_media_server(
    agent: AgentProgram, server: LiveKitServer, clinic: Clinic
) -> None:
    async with phone(server, clinic.number) as caller:
        await caller.status("active")
        await caller.hears()
        server.kill()
        server.start()
        await until(agent.is_ready)
        await caller.hears(caller.heard + 0.5)  # the bot asks whether the caller is there
        assert (await clinic.call()).status is CallStatus.RUNNING
        await caller.hang_up()
    ended = await clinic.ended()
    assert (ended.status, ended.ended_by) == (CallStatus.ENDED, EndedBy.CALLER)
