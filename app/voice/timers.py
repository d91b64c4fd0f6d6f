"""The clocks of a call: how long the caller may be silent, a turn or a speech may hang, the call may last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

WARNING = timedelta(minutes=1)
"""Before the longest duration is over; calls that may last three times as long are warned."""
HANGING = timedelta(seconds=2.5)
"""After the recogniser's last guess, beside the patience with the caller."""
HANGING_FINAL = timedelta(seconds=2)
"""After the recogniser's last word while the voice detector goes on hearing a voice: on some lines there is noise for
ever."""
LONG_SPEECH = timedelta(seconds=20)
"""A voice that a recogniser without guesses may leave without words: it gives them at the end."""
LATELY = 3.0
"""Seconds after a voice in which its words may still come."""


@dataclass(frozen=True)
class Alarms:
    """What is called, on the event loop, when a clock has run down."""

    nobody_speaks: Callable[[], None]
    out_of_time: Callable[[], None]
    time_is_short: Callable[[], None]
    turn_hangs: Callable[[], None]
    """Words were heard, and no end of the turn."""
    words_hang: Callable[[], None]
    """The bot's words ought to be out, and nobody says that they are."""


class Timers:
    """Each clock runs at most once at a time.

    The wait for the caller goes on while a voice is heard that says nothing: it ends when there were no words for as
    long as the wait since it began, or since the voice did.
    """

    def __init__(self, alarms: Alarms, *, patience: timedelta = timedelta(), guesses: bool = True) -> None:
        """`guesses`: the recogniser gives words while they are spoken."""
        self._alarms = alarms
        self._patience = patience
        self._guesses = guesses
        self._wait = timedelta()
        self._voice_since: float | None = None
        self._voice_until: float | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._turn: asyncio.TimerHandle | None = None
        self._speech: asyncio.TimerHandle | None = None
        self._limits: list[asyncio.TimerHandle] = []

    # Who speaks

    def wait_for_caller(self, wait: timedelta) -> None:
        """From now on nobody speaks; starts the wait anew."""
        self.rest()
        self._wait = wait
        self._silence = _after(wait, self._silent)

    def rest(self) -> None:
        """Somebody speaks."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def voice(self, *, heard: bool) -> None:
        """What the voice detector says: words may follow, or noise."""
        if not heard and self._voice_since is not None:
            self._voice_until = _now()
        self._voice_since = _now() if heard else None

    def words(self, *, final: bool) -> None:
        """The recogniser has words, perhaps not its last."""
        self.rest()
        self.turn_over()
        self._turn = _after(
            HANGING_FINAL if final and self.noisy else self._patience + HANGING, self._alarms.turn_hangs
        )

    def turn_over(self) -> None:
        """The caller's turn has ended; the reply is in the making."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        self._voice_until = None

    @property
    def may_have_spoken(self) -> bool:
        """Whether words of the caller may be on their way that belong to no turn yet."""
        lately = self._voice_until is not None and _now() - self._voice_until < LATELY
        return self.turn_begun or self.noisy or lately

    @property
    def noisy(self) -> bool:
        """Whether the voice detector hears a voice."""
        return self._voice_since is not None

    @property
    def turn_begun(self) -> bool:
        """Whether there are words of a turn that has not ended."""
        return self._turn is not None

    # The end

    def limit(self, left: timedelta, *, warn: bool) -> None:
        """The call may last so much longer."""
        self._limits.append(_after(max(left, timedelta()), self._alarms.out_of_time))
        if warn and left > 3 * WARNING:
            self._limits.append(_after(left - WARNING, self._alarms.time_is_short))

    def speaks(self, longest: timedelta) -> None:
        """The bot says something, which is out after `longest` at the latest."""
        self.said()
        self._speech = _after(longest, self._alarms.words_hang)

    def said(self) -> None:
        """Its words are out."""
        if self._speech is not None:
            self._speech.cancel()
            self._speech = None

    def last_words(self, longest: timedelta) -> None:
        """The bot says its last words, which are out after `longest` at the latest."""
        self._limits.append(_after(longest, self._alarms.words_hang))

    def stop(self) -> None:
        """The call is over."""
        self.rest()
        self.turn_over()
        self.said()
        while self._limits:
            self._limits.pop().cancel()

    def _silent(self) -> None:
        self._silence = None
        if self._voice_since is not None:
            wait = self._wait if self._guesses else max(self._wait, LONG_SPEECH)
            left = self._voice_since + wait.total_seconds() - _now()
            if left > 0:
                self._silence = _after(timedelta(seconds=left), self._silent)
                return
        self._alarms.nobody_speaks()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _after(wait: timedelta, then: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(wait.total_seconds(), then)
