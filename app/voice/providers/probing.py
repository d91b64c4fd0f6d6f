"""A real round trip with each provider: what the doctor and the providers' page show."""

from __future__ import annotations

import asyncio
import time
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

from livekit import rtc
from livekit.agents import APIConnectOptions, stt

from app.bots import queries as bots
from app.bots.voice import BotVoice, Choice
from app.bots.voicing import voice_of
from app.errors import NoVoice
from app.voice.providers.catalogue import PARTS, PROVIDERS, Part, chain_of
from app.voice.providers.causes import Silent, cause_of
from app.voice.providers.choosing import Chosen
from app.voice.providers.loading import load
from app.voice.providers.making import Making
from app.voice.providers.model import Message, ModelFailed
from app.voice.providers.plugins import Hearing
from app.voice.providers.source import ConfiguredSpeech
from app.voice.providers.voices import spoken_frames

LIMIT = 15.0
"""Seconds a provider may take for all of it."""
SAMPLES = Path(__file__).parent / "samples"
SENTENCES = {"ru": "Здравствуйте! Проверка голоса.", "en": "Hello! This is a test of the voice."}
HI = Message("user", "Say hi.")


@dataclass(frozen=True)
class Probe:
    """How one provider did. `cause` is one of ModelFailed's, `silent`, or `not_installed`; None: it works."""

    part: Part
    name: str
    own_key: bool
    first_ms: int | None
    """To the first word, sound or token after everything was sent."""
    cause: str | None = None

    @property
    def ok(self) -> bool:
        return self.cause is None


async def probe(source: ConfiguredSpeech, part: Part, one: Chosen, language: str, *, limit: float = LIMIT) -> Probe:
    """Asks the provider for the least it can do. Never raises for what the provider does."""
    await load()
    language = language if language in SENTENCES else "en"
    first = _First()
    cause: str | None = None
    try:
        async with asyncio.timeout(limit):
            await {"stt": _hear, "tts": _speak, "llm": _think}[part](source, one, language, first)
    except ModelFailed as error:
        cause = error.cause
    except NoVoice:
        cause = "not_installed"
    except Exception as error:  # noqa: BLE001  # plugins raise what their libraries raise; all of it is the finding
        cause = cause_of(error)
    if cause is None and first.ms is None:
        cause = "silent"
    return Probe(part, one.name, one.given.own, first.ms if cause is None else None, cause)


async def probe_all(
    source: ConfiguredSpeech, chains: Sequence[tuple[Part, Sequence[Chosen]]], language: str, *, limit: float = LIMIT
) -> list[Probe]:
    """Every provider of the chains once, one after the other: what is measured is not what the others cost."""
    seen: dict[tuple[object, ...], Probe] = {}
    for part, chain in chains:
        for one in chain:
            key = (part, one.name, one.choice.voice, one.given.own)
            if key not in seen:
                seen[key] = await probe(source, part, one, language, limit=limit)
    return list(seen.values())


async def probe_used(
    source: ConfiguredSpeech, company_id: UUID, language: str, *, provider: str | None = None, limit: float = LIMIT
) -> list[Probe]:
    """Every model that the platform's chains and the company's bots use; of one provider its defaults too, where
    nobody uses it. Raises SettingsInvalid, SealBroken."""
    async with source.rt.db.tenant(company_id) as db:
        voices = [voice_of(bot) for bot in await db.scalars(bots.bots())]
    own = await source.own(company_id)
    chains: list[tuple[Part, Sequence[Chosen]]] = []
    for part in PARTS:
        if provider is None:
            chains += [
                (part, source.platform.chain(part, chain_of(voice, part), own)) for voice in [BotVoice(), *voices]
            ]
        elif part in PROVIDERS[provider].models:
            chains.append((part, source.platform.chain(part, _of(source, provider, part, voices), own)))
    return await probe_all(source, chains, language, limit=limit)


def _of(source: ConfiguredSpeech, provider: str, part: Part, voices: Sequence[BotVoice]) -> list[Choice]:
    chosen = [choice for voice in voices for choice in chain_of(voice, part)]
    every = dict.fromkeys([*source.platform.defaults(part), *chosen])
    return [choice for choice in every if choice.provider == provider] or [Choice(provider=provider)]


class _First:
    """The clock from the last thing sent to the first thing that came."""

    def __init__(self) -> None:
        self._sent = time.perf_counter()
        self.ms: int | None = None

    def sent(self) -> None:
        self._sent = time.perf_counter()

    def came(self) -> None:
        if self.ms is None:
            self.ms = round((time.perf_counter() - self._sent) * 1000)


async def _hear(source: ConfiguredSpeech, one: Chosen, language: str, first: _First) -> None:
    async with _making(source) as making:
        plugin = await making.ear(one, Hearing(language, (language,)))
        options = APIConnectOptions(max_retry=0, timeout=LIMIT)
        async with plugin.stream(conn_options=options) as stream:
            for frame in sample(language):
                stream.push_frame(frame)
            stream.end_input()
            first.sent()
            async for event in stream:
                if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT and event.alternatives[0].text.strip():
                    first.came()
                    return
    raise Silent


async def _speak(source: ConfiguredSpeech, one: Chosen, language: str, first: _First) -> None:
    async with _making(source) as making:
        plugin = await making.mouth(one, language, 1.0)
        first.sent()
        async with aclosing(spoken_frames(plugin, SENTENCES[language], LIMIT)) as frames:
            async for _ in frames:
                first.came()


async def _think(source: ConfiguredSpeech, one: Chosen, language: str, first: _First) -> None:  # noqa: ARG001
    model = source.language_model(one)
    try:
        first.sent()
        async with aclosing(model.stream([HI])) as pieces:
            async for _ in pieces:
                first.came()
    finally:
        await model.close()


@asynccontextmanager
async def _making(source: ConfiguredSpeech) -> AsyncIterator[Making]:
    making = await source.making()
    try:
        yield making
    finally:
        await making.close()


@cache
def _recorded(language: str) -> tuple[bytes, int]:
    with wave.open(str(SAMPLES / f"{language}.wav")) as file:
        return file.readframes(file.getnframes()), file.getframerate()


def sample(language: str) -> list[rtc.AudioFrame]:
    """Somebody says goodbye, and is silent for a second."""
    sound, rate = _recorded(language)
    size = rate // 50 * 2
    sound += bytes(2 * rate)
    return [
        rtc.AudioFrame(sound[at : at + size], rate, 1, size // 2)
        for at in range(0, len(sound) - len(sound) % size, size)
    ]
