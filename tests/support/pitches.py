"""Speech made of tones: each line a caller may say has a pitch of its own, and the recogniser knows it by that pitch.

So what is recognised is what really came through, without any model: a line that lost its sound is not understood.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, stt, tts, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import AudioBuffer
from livekit.agents.utils.audio import combine_frames

from app.bots.voice import BotVoice
from app.voice.providers.model import Model
from app.voice.providers.speech import Speech

HEARD, SPOKEN = 16_000, 24_000
"""Samples a second of callers and of the bot."""
LOUD = 1000
"""Of 32768: what is louder is a voice."""
SILENCE = 0.3
"""Seconds of silence that end a line."""
LOWEST, STEP = 300, 100
"""Hz of the first line, and between two lines."""


def tone(pitch: float, seconds: float, rate: int = HEARD) -> bytes:
    """A pure tone as 16-bit PCM."""
    time = np.arange(round(seconds * rate)) / rate
    sound: bytes = (12_000 * np.sin(2 * math.pi * pitch * time)).astype("<i2").tobytes()
    return sound


def quiet(seconds: float, rate: int = HEARD) -> bytes:
    return bytes(2 * round(seconds * rate))


class Pitches:
    """A SpeechSource that understands `lines`, and says everything as a tone of 50 ms a word."""

    def __init__(self, lines: Sequence[str], *, word: float = 0.05) -> None:
        self.lines = list(lines)
        self.word = word

    def say(self, line: str, seconds: float = 0.6) -> bytes:
        """The sound of a caller who says it, and then nothing."""
        return tone(LOWEST + STEP * self.lines.index(line), seconds) + quiet(2 * SILENCE)

    async def speech(
        self,
        company_id: UUID,  # everybody has the same
        voice: BotVoice,
        *,
        language: str,
        languages: Sequence[str],
        keyterms: Sequence[str],
    ) -> Speech:
        return Speech(
            stt=_Ears(self.lines, language),
            tts=_Mouth(self.word),
            vad=_Loudness(),
            names={"stt": "pitches", "tts": "pitches"},
            voice_key="pitches",
        )

    async def model(self, company_id: UUID, voice: BotVoice) -> Model | None:
        return None


class _Ears(stt.STT[Any]):  # Any: the type of events it never emits
    def __init__(self, lines: Sequence[str], language: str) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._lines = lines
        self._language = language

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        frame = combine_frames(buffer) if isinstance(buffer, list) else buffer
        samples = np.frombuffer(bytes(frame.data), "<i2")
        loud = samples[np.abs(samples) > LOUD]
        crossings = np.count_nonzero(np.diff(np.signbit(loud)))
        # Cutting the quiet samples out shortens the tone evenly: the pitch is counted over the whole loud stretch.
        where = np.flatnonzero(np.abs(samples) > LOUD)
        seconds = (where[-1] - where[0]) / frame.sample_rate if where.size else 1.0
        heard = round((crossings / 2 / seconds - LOWEST) / STEP)
        known = 0 <= heard < len(self._lines)
        text = self._lines[heard] if known else ""
        words = [stt.SpeechData(language=LanguageCode(self._language), text=text, confidence=1.0)]
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=words)


class _Loudness(vad.VAD):
    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=0.02))

    def stream(self) -> vad.VADStream:
        return _LoudnessStream(self)


class _LoudnessStream(vad.VADStream):
    async def _main_task(self) -> None:
        spoken: list[rtc.AudioFrame] = []
        silent, index = 0.0, 0
        kinds = vad.VADEventType
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                spoken, silent = [], 0.0
                continue
            index += frame.samples_per_channel
            loud = bool(np.abs(np.frombuffer(bytes(frame.data), "<i2").astype(int)).max(initial=0) > LOUD)
            silent = 0.0 if loud else silent + frame.duration
            if spoken or loud:
                spoken.append(frame)
            if loud and len(spoken) == 1:
                self._tell(kinds.START_OF_SPEECH, index, spoken, silent)
            self._tell(kinds.INFERENCE_DONE, index, spoken, silent)
            if spoken and silent >= SILENCE:
                self._tell(kinds.END_OF_SPEECH, index, spoken, silent)
                spoken = []

    def _tell(self, kind: vad.VADEventType, index: int, spoken: list[rtc.AudioFrame], silent: float) -> None:
        length = sum(part.duration for part in spoken)
        event = vad.VADEvent(
            type=kind,
            samples_index=index,
            timestamp=index / HEARD,
            speech_duration=length,
            silence_duration=silent,
            frames=list(spoken),
            probability=float(bool(spoken) and silent == 0),
            speaking=bool(spoken) and kind is not vad.VADEventType.END_OF_SPEECH,
            raw_accumulated_silence=silent,
            raw_accumulated_speech=length,
        )
        self._event_ch.send_nowait(event)


class _Mouth(tts.TTS[Any]):
    def __init__(self, word: float) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=SPOKEN, num_channels=1)
        self.word = word

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Tones(tts=self, input_text=text, conn_options=conn_options)


class _Tones(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, _Mouth)
        output_emitter.initialize(request_id="tones", sample_rate=SPOKEN, num_channels=1, mime_type="audio/pcm")
        output_emitter.push(tone(440, self._tts.word * len(self._input_text.split()), SPOKEN))
        output_emitter.flush()
