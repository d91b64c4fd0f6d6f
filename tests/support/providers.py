"""Calls' speech with fakes of the providers: what is played, what is heard, what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from livekit import rtc
from livekit.agents import stt

from app.bots.voice import BotVoice
from app.settings import LlmSettings, ProviderSettings
from app.voice.providers.chain import Limits
from app.voice.providers.source import ConfiguredSpeech
from app.voice.providers.speech import Speech, Trouble
from tests.support.fake_cartesia import FakeCartesia, fake_cartesia
from tests.support.fake_deepgram import FakeDeepgram, fake_deepgram
from tests.support.fake_openai import FakeOpenAI, fake_openai
from tests.support.waiting import LONG
from tests.support.world import World

RATE = 16_000
PATIENT = Limits(first=LONG, last=LONG, deaf=LONG)
"""Nobody is ever slow."""


def sound(seconds: float, *, loud: bool) -> list[rtc.AudioFrame]:
    """Frames of 20 ms, of a voice-like tone or of silence."""
    size = RATE // 50
    time = np.arange(size) / RATE
    wave = (9000 * np.sin(2 * np.pi * 200 * time)).astype("<i2") if loud else np.zeros(size, dtype="<i2")
    return [rtc.AudioFrame(wave.tobytes(), RATE, 1, size) for _ in range(round(seconds * 50))]


UTTERANCE = [*sound(0.6, loud=True), *sound(0.4, loud=False)]
"""One thing said, and the silence after it."""


@dataclass
class Providers:
    """The fakes of every provider, and a source that knows them. Keys of the platform are called after it."""

    world: World
    deepgram: FakeDeepgram
    cartesia: FakeCartesia
    openai: FakeOpenAI
    troubles: list[Trouble] = field(default_factory=list)

    def source(self, *, limits: Limits = PATIENT, **settings: object) -> ConfiguredSpeech:
        """With `settings` in place of what is usual here."""
        usual: dict[str, object] = {
            "deepgram_url": self.deepgram.url,
            "deepgram_api_key": "platform-deepgram",
            "cartesia_url": self.cartesia.url,
            "cartesia_api_key": "platform-cartesia",
            "openai_url": self.openai.url,
            "openai_api_key": "platform-openai",
            "stt": "deepgram/nova-3",
            "tts": "cartesia/sonic-2",
        }
        providers = ProviderSettings.model_validate({**usual, **settings})
        source = ConfiguredSpeech(self.world.rt, providers=providers, llm=LlmSettings(base_url=None))
        source.limits = limits
        return source

    @asynccontextmanager
    async def speech(
        self,
        *,
        limits: Limits = PATIENT,
        voice: BotVoice | None = None,
        languages: Sequence[str] = ("ru",),
        keyterms: Sequence[str] = (),
        source: ConfiguredSpeech | None = None,
        **settings: object,
    ) -> AsyncIterator[Speech]:
        """What a call of the company would hear and speak with."""
        made = await (source or self.source(limits=limits, **settings)).speech(
            self.world.company_id, voice or BotVoice(), language=languages[0], languages=languages, keyterms=keyterms
        )
        made.watchers.append(self.troubles.append)
        try:
            yield made
        finally:
            await made.aclose()

    @property
    def causes(self) -> list[tuple[str, str, str | None]]:
        """Who failed, why, and who went on."""
        return [(trouble.provider, trouble.cause, trouble.taken_over_by) for trouble in self.troubles]


@asynccontextmanager
async def providers(world: World) -> AsyncIterator[Providers]:
    """Every fake, running."""
    async with fake_deepgram() as deepgram, fake_cartesia() as cartesia, fake_openai() as openai:
        yield Providers(world, deepgram, cartesia, openai)


class Listener:
    """A call's ears at work: what is played into them, and what comes out."""

    def __init__(self, stream: stt.RecognizeStream) -> None:
        self._stream = stream
        self.finals: list[str] = []
        self.events: list[stt.SpeechEvent] = []
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self._stream:
            async with self._news:
                self.events.append(event)
                if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                    self.finals.append(event.alternatives[0].text)
                self._news.notify_all()

    def play(self, frames: Sequence[rtc.AudioFrame]) -> None:
        for frame in frames:
            self._stream.push_frame(frame)

    async def until_heard(self, count: int) -> list[str]:
        """Final transcripts, once there are so many. Raises TimeoutError, and what ended the listening."""
        async with asyncio.timeout(LONG):
            heard = asyncio.create_task(self._heard(count))
            await asyncio.wait((heard, self._reading), return_when=asyncio.FIRST_COMPLETED)
            if not heard.done():
                heard.cancel()
                await self._reading
            return self.finals

    async def until_over(self) -> None:
        """Raises what ended the listening."""
        async with asyncio.timeout(LONG):
            await self._reading

    async def _heard(self, count: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: len(self.finals) >= count)

    async def close(self) -> None:
        await self._stream.aclose()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


@asynccontextmanager
async def listening(speech: Speech) -> AsyncIterator[Listener]:
    listener = Listener(speech.stt.stream())
    try:
        yield listener
    finally:
        await listener.close()


async def said(speech: Speech, text: str) -> tuple[float, str | None]:
    """Seconds of sound for a sentence, and whose voice it was. Raises what livekit raises."""
    async with asyncio.timeout(LONG):
        stream = speech.tts.synthesize(text)
        async with stream:
            seconds = sum([audio.frame.duration async for audio in stream])
    return seconds, getattr(stream, "served_by", None)
