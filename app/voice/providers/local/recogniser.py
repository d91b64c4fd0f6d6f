"""Speech to text on this machine, as livekit's STT: decoding starts while the caller may only be pausing.

A stream has its own voice detector. After 0.15 s of silence the speech so far is decoded: by the time the detector is
sure that the caller has stopped, the words are there, and the reply to them may be. A caller who goes on voids them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Never

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, LanguageCode, stt, utils, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr

from app.voice.providers.loading import WHOLE, silero
from app.voice.providers.local.ears import RATE, Ears, Heard, Samples
from app.voice.providers.local.weights import WeightsBroken

PAUSE = 0.15
"""Seconds of silence after which the words so far are decoded."""
PARTIAL = 0.7
"""Seconds of speech between words that are shown while the caller speaks."""
SIGN = 1.0
"""Seconds after which a recogniser that is at work says so, by what it has shown already."""
LONG = 8.0
"""Seconds after which the next pause ends a stretch: more would not fit the model's window with what follows."""
LONGEST = 60.0
"""Seconds after which a stretch ends without a pause."""


class LocalSTT(stt.STT[Never]):
    """Whisper base on this machine. `languages`: those of the call, the likeliest first."""

    def __init__(self, ears: Ears, languages: Sequence[str]) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.ears, self.languages = ears, tuple(languages)

    @property
    def model(self) -> str:
        return "whisper-base"

    @property
    def provider(self) -> str:
        return "local"

    async def _recognize_impl(
        self,
        buffer: utils.AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,  # noqa: ARG002  # livekit's signature
    ) -> stt.SpeechEvent:
        frame = utils.merge_frames(buffer)
        if frame.sample_rate != RATE:
            resampler = rtc.AudioResampler(frame.sample_rate, RATE, num_channels=frame.num_channels)
            frame = rtc.combine_audio_frames([*resampler.push(frame), *resampler.flush()])
        heard = await heard_by(self.ears, samples_of(bytes(frame.data)), self._of(language))
        return event(stt.SpeechEventType.FINAL_TRANSCRIPT, heard)

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return LocalStream(self, self._of(language), conn_options)

    def _of(self, language: NotGivenOr[str]) -> tuple[str, ...]:
        return self.languages if not utils.is_given(language) else (str(language).split("-")[0],)


