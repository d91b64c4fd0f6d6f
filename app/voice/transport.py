"""What carries the words of a call to and from the session: typed text, or a line with sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from livekit.agents import Agent, AgentSession, TurnHandlingOptions
from livekit.agents.types import NOT_GIVEN
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.turn import InterruptionOptions

from app.bots.voice import BotVoice
from app.calls.models import Channel
from app.scenario.compiled import CompiledScenario
from app.scenario.state import CallState
from app.voice.endpointing import ENDPOINTING, ScenarioTurnDetector
from app.voice.providers.speech import Speech
from app.voice.recording import Tape
from app.voice.script_llm import ScriptLLM
from app.voice.speech.mouth import Mouth
from app.voice.tone import Tone

NOT_HEARD = 2.0
"""Seconds after a voice without words until the caller is asked to repeat."""
SLOW_EARS = 8.0
"""The same for a recogniser that begins to think when the caller has spoken."""
INTERRUPTS = 0.3
"""Seconds of a voice, with words, that stop the bot."""
RESUMED = 1.0
"""Seconds after which a sound that stopped the bot and was no turn is forgotten, and the bot goes on."""

Talk = Callable[[], tuple[CompiledScenario, CallState]]
"""The scenario and the state after the last committed turn."""


class AudioLine(Protocol):
    """What a medium gives to a call: a room, or a socket with sound."""

    @property
    def channel(self) -> Channel:
        """WEB or PHONE."""

    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        """Gives the session its ears and its mouth and starts it, never recording (`record=False`)."""

    async def hang_up(self) -> None:
        """The call is over: end it for the caller too. Does nothing the second time."""


@dataclass(frozen=True)
class Sound:
    """What a call has that is heard and spoken."""

    speech: Speech
    mouth: Mouth
    voice: BotVoice
    tape: Tape | None = None
    """Records the call, when it is recorded."""


class Transport(Protocol):
    """How a conversation reaches its caller."""

    @property
    def channel(self) -> Channel:
        """What carries the words."""

    @property
    def silence(self) -> timedelta | None:
        """How long a caller may be silent, when the scenario's seconds do not fit the transport."""

    @property
    def sound(self) -> Sound | None:
        """None when nothing is heard of the call."""

    def session(self, talk: Talk) -> AgentSession[None]:
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
    sound: Sound | None = None

    def session(self, talk: Talk) -> AgentSession[None]:  # noqa: ARG002  # typed turns are complete
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


@dataclass(frozen=True)
class Spoken:
    """A call with sound over `line`."""

    line: AudioLine
    sound: Sound
    silence: timedelta | None = None

    @property
    def channel(self) -> Channel:
        return self.line.channel

    def session(self, talk: Talk) -> AgentSession[None]:
        speech, tone = self.sound.speech, Tone()
        return AgentSession(
            llm=ScriptLLM(),
            vad=tone.over(speech.vad),
            stt=speech.stt,
            tts=speech.tts,
            turn_handling=TurnHandlingOptions(
                turn_detection=ScenarioTurnDetector(talk, tone, unfinished=self.sound.voice.patience),
                endpointing=ENDPOINTING,
                interruption=InterruptionOptions(
                    mode="vad",
                    min_duration=INTERRUPTS,
                    min_words=self.sound.voice.interrupt_words,
                    resume_false_interruption=True,
                    false_interruption_timeout=RESUMED,
                    discard_audio_if_uninterruptible=False,  # what is said over the bot is words all the same
                ),
            ),
            user_away_timeout=None,  # silence is the scenario's business
            aec_warmup_duration=None,  # else the caller cannot interrupt the first three seconds
            transcription_timeout=NOT_HEARD if speech.stt.capabilities.interim_results else SLOW_EARS,
            session_close_transcript_timeout=0.0,  # the conversation waits for the last words, before it is over
            conn_options=SessionConnectOptions(max_unrecoverable_errors=1_000),  # the conversation counts
        )

    async def start(self, session: AgentSession[None], agent: Agent) -> None:
        await self.line.start(session, agent)

    async def hang_up(self) -> None:
        await self.line.hang_up()
