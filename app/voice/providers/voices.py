"""A bot's voice: a chain of text-to-speech providers that says every sentence to its end.

livekit has an adapter for this. Ours differs where a caller would hear it: a provider that is silent is left after a
moment, not after ten seconds; a sentence that broke off is said again by the next one; and why a provider failed is
told. Each sentence is a request of its own, so a pause of the language model is never taken for a silent provider.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.utils import shortuuid

from app.voice.providers.causes import Silent, cause_of
from app.voice.providers.chain import Chain, Limits, Member
from app.voice.providers.source import RATE

FASTEST = 0.015
"""Seconds a letter takes at the very least; less, and the sentence was cut."""
SHORT = 20
"""Letters below which that says nothing."""

Plugin = tts.TTS[Any]  # Any: the type of events nobody listens to


class Voices(tts.TTS[str]):
    """The chain as livekit's session wants it. Closing it closes its members."""

    def __init__(self, chain: Chain[Plugin], limits: Limits) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False, aligned_transcript=False),
            sample_rate=RATE,
            num_channels=1,
        )
        self.chain = chain
        self.limits = limits

    @property
    def model(self) -> str:
        return self.chain.order()[0].plugin.model

    @property
    def provider(self) -> str:
        return self.chain.order()[0].plugin.provider

    def synthesize(
        self,
        text: str,
        *,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,  # noqa: ARG002  # the chain has its own
    ) -> Sentence:
        return Sentence(self, text)

    def prewarm(self) -> None:
        self.chain.order()[0].plugin.prewarm()

    async def aclose(self) -> None:
        for member in self.chain.members:
            await member.plugin.aclose()


class Sentence(tts.ChunkedStream):
    """One sentence, said by whoever can."""

    served_by: str | None = None
    """Whose voice it was; None before the first sound, several names once a sentence was begun again."""

    def __init__(self, voices: Voices, text: str) -> None:
        self._voices = voices
        super().__init__(tts=voices, input_text=text, conn_options=APIConnectOptions(max_retry=0))

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=shortuuid(), sample_rate=RATE, num_channels=1, mime_type="audio/pcm", stream=False
        )
        chain = self._voices.chain
        order = chain.order()
        for number, member in enumerate(order):
            then = order[number + 1] if number + 1 < len(order) else None
            try:
                await self._say(member, output_emitter, last=then is None)
            except Exception as error:  # noqa: BLE001  # plugins raise what their libraries raise; all of it is a failure
                chain.failed(member, cause_of(error), then)
            else:
                chain.worked(member)
                return
        raise APIConnectionError("no voice could be heard")

    async def _say(self, member: Member[Plugin], emitter: tts.AudioEmitter, *, last: bool) -> None:
        """Raises whatever the plugin raises, TimeoutError, and Silent for a sentence that was cut."""
        limits = self._voices.limits
        seconds = limits.last if last else limits.first
        spoken, before = 0.0, self.served_by
        async with aclosing(spoken_frames(member.plugin, self._input_text, seconds)) as frames:
            while True:
                try:
                    async with asyncio.timeout(seconds):
                        frame = await anext(frames)
                except StopAsyncIteration:
                    break
                self.served_by = member.name if before is None else f"{before}+{member.name}"
                spoken += frame.duration
                emitter.push(frame.data.tobytes())
        if spoken < FASTEST * len(self._input_text) and len(self._input_text) >= SHORT:
            raise Silent
        if not spoken:
            raise Silent


async def spoken_frames(plugin: Plugin, text: str, seconds: float) -> AsyncGenerator[rtc.AudioFrame, None]:
    """What the plugin says, at RATE. Never retries: the chain does."""
    options = APIConnectOptions(max_retry=0, timeout=seconds)
    resampler = rtc.AudioResampler(plugin.sample_rate, RATE) if plugin.sample_rate != RATE else None
    async with _stream(plugin, text, options) as stream:
        async for audio in stream:
            if resampler is None:
                yield audio.frame
            else:
                for frame in resampler.push(audio.frame):
                    yield frame
    if resampler is not None:
        for frame in resampler.flush():
            yield frame


def _stream(plugin: Plugin, text: str, options: APIConnectOptions) -> tts.SynthesizeStream | tts.ChunkedStream:
    if not plugin.capabilities.streaming:
        return plugin.synthesize(text, conn_options=options)
    stream = plugin.stream(conn_options=options)
    stream.push_text(text)
    stream.end_input()
    return stream
