"""What a bot always says the same is rendered after a publish: once, again after a failure, as long as it is needed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.bots import drafting, publishing, queries
from app.bots.models import Bot
from app.bots.voice import BotVoice
from app.bots.voicing import change_voice
from app.db.base import new_id
from app.db.outbox import OutboxRow
from app.errors import NotFound, NoVoice
from app.scenario.config_loader import load
from app.voice.providers.chain import Chain, Limits, Member, Rest
from app.voice.providers.model import Model
from app.voice.providers.speech import Speech
from app.voice.providers.voices import Plugin, Voices
from app.voice.speech.cache import KIND, SpeechCache
from app.voice.speech.fixed import fixed_sentences
from app.voice.speech.mouth import mouth_of
from app.voice.speech.plans import KEPT, Rendered, rendered
from app.voice.speech.prepare import prepare
from tests.support.pitches import Pitches
from tests.support.speaking import FakeVoice
from tests.support.talks import SCENARIO
from tests.support.waiting import LONG, until
from tests.support.world import World, new_world

pytestmark = [pytest.mark.voice, pytest.mark.integration]

SENTENCES = fixed_sentences(load(SCENARIO, "x.yaml"))["ru"]


class Source:
    """A chain of one voice, or of two; it notes the voices of bots it was asked for."""

    def __init__(self, *voices: FakeVoice, there: bool = True) -> None:
        self.voices = voices or (FakeVoice(),)
        self.there = there
        self.asked: list[BotVoice] = []

    @property
    def said(self) -> list[str]:
        return self.voices[0].asked

    async def speech(
        self, company_id: UUID, voice: BotVoice, *, language: str, languages: Sequence[str], keyterms: Sequence[str]
    ) -> Speech:
        self.asked.append(voice)
        if not self.there:
            raise NoVoice(missing="tts")
        usual = await Pitches(()).speech(company_id, voice, language=language, languages=languages, keyterms=keyterms)
        members: list[Member[Plugin]] = [
            Member(f"fake/{number}", one, number) for number, one in enumerate(self.voices)
        ]
        chain = Chain("tts", members, rest=Rest(), watchers=usual.watchers)
        return replace(
            usual,
            tts=Voices(chain, Limits(first=LONG, last=LONG)),
            names={"stt": "fake/0", "tts": "fake/0"},
            voice_key=f"fake:{voice.speed}",
        )

    async def model(self, company_id: UUID, voice: BotVoice) -> Model | None:
        return None


@pytest.fixture
async def bot(world: World) -> Bot:
    return await world.bot(slug="workshop", source=SCENARIO)


async def state(world: World, bot: Bot) -> Rendered:
    return await rendered(world.rt, world.company_id, bot.id)


def sounds(world: World) -> list[Path]:
    return world.rt.files.names(world.company_id, KIND)


async def publish(world: World, bot: Bot, source: str) -> int:
    """Makes another version live; its number."""
    checked = await drafting.checked_source(source, "workshop.yaml")
    async with world.rt.db.tenant(world.company_id) as db:
        config = await drafting.save_draft(db, bot.id, checked, by=world.owner, at=world.rt.clock())
        await publishing.publish(db, bot.id, config.version, checked, by=world.owner, at=world.rt.clock())
    return config.version


async def test_a_publish_asks_for_its_speech_and_waits_for_none(world: World, bot: Bot) -> None:
    async with world.rt.db.tenant(world.company_id) as db:
        asked = [(row.actor, row.args) for row in await db.scalars(select(OutboxRow))]
    assert asked == [("prepare_speech", {"bot_id": str(bot.id), "version": 1})]
    assert await state(world, bot) == Rendered()


async def test_everything_fixed_is_rendered_once_two_at_a_time(world: World, bot: Bot) -> None:
    voice = FakeVoice()
    source = Source(voice)
    voice.may_speak.clear()
    work = asyncio.create_task(prepare(world.rt, world.company_id, bot.id, 1, source=source))

    async def two_at_work() -> bool:
        return voice.at_work == 2

    await until(two_at_work)
    voice.may_speak.set()
    assert await work == 0
    assert sorted(source.said) == sorted(SENTENCES)
    assert voice.most_at_work == 2
    assert await state(world, bot) == Rendered(len(SENTENCES), len(SENTENCES), 1)
    again = Source()
    assert await prepare(world.rt, world.company_id, bot.id, 1, source=again) == 0
    assert again.said == []


async def test_a_call_then_speaks_without_the_provider(world: World, bot: Bot) -> None:
    await prepare(world.rt, world.company_id, bot.id, 1, source=Source())
    caller = Source()
    speech = await caller.speech(world.company_id, BotVoice(), language="ru", languages=("ru",), keyterms=())
    cache = SpeechCache(world.rt.files)
    mouth = mouth_of(speech, BotVoice(), cache, world.company_id, load(SCENARIO, "x.yaml"))

    async def reply() -> AsyncIterator[str]:
        yield "Мастерская, здравствуйте. Что чиним?"

    assert [frame async for frame in mouth.frames(reply())]
    assert caller.said == []
    await speech.aclose()


async def test_what_a_provider_refuses_comes_again_and_says_why(world: World, bot: Bot) -> None:
    voice = FakeVoice()
    voice.fails.add(SENTENCES[0])
    missing = await prepare(world.rt, world.company_id, bot.id, 1, source=Source(voice))
    found = await state(world, bot)
    assert missing == len(SENTENCES) - found.ready > 0
    assert (found.by, found.cause) == ("fake/0", "unreachable")
    rest = FakeVoice()
    rest.fails.add(SENTENCES[0])
    assert await prepare(world.rt, world.company_id, bot.id, 1, source=Source(rest)) == 1
    assert SENTENCES[0] in rest.asked[-2:], "what failed last comes last, and holds nothing up"
    healed = FakeVoice()
    assert await prepare(world.rt, world.company_id, bot.id, 1, source=Source(healed)) == 0
    assert healed.asked == [SENTENCES[0]]
    assert await state(world, bot) == Rendered(len(SENTENCES), len(SENTENCES), 1)


async def test_the_voice_of_a_substitute_is_not_kept(world: World, bot: Bot) -> None:
    first, substitute = FakeVoice(), FakeVoice()
    first.fails.update(SENTENCES)
    assert await prepare(world.rt, world.company_id, bot.id, 1, source=Source(first, substitute)) > 0
    assert sounds(world) == []
    found = await state(world, bot)
    assert (found.by, found.cause) == ("fake/0", "unreachable")


async def test_a_full_disk_is_said(world: World, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    write = type(world.rt.files).write

    async def full(files: object, to: Path, data: bytes) -> None:
        if KIND in to.parts:
            raise OSError(28, os.strerror(28))
        await write(world.rt.files, to, data)

    monkeypatch.setattr(type(world.rt.files), "write", full)
    assert await prepare(world.rt, world.company_id, bot.id, 1, source=Source()) == len(SENTENCES)
    found = await state(world, bot)
    assert (found.by, found.cause) == ("disk", "broken")


async def test_a_try_that_is_cut_short_or_out_of_time_is_gone_on_with(world: World, bot: Bot) -> None:
    work = asyncio.create_task(prepare(world.rt, world.company_id, bot.id, 1, source=Source()))

    async def begun() -> bool:
        return len(sounds(world)) > 1

    await until(begun)
    work.cancel()
    await asyncio.wait([work])
    ready = (await state(world, bot)).ready
    assert ready > 1
    assert await prepare(world.rt, world.company_id, bot.id, 1, source=Source(), seconds=0) > 0
    assert await prepare(world.rt, world.company_id, bot.id, 1, source=Source(), enough=lambda: True) > 0
    rest = Source()
    assert await prepare(world.rt, world.company_id, bot.id, 1, source=rest) == 0
    assert len(rest.said) <= len(SENTENCES) - ready


async def test_another_voice_is_rendered_anew_and_the_old_one_goes_when_nobody_wants_it(world: World, bot: Bot) -> None:
    await prepare(world.rt, world.company_id, bot.id, 1, source=Source())
    first = {path.name for path in sounds(world)}
    async with world.rt.db.tenant(world.company_id) as db:
        (await queries.bot(db, bot.id)).voice = BotVoice(speed=1.2).model_dump(mode="json")
    source = Source()
    await prepare(world.rt, world.company_id, bot.id, 1, source=source)
    assert source.asked == [BotVoice(speed=1.2)]
    assert len(source.said) == len(SENTENCES)
    assert first < {path.name for path in sounds(world)}, "a voice put back within a week is there at once"
    for path in sounds(world):
        os.utime(path, times=(0, time.time() - (KEPT + timedelta(hours=1)).total_seconds()))
    await prepare(world.rt, world.company_id, bot.id, 1, source=Source())
    assert len(sounds(world)) == len(SENTENCES)
    assert first.isdisjoint(path.name for path in sounds(world))


async def test_what_the_bots_voice_adds_is_rendered_too(world: World, bot: Bot) -> None:
    voice = BotVoice(notice="Звонок пишется.", stress={"мастерская": "мастерск+ая"})
    async with world.rt.db.tenant(world.company_id) as db:
        await change_voice(db, bot.id, voice, by=world.owner, at=world.rt.clock())
    source = Source()
    assert await prepare(world.rt, world.company_id, bot.id, 1, source=source) == 0
    assert {"Звонок пишется.", "мастерска\u0301я, здравствуйте."} <= set(source.said)
    async with world.rt.db.tenant(world.company_id) as db:
        jobs = [row.actor for row in await db.scalars(select(OutboxRow))]
    assert jobs == ["prepare_speech"] * 2, "after the publish and after the change"


async def test_tidying_leaves_the_speech_of_other_bots_alone(world: World, bot: Bot) -> None:
    other = await world.bot(slug="other", source=SCENARIO.replace("Мастерская, здравствуйте", "Ателье, здравствуйте"))
    for one in (bot, other):
        await prepare(world.rt, world.company_id, one.id, 1, source=Source())
    for path in sounds(world):
        os.utime(path, times=(0, 0))
    version = await publish(world, bot, SCENARIO.replace("Мастерская, здравствуйте", "Салон, здравствуйте"))
    assert await prepare(world.rt, world.company_id, bot.id, version, source=Source()) == 0
    for one in (bot, other):
        found = await state(world, one)
        assert found.ready == found.total == len(SENTENCES)
    assert len(sounds(world)) == len(SENTENCES) + 1, "one greeting is gone, two are left"


async def test_a_version_that_is_replaced_and_a_bot_without_a_voice_need_nothing(world: World, bot: Bot) -> None:
    source = Source()
    version = await publish(world, bot, SCENARIO + "\n")
    assert await prepare(world.rt, world.company_id, bot.id, version - 1, source=source) == 0
    assert source.asked == []
    assert await prepare(world.rt, world.company_id, bot.id, version, source=Source(there=False)) == 0
    assert sounds(world) == []


async def test_another_companys_bot_is_not_found(world: World, bot: Bot) -> None:
    other = await new_world(world.rt)
    with pytest.raises(NotFound):
        await prepare(world.rt, other.company_id, bot.id, 1, source=Source())
    assert await rendered(world.rt, other.company_id, bot.id) == Rendered()
    with pytest.raises(NotFound):
        await prepare(world.rt, world.company_id, new_id(), 1, source=Source())
