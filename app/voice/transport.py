"""What carries the words of a call to and from the session: typed text now; a room or a socket with audio later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from livekit.agents import AgentSession, TurnHandlingOptions
from livekit.agents.types import NOT_GIVEN

from app.calls.models import Channel
from app.voice.script_llm import ScriptLLM


@dataclass(frozen=True)
class Transport:
    """Text. An audio transport overrides `session` with ears, a voice and its own inputs and outputs."""

    channel: Channel = Channel.TEXT
    silence: timedelta | None = None
    """How long a caller may be silent, when the scenario's seconds do not fit the transport."""

    def session(self) -> AgentSession[None]:
        """A session ready to be started. The scenario prompts the silent and hangs up, not livekit."""
        return AgentSession(
            llm=ScriptLLM(),
            vad=None,
            stt=NOT_GIVEN,
            tts=NOT_GIVEN,
            turn_handling=TurnHandlingOptions(turn_detection=None),
            user_away_timeout=None,
            aec_warmup_duration=None,
        )


def text(silence: timedelta) -> Transport:
    """A typed call: people type slower than they speak, so silence is longer."""
    return Transport(Channel.TEXT, silence)
