"""What is done about providers that fail in a call: their causes are kept, and it is counted how often in a row the
caller was left without an answer."""

from __future__ import annotations

from collections.abc import Callable

from livekit.agents import stt, tts
from livekit.agents.voice import ErrorEvent

from app.db.base import Json
from app.voice.providers.causes import cause_of
from app.voice.providers.speech import Trouble

IN_A_ROW = 3
"""Turns without an answer after which the call is ended."""
MOST = 20
"""Failures of providers that are kept of one call."""


class Failures:
    """Of one call. `note` keeps an event with the call; `deaf` is called when nobody hears the caller any more."""

    def __init__(self, note: Callable[[Json], None], deaf: Callable[[], None]) -> None:
        self._note = note
        self._deaf = deaf
        self._kept = 0
        self._told: set[str] = set()
        self._row = 0
        self._voice_broke = False

    def provider_failed(self, trouble: Trouble) -> None:
        """One of a chain, while the call goes on."""
        self._told.add(trouble.part)
        self._keep(trouble.part, trouble.provider, trouble.cause, trouble.taken_over_by)

    def session_error(self, event: ErrorEvent) -> None:
        """Of livekit's session: a part that has nobody left, unless it says that it goes on."""
        error = event.error
        if getattr(error, "recoverable", True):
            return
        part = str(getattr(error, "type", "")).removesuffix("_error")
        if part not in self._told:  # otherwise the chain has said so, with the provider's name
            label = str(getattr(error, "label", part))
            self._keep(part, label, cause_of(error.error) if isinstance(error.error, Exception) else "broken", None)
        self._voice_broke = self._voice_broke or isinstance(error, tts.TTSError)
        if isinstance(error, stt.STTError):
            self._deaf()

    def take_voice_broke(self) -> bool:
        """Whether the voice broke off in the speech that has just ended."""
        broke, self._voice_broke = self._voice_broke, False
        return broke

    def answered(self) -> None:
        """The caller got an answer."""
        self._row = 0
        self._told.clear()

    def unanswered(self) -> bool:
        """The caller got none: whether that was once too often."""
        self._row += 1
        return self._row >= IN_A_ROW

    def _keep(self, part: str, provider: str, cause: str, then: str | None) -> None:
        if self._kept < MOST:
            self._kept += 1
            self._note({"kind": part, "provider": provider, "cause": cause, "taken_over_by": then})
