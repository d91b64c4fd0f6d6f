"""What the voice benchmark is made of: a caller who speaks in real time, ears and a voice that cost nothing."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import AsyncGenerator, Sequence
from typing import Any
from uuid import UUID

from livekit import rtc
from livekit.agents import APIConnectOptions, stt, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.voice import io

from app.bots.voice import BotVoice
from app.calls.models import Channel
from app.voice.providers.loading import silero
from app.voice.providers.model import Message
from app.voice.providers.speech import Speech

RATE = 16_000
VOICE_RATE = 24_000
FRAME = 0.02
LOUD = 400
"""Mean of absolute samples; less is silence."""
TRANSCRIPTION = 0.1
"""Seconds from the end of speech to its final transcript."""
FIRST_TOKEN = 0.2
FIRST_BYTE = 0.1


def loud(frame: rtc.AudioFrame) -> bool:
    """Whether somebody speaks in the frame."""
    samples = array("h", bytes(frame.data))
    return sum(map(abs, samples[::8])) > LOUD * len(samples[::8])


class Mic(io.AudioInput):
    """A caller: silence, and what `say` is given, in real time."""

    def __init__(self) -> None:
        super().__init__(label="bench")
        self._waiting: list[bytes] = []
        self._said: asyncio.Future[float] | None = None
        self._next = 0.0
        self.began = 0.0
        """When the last line began."""
        self.stopped = False

    def say(self, pcm: bytes) -> asyncio.Future[float]:
        """Speaks; the result is the moment (perf_counter) at which the last loud sound was out."""
        size = int(RATE * FRAME) * 2
        self._waiting = [pcm[at : at + size].ljust(size, b"\0") for at in range(0, len(pcm), size)]
        self._said = asyncio.get_running_loop().create_future()
        return self._said

    async def __anext__(self) -> rtc.AudioFrame:
        now = time.perf_counter()
        self._next = max(self._next + FRAME, now - 0.2)
        if self._next > now:
            await asyncio.sleep(self._next - now)
        if self.stopped:
            raise StopAsyncIteration
        speaking = bool(self._waiting)
        pcm = self._waiting.pop(0) if speaking else bytes(int(RATE * FRAME) * 2)
        if speaking and self._said is not None:
            if self.began == 0.0:
                self.began = time.perf_counter()
            if not self._waiting:
                self._said.set_result(time.perf_counter())
        return rtc.AudioFrame(pcm, RATE, 1, int(RATE * FRAME))


class Ear(io.AudioOutput):
    """The caller's loudspeaker: plays in real time and notes when each speech begins and ends."""

    def __init__(self) -> None:
        super().__init__(label="bench", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=VOICE_RATE)
        self.first = 0.0
        """When the speech that plays, or played last, gave its first sound."""
        self.cleared = 0.0
        """When a speech was cut off last."""
        self._length = 0.0
        self._playing = False
        self._timer: asyncio.TimerHandle | None = None
        self.changed = asyncio.Event()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._playing:
            self._playing, self._length, self.first = True, 0.0, time.perf_counter()
            self.on_playback_started(created_at=time.time())
            self.changed.set()
        self._length += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._playing and self._timer is None:
            left = self._length - (time.perf_counter() - self.first)
            self._timer = asyncio.get_running_loop().call_later(max(left, 0.0), self._finish, False)

    def clear_buffer(self) -> None:
        if self._playing:
            self.cleared = time.perf_counter()
            self._finish(interrupted=True)

    def _finish(self, interrupted: bool) -> None:  # a loop's callback
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._playing = False
        played = min(time.perf_counter() - self.first, self._length)
        self.on_playback_finished(playback_position=played, interrupted=interrupted)
        self.changed.set()

    @property
    def silent(self) -> bool:
        """Nothing plays."""
        return not self._playing

    async def until(self, what: str, since: float = 0.0) -> float:
        """Waits for the first sound after `since` ("sound"), a cut after it ("cut"), or for silence ("quiet")."""
        async with asyncio.timeout(30):
            while True:
                if what == "sound" and self.first > since:
                    return self.first
                if what == "cut" and self.cleared > since:
                    return self.cleared
                if what == "quiet" and self.silent:
                    return time.perf_counter()
                self.changed.clear()
                await self.changed.wait()


