"""How spoken calls begin, or do not: nothing is left behind of a call that could not begin."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from livekit.agents import Agent, AgentSession
from sqlalchemy import func, select

from app.bots.models import Bot
from app.bots.voice import BotVoice
from app.calls.models import Call, CallStatus, Channel, Direction
from app.errors import Forbidden, NoVoice, TooManyCalls
from app.settings import CallSettings, LlmSettings
from app.tenants.models import Role
from app.voice.providers.speech import Speech
from app.voice.spoken import Incoming, SpokenCalls
from tests.support.hearing import Ears
from tests.support.records import record_of
from tests.support.scenes import Detector, Line, Source, Speaker, Voice
from tests.support.talks import SCENARIO
from tests.support.world import World

pytestmark = [pytest.mark.voice, pytest.mark.integration]


@dataclass(frozen=True)
class Borrowed(Speech):
    """Speech that tells whether it was given back."""

    given_back: asyncio.Event = field(default_factory=asyncio.Event)

    async def aclose(self) -> None:
        self.given_back.set()


class Deaf(Source):
    """Nothing to hear with."""

    async def speech(
        self, company_id: UUID, voice: BotVoice, *, language: str, languages: Sequence[str], keyterms: Sequence[str]
    ) -> Speech:
        raise NoVoice(missing="stt")


class BrokenLine(Line):
    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        raise ConnectionError("the room is gone")


@pytest.fixture
async def bot(world: World) -> Bot:
    return await world.bot(slug="workshop", source=SCENARIO)


@pytest.fixture
def speech() -> Borrowed:
    names = {"stt": "test/ears", "tts": "test/voice"}
    return Borrowed(Ears(), Voice(0), Detector(), names, "test")


def calls_of(world: World, source: Source, *, most: int = 100) -> SpokenCalls:
    return SpokenCalls(world.rt, llm=LlmSettings(base_url=None), calls=CallSettings(max_running=most), speech=source)


def incoming(world: World, bot: Bot) -> Incoming:
    return Incoming(world.company_id, bot.id, Direction.INBOUND, Channel.WEB)


async def test_a_call_keeps_how_it_came_and_what_it_was_heard_with(world: World, bot: Bot, speech: Borrowed) -> None:
    calls = calls_of(world, Source(speech))
    line = Line(Channel.PHONE, Speaker())
    came = replace(
        incoming(world, bot),
        channel=Channel.PHONE,
        caller_number="+79161234567",
        called_number="+74951234567",
        room="r-1",
        call_id=world.rt.ids(),
    )
    talk = await calls.start(came, line)
    call = (await record_of(world.rt, world.company_id, talk.recorder.call_id)).call
    assert (call.id, call.channel, call.direction) == (came.call_id, Channel.PHONE, Direction.INBOUND)
    assert (call.caller_number, call.called_number, call.room) == ("+79161234567", "+74951234567", "r-1")
    assert call.voice == {"stt": "test/ears", "tts": "test/voice"}
    await calls.close()
    call = (await record_of(world.rt, world.company_id, talk.recorder.call_id)).call
    assert call.status is CallStatus.INTERRUPTED, "nobody else can go on with the line"
    assert line.hung_up_at is not None
    assert speech.given_back.is_set()


async def test_a_call_beyond_the_limit_leaves_nothing_behind(world: World, bot: Bot, speech: Borrowed) -> None:
    calls = calls_of(world, Source(speech), most=1)
    first = await calls.start(incoming(world, bot), Line(Channel.WEB, Speaker()))
    refused, line = replace(speech, given_back=asyncio.Event()), Line(Channel.WEB, Speaker())
    calls._source = Source(refused)
    with pytest.raises(TooManyCalls):
        await calls.start(incoming(world, bot), line)
    assert refused.given_back.is_set()
    assert line.hung_up_at is None, "whoever has the line says why"
    assert not first.over
    await calls.close()


async def test_a_bot_that_cannot_hear_takes_no_call(world: World, bot: Bot, speech: Borrowed) -> None:
    calls = calls_of(world, Deaf(speech))
    with pytest.raises(NoVoice):
        await calls.start(incoming(world, bot), Line(Channel.WEB, Speaker()))
    async with world.rt.db.tenant(world.company_id) as db:
        assert await db.scalar(select(func.count()).select_from(Call)) == 0
    await calls.close()


async def test_only_those_who_may_try_a_bot_talk_to_it(world: World, bot: Bot, speech: Borrowed) -> None:
    calls = calls_of(world, Source(speech))
    viewer = await world.member(Role.VIEWER)
    with pytest.raises(Forbidden):
        await calls.start(replace(incoming(world, bot), by=viewer), Line(Channel.WEB, Speaker()))
    await calls.close()


async def test_a_line_that_breaks_before_the_first_word_leaves_a_failed_call(
    world: World, bot: Bot, speech: Borrowed
) -> None:
    calls, line = calls_of(world, Source(speech)), BrokenLine(Channel.WEB, Speaker())
    came = replace(incoming(world, bot), call_id=world.rt.ids())
    with pytest.raises(ConnectionError):
        await calls.start(came, line)
    assert came.call_id is not None
    record = await record_of(world.rt, world.company_id, came.call_id)
    assert record.call.status is CallStatus.FAILED
    assert speech.given_back.is_set()
    await calls.close()
