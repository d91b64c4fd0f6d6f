"""How much of a speech was heard: what the line says that it played, in words."""

from __future__ import annotations

from dataclasses import dataclass

from livekit.agents.voice import io
from livekit.agents.voice.io import PlaybackFinishedEvent, PlaybackStartedEvent

from app.voice.speech.mouth import Mouth


@dataclass(frozen=True)
class Heard:
    """Of one speech: whether any sound came out, and the words that did."""

    sounded: bool
    words: str


class Played:
    """Follows the line of one call, one speech after the other."""

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth
        self._forget()

    def follow(self, output: io.AudioOutput) -> None:
        """Listens to what the line reports from now on."""
        output.on("playback_started", self._on_started)
        output.on("playback_finished", self._on_finished)

    def take(self, *, fillers: int) -> Heard:
        """What became of the speech that has just ended; its first `fillers` parts were no part of the reply."""
        in_reply = self._parts > fillers
        heard = Heard(self._sounded, self._mouth.heard(self._position) if in_reply else "")
        self._forget()
        return heard

    def _forget(self) -> None:
        self._sounded = False
        self._parts = 0
        self._position = 0.0

    def _on_started(self, _: PlaybackStartedEvent) -> None:
        self._sounded = True

    def _on_finished(self, event: PlaybackFinishedEvent) -> None:
        self._parts += 1
        self._position = event.playback_position
        self._sounded = self._sounded or event.playback_position > 0
