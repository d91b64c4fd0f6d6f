"""A bot's ears: a chain of recognisers that loses nothing of what the caller says while one takes over from another.

livekit has an adapter for this. Ours differs where a caller would notice it: what was said while nobody listened is
heard by the next one; a recogniser that gives no sign of a long speech, which no plugin takes for a failure, is left;
and why a recogniser failed is told.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import AudioBuffer

from app.voice.providers.causes import FINAL, Silent, cause_of
from app.voice.providers.chain import Chain, Limits, Member

KEPT = 15.0
"""Seconds of sound that are kept for the next recogniser."""
WAITS = (0.2, 1.0, 2.0)
"""Seconds before all of them are tried once more; after that nobody hears."""
STEADY = 5.0
"""Seconds after which a recogniser that gave signs counts as having worked."""
WORTH_HEARING = 1.0
"""Seconds of a voice that every recogniser must give a sign of; a cough is none."""

Plugin = stt.STT[Any]  # Any: the type of events nobody listens to


class Ears(stt.STT[str]):
    """The chain as livekit's session wants it. Closing it closes its members."""

    def __init__(self, chain: Chain[Plugin], limits: Limits) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=all(member.plugin.capabilities.interim_results for member in chain.members),
            )
        )
        self.chain = chain
        self.limits = limits
        self._open: set[EarsStream] = set()
        for member in chain.members:
            member.plugin.on("metrics_collected", self._metrics)

    @property
    def model(self) -> str:
        return self.chain.order()[0].plugin.model

    @property
    def provider(self) -> str:
        return self.chain.order()[0].plugin.provider

    def caller_speaks(self, speaking: bool) -> None:
        """What the VAD hears."""
        for stream in self._open:
            stream.caller_speaks(speaking)

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  # each member was made with its language
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,  # noqa: ARG002  # the chain has its own
    ) -> EarsStream:
        stream = EarsStream(self)
        self._open.add(stream)
        return stream

    def forget(self, stream: EarsStream) -> None:
        """The stream is over."""
        self._open.discard(stream)

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        raise NotImplementedError("ears listen to streams")

    def prewarm(self) -> None:
        self.chain.order()[0].plugin.prewarm()

    async def aclose(self) -> None:
        for member in self.chain.members:
            member.plugin.off("metrics_collected", self._metrics)
            await member.plugin.aclose()

    def _metrics(self, *args: Any) -> None:  # Any: livekit's metrics, handed on
        self.emit("metrics_collected", *args)


