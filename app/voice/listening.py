"""What livekit's session notices of a spoken call: who speaks, words that come, noise that never ends."""

from __future__ import annotations

from collections.abc import Callable

from livekit.agents import AgentSession, SpeechCreatedEvent
from livekit.agents.voice import (
    AgentStateChangedEvent,
    SpeechHandle,
    UserInputTranscribedEvent,
    UserStateChangedEvent,
    UserTranscriptionTimeoutEvent,
)

from app.voice.timers import Timers

WORTH_ASKING = 0.8
"""Seconds of a voice without words after which the caller is asked to repeat; a cough is none."""


class Listening:
    """Feeds the clocks of one call. `caller_speaks` is told what the voice detector hears, `not_heard` when a voice
    brought no words."""

    def __init__(
        self,
        session: AgentSession[None],
        timers: Timers,
        *,
        caller_speaks: Callable[[bool], None],
        not_heard: Callable[[], None],
    ) -> None:
        self._session = session
        self._timers = timers
        self._caller_speaks = caller_speaks
        self._not_heard = not_heard
        self._noise = False
        self._speeches: set[SpeechHandle] = set()
        session.on("user_state_changed", self._on_caller)
        session.on("user_input_transcribed", self._on_words)
        session.on("user_transcription_timeout", self._on_no_words)
        session.on("agent_state_changed", self._on_agent)
        session.on("speech_created", self._on_speech)

    @property
    def bot_has_floor(self) -> bool:
        """Whether the bot speaks, or is about to."""
        return self._session.agent_state in ("speaking", "thinking")

    def voice_is_noise(self) -> None:
        """The voice detector hears something that is no caller, until it says that it has ended.

        livekit lets no speech begin that could be interrupted while it hears a voice: these begin all the same, and
        can be interrupted once they have.
        """
        self._noise = self._timers.noisy
        if self._noise:
            for speech in self._speeches:
                _begin(speech)

    def _on_caller(self, event: UserStateChangedEvent) -> None:
        heard = event.new_state == "speaking"
        self._timers.voice(heard=heard)
        self._noise = self._noise and heard
        self._caller_speaks(heard)

    def _on_words(self, event: UserInputTranscribedEvent) -> None:
        if event.transcript.strip():
            self._timers.words(final=event.is_final)

    def _on_no_words(self, event: UserTranscriptionTimeoutEvent) -> None:
        if event.speech_duration >= WORTH_ASKING and not self.bot_has_floor and not self._timers.turn_begun:
            self._not_heard()

    def _on_agent(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._timers.rest()
            for speech in self._speeches:
                speech.allow_interruptions = True

    def _on_speech(self, event: SpeechCreatedEvent) -> None:
        speech = event.speech_handle
        self._speeches.add(speech)
        speech.add_done_callback(self._speeches.discard)
        if self._noise:
            _begin(speech)


def _begin(speech: SpeechHandle) -> None:
    if not speech.interrupted:
        speech.allow_interruptions = False
