"""The two clocks of a call: how long the caller may be silent, and how long the call may last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta


class Timers:
    """Calls back on the event loop; each clock runs at most once at a time."""

    def __init__(self, *, nobody_speaks: Callable[[], None], out_of_time: Callable[[], None]) -> None:
        self._nobody_speaks = nobody_speaks
        self._out_of_time = out_of_time
        self._silence: asyncio.TimerHandle | None = None
        self._limit: asyncio.TimerHandle | None = None

    def wait_for_caller(self, wait: timedelta) -> None:
        """From now on nobody speaks; starts the wait anew."""
        self.rest()
        self._silence = _after(wait, self._nobody_speaks)

    def rest(self) -> None:
        """Somebody speaks."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def limit(self, left: timedelta) -> None:
        """The call may last so much longer."""
        self._limit = _after(max(left, timedelta()), self._out_of_time)

    def stop(self) -> None:
        """The call is over."""
        self.rest()
        if self._limit is not None:
            self._limit.cancel()


def _after(wait: timedelta, then: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(wait.total_seconds(), then)
