"""What carries the words of a call to and from the session: typed text, or a line with sound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from livekit.agents import Agent, AgentSession, TurnHandlingOptions
from livekit.agents.types import NOT_GIVEN

from app.bots.voice import BotVoice
from app.calls.models import Channel
from app.voice.providers.speech import Speech
from app.voice.script_llm import ScriptLLM

MIN_DELAY = 0.1
"""Seconds after the end of speech, as the VAD hears it, until a complete answer is answered."""


class AudioLine(Protocol):
    """What a medium gives to a call: a room, or a socket with sound."""

    @property
    def channel(self) -> Channel:
        """WEB or PHONE."""

    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        """Gives the session its ears and its mouth and starts it, never recording (`record=False`)."""

    async def hang_up(self) -> None:
        """The call is over: end it for the caller too. Does nothing the second time."""


class Transport(Protocol):
    """How a conversation reaches its caller."""

    @property
    def channel(self) -> Channel:
        """What carries the words."""

    @property
    def silence(self) -> timedelta | None:
        """How long a caller may be silent, when the scenario's seconds do not fit the transport."""

    def session(self) -> AgentSession[None]:
        """A session ready to be started. The scenario prompts the silent and hangs up, not livekit."""

    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        """Starts the session."""

    async def hang_up(self) -> None:
        """The call is over. Does nothing the second time."""


@dataclass(frozen=True)
class Typed:
    """A typed call: people type slower than they speak, so silence is longer."""

    silence: timedelta | None = None
    channel: Channel = Channel.TEXT

    def session(self) -> AgentSession[None]:
        return AgentSession(
            llm=ScriptLLM(),
            vad=None,
            stt=NOT_GIVEN,
            tts=NOT_GIVEN,
            turn_handling=TurnHandlingOptions(turn_detection=None),
            user_away_timeout=None,
            aec_warmup_duration=None,
        )

    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        await session.start(agent, record=False)

    async def hang_up(self) -> None:
        return None


class Spoken:
    """A call with sound over `line`, heard and spoken with `speech`."""

    silence: timedelta | None = None

    def __init__(self, line: AudioLine, speech: Speech, voice: BotVoice) -> None:
        self.channel = line.channel
        self._line = line
        self._speech = speech
        self._voice = voice

    def session(self) -> AgentSession[None]:
        return AgentSession(
            llm=ScriptLLM(),
            vad=self._speech.vad,
            stt=self._speech.stt,
            tts=self._speech.tts,
            turn_handling=TurnHandlingOptions(
                turn_detection="vad",
                endpointing={"min_delay": MIN_DELAY, "max_delay": self._voice.patience.total_seconds()},
                interruption={"mode": "vad", "min_words": self._voice.interrupt_words},
            ),
            user_away_timeout=None,
            aec_warmup_duration=None,
        )

    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        await self._line.start(session, agent)

    async def hang_up(self) -> None:
        await self._line.hang_up()
        await self._speech.aclose()
