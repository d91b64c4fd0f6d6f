"""One call's voice: replies are spoken sentence by sentence, and what was rendered before is not synthesised again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

from livekit import rtc
from livekit.agents import APIConnectionError, APIError, tts
from livekit.agents.utils import aio

from app.bots.voice import BotVoice
from app.scenario.compiled import CompiledScenario
from app.voice.providers.speech import Speech
from app.voice.speech.cache import Sound, SpeechCache, key_of
from app.voice.speech.fixed import fixed_sentences
from app.voice.speech.sentences import Splitter

FRAME = 0.02
"""Seconds of a frame of rendered speech."""

AT_ONCE = 2
"""Sentences in the making: the one that is being spoken and the next, which then follows without a gap."""

_TURNS = 50
"""Frames of rendered speech that are handed over before others have their turn on the event loop."""


def as_written(text: str, language: str) -> str:  # noqa: ARG001  # the shape of `spoken`
    """The words as they are."""
    return text


def mouth_of(
    speech: Speech, voice: BotVoice, cache: SpeechCache, company_id: UUID, scenario: CompiledScenario
) -> Mouth:
    """The mouth of a bot's call. What prepares speech ahead uses the same one, so that keys agree."""
    del voice
    return Mouth(
        speech.tts,
        cache,
        company_id=company_id,
        voice_key=speech.voice_key,
        language=scenario.language,
        fixed=fixed_sentences(scenario),
    )


class Mouth:
    """Speaks with `voice`, which it does not close. Sentences of `fixed` (per language) are kept once rendered.

    spoken: the words as they are to be pronounced, of a sentence and its language.
    """

    def __init__(
        self,
        voice: tts.TTS[Any],  # Any: the type of events nobody listens to
        cache: SpeechCache,
        *,
        company_id: UUID,
        voice_key: str,
        language: str,
        fixed: Mapping[str, Sequence[str]],
        spoken: Callable[[str, str], str] = as_written,
    ) -> None:
        self.language = language
        """Of what is said from now on."""
        self._voice = voice
        self._cache = cache
        self._company_id = company_id
        self._voice_key = voice_key
        self._fixed = {one: frozenset(sentences) for one, sentences in fixed.items()}
        self._spoken = spoken
        self._doubt: str | None = None
        self._told: list[tuple[str, float]] = []
        # A chain whose first provider failed goes on in another voice, or in the middle of a sentence: such sound is
        # for this call only. A provider's own failures are not told by the chain, so its links are asked too.
        voice.on("tts_availability_changed", self._on_change)
        for link in (voice, *getattr(voice, "_tts_instances", ())):
            link.on("error", self._on_error)

    # Speaking

    async def frames(self, text: AsyncIterable[str]) -> AsyncGenerator[rtc.AudioFrame, None]:
        """The sound of a reply, as fast as it can be had. Raises APIError when it cannot be synthesised."""
        self._told = told = []
        pieces = aio.Chan[_Piece]()
        room = asyncio.Semaphore(AT_ONCE)
        making: set[_Piece] = set()

        async def begin(sentence: str) -> None:
            await room.acquire()
            piece = _Piece(sentence, await self._sound_of(sentence, self.language))
            making.add(piece)
            pieces.send_nowait(piece)

        reading = asyncio.create_task(_read(text, begin), name="sentences of a reply")
        reading.add_done_callback(lambda _: pieces.close())
        try:
            async for piece in pieces:
                told.append((piece.sentence, 0.0))
                seconds = 0.0
                async for frame in piece.made:
                    seconds += frame.duration
                    told[-1] = (piece.sentence, seconds)
                    yield frame
                await piece.task  # raises what it raised
                making.discard(piece)
                room.release()
            await reading
        finally:
            tasks = (reading, *(piece.task for piece in making))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def heard(self, seconds: float) -> str:
        """The words of the last reply that were out after so many seconds of its sound."""
        words: list[str] = []
        for sentence, length in self._told:
            if seconds >= length > 0:
                words.append(sentence)
                seconds -= length
                continue
            share = seconds / length if length else 0.0
            words.append(sentence[: int(len(sentence) * share)].rpartition(" ")[0])
            break
        return " ".join(words).strip()

    # Making ready

    async def make_ready(self, sentence: str, language: str) -> None:
        """Sees to it that a fixed sentence is in the files. Raises APIError, OSError; then nothing was kept."""
        key = self.key(sentence, language)
        if await self._cache.find(self._company_id, key) is not None:
            return
        gathered = _Gathered(self._voice)
        async for frame in self._synthesised(self._spoken(sentence, language)):
            gathered.add(frame)
        sound = self._trusted(gathered)
        if sound is None:
            raise APIConnectionError(self._doubt or "no sound that can be kept")
        await self._cache.keep(self._company_id, key, sound)

    def key(self, sentence: str, language: str) -> str:
        """What the sound of a fixed sentence is kept under."""
        return key_of(self._voice_key, self._voice.sample_rate, self._spoken(sentence, language))

    # One sentence

    async def _sound_of(self, sentence: str, language: str) -> AsyncGenerator[rtc.AudioFrame, None]:
        """Looks before anything begins, so that sentences are asked for in their order."""
        if sentence not in self._fixed.get(language, ()):
            return self._synthesised(self._spoken(sentence, language))
        known = await self._cache.find(self._company_id, self.key(sentence, language))
        return self._remembered(sentence, language) if known is None else _rendered(known)

    async def _remembered(self, sentence: str, language: str) -> AsyncGenerator[rtc.AudioFrame, None]:
        gathered = _Gathered(self._voice)
        async with aclosing(self._synthesised(self._spoken(sentence, language))) as frames:
            async for frame in frames:
                gathered.add(frame)
                yield frame
        if (sound := self._trusted(gathered)) is not None:
            self._cache.remember(self._company_id, self.key(sentence, language), sound)

    async def _synthesised(self, text: str) -> AsyncGenerator[rtc.AudioFrame, None]:
        try:
            if self._voice.capabilities.streaming:
                async with self._voice.stream() as stream:
                    stream.push_text(text)
                    stream.end_input()
                    async for audio in stream:
                        yield audio.frame
            else:
                async with self._voice.synthesize(text) as whole:
                    async for audio in whole:
                        yield audio.frame
        except APIError:
            raise
        except Exception as error:
            raise APIConnectionError(f"speech could not be synthesised: {type(error).__name__}") from error

    def _trusted(self, gathered: _Gathered) -> Sound | None:
        return None if self._doubt is not None else gathered.sound()

    def _on_error(self, event: tts.TTSError) -> None:
        self._doubt = self._doubt or type(event.error).__name__

    def _on_change(self, event: tts.AvailabilityChangedEvent) -> None:
        if not event.available:
            self._doubt = self._doubt or "a provider failed"


