"""One call's voice: replies are spoken sentence by sentence, and what was rendered before is not synthesised again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
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
from app.voice.speech.sentences import Splitter, split
from app.voice.spoken_text import speakable

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
    fixed = dict(fixed_sentences(scenario))
    fixed[scenario.language] = (*split(voice.notice), *fixed[scenario.language])
    return Mouth(
        speech.tts,
        cache,
        company_id=company_id,
        voice_key=speech.voice_key,
        served_by=speech.names.get("tts"),
        language=scenario.language,
        fixed=fixed,
        spoken=partial(speakable, stress=voice.stress),
    )


class Mouth:
    """Speaks with `voice`, which it does not close. Sentences of `fixed` (per language) are kept once rendered.

    served_by: whose sound may be kept, when `voice` is a chain that may go on with another provider's.
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
        served_by: str | None = None,
        spoken: Callable[[str, str], str] = as_written,
    ) -> None:
        self.language = language
        """Of what is said from now on."""
        self.fixed = {one: tuple(dict.fromkeys(sentences)) for one, sentences in fixed.items()}
        """What is kept, per language, in about the order in which a call needs it."""
        self._voice = voice
        self._cache = cache
        self._company_id = company_id
        self._voice_key = voice_key
        self._spoken = spoken
        self._served_by = served_by
        self._told: list[tuple[str, float]] = []

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
        sentence_said = _Said(self._voice, self._spoken(sentence, language))
        async for _ in sentence_said.frames():
            pass
        sound = sentence_said.sound(self._served_by)
        if sound is None:
            raise APIConnectionError("another voice had to speak")
        await self._cache.keep(self._company_id, key, sound)

    def key(self, sentence: str, language: str) -> str:
        """What the sound of a fixed sentence is kept under."""
        return key_of(self._voice_key, self._voice.sample_rate, self._spoken(sentence, language))

    # One sentence

    async def _sound_of(self, sentence: str, language: str) -> AsyncGenerator[rtc.AudioFrame, None]:
        """Looks before anything begins, so that sentences are asked for in their order."""
        if sentence not in self.fixed.get(language, ()):
            return _Said(self._voice, self._spoken(sentence, language)).frames()
        known = await self._cache.find(self._company_id, self.key(sentence, language))
        return self._remembered(sentence, language) if known is None else _rendered(known)

    async def _remembered(self, sentence: str, language: str) -> AsyncGenerator[rtc.AudioFrame, None]:
        said = _Said(self._voice, self._spoken(sentence, language))
        async with aclosing(said.frames()) as frames:
            async for frame in frames:
                yield frame
        if (sound := said.sound(self._served_by)) is not None:
            self._cache.remember(self._company_id, self.key(sentence, language), sound)


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


class _Said:
    """One sentence as the voice says it."""

    def __init__(self, voice: tts.TTS[Any], text: str) -> None:
        self._voice = voice
        self._text = text
        self._frames: list[rtc.AudioFrame] = []
        self._whole = False
        self._by: str | None = None

    async def frames(self) -> AsyncGenerator[rtc.AudioFrame, None]:
        """Its sound as it comes. Raises APIError."""
        try:
            async with self._voice.synthesize(self._text) as stream:
                async for audio in stream:
                    self._frames.append(audio.frame)
                    yield audio.frame
                self._by = getattr(stream, "served_by", None)  # chains of ours tell
        except APIError:
            raise
        except Exception as error:
            raise APIConnectionError(f"speech could not be synthesised: {type(error).__name__}") from error
        self._whole = True

    def sound(self, served_by: str | None) -> Sound | None:
        """The whole of it, when it is the voice of `served_by` and of the kind that is kept."""
        rate, samples = self._voice.sample_rate, b"".join(bytes(frame.data.cast("B")) for frame in self._frames)
        fits = all((frame.sample_rate, frame.num_channels) == (rate, 1) for frame in self._frames)
        trusted = self._whole and fits and self._by in (None, served_by)
        return Sound(rate, samples) if trusted and samples else None


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
