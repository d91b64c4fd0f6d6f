"""How a caller's voice went before a silence: down, as at an end, or on, as in the middle of a thought.

The audio model that livekit-agents carries is asked as soon as the voice is gone for a moment; it hears the sound and
knows no words. One prediction costs some 0.1 s of a processor; the model some 220 MB, once for a process or, in a
worker, for all of its calls.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import cache

import numpy as np
from livekit import rtc
from livekit.agents import vad
from livekit.agents.utils import aio
from livekit.local_inference import EOT, EOT_MAX_SAMPLES

log = logging.getLogger(__name__)

NOTICED = 0.2
"""Seconds of silence after which the model is asked; what it was made for."""
ENDED = 0.36
"""Chance from which the turn has ended: livekit's for English. It has none for Russian, see docs/benchmarks.md."""
PATIENCE = 0.4
"""Seconds that an answer of the model is waited for; later it is as if there were none."""
_RATE = 16_000
_KEPT = EOT_MAX_SAMPLES / _RATE


class Tone:
    """The end of one caller's voice. `over` gives the voice detector for the session, watched by this one."""

    def __init__(self) -> None:
        self._sound: deque[rtc.AudioFrame] = deque()
        self._seconds = 0.0
        self._ended_at: float | None = None
        self._verdict: asyncio.Task[float | None] | None = None
        self._loading: asyncio.Future[EOT] | None = None

    def over(self, detector: vad.VAD) -> vad.VAD:
        """The same detector, with this one listening. Begins to load the model."""
        self._loading = asyncio.get_running_loop().run_in_executor(None, _model)
        self._loading.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        return _Watched(detector, self._notice)

    @property
    def silence(self) -> float | None:
        """Seconds since the voice ended; None while it is heard."""
        return None if self._ended_at is None else asyncio.get_running_loop().time() - self._ended_at

    async def fell(self) -> bool | None:
        """Whether the voice went down as at the end of a turn; None when the model does not say."""
        if self._verdict is None:
            return None
        try:
            chance = await asyncio.wait_for(asyncio.shield(self._verdict), PATIENCE)
        except TimeoutError:
            return None
        return None if chance is None else chance >= ENDED

    def _notice(self, event: vad.VADEvent) -> None:
        if event.type is vad.VADEventType.START_OF_SPEECH:
            self._voice()
        if event.type is not vad.VADEventType.INFERENCE_DONE:
            return
        self._keep(event.frames)
        if event.speaking and event.raw_accumulated_speech > 0:
            self._voice()
        elif event.speaking and event.raw_accumulated_silence >= NOTICED and self._ended_at is None:
            self._ended_at = asyncio.get_running_loop().time() - event.raw_accumulated_silence
            if self._sound:
                self._verdict = asyncio.create_task(self._judge(list(self._sound)), name="how the voice ended")

    def _voice(self) -> None:
        """The caller speaks: what was said of the silence before is void."""
        self._ended_at = self._verdict = None

    def _keep(self, frames: list[rtc.AudioFrame]) -> None:
        for frame in frames:
            self._sound.append(frame)
            self._seconds += frame.duration
        while self._sound and self._seconds - self._sound[0].duration >= _KEPT:
            self._seconds -= self._sound.popleft().duration

    async def _judge(self, sound: list[rtc.AudioFrame]) -> float | None:
        try:
            return await asyncio.to_thread(_chance, sound)
        except Exception:  # the edge to native code: without the model, time decides
            log.exception("the end of a voice was not judged")
            return None


@cache
def _model() -> EOT:
    """Loaded once; about a second."""
    return EOT()


def _chance(sound: list[rtc.AudioFrame]) -> float:
    frame = rtc.combine_audio_frames(sound)
    if frame.sample_rate != _RATE:
        resampler = rtc.AudioResampler(frame.sample_rate, _RATE, quality=rtc.AudioResamplerQuality.QUICK)
        frame = rtc.combine_audio_frames([*resampler.push(frame), *resampler.flush()])
    samples = np.frombuffer(frame.data, dtype=np.int16)
    return float(_model().predict(samples[-EOT_MAX_SAMPLES:]))


class _Watched(vad.VAD):
    """A voice detector whose events are shown to `notice` before anyone else has them."""

    def __init__(self, detector: vad.VAD, notice: Callable[[vad.VADEvent], None]) -> None:
        super().__init__(capabilities=detector.capabilities)
        self.detector = detector
        self.notice = notice

    @property
    def model(self) -> str:
        return self.detector.model

    @property
    def provider(self) -> str:
        return self.detector.provider

    def stream(self) -> vad.VADStream:
        return _WatchedStream(self)


class _WatchedStream(vad.VADStream):
    def __init__(self, watched: _Watched) -> None:
        self._watched = watched
        super().__init__(watched)

    async def _main_task(self) -> None:
        inner = self._watched.detector.stream()
        feeding = asyncio.create_task(self._feed(inner), name="sound for the voice detector")
        try:
            async for event in inner:
                self._watched.notice(event)
                self._event_ch.send_nowait(event)
        finally:
            await aio.cancel_and_wait(feeding)
            await inner.aclose()

    async def _feed(self, inner: vad.VADStream) -> None:
        async for piece in self._input_ch:
            if isinstance(piece, rtc.AudioFrame):
                inner.push_frame(piece)
            else:
                inner.flush()
        inner.end_input()