class _Piece:
    """One sentence in the making."""

    def __init__(self, sentence: str, frames: AsyncGenerator[rtc.AudioFrame, None]) -> None:
        self.sentence = sentence
        self.made = aio.Chan[rtc.AudioFrame]()
        self._frames = frames
        self.task = asyncio.create_task(self._make(), name="a sentence of a reply")

    async def _make(self) -> None:
        try:
            async with aclosing(self._frames) as frames:
                async for frame in frames:
                    self.made.send_nowait(frame)
        finally:
            self.made.close()


class _Gathered:
    """The samples of a sentence while it is spoken."""

    def __init__(self, voice: tts.TTS[Any]) -> None:
        self._rate = voice.sample_rate
        self._samples = bytearray()
        self._fits = voice.num_channels == 1

    def add(self, frame: rtc.AudioFrame) -> None:
        self._fits = self._fits and frame.sample_rate == self._rate and frame.num_channels == 1
        self._samples += frame.data.cast("B")

    def sound(self) -> Sound | None:
        """None when there was none, or not of the kind that is kept."""
        return Sound(self._rate, bytes(self._samples)) if self._fits and self._samples else None


async def _read(text: AsyncIterable[str], begin: Callable[[str], Awaitable[None]]) -> None:
    splitter = Splitter()
    async for piece in text:
        for sentence in splitter.push(piece):
            await begin(sentence)
    for sentence in splitter.end():
        await begin(sentence)


async def _rendered(sound: Sound) -> AsyncGenerator[rtc.AudioFrame, None]:
    size = 2 * round(sound.rate * FRAME)
    for number, start in enumerate(range(0, len(sound.samples), size), start=1):
        samples = sound.samples[start : start + size]
        yield rtc.AudioFrame(samples, sound.rate, 1, len(samples) // 2)
        if number % _TURNS == 0:
            await asyncio.sleep(0)
