"""A recogniser of speech that hears what a test tells it: livekit's whole pipeline runs, only the sound is missing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, LanguageCode, TurnHandlingOptions, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import AudioBuffer
from livekit.agents.voice import AgentSession
from livekit.agents.voice.io import AudioInput

from app.calls.models import Channel
from app.voice.script_llm import ScriptLLM
from app.voice.transport import Talk, Typed


class Ears(stt.STT[Any]):  # Any: the type of events it never emits
    """Hears whatever is put into `queue`."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.queue: asyncio.Queue[stt.SpeechEvent | Exception] = asyncio.Queue()

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _Stream(self, conn_options)

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        raise NotImplementedError

    def hear(self, kind: stt.SpeechEventType, text: str = "") -> None:
        """One event of the recogniser."""
        words = [stt.SpeechData(language=LanguageCode("ru"), text=text)] if text else []
        self.queue.put_nowait(stt.SpeechEvent(type=kind, alternatives=words))

    def break_down(self) -> None:
        """From now on nothing is heard."""
        self.queue.put_nowait(APIConnectionError("no ears today", retryable=False))

    def begins(self, guess: str) -> None:
        """The caller speaks, and the recogniser is nearly sure of `guess`: replies are computed from here on."""
        self.hear(stt.SpeechEventType.START_OF_SPEECH)
        self.hear(stt.SpeechEventType.PREFLIGHT_TRANSCRIPT, guess)

    def ends(self, text: str) -> None:
        """The caller has finished, having said `text`."""
        self.hear(stt.SpeechEventType.FINAL_TRANSCRIPT, text)
        self.hear(stt.SpeechEventType.END_OF_SPEECH)


class _Stream(stt.RecognizeStream):
    def __init__(self, ears: Ears, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=ears, conn_options=conn_options)
        self._ears = ears

    async def _run(self) -> None:
        while True:
            event = await self._ears.queue.get()
            if isinstance(event, Exception):
                raise event
            self._event_ch.send_nowait(event)


class SilentLine(AudioInput):
    """An open line on which no sound comes."""

    def __init__(self) -> None:
        super().__init__(label="line")

    async def __anext__(self) -> rtc.AudioFrame:
        await asyncio.Event().wait()
        raise StopAsyncIteration


@dataclass(frozen=True)
class Spoken(Typed):
    """A spoken call without sound: the recogniser is the test's, replies go out as text."""

    channel: Channel = Channel.WEB
    ears: Ears = field(default_factory=Ears)
    sessions: list[AgentSession[None]] = field(default_factory=list)
    """The one of the call, once it has begun."""

    async def greeted(self) -> bool:
        """Whether the greeting is out."""
        said = [message for session in self.sessions for message in session.history.messages()]
        return bool(said) and self.sessions[0].current_speech is None

    def session(self, talk: Talk) -> AgentSession[None]:
        session: AgentSession[None] = AgentSession(
            llm=ScriptLLM(),
            vad=None,
            stt=self.ears,
            turn_handling=TurnHandlingOptions(turn_detection="stt", endpointing={"min_delay": 0.0, "max_delay": 0.0}),
            user_away_timeout=None,
            aec_warmup_duration=None,
            session_close_transcript_timeout=0.0,
        )
        session.input.audio = SilentLine()
        self.sessions.append(session)
        return session
