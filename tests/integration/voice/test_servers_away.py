"""A server that is away in the middle of a call: a clear word, and nothing that was said is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.bots.models import Bot
from app.calls.models import CallStatus, TurnRole
from app.calls.recorder import Recorder
from app.calls.writing import Change
from app.db.migrating import migrate
from app.embedded.postgres import Postgres
from app.errors import ServiceUnavailable
from app.runtime import Runtime
from app.settings import LlmSettings
from app.voice.text import TextCalls
from tests.conftest import Servers, runtime_on
from tests.support.fake_openai import NEVER, Answer, fake_openai
from tests.support.records import record_of
from tests.support.servers import DatabaseUrls, create_database, server_home
from tests.support.talks import ORDER, SCENARIO
from tests.support.waiting import until
from tests.support.world import World, new_world

pytestmark = pytest.mark.integration


@asynccontextmanager
async def away(servers: Servers, database: DatabaseUrls) -> AsyncIterator[None]:
    """The database cuts every connection and takes no new ones."""
    admin = create_async_engine(
        make_url(servers.postgres.admin).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT"
    )
    try:
        async with admin.connect() as connection:
            await connection.execute(text(f'alter database "{database.name}" allow_connections false'))
            await connection.execute(
                text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"),
                {"name": database.name},
            )
            yield
            await connection.execute(text(f'alter database "{database.name}" allow_connections true'))
    finally:
        await admin.dispose()


async def test_a_turn_that_cannot_be_written_is_refused_and_can_be_said_again(
    own_rt: Runtime, own_database: DatabaseUrls, test_servers: Servers
) -> None:
    world = await new_world(own_rt)
    bot = await world.bot(slug="workshop", source=SCENARIO)
    calls = TextCalls(own_rt, llm=LlmSettings(base_url=None))
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    await calls.say(world.company_id, call_id, "часы")
    async with away(test_servers, own_database):
        for _ in range(2):
            with pytest.raises(ServiceUnavailable):
                await calls.say(world.company_id, call_id, "Ольга")
        with pytest.raises(ServiceUnavailable):
            await calls.start(world.company_id, bot.id, by=world.owner)
        with pytest.raises(ServiceUnavailable):
            await calls.hang_up(world.company_id, call_id)
    for line in ORDER[1:]:
        await calls.say(world.company_id, call_id, line)
    await calls.close()
    record = await record_of(own_rt, world.company_id, call_id)
    assert record.said[1:] == [
        "часы",
        "Хорошо, часы. Как вас зовут?",
        "Ольга",
        "Записываю: часы, Ольга. Всё верно?",
        "да",
        "Спасибо, до свидания!",
    ]
    assert len(record.jobs) == 2


async def test_a_call_does_not_need_redis(world: World, bot: Bot) -> None:
    nobody = Redis.from_url("redis://127.0.0.1:9", socket_connect_timeout=0.5)
    calls = TextCalls(replace(world.rt, redis=nobody), llm=LlmSettings(base_url=None))
    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    for line in ORDER:
        await calls.say(world.company_id, call_id, line)
    await calls.close()
    await nobody.aclose()
    assert (await record_of(world.rt, world.company_id, call_id)).call.end_reason == "end"


async def test_a_postgresql_that_restarts_in_the_middle_of_a_turn_loses_and_doubles_nothing(redis_url: str) -> None:
    with server_home() as home:
        postgres = Postgres(home, durable=False)
        await postgres.settle()
        await postgres.start()
        try:
            await _turn_through_a_restart(postgres, redis_url)
        finally:
            await postgres.stop()


async def _turn_through_a_restart(postgres: Postgres, redis_url: str) -> None:
    database = await create_database(postgres.roles)
    await migrate(database.owner, database.app)
    rt = runtime_on(database, redis_url)
    world = await new_world(rt)
    bot = await world.bot(slug="workshop", source=SCENARIO)
    async with fake_openai() as model:
        model.will(Answer(first_token=NEVER))
        never = timedelta(seconds=NEVER)
        calls = TextCalls(rt, llm=LlmSettings(base_url=model.url, first_token_timeout=never, total_timeout=never))
        call_id = await calls.start(world.company_id, bot.id, by=world.owner)
        turn = asyncio.ensure_future(calls.say(world.company_id, call_id, "часы"))

        async def is_thinking() -> bool:
            return bool(model.requests)

        await until(is_thinking)
        await postgres.stop()
        model.will(Answer(status=500))
        await model.stop()  # the model's answer breaks off: the script is to be written, and cannot be
        with pytest.raises(ServiceUnavailable):
            await turn
        await postgres.start()
        assert (await record_of(rt, world.company_id, call_id)).said == ["Мастерская, здравствуйте. Что чиним?"]
        for line in ORDER:
            await calls.say(world.company_id, call_id, line)
        await calls.close()
    record = await record_of(rt, world.company_id, call_id)
    assert record.said[1:] == [
        "часы",
        "Хорошо, часы. Как вас зовут?",
        "Ольга",
        "Записываю: часы, Ольга. Всё верно?",
        "да",
        "Спасибо, до свидания!",
    ]
    assert [event.seq for event in record.events] == list(range(1, len(record.events) + 1))
    assert [actor for actor, _ in record.jobs] == ["analyse_call", "announce_call"]
    await rt.close()


async def test_a_turn_whose_commit_came_through_unheard_is_not_doubled_when_it_is_said_again(
    world: World, bot: Bot, calls: TextCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Recorder.step

    async def unheard(self: Recorder, change: Change) -> None:
        await step(self, change)
        raise ConnectionResetError

    call_id = await calls.start(world.company_id, bot.id, by=world.owner)
    for line in ORDER:
        with monkeypatch.context() as cut:
            cut.setattr(Recorder, "step", unheard)
            with pytest.raises(ServiceUnavailable):
                await calls.say(world.company_id, call_id, line)
        await calls.say(world.company_id, call_id, line)
    record = await record_of(world.rt, world.company_id, call_id)
    assert [turn.text for turn in record.turns if turn.role is TurnRole.CALLER] == list(ORDER)
    assert (record.call.status, record.call.end_reason) == (CallStatus.ENDED, "end")
    assert len(record.jobs) == 2