class EarsStream(stt.RecognizeStream):
    """One listening, from the first sound to the last."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._kept: deque[rtc.AudioFrame] = deque()
        self._kept_seconds = 0.0
        self._current: stt.RecognizeStream | None = None
        self._interim = False
        self._ended = False
        self._steady = False
        """Whether the current member gave signs, and went on for a while."""
        self._voice_since: float | None = None
        self._deaf_in: asyncio.TimerHandle | None = None
        self._deaf = asyncio.Event()
        super().__init__(stt=ears, conn_options=APIConnectOptions(max_retry=0))

    def caller_speaks(self, speaking: bool) -> None:
        """Starts the clock of a recogniser that gives no sign; the end of a short sound stops it."""
        now = asyncio.get_running_loop().time()
        if speaking:
            self._voice_since = now
            self._start_clock()
        else:
            if self._voice_since is not None and now - self._voice_since < WORTH_HEARING:
                self._stop_clock()
            self._voice_since = None

    async def _run(self) -> None:
        feeding = asyncio.create_task(self._feed(), name="sound for the ears")
        try:
            for wait in (*WAITS, None):
                causes = await self._try_all()
                if causes is None:
                    return
                if wait is None or causes <= FINAL:
                    break
                await asyncio.sleep(wait)
            raise APIConnectionError("nobody hears the caller")
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            self._stop_clock()
            self._ears.forget(self)

    async def _try_all(self) -> set[str] | None:
        """Listens with one after another until the sound ends (None), or until each has failed in a row: the causes."""
        causes: set[str] = set()
        chain = self._ears.chain
        order = chain.order()
        while order:
            member = order.pop(0)
            seconds = self._ears.limits.first if order else self._ears.limits.last
            began = asyncio.get_running_loop().time()
            try:
                await self._listen(member, seconds)
            except Exception as error:  # noqa: BLE001  # plugins raise what their libraries raise; all of it is a failure
                cause = cause_of(error)
                if cause == "unreachable" and asyncio.get_running_loop().time() - began >= seconds:
                    cause = "timeout"  # of the connection, which the plugin does not tell apart
                chain.failed(member, cause, order[0] if order else None)
                causes.add(cause)
                if self._steady:  # so the others have a new chance, and it too in the end
                    order = [other for other in chain.order() if other is not member] + [member]
                    causes = set()
            else:
                return None
        return causes

    async def _listen(self, member: Member[Plugin], seconds: float) -> None:
        """Returns at the end of the sound. Raises whatever the plugin raises, and Silent for one that hears nothing."""
        options = APIConnectOptions(max_retry=0, timeout=seconds)
        self._steady = False
        self._deaf.clear()
        async with member.plugin.stream(conn_options=options) as stream:
            self._interim = member.plugin.capabilities.interim_results
            self._begin(stream)
            if self._voice_since is not None:
                self._start_clock()
            hearing = asyncio.create_task(self._hear(member, stream), name="what the ears hear")
            deaf = asyncio.create_task(self._deaf.wait(), name="whether the ears are deaf")
            try:
                await asyncio.wait((hearing, deaf), return_when=asyncio.FIRST_COMPLETED)
                if not hearing.done():
                    raise Silent
                await hearing
            finally:
                self._current = None
                hearing.cancel()
                deaf.cancel()
                await asyncio.gather(hearing, deaf, return_exceptions=True)
        if not self._ended:
            raise APIConnectionError("the recogniser stopped unexpectedly")

    def _begin(self, stream: stt.RecognizeStream) -> None:
        stream.start_time_offset = max(0.0, self.start_time_offset + time.time() - self.start_time - self._kept_seconds)
        for frame in self._kept:
            stream.push_frame(frame)
        self._current = stream
        if self._ended:
            stream.end_input()

    async def _hear(self, member: Member[Plugin], stream: stt.RecognizeStream) -> None:
        began = asyncio.get_running_loop().time()
        async for event in stream:
            if event.type is not stt.SpeechEventType.RECOGNITION_USAGE:
                self._steady = asyncio.get_running_loop().time() - began > STEADY
                self._stop_clock()
                if self._voice_since is not None:
                    self._start_clock()
            if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                self._ears.chain.worked(member)
                self._kept.clear()
                self._kept_seconds = 0.0
            self._event_ch.send_nowait(event)

    async def _feed(self) -> None:
        """Hands the sound on, and keeps what no final transcript has covered."""
        async for sound in self._input_ch:
            if isinstance(sound, rtc.AudioFrame):
                self._keep(sound)
                if self._current is not None:
                    with suppress(RuntimeError):  # it has just failed: the next one is given what was kept
                        self._current.push_frame(sound)
            elif self._current is not None:
                self._current.flush()
        self._ended = True
        if self._current is not None:
            self._current.end_input()

    def _keep(self, frame: rtc.AudioFrame) -> None:
        self._kept.append(frame)
        self._kept_seconds += frame.duration
        while self._kept_seconds > KEPT:
            self._kept_seconds -= self._kept.popleft().duration

    def _start_clock(self) -> None:
        """A recogniser that only hears whole utterances gives no signs meanwhile, and no clock runs."""
        self._stop_clock()
        if self._interim:
            self._deaf_in = asyncio.get_running_loop().call_later(self._ears.limits.deaf, self._deaf.set)

    def _stop_clock(self) -> None:
        if self._deaf_in is not None:
            self._deaf_in.cancel()
            self._deaf_in = None

    async def _metrics_monitor_task(self, event_aiter: Any) -> None:  # Any: livekit's stream of events
        async for _ in event_aiter:  # the members count for themselves
            pass