class BenchEars(stt.STT[Any]):
    """Hears by loudness, and always the same words, TRANSCRIPTION after they ended."""

    def __init__(self, words: str) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.words = words

    async def _recognize_impl(self, *args: object, **more: object) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        del language
        return _Listening(stt=self, conn_options=conn_options, sample_rate=RATE)


class _Listening(stt.RecognizeStream):
    async def _run(self) -> None:
        heard, quiet, shown = 0.0, 0.0, False
        async for frame in self._input_ch:
            if isinstance(frame, self._FlushSentinel):
                continue
            if loud(frame):
                heard, quiet = heard + frame.duration, 0.0
            else:
                quiet += frame.duration
            if heard > 0.2 and not shown:
                shown = True
                self._tell(stt.SpeechEventType.INTERIM_TRANSCRIPT)
            if shown and quiet >= TRANSCRIPTION:
                self._tell(stt.SpeechEventType.FINAL_TRANSCRIPT)
                heard, shown = 0.0, False

    def _tell(self, kind: stt.SpeechEventType) -> None:
        words = self._stt.words if isinstance(self._stt, BenchEars) else ""
        data = stt.SpeechData(language="ru", text=words, confidence=1.0)  # type: ignore[arg-type]  # a plain code
        self._event_ch.send_nowait(stt.SpeechEvent(type=kind, alternatives=[data]))


class BenchVoice(tts.TTS[Any]):
    """Says everything as a hum, FIRST_BYTE after it was asked."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=VOICE_RATE, num_channels=1)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Humming(tts=self, input_text=text, conn_options=conn_options)


class _Humming(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await asyncio.sleep(FIRST_BYTE)
        output_emitter.initialize(request_id="bench", sample_rate=VOICE_RATE, num_channels=1, mime_type="audio/pcm")
        samples = int(VOICE_RATE * (0.6 + 0.005 * len(self._input_text)))
        output_emitter.push(array("h", (3000 if at % 80 < 40 else -3000 for at in range(samples))).tobytes())
        output_emitter.flush()


class BenchModel:
    """A language model that says `text` FIRST_TOKEN after it was asked."""

    name = "bench"

    def __init__(self, text: str) -> None:
        self._text = text

    async def stream(self, prompt: Sequence[Message]) -> AsyncGenerator[str, None]:
        del prompt
        await asyncio.sleep(FIRST_TOKEN)
        yield self._text

    async def complete(self, prompt: Sequence[Message]) -> str:
        return "".join([piece async for piece in self.stream(prompt)])

    async def close(self) -> None:
        return None


class BenchSpeech:
    """The speech of benchmark calls. Rendered speech is kept when `keeps`; a model phrases when one is given."""

    def __init__(self, words: str, *, keeps: bool, model: BenchModel | None = None) -> None:
        self._words = words
        self._keeps = keeps
        self._model = model

    async def speech(
        self, company_id: UUID, voice: BotVoice, *, language: str, languages: Sequence[str], keyterms: Sequence[str]
    ) -> Speech:
        del company_id, voice, language, languages, keyterms
        names = {"stt": "bench", "tts": "bench"}
        key = "bench" if self._keeps else f"bench-{time.perf_counter()}"
        return Speech(BenchEars(self._words), BenchVoice(), await silero(), names, key)

    async def model(self, company_id: UUID, voice: BotVoice) -> BenchModel | None:
        del company_id, voice
        return self._model


class BenchLine:
    """A call without a network: the session hears the mic and speaks into the ear."""

    channel = Channel.WEB

    def __init__(self) -> None:
        self.mic = Mic()
        self.ear = Ear()

    async def start(self, session: Any, agent: Any) -> None:  # Any: livekit's session and agent, as AudioLine has them
        session.input.audio = self.mic
        session.output.audio = self.ear
        await session.start(agent, record=False)

    async def hang_up(self) -> None:
        self.mic.stopped = True


def trimmed(pcm: bytes) -> bytes:
    """The line without silence around it, so that its end is the end of speech."""
    size = int(RATE * FRAME) * 2
    frames = [pcm[at : at + size] for at in range(0, len(pcm) - size, size)]
    sounding = [at for at, data in enumerate(frames) if loud(rtc.AudioFrame(data, RATE, 1, size // 2))]
    return b"".join(frames[sounding[0] : sounding[-1] + 1])
