"""A voice without a provider: what it says is a tone of the words' length, and it counts what it was asked for."""

from __future__ import annotations

import asyncio
from typing import Any
from zlib import crc32

from livekit.agents import APIConnectionError, APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.utils import shortuuid

RATE = 16_000
SECONDS_A_LETTER = 0.05
"""Of sound."""


def samples_of(text: str) -> bytes:
    """What the voice says for these words."""
    level = 1 + crc32(text.encode()) % 20_000
    return level.to_bytes(2, "little") * round(len(text) * SECONDS_A_LETTER * RATE)


class FakeVoice(tts.TTS[Any]):  # Any: the type of events it never emits
    """Fails for the words in `fails`, before any sound or, for those in `breaks`, in its middle. It waits while
    `may_speak` is not set, and for ever with those in `holds`."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE, num_channels=1)
        self.asked: list[str] = []
        self.fails: set[str] = set()
        self.breaks: set[str] = set()
        self.holds: set[str] = set()
        self.at_work = 0
        """Sentences being synthesised now."""
        self.most_at_work = 0
        self.may_speak = asyncio.Event()
        self.may_speak.set()

    @property
    def model(self) -> str:
        return "fake"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Whole(tts=self, input_text=text, conn_options=conn_options)

    async def say(self, text: str, emitter: tts.AudioEmitter) -> None:
        """Says the words, or fails."""
        self.asked.append(text)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            await (asyncio.Event() if text in self.holds else self.may_speak).wait()
            samples = samples_of(text)
            if text in self.breaks:
                emitter.push(samples[: len(samples) // 4 * 2])
                emitter.flush()
                await asyncio.sleep(0.01)  # livekit hands the first half on
            if text in self.fails | self.breaks:
                raise APIConnectionError("no voice today", retryable=False)
            emitter.push(samples)
        finally:
            self.at_work -= 1


class _Whole(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        voice = _fake(self._tts)
        output_emitter.initialize(
            request_id=shortuuid(), sample_rate=voice.sample_rate, num_channels=1, mime_type="audio/pcm"
        )
        await voice.say(self.input_text, output_emitter)


def _fake(voice: tts.TTS[Any]) -> FakeVoice:
    assert isinstance(voice, FakeVoice)
    return voice