class LocalStream(stt.RecognizeStream):
    """One call's ears. Events: INTERIM while somebody speaks, PREFLIGHT in a pause, FINAL when they have stopped."""

    def __init__(self, ears: LocalSTT, languages: Sequence[str], conn_options: APIConnectOptions) -> None:
        super().__init__(stt=ears, conn_options=conn_options, sample_rate=RATE)
        self._ears, self._languages = ears.ears, languages
        self._speech: bytearray | None = None  # of the stretch under way
        self._guess: asyncio.Task[Heard] | None = None  # words of the stretch, decoded in a pause
        self._partial: asyncio.Task[None] | None = None
        self._next_sign = self._next_partial = 0.0
        self._shown = ""  # last words sent that are not final

    async def _run(self) -> None:
        detector = (await silero(WHOLE)).stream()
        feeding = asyncio.create_task(self._feed(detector), name="local-stt-feed")
        try:
            async for happened in detector:
                await self._take(happened)
            await self._finish(time.time())
        finally:
            await utils.aio.cancel_and_wait(feeding, *self._decoding())
            await detector.aclose()

    async def _feed(self, detector: vad.VADStream) -> None:
        async for frame in self._input_ch:
            if isinstance(frame, rtc.AudioFrame):
                detector.push_frame(frame)
        detector.end_input()

    async def _take(self, happened: vad.VADEvent) -> None:
        match happened.type:
            case vad.VADEventType.START_OF_SPEECH:
                self._speech = bytearray().join(bytes(frame.data) for frame in happened.frames)
                self._next_sign = self._next_partial = PARTIAL
                self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.START_OF_SPEECH))
            case vad.VADEventType.INFERENCE_DONE if self._speech is not None:
                self._speech.extend(b"".join(bytes(frame.data) for frame in happened.frames))
                await self._listen(happened)
            case vad.VADEventType.END_OF_SPEECH:
                await self._finish(time.time() - happened.silence_duration - happened.inference_duration)

    async def _listen(self, happened: vad.VADEvent) -> None:
        pause, seconds = happened.raw_accumulated_silence, self._seconds()
        if seconds > LONGEST or (seconds > LONG and self._guess is not None and self._guess.done()):
            await self._finish(time.time() - pause)
            self._speech = bytearray()
        elif pause >= PAUSE and self._guess is None:
            self._guess = asyncio.create_task(self._hear(), name="local-stt-guess")
            self._guess.add_done_callback(self._preflight)
        elif pause == 0.0:
            self._go_on(happened.speech_duration)

    def _go_on(self, seconds: float) -> None:
        """The caller speaks: what was decoded in a pause is out of date."""
        if self._guess is not None:
            decoded = self._guess.done()
            self._guess.cancel()
            self._guess = None
            if decoded:
                self._sign()  # also tells that the reply to it is void
        if seconds < self._next_sign:
            return
        self._next_sign = seconds + PARTIAL
        if self._ears.busy or seconds < self._next_partial:
            self._sign()
        else:
            self._next_partial = seconds + 2 * self._ears.took  # half the time at most goes into these
            self._partial = asyncio.create_task(self._show(), name="local-stt-partial")

    async def _show(self) -> None:
        """Sends the words so far: they stop a bot that speaks, and tell whether an answer is complete."""
        with suppress(APIConnectionError):  # is raised by the words that count
            heard = await self._hear()
            if self._guess is None and heard.text:
                self._send(stt.SpeechEventType.INTERIM_TRANSCRIPT, heard)

    def _sign(self) -> None:
        """Shows what has been shown, for those who take a recogniser without any sign for a deaf one."""
        self._send(stt.SpeechEventType.INTERIM_TRANSCRIPT, Heard(self._shown, self._languages[0], 0.0))

    def _preflight(self, guess: asyncio.Task[Heard]) -> None:
        if guess is self._guess and not guess.cancelled() and guess.exception() is None and guess.result().text:
            self._send(stt.SpeechEventType.PREFLIGHT_TRANSCRIPT, guess.result())

    async def _finish(self, ended_at: float) -> None:
        """Ends the stretch that stopped at `ended_at`: its words are final."""
        if self._speech is None:
            return
        if self._partial is not None:
            self._partial.cancel()
        seconds = self._seconds()
        guess = self._guess = self._guess or asyncio.create_task(self._hear(), name="local-stt-final")
        while not (await asyncio.wait({guess}, timeout=SIGN))[0]:
            self._sign()
        heard = await guess
        self._speech = self._guess = None
        if heard.text:
            self._send(stt.SpeechEventType.FINAL_TRANSCRIPT, heard, ended_at)
        elif self._shown:
            self._send(stt.SpeechEventType.INTERIM_TRANSCRIPT, heard)  # takes back what was no speech
        self._shown = ""
        usage = stt.RecognitionUsage(audio_duration=seconds)
        self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.RECOGNITION_USAGE, recognition_usage=usage))
        self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.END_OF_SPEECH, speech_end_time=ended_at))

    async def _hear(self) -> Heard:
        return await heard_by(self._ears, samples_of(bytes(self._speech or b"")), self._languages)

    def _send(self, kind: stt.SpeechEventType, heard: Heard, ended_at: float | None = None) -> None:
        self._shown = heard.text
        self._event_ch.send_nowait(event(kind, heard, ended_at))

    def _seconds(self) -> float:
        return len(self._speech or b"") / 2 / RATE

    def _decoding(self) -> list[asyncio.Task[Heard] | asyncio.Task[None]]:
        return [task for task in (self._guess, self._partial) if task is not None]


def event(kind: stt.SpeechEventType, heard: Heard, ended_at: float | None = None) -> stt.SpeechEvent:
    """`ended_at`: the moment the speech ended."""
    said = stt.SpeechData(language=LanguageCode(heard.language), text=heard.text, confidence=heard.confidence)
    return stt.SpeechEvent(kind, alternatives=[said], speech_end_time=ended_at)


async def heard_by(ears: Ears, samples: Samples, languages: Sequence[str]) -> Heard:
    """As `Ears.hear`; raises APIConnectionError, not to be tried again, when the model cannot be used."""
    try:
        return await ears.hear(samples, languages)
    except (WeightsBroken, OSError, RuntimeError, ValueError, ImportError) as error:
        raise APIConnectionError(f"the local recogniser: {error}", retryable=False) from error


def samples_of(pcm: bytes) -> Samples:
    """16-bit samples as numbers from -1 to 1."""
    return np.frombuffer(pcm, dtype=np.int16).astype(np.float32) / np.float32(32768)
